/**
 * Secrets of webhooks as Argo CD keeps them in `argocd-secret`, and what `argocd-cm` says of their size:
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/webhook/ Pure.
 */
import type { Problem } from "../model/problem.ts";
import { Secret } from "../model/secret.ts";
import type { ProviderName, WebhookSecrets } from "../webhooks/provider.ts";
import { OWN_SECRET } from "./argo-access.ts";
import type { ArgoTexts } from "./argo-texts.ts";
import { keptText } from "./kept-text.ts";
import { SETTINGS_MAP } from "./setting-keys.ts";

const KEYS: Readonly<Record<string, [provider: ProviderName, part: keyof WebhookSecrets]>> = {
  "webhook.github.secret": ["github", "secret"],
  "webhook.gitlab.secret": ["gitlab", "secret"],
  "webhook.bitbucket.uuid": ["bitbucket", "uuid"],
  "webhook.bitbucketserver.secret": ["bitbucketServer", "secret"],
  "webhook.azuredevops.username": ["azureDevOps", "username"],
  "webhook.azuredevops.password": ["azureDevOps", "password"],
  "webhook.gogs.secret": ["gitea", "secret"],
  "webhook.harbor.secret": ["harbor", "secret"],
};
const MAX_PAYLOAD = "webhook.maxPayloadSizeMB";

export interface ArgoWebhooks {
  /** undefined: `argocd-secret` was not seen yet. */
  secrets: Partial<Record<ProviderName, WebhookSecrets>> | undefined;
  maxPayloadSizeMB?: number;
  problems: Problem[];
}

export function readArgoWebhooks({ settings, secrets }: ArgoTexts): ArgoWebhooks {
  const problems: Problem[] = [];
  const size = settings[MAX_PAYLOAD]?.trim() ?? "";
  const isSize = /^[1-9]\d{0,5}$/.test(size);
  if (size !== "" && !isSize)
    problems.push({
      severity: "warning",
      object: `ConfigMap ${SETTINGS_MAP}`,
      path: MAX_PAYLOAD,
      text: "must be a whole number of megabytes, and changes nothing",
    });
  const said = isSize ? { maxPayloadSizeMB: Number(size) } : {};
  if (secrets === undefined) return { secrets: undefined, ...said, problems };
  const found: Partial<Record<ProviderName, WebhookSecrets>> = {};
  for (const [key, [provider, part]] of Object.entries(KEYS)) {
    const text = secrets.get(OWN_SECRET)?.[key]?.trim() ?? "";
    if (text === "") continue;
    const kept = text.startsWith("$") ? keptText(text, (name) => secrets.get(name)) : undefined;
    if (kept?.is === "missing")
      problems.push({
        severity: "error",
        object: `Secret ${OWN_SECRET}`,
        path: key,
        text: `${kept.why}; deliveries of this provider are refused`,
        fix: kept.fix,
      });
    // What is meant to be proved is not taken without proof because its secret is lost: nobody knows the reference.
    found[provider] = { ...found[provider], [part]: new Secret(kept?.is === "kept" ? kept.text : text) };
  }
  return { secrets: found, ...said, problems };
}
