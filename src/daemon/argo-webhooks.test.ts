import { expect, test } from "bun:test";
import { Secret } from "../core/model/secret.ts";
import { NO_WEBHOOK_SECRETS } from "../core/webhooks/settings.ts";
import { withArgoWebhooks } from "./argo-webhooks.ts";

const TEXTS = {
  settings: { "webhook.maxPayloadSizeMB": "50" },
  access: {},
  secrets: new Map([["argocd-secret", { "webhook.github.secret": "theirs", "webhook.gogs.secret": "gogs" }]]),
};

test("of a provider that the config names the config's word counts, and the size of the two that was written", () => {
  const own = { ...NO_WEBHOOK_SECRETS, secrets: { github: { secret: new Secret("ours") } } };
  const { webhooks } = withArgoWebhooks(own, NO_WEBHOOK_SECRETS, TEXTS);
  expect(webhooks.secrets.github?.secret?.reveal()).toBe("ours");
  expect(webhooks.secrets.gitea?.secret?.reveal()).toBe("gogs");
  expect(webhooks.maxBytes).toBe(5 * 2 ** 20);
  const written = { ...own, maxBytes: 2 * 2 ** 20 };
  expect(withArgoWebhooks(written, NO_WEBHOOK_SECRETS, TEXTS).webhooks.maxBytes).toBe(2 * 2 ** 20);
});
