import { appKey } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { NotificationMessage, OutboxItem } from "../../src/core/model/notification.ts";
import type { NotificationDesk, ShownNotifications } from "../../src/core/ports/notification-desk.ts";

const MESSAGE: NotificationMessage = {
  id: "0123456789abcdef0123456789abcdef",
  kind: "sync-failed",
  tone: "bad",
  title: "web: sync failed",
  at: "2026-11-30T10:00:00Z",
  why: "Deployment payments/web: the server refused it",
  facts: [{ label: "Project", text: "payments" }],
  next: "holdfast app get payments/web says why; holdfast app sync payments/web tries again.",
  link: { text: "The application", href: "https://cd.example.com/applications/payments/web?view=run" },
  app: appKey("payments", "web"),
  project: "payments",
};

export function fakeItem(more: Partial<OutboxItem> = {}): OutboxItem {
  return {
    ...{
      id: 7,
      to: { service: "slack", recipient: "deploys" },
      trigger: "on-sync-failed",
      state: "delivered",
    },
    ...{
      tries: 0,
      at: MESSAGE.at,
      due: Date.parse(MESSAGE.at),
      ended: "2026-11-30T10:00:01Z",
      message: MESSAGE,
    },
    ...more,
  };
}

/** Who is told, as a daemon with two services would say it; one of them is wrong. */
export function fakeNotifications(more: Partial<ShownNotifications> = {}): NotificationDesk & {
  readonly asked: string[];
} {
  const asked: string[] = [];
  const services = ["slack", "mail"];
  return {
    asked,
    shown: () => ({
      services: [
        {
          ...{ name: "slack", type: "slack", from: "config", state: "ready", problems: [] },
          recipient: "a channel, as C0123456789 or its name",
        },
        {
          ...{ name: "mail", type: "email", from: "argocd", state: "wrong", recipient: "" },
          problems: [
            {
              ...{ severity: "error", object: "ConfigMap argocd-notifications-cm", path: "service.email" },
              text: "service mail: settings.from is required",
              fix: "Write it",
            },
          ],
        },
      ],
      subscriptions: [
        {
          ...{ from: "config", of: "project payments", to: { service: "slack", recipient: "deploys" } },
          triggers: ["on-sync-failed", "on-deployed"],
        },
        {
          ...{ from: "application", of: "payments/web", to: { service: "pager", recipient: "" } },
          triggers: ["on-health-degraded"],
          wrong: "there is no service pager",
        },
      ],
      destinations: [
        {
          ...{ to: { service: "slack", recipient: "ops" }, waiting: 2, state: "down" },
          due: Date.parse("2026-11-30T10:05:00Z"),
          why: "it answered HTTP 503",
        },
      ],
      deliveries: [fakeItem()],
      dead: [
        fakeItem({
          ...{ id: 5, state: "dead", tries: 1, to: { service: "slack", recipient: "gone" } },
          why: "Slack says channel_not_found",
        }),
      ],
      counts: { waiting: 2, delivered: 1, joined: 0, dead: 1 },
      problems: [],
      ...more,
    }),
    names: () => ({ services, triggers: ["on-deployed", "on-sync-failed"], templates: ["app-deployed"] }),
    test({ service, recipient }) {
      asked.push(`test ${service}:${recipient}`);
      if (services.includes(service)) return Promise.resolve({ is: "sent", said: "ok" });
      throw new Failure("not-found", `service ${service}`, "after-edit", {
        ...{ cannot: "send a message", why: "there is no such service", fix: "Services are slack, mail" },
      });
    },
    preview(_app, trigger) {
      return Promise.resolve([
        {
          ...{ to: { service: "slack", recipient: "deploys" }, trigger, message: MESSAGE },
          requests: [
            { to: "POST slack.com", headers: { Authorization: "***" }, body: '{"text":"web: sync failed"}' },
          ],
        },
      ]);
    },
    resend(ids) {
      asked.push(`resend ${ids?.join(",") ?? "all"}`);
      return ids?.length ?? 1;
    },
  };
}
