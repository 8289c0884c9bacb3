import type { ArgoRegistry } from "../core/argocd/image-updater-config.ts";
import type { Values } from "./read-settings.ts";
import type { Setting } from "./setting.ts";

/** How images are kept up to date, of whatever applications ask for it. */
export const IMAGES: Setting & { is: "section" } = {
  is: "section",
  doc: "Images that are kept up to date: docs/image-updates.md.",
  keys: {
    interval: {
      is: "schedule",
      doc: "When to ask registries: a croner pattern, or a duration.",
      default: "2m",
    },
    spread: {
      is: "duration",
      doc: "Over how long the questions of one look are spread, a quarter of a second for each image at most.",
      default: "30s",
      leastMs: 0,
    },
    registries: {
      is: "texts",
      doc: "Globs of registry/repository that may be asked, such as ghcr.io/team/**; !glob forbids. Empty: all that lead out into the world, and those that an entry of repositories with type: oci speaks for.",
      default: [],
      example: '["ghcr.io/team/**", "!ghcr.io/team/old"]',
    },
    environment: {
      is: "texts",
      doc: "Names of variables of the daemon that annotations may name as pull secrets: env:NAME.",
      default: [],
    },
    authorName: { is: "text", doc: "Of commits.", default: "Holdfast" },
    authorEmail: { is: "text", doc: "Of commits.", default: "holdfast@localhost" },
    signingKey: {
      is: "path",
      doc: "File of a private key of SSH, or of OpenPGP (gpg --export-secret-keys --armor), without a passphrase, by which commits are signed. Empty: they are not.",
      default: "",
    },
    message: {
      is: "text",
      doc: "First line of commits; {{changes}}, {{apps}} and {{count}} are filled in. Empty: our own.",
      default: "",
      example: "chore(images): {{changes}}",
    },
    messageTemplate: {
      is: "text",
      doc: "Go template of the whole message, in place of message: git.commit-message-template of Argo CD Image Updater, with .AppName and .AppChanges.",
      default: "",
      example: "build: update {{ .AppName }}",
    },
    signOff: {
      is: "flag",
      doc: "Whether commits end with Signed-off-by and their author.",
      default: false,
    },
  },
};

export interface ImageUpdateSettings {
  interval: { cron: string } | { everyMs: number };
  spreadMs: number;
  registries: readonly string[];
  environment: readonly string[];
  author: { name: string; email: string };
  signingKey: string;
  message: string;
  messageTemplate: string;
  signOff: boolean;
  /** Of Argo CD Image Updater's ConfigMap, where a cluster is the home. */
  argoRegistries: readonly ArgoRegistry[];
}

export function readImageSettings(values: Values): ImageUpdateSettings {
  return {
    interval: values["interval"] as ImageUpdateSettings["interval"],
    spreadMs: values["spread"] as number,
    registries: values["registries"] as string[],
    environment: values["environment"] as string[],
    author: { name: values["authorName"] as string, email: values["authorEmail"] as string },
    signingKey: values["signingKey"] as string,
    message: values["message"] as string,
    messageTemplate: values["messageTemplate"] as string,
    signOff: values["signOff"] as boolean,
    argoRegistries: [],
  };
}
