/** Single sign-on as `argocd-cm` says it, beside what the config says. */
import { whyNoReturn } from "../config/read-sign-on.ts";
import type { ArgoTexts } from "../core/argocd/argo-texts.ts";
import { readDexConfig } from "../core/argocd/dex-config.ts";
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
  const named = (name: string) => secrets.get(name);
  const oidc = readOidcConfig(texts.settings, named, groupClaims);
  const dex = readDexConfig(texts.settings, named, groupClaims);
  problems.push(...oidc.problems, ...dex.problems);
  const why = whyNoReturn(url);
  const found: [string, SignOnSettings][] = [
    ...(oidc.settings === undefined ? [] : [["oidc.config", oidc.settings] as [string, SignOnSettings]]),
    ...dex.settings.map((one): [string, SignOnSettings] => ["dex.config", one]),
  ];
  for (const [key, provider] of found) {
    const { name, by } = provider;
    if (why !== undefined && by !== "ldap")
      say(
        "error",
        "url",
        `${why}; nobody signs in by ${name} of ${key}`,
        "Write url, or server.url in the config",
      );
    else if (isNamed(written.signOn, name))
      say(
        "warning",
        key,
        `changes nothing: signOn of the config has a provider named ${name} too`,
        "Remove one of them",
      );
    else if (isNamed(signOn, name))
      say(
        "error",
        key,
        `two connectors are named ${name}; nobody signs in by the second`,
        "Rename one of them",
      );
    else signOn.push(provider);
  }
  if (
    dex.settings.length > 0 &&
    signOn.length > 1 &&
    signOn.every(({ policyNames }) => policyNames === undefined)
  )
    say(
      "warning",
      "dex.config",
      `there are several providers, so that a policy names people and groups as sso:${signOn[0]?.name}:…, and plain names are nobody's`,
      "Write them as signOn of the config, and policyNames: plain at the one whose names the policy has as they are",
    );
  return { ...filled({ url }), signOn, problems };
}

function isNamed(all: readonly SignOnSettings[], name: string): boolean {
  return all.some((one) => one.name.toLowerCase() === name.toLowerCase());
}
