import type { ProviderName, WebhookSecrets } from "./provider.ts";

export interface WebhookSettings {
  /** Of a delivery. */
  maxBytes: number;
  /** What a delivery is worth of which nothing is demanded, because its provider has no secret here. */
  unsigned: "hint" | "refuse";
  secrets: Readonly<Partial<Record<ProviderName, WebhookSecrets>>>;
}

export const NO_WEBHOOK_SECRETS: WebhookSettings = { maxBytes: 2 ** 20, unsigned: "hint", secrets: {} };
