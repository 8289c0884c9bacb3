/** Settings with which each built-in notifier can be used, by its name; those that are secret have `canary` in them. */
export const NOTIFIER_SETTINGS: Readonly<
  Record<string, { settings: Record<string, string>; recipient: string }>
> = {
  alertmanager: {
    settings: { url: "http://am.example.com", authorization: "Bearer canary-1" },
    recipient: "",
  },
  discord: { settings: { url: "https://discord.com/api/webhooks/1/canary-1" }, recipient: "" },
  email: {
    settings: {
      host: "smtp.example.com",
      from: "Holdfast <cd@example.com>",
      username: "u",
      password: "canary-1",
    },
    recipient: "ops@example.com",
  },
  github: { settings: { token: "canary-1" }, recipient: "" },
  "google-chat": { settings: { url: "https://chat.googleapis.com/v1/spaces/a?key=canary-1" }, recipient: "" },
  opsgenie: { settings: { apiKey: "canary-1" }, recipient: "team" },
  pagerduty: { settings: { routingKey: "canary-1" }, recipient: "" },
  slack: { settings: { token: "xoxb-canary-1" }, recipient: "deploys" },
  teams: { settings: { url: "https://a.logic.azure.com/workflows/canary-1" }, recipient: "" },
  telegram: { settings: { token: "1:canary-1" }, recipient: "-100" },
  webhook: { settings: { url: "https://hooks.example.com/canary-1", secret: "canary-2" }, recipient: "ci" },
};
