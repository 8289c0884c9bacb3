/**
 * What `argocd-notifications-cm` says, with `argocd-notifications-secret`: services, templates and triggers as they are
 * written. https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/ Pure.
 */
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { parseYaml } from "../../lib/yaml.ts";
import type { DestinationName } from "../model/notification.ts";
import type { NotificationService } from "../model/notification-settings.ts";
import type { Problem } from "../model/problem.ts";
import { Secret } from "../model/secret.ts";

export const NOTIFICATIONS_MAP = "argocd-notifications-cm";
export const NOTIFICATIONS_SECRET = "argocd-notifications-secret";

export interface ArgoTrigger {
  name: string;
  conditions: readonly { when: string; oncePer: string; send: readonly string[] }[];
}

/** Texts of one template, by where each goes; each is a Go template. */
export interface ArgoTemplate {
  name: string;
  /** By a path such as `email.subject`, or `webhook/ci/body`. */
  texts: Readonly<Record<string, string>>;
}

export interface ArgoSubscription {
  to: DestinationName;
  triggers: readonly string[];
  /** A label selector as kubectl writes it; "": all. */
  selector: string;
}

export interface ArgoNotificationSettings {
  services: readonly NotificationService[];
  templates: ReadonlyMap<string, ArgoTemplate>;
  triggers: ReadonlyMap<string, ArgoTrigger>;
  /** By service; "" of all others. */
  defaultTriggers: ReadonlyMap<string, readonly string[]>;
  subscriptions: readonly ArgoSubscription[];
  context: Readonly<Record<string, unknown>>;
  problems: readonly Problem[];
}

type Data = Readonly<Record<string, string>>;
type Say = (key: string, text: string, fix?: string) => void;

/** What becomes of each kind of service: settings of a notifier of ours, or why it is not sent. */
type Translation = (
  value: Record<string, unknown>,
  say: Say,
) => { type: string; settings: Record<string, string> };

