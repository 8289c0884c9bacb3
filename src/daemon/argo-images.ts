/** How images are kept up to date as Argo CD Image Updater's ConfigMap says it, where the config does not. */
import type { ImageUpdateSettings } from "../config/image-settings.ts";
import { readImageUpdaterConfig } from "../core/argocd/image-updater-config.ts";
import type { Problem } from "../core/model/problem.ts";

/** @param usual what whoever wrote nothing has */
export function withArgoImages(
  own: ImageUpdateSettings,
  usual: ImageUpdateSettings,
  said: Readonly<Record<string, string>> = {},
): { images: ImageUpdateSettings; problems: readonly Problem[] } {
  const { authorName, authorEmail, messageTemplate, signOff, registries, problems } =
    readImageUpdaterConfig(said);
  const { author } = own;
  return {
    problems,
    images: {
      ...own,
      author: {
        name: author.name === usual.author.name ? (authorName ?? author.name) : author.name,
        email: author.email === usual.author.email ? (authorEmail ?? author.email) : author.email,
      },
      messageTemplate:
        own.message === "" && own.messageTemplate === "" ? (messageTemplate ?? "") : own.messageTemplate,
      signOff: own.signOff || signOff === true,
      argoRegistries: registries,
    },
  };
}
