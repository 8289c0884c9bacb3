/** Services of `argocd-notifications-cm` as settings of notifiers of ours, or why they are not sent. Pure. */
import { isMapping } from "../../lib/is-mapping.ts";
import type { NotificationService } from "../model/notification-settings.ts";
import { Secret } from "../model/secret.ts";

export const NOTIFICATIONS_SECRET = "argocd-notifications-secret";

type Data = Readonly<Record<string, string>>;
/** @param key of what is said something, below the service; "": of itself */
export type Say = (key: string, text: string, fix?: string) => void;

/** What becomes of each kind of service: settings of a notifier of ours, or why it is not sent. */
type Translation = (
  value: Record<string, unknown>,
  say: Say,
) => { type: string; settings: Record<string, string> };

/** A text that is not empty; a number is one too. */
export const textIn = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;
const written = (fields: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
const json = (value: unknown): string | undefined => (isMapping(value) ? JSON.stringify(value) : undefined);

const SERVICES: Readonly<Record<string, Translation>> = {
  slack: ({ token, username, icon, apiURL }) => ({
    type: "slack",
    settings: written({
      token: textIn(token),
      username: textIn(username),
      icon: textIn(icon),
      apiURL: textIn(apiURL),
    }),
  }),
  email: ({ host, port, from, username, password, insecure_skip_verify }, say) => {
    if (insecure_skip_verify === true)
      say("insecure_skip_verify", "is not obeyed: whoever answers would be taken for the mail server");
    return {
      type: "email",
      settings: written({
        ...{
          host: textIn(host),
          port: textIn(port),
          from: textIn(from),
          username: textIn(username),
          password: textIn(password),
        },
        tls: textIn(port) === "465" ? "implicit" : "offered",
      }),
    };
  },
  webhook: ({ url, headers, basicAuth, insecureSkipVerify }, say) => {
    if (insecureSkipVerify === true)
      say("insecureSkipVerify", "is not obeyed: whoever answers would be taken for the right one");
    const lines = (Array.isArray(headers) ? headers : [])
      .filter(isMapping)
      .map(({ name, value }) => `${textIn(name) ?? ""}: ${textIn(value) ?? ""}`);
    const basic = isMapping(basicAuth)
      ? `Basic ${btoa(`${textIn(basicAuth["username"]) ?? ""}:${textIn(basicAuth["password"]) ?? ""}`)}`
      : undefined;
    return {
      type: "webhook",
      settings: written({ url: textIn(url), headers: textIn(lines.join("\n")), authorization: basic }),
    };
  },
  teams: ({ recipientUrls }) => ({
    type: "teams",
    settings: written({ recipientUrls: json(recipientUrls) }),
  }),
  "teams-workflows": ({ recipientUrls }) => ({
    type: "teams",
    settings: written({ recipientUrls: json(recipientUrls) }),
  }),
  googlechat: ({ webhooks }) => ({
    type: "google-chat",
    settings: written({ recipientUrls: json(webhooks) }),
  }),
  telegram: ({ token }) => ({ type: "telegram", settings: written({ token: textIn(token) }) }),
  opsgenie: ({ apiUrl, apiKeys }) => ({
    type: "opsgenie",
    settings: written({
      apiURL: textIn(apiUrl)?.replace(/^(?!https?:)/, "https://"),
      apiKeys: json(apiKeys),
    }),
  }),
  pagerdutyv2: ({ serviceKeys }) => ({
    type: "pagerduty",
    settings: written({ routingKeys: json(serviceKeys) }),
  }),
  github: ({ appID, installationID, privateKey, enterpriseBaseURL }) => {
    const base = textIn(enterpriseBaseURL)?.replace(/\/+$/, "");
    return {
      type: "github",
      settings: written({
        ...{ appID: textIn(appID), installationID: textIn(installationID), privateKey: textIn(privateKey) },
        // As Argo CD's client does, which adds it where it is not there.
        apiURL: base === undefined || base.endsWith("/api/v3") ? base : `${base}/api/v3`,
        host: base === undefined ? undefined : URL.parse(base)?.hostname,
      }),
    };
  },
  alertmanager: ({ targets, scheme, basicAuth, bearerToken }) => {
    const [target] = Array.isArray(targets) ? targets : [];
    const basic = isMapping(basicAuth)
      ? `Basic ${btoa(`${textIn(basicAuth["username"]) ?? ""}:${textIn(basicAuth["password"]) ?? ""}`)}`
      : undefined;
    return {
      type: "alertmanager",
      settings: written({
        url: textIn(target) === undefined ? undefined : `${textIn(scheme) ?? "http"}://${target}`,
        authorization: textIn(bearerToken) === undefined ? basic : `Bearer ${textIn(bearerToken)}`,
      }),
    };
  },
};

const ELSEWHERE = "Send it to a webhook, or write a notifier: docs/notifications.md";
const INSTEAD: Readonly<Record<string, string>> = {
  mattermost: "Write a service of type slack with an incoming webhook of Mattermost as its url",
  rocketchat: "Write a service of type slack with an incoming webhook of Rocket.Chat as its url",
  pagerduty: "Use pagerdutyv2",
};

/** Of Argo CD's, and none of those above. */
const NOT_SENT = [
  ...Object.keys(INSTEAD),
  ...["awssqs", "gcppubsub", "grafana", "nats", "newrelic", "pushover", "webex"],
].sort();

/** What becomes of services by their type, for the documentation. */
export function serviceTypes(): { type: string; is: "run" | "not run, and said"; note: string }[] {
  const sent = Object.entries(SERVICES).map(([type, translate]) => ({
    ...{ type, is: "run" as const },
    note: `as a service of type \`${translate({}, () => undefined).type}\`: notifications.md`,
  }));
  const others = NOT_SENT.map((type) => ({
    ...{ type, is: "not run, and said" as const },
    note: INSTEAD[type] ?? ELSEWHERE,
  }));
  return [...sent, ...others];
}

/** @param secret undefined: it was not seen */
export function serviceIn(
  [type = "", ...names]: readonly string[],
  value: unknown,
  secret: Data | undefined,
  say: Say,
): NotificationService | undefined {
  if (value === undefined) return undefined;
  const name = names.length === 0 ? type : names.join(".");
  const translate = Object.hasOwn(SERVICES, type) ? SERVICES[type] : undefined;
  if (translate === undefined) {
    say("", `services of type ${type} are not sent`, INSTEAD[type] ?? ELSEWHERE);
    return undefined;
  }
  if (!isMapping(value)) {
    say("", "must be a mapping");
    return undefined;
  }
  const missing = new Set<string>();
  const filled = withReferences(value, secret, missing);
  if (missing.size > 0) {
    const keys = [...missing].map((key) => `$${key}`).join(", ");
    say(
      "",
      secret === undefined
        ? `names ${keys}, and the Secret ${NOTIFICATIONS_SECRET} is not there or does not bear the label app.kubernetes.io/part-of: argocd`
        : `names ${keys}, which the Secret ${NOTIFICATIONS_SECRET} does not hold`,
      "Write them into it",
    );
    return undefined;
  }
  const { type: ours, settings } = translate(filled as Record<string, unknown>, say);
  return {
    name,
    type: ours,
    settings: Object.fromEntries(Object.entries(settings).map(([key, one]) => [key, new Secret(one)])),
  };
}

/** `$key` in a text stands for that key of the Secret. */
function withReferences(value: unknown, secret: Data | undefined, missing: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => withReferences(item, secret, missing));
  if (isMapping(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, withReferences(inner, secret, missing)]),
    );
  if (typeof value !== "string") return value;
  return value.replace(/\$([-A-Za-z0-9_.]+)/g, (whole, key: string) => {
    const found = secret !== undefined && Object.hasOwn(secret, key) ? secret[key] : undefined;
    if (found !== undefined) return found.trim();
    missing.add(key);
    return whole;
  });
}
