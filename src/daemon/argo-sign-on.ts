/** Single sign-on as `argocd-cm` says it, beside what the config says. */
import { whyNoReturn } from "../config/read-sign-on.ts";
import type { ArgoTexts } from "../core/argocd/argo-texts.ts";
import { readOidcConfig } from "../core/argocd/oidc-config.ts";
import { SETTINGS_MAP } from "../core/argocd/setting-keys.ts";
import type { Problem } from "../core/model/problem.ts";
import type { SignOnSettings } from "../core/model/sign-on.ts";
import { filled } from "../lib/defined.ts";

interface Written {
  server: { url?: string };
  signOn: readonly SignOnSettings[];
}

/**
 * What holds of both; a provider of which anything is wrong is none.
 * @param groupClaims claims whose values are groups
 */
export function withArgoSignOn(
  written: Written,
  texts: ArgoTexts,
  groupClaims: readonly string[],
): { url?: string; signOn: SignOnSettings[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const say = (severity: Problem["severity"], path: string, text: string, fix: string): void => {
    problems.push({ severity, object: `ConfigMap ${SETTINGS_MAP}`, path, text, fix });
  };
  const said = (texts.settings["url"] ?? "").trim();
  const own = written.server.url;
  const isOrigin = /^https?:\/\/[^\s/@?#]+\/?$/.test(said);
  if (own === undefined && said !== "" && !isOrigin)
    say("warning", "url", "is no URL without a path, and changes nothing", "Write server.url in the config");
  const url = own ?? (isOrigin ? said.replace(/\/$/, "") : undefined);
  const signOn = [...written.signOn];
  // Its secret cannot be read yet: nobody signs in by it before.
  if (texts.secrets === undefined) return { ...filled({ url }), signOn, problems };
  const { secrets } = texts;
  const read = readOidcConfig(texts.settings, (name) => secrets.get(name), groupClaims);
  problems.push(...read.problems);
  const provider = read.settings;
  if (provider === undefined) return { ...filled({ url }), signOn, problems };
  const why = whyNoReturn(url);
  if (why !== undefined)
    say("error", "url", `${why}; nobody signs in by oidc.config`, "Write url, or server.url in the config");
  else if (signOn.some(({ name }) => name.toLowerCase() === provider.name.toLowerCase()))
    say(
      "warning",
      "oidc.config",
      `changes nothing: signOn of the config has a provider named ${provider.name} too`,
      "Remove one of them",
    );
  else signOn.push(provider);
  return { ...filled({ url }), signOn, problems };
}
