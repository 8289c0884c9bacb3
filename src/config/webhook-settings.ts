import type { ProviderName, WebhookSecrets } from "../core/webhooks/provider.ts";
import type { WebhookSettings } from "../core/webhooks/settings.ts";
import { defined } from "../lib/defined.ts";
import type { Values } from "./read-settings.ts";
import type { Setting, SettingTable } from "./setting.ts";

const MIB = 2 ** 20;

const signed = (doc: string, variable: string): Setting & { is: "section" } => ({
  is: "section",
  doc,
  keys: { secret: { is: "secret", doc: "The same text as there.", example: `\${${variable}}` } },
});

/** By which secrets the senders of webhooks prove themselves, provider by provider. */
const PROVIDERS = {
  github: signed("GitHub, and its registry: signs with the secret of the webhook.", "GITHUB_WEBHOOK_SECRET"),
  gitlab: signed("GitLab: sends its secret token along.", "GITLAB_WEBHOOK_SECRET"),
  bitbucket: {
    is: "section",
    doc: "Bitbucket Cloud. Where both are written, both must be right.",
    keys: {
      secret: { is: "secret", doc: "It signs with it.", example: "${BITBUCKET_WEBHOOK_SECRET}" },
      uuid: {
        is: "secret",
        doc: "The webhook's own UUID, in braces, as Argo CD takes it.",
        example: "${BITBUCKET_WEBHOOK_UUID}",
      },
    },
  },
  bitbucketServer: signed(
    "Bitbucket Data Center: signs with the secret of the webhook.",
    "BITBUCKET_WEBHOOK_SECRET",
  ),
  azureDevOps: {
    is: "section",
    doc: "Azure DevOps: sends basic authentication along.",
    keys: {
      username: { is: "secret", doc: "As the service hook has it.", example: "${AZURE_WEBHOOK_USER}" },
      password: { is: "secret", doc: "As the service hook has it.", example: "${AZURE_WEBHOOK_PASSWORD}" },
    },
  },
  gitea: signed("Gitea, Forgejo and Gogs: sign with the secret of the webhook.", "GITEA_WEBHOOK_SECRET"),
  harbor: signed("Harbor: sends its auth header along.", "HARBOR_WEBHOOK_SECRET"),
  dockerHub: signed(
    "Docker Hub: it signs nothing, so the secret is ?secret= of the address.",
    "DOCKERHUB_WEBHOOK_SECRET",
  ),
  quay: signed("Quay: it signs nothing, so the secret is ?secret= of the address.", "QUAY_WEBHOOK_SECRET"),
  generic: signed(
    "A hook of your own, which signs as GitHub does: X-Hub-Signature-256, the HMAC-SHA256 of the body.",
    "HOOK_SECRET",
  ),
} as const satisfies Readonly<Record<ProviderName, Setting & { is: "section" }>>;

export const WEBHOOKS = {
  maxPayloadSizeMB: {
    is: "integer",
    doc: "What is larger is not read, in MiB.",
    default: 1,
    least: 1,
    most: 5,
  },
  unsigned: {
    is: "choice",
    doc: "What a delivery is worth whose provider has no secret below: a hint, that costs a repository one question in ten seconds at most, or nothing.",
    default: "hint",
    of: ["hint", "refuse"],
  },
  ...PROVIDERS,
} as const satisfies SettingTable;

export function readWebhooks(values: Values): WebhookSettings {
  const secrets = Object.keys(PROVIDERS).flatMap((name): [string, WebhookSecrets][] => {
    const own: WebhookSecrets = defined(values[name] as WebhookSecrets);
    return Object.keys(own).length === 0 ? [] : [[name, own]];
  });
  return {
    maxBytes: (values["maxPayloadSizeMB"] as number) * MIB,
    unsigned: values["unsigned"] as WebhookSettings["unsigned"],
    secrets: Object.fromEntries(secrets),
  };
}