const text = (value: unknown): string | undefined =>
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
      token: text(token),
      username: text(username),
      icon: text(icon),
      apiURL: text(apiURL),
    }),
  }),
  email: ({ host, port, from, username, password, insecure_skip_verify }, say) => {
    if (insecure_skip_verify === true)
      say("insecure_skip_verify", "is not obeyed: whoever answers would be taken for the mail server");
    return {
      type: "email",
      settings: written({
        ...{
          host: text(host),
          port: text(port),
          from: text(from),
          username: text(username),
          password: text(password),
        },
        tls: text(port) === "465" ? "implicit" : "offered",
      }),
    };
  },
  webhook: ({ url, headers, basicAuth, insecureSkipVerify }, say) => {
    if (insecureSkipVerify === true)
      say("insecureSkipVerify", "is not obeyed: whoever answers would be taken for the right one");
    const lines = (Array.isArray(headers) ? headers : [])
      .filter(isMapping)
      .map(({ name, value }) => `${text(name) ?? ""}: ${text(value) ?? ""}`);
    const basic = isMapping(basicAuth)
      ? `Basic ${btoa(`${text(basicAuth["username"]) ?? ""}:${text(basicAuth["password"]) ?? ""}`)}`
      : undefined;
    return {
      type: "webhook",
      settings: written({ url: text(url), headers: text(lines.join("\n")), authorization: basic }),
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
  telegram: ({ token }) => ({ type: "telegram", settings: written({ token: text(token) }) }),
  opsgenie: ({ apiUrl, apiKeys }) => ({
    type: "opsgenie",
    settings: written({
      apiURL: text(apiUrl)?.replace(/^(?!https?:)/, "https://"),
      apiKeys: json(apiKeys),
    }),
  }),
  pagerdutyv2: ({ serviceKeys }) => ({
    type: "pagerduty",
    settings: written({ routingKeys: json(serviceKeys) }),
  }),
  alertmanager: ({ targets, scheme, basicAuth, bearerToken }) => {
    const [target] = Array.isArray(targets) ? targets : [];
    const basic = isMapping(basicAuth)
      ? `Basic ${btoa(`${text(basicAuth["username"]) ?? ""}:${text(basicAuth["password"]) ?? ""}`)}`
      : undefined;
    return {
      type: "alertmanager",
      settings: written({
        url: text(target) === undefined ? undefined : `${text(scheme) ?? "http"}://${target}`,
        authorization: text(bearerToken) === undefined ? basic : `Bearer ${text(bearerToken)}`,
      }),
    };
  },
};

const INSTEAD: Readonly<Record<string, string>> = {
  github: "Write a service of type github with a token in notifications.services of the config",
  mattermost: "Write a service of type slack with an incoming webhook of Mattermost as its url",
  rocketchat: "Write a service of type slack with an incoming webhook of Rocket.Chat as its url",
  pagerduty: "Use pagerdutyv2",
};

/** Parts of a template that are run, each a path of keys; `*` is the name of a service. */
const TEXTS: readonly (readonly string[])[] = [
  ["message"],
  ["email", "subject"],
  ["email", "body"],
  ["slack", "attachments"],
  ["slack", "blocks"],
  ["teams", "title"],
  ["teams", "text"],
  ["teams", "summary"],
  ["teams-workflows", "title"],
  ["teams-workflows", "text"],
  ["teams-workflows", "adaptiveCard"],
  ["webhook", "*", "method"],
  ["webhook", "*", "path"],
  ["webhook", "*", "body"],
  ["github", "repoURLPath"],
  ["github", "revisionPath"],
  ["github", "status", "state"],
  ["github", "status", "label"],
  ["github", "status", "targetURL"],
];
/** Parts of a template that say how, and not what: left alone without a word. */
const HOW = [
  "slack.groupingKey",
  "slack.notifyBroadcast",
  "slack.deliveryPolicy",
  "slack.username",
  "slack.icon",
];

/** @param secret undefined: it was not seen */
export function readArgoNotifications(data: Data, secret: Data | undefined): ArgoNotificationSettings {
  const problems: Problem[] = [];
  const services: NotificationService[] = [];
  const templates = new Map<string, ArgoTemplate>();
  const triggers = new Map<string, ArgoTrigger>();
  const defaultTriggers = new Map<string, readonly string[]>();
  let subscriptions: ArgoSubscription[] = [];
  let context: Readonly<Record<string, unknown>> = {};
  for (const [key, value] of Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const say =
      (severity: Problem["severity"]): Say =>
      (path, said, fix) =>
        problems.push({
          severity,
          object: `ConfigMap ${NOTIFICATIONS_MAP}`,
          path: path === "" ? key : `${key}: ${path}`,
          text: said,
          ...defined({ fix }),
        });
    const [kind = "", ...rest] = key.split(".");
    const name = rest.join(".");
    const read = (): unknown => {
      const { documents, problems: wrong } = parseYaml(value, { file: key });
      const [first] = wrong.filter(({ severity }) => severity === "error");
      if (first !== undefined) say("error")("", `is no YAML: ${first.text}`);
      return first === undefined ? documents[0]?.value : undefined;
    };
    if (kind === "service" && name !== "") {
      const service = serviceIn(rest, read(), secret, say("error"));
      if (service !== undefined) services.push(service);
    } else if (kind === "template" && name !== "") {
      const template = templateIn(name, read(), say("warning"));
      if (template !== undefined) templates.set(name, template);
    } else if (kind === "trigger" && name !== "") {
      const trigger = triggerIn(name, read(), say("error"));
      if (trigger !== undefined) triggers.set(name, trigger);
    } else if (kind === "defaultTriggers") defaultTriggers.set(name, textsOf(read()));
    else if (key === "subscriptions") subscriptions = subscriptionsIn(read());
    else if (key === "context") {
      const found = read();
      context = isMapping(found) ? found : {};
    } else say("warning")("", "is no key that is known, and changes nothing");
  }
  for (const { name, conditions } of triggers.values())
    for (const one of new Set(conditions.flatMap(({ send }) => send)))
      if (!templates.has(one))
        problems.push({
          severity: "error",
          object: `ConfigMap ${NOTIFICATIONS_MAP}`,
          path: `trigger.${name}`,
          text: `sends the template ${one}, which is not there`,
          fix: `Write template.${one}`,
        });
  return { services, templates, triggers, defaultTriggers, subscriptions, context, problems };
}

function serviceIn(
  [type = "", ...names]: readonly string[],
  value: unknown,
  secret: Data | undefined,
  say: Say,
): NotificationService | undefined {
  if (value === undefined) return undefined;
  const name = names.length === 0 ? type : names.join(".");
  const translate = Object.hasOwn(SERVICES, type) ? SERVICES[type] : undefined;
  if (translate === undefined) {
    say(
      "",
      `services of type ${type} are not sent`,
      INSTEAD[type] ?? "Send it to a webhook, or write a notifier: docs/notifications.md",
    );
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

function templateIn(name: string, value: unknown, say: Say): ArgoTemplate | undefined {
  if (!isMapping(value)) return undefined;
  const texts: Record<string, string> = {};
  const known = new Set<string>();
  for (const path of TEXTS) {
    const [first = "", second, third] = path;
    if (second === "*") {
      const byService = value[first];
      if (!isMapping(byService)) continue;
      known.add(first);
      for (const [service, parts] of Object.entries(byService))
        if (isMapping(parts) && typeof parts[third ?? ""] === "string")
          texts[`${first}/${service}/${third}`] = parts[third ?? ""] as string;
      continue;
    }
    const found = path.reduce<unknown>((at, key) => (isMapping(at) ? at[key] : undefined), value);
    known.add(first);
    if (typeof found === "string") texts[path.join(".")] = found;
  }
  for (const [block, parts] of Object.entries(value)) {
    if (!known.has(block)) say(block, "is not run: such services get the template's message");
    else if (isMapping(parts) && block !== "webhook")
      for (const key of Object.keys(parts))
        if (!TEXTS.some(([one, other]) => one === block && other === key) && !HOW.includes(`${block}.${key}`))
          say(`${block}.${key}`, "is not run");
  }
  return { name, texts };
}

function triggerIn(name: string, value: unknown, say: Say): ArgoTrigger | undefined {
  if (!Array.isArray(value)) {
    say("", "must be a list of conditions");
    return undefined;
  }
  const conditions = value.filter(isMapping).map(({ when, oncePer, send }) => ({
    when: text(when) ?? "",
    oncePer: text(oncePer) ?? "",
    send: textsOf(send),
  }));
  return { name, conditions: conditions.filter(({ when }) => when !== "") };
}

function subscriptionsIn(value: unknown): ArgoSubscription[] {
  return (Array.isArray(value) ? value : []).filter(isMapping).flatMap(({ recipients, triggers, selector }) =>
    textsOf(recipients).map((one) => {
      const [service = "", ...rest] = one.split(":");
      return {
        to: { service, recipient: rest.join(":") },
        triggers: textsOf(triggers),
        selector: text(selector) ?? "",
      };
    }),
  );
}

function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

/** Whether labels are those of `a=b,c!=d,e in (f,g),h,!i`. What cannot be read takes none. */
export function selects(selector: string, labels: Readonly<Record<string, string>>): boolean {
  const parts = selector.match(/(?:[^,(]|\([^)]*\))+/g) ?? [];
  return parts.every((part) => {
    const [, name = "", operator = "", list = ""] =
      /^\s*([^\s=!(),]+)\s+(in|notin)\s*\(([^)]*)\)\s*$/.exec(part) ?? [];
    if (name !== "") {
      const among = list.split(",").map((one) => one.trim());
      const has = labels[name] !== undefined && among.includes(labels[name]);
      return operator === "in" ? has : !has;
    }
    const [, key = "", sign = "", value = ""] =
      /^\s*([^\s=!(),]+)\s*(==|=|!=)\s*([^\s=!(),]*)\s*$/.exec(part) ?? [];
    if (key !== "") return sign === "!=" ? labels[key] !== value : labels[key] === value;
    const [, not = "", alone = ""] = /^\s*(!?)([^\s=!(),]+)\s*$/.exec(part) ?? [];
    if (alone === "") return false;
    return not === "!" ? labels[alone] === undefined : labels[alone] !== undefined;
  });
}
