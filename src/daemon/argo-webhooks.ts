/** Secrets of webhooks as Argo CD's objects in the home cluster say them, beside what the config says. */
import type { ArgoTexts } from "../core/argocd/argo-texts.ts";
import { readArgoWebhooks } from "../core/argocd/webhook-keys.ts";
import type { Problem } from "../core/model/problem.ts";
import type { WebhookSettings } from "../core/webhooks/settings.ts";

const MIB = 2 ** 20;
/** As the API takes at all. */
const MOST_MIB = 5;

/** Of a provider that the config names, the config's word counts. */
export function withArgoWebhooks(
  written: WebhookSettings,
  defaults: WebhookSettings,
  texts: ArgoTexts,
): { webhooks: WebhookSettings; problems: Problem[] } {
  const { secrets = {}, maxPayloadSizeMB, problems } = readArgoWebhooks(texts);
  const said = maxPayloadSizeMB === undefined ? undefined : Math.min(maxPayloadSizeMB, MOST_MIB) * MIB;
  return {
    webhooks: {
      ...written,
      maxBytes: written.maxBytes === defaults.maxBytes ? (said ?? written.maxBytes) : written.maxBytes,
      secrets: { ...secrets, ...written.secrets },
    },
    problems,
  };
}
