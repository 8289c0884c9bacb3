import type { NotificationSettings } from "../core/model/notification-settings.ts";
import { USUAL_EVENTS } from "../core/model/notification-settings.ts";
import type { Secret } from "../core/model/secret.ts";
import { TRANSITION_KINDS, type TransitionKind } from "../core/model/transition.ts";
import type { FieldPath } from "../lib/field-path.ts";
import { nearest } from "../lib/nearest.ts";
import type { Values } from "./read-settings.ts";
import type { SettingTable } from "./setting.ts";

/** Who is told of what becomes of applications and clusters, and by which way. */
export const NOTIFICATIONS = {
  services: {
    is: "sections",
    doc: "Ways out. Types are alertmanager, discord, email, github, google-chat, opsgenie, pagerduty, slack, teams, telegram, webhook, and those of your own notifiers in plugins.",
    required: ["name", "type"],
    example: [
      '- { name: slack, type: slack, settings: { token: "${SLACK_TOKEN}" } }',
      "- { name: mail, type: email, settings: { host: smtp.example.com, from: holdfast@example.com, username: ci, passwordFile: ./smtp-password } }",
    ],
    keys: {
      name: {
        is: "text",
        doc: "By which subscriptions and annotations name it.",
        default: "",
        pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
        wrong: "must be a word of letters, digits, dots and dashes",
      },
      type: { is: "text", doc: "Of a notifier.", default: "" },
      settings: { is: "secrets", doc: "As its type wants them: docs/notifications.md." },
    },
  },
  subscriptions: {
    is: "sections",
    doc: "Who is told, beside those who say so by Argo CD's annotations. Every condition that is written must hold.",
    required: ["service"],
    example: [
      '- { service: slack, recipients: ["deploys"], events: [deployed, sync-failed], projects: ["team-*"] }',
      "- { service: mail, recipients: [ops@example.com] }",
    ],
    keys: {
      service: { is: "text", doc: "One of services.", default: "" },
      recipients: { is: "texts", doc: "Channels, addresses: as the service's type has them.", default: [] },
      events: {
        is: "texts",
        doc: `Any of ${TRANSITION_KINDS.join(", ")}. None: usualEvents.`,
        default: [],
      },
      projects: { is: "texts", doc: "Globs of projects; none is all.", default: [] },
      applications: { is: "texts", doc: "Globs of namespace/name; none is all.", default: [] },
      labels: { is: "labels", doc: "That an application must have." },
    },
  },
  usualEvents: {
    is: "texts",
    doc: "What a subscription means that names no event.",
    default: USUAL_EVENTS,
  },
  allowedHosts: {
    is: "texts",
    doc: "Globs of the hosts to which messages may be sent. None: every one but where clouds keep their machines' credentials.",
    default: [],
    example: '["hooks.slack.com", "*.example.com"]',
  },
  perMinute: {
    is: "integer",
    doc: "So many messages go to one destination within a minute; what comes then is told together, as one.",
    default: 10,
    least: 1,
    most: 1_000,
  },
  giveUpAfter: {
    is: "duration",
    doc: "How long a message is tried that a destination does not take.",
    default: "24h",
    leastMs: 60_000,
  },
} as const satisfies SettingTable;

export function readNotifications(
  values: Values,
  report: (path: FieldPath, text: string, fix?: string) => void,
): NotificationSettings {
  const eventsIn = (texts: readonly string[], path: FieldPath): TransitionKind[] =>
    texts.flatMap((text, index) => {
      const kind = TRANSITION_KINDS.find((one) => one === text.replace(/^on-/, ""));
      if (kind !== undefined) return [kind];
      const meant = nearest(text, TRANSITION_KINDS);
      report(
        [...path, index],
        `${JSON.stringify(text)} is no event`,
        meant === undefined ? `Events are ${TRANSITION_KINDS.join(", ")}` : `Did you mean ${meant}?`,
      );
      return [];
    });
  const services = (values["services"] as Values[]).map(({ name, type, settings }) => ({
    name: name as string,
    type: type as string,
    settings: settings as Record<string, Secret>,
  }));
  const names = services.map(({ name }) => name);
  for (const [index, name] of names.entries())
    if (names.indexOf(name) < index)
      report(["notifications", "services", index, "name"], `${name} stands here twice`, "Rename one of them");
  return {
    services,
    subscriptions: (values["subscriptions"] as Values[]).map((entry, index) => ({
      service: entry["service"] as string,
      recipients: entry["recipients"] as string[],
      events: eventsIn(entry["events"] as string[], ["notifications", "subscriptions", index, "events"]),
      projects: entry["projects"] as string[],
      applications: entry["applications"] as string[],
      labels: entry["labels"] as Record<string, string>,
    })),
    usualEvents: eventsIn(values["usualEvents"] as string[], ["notifications", "usualEvents"]),
    allowedHosts: values["allowedHosts"] as string[],
    perMinute: values["perMinute"] as number,
    giveUpAfterMs: values["giveUpAfter"] as number,
  };
}
