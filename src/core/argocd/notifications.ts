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
import { type Say, serviceIn, serviceTypes, textIn } from "./notification-services.ts";

export const NOTIFICATIONS_MAP = "argocd-notifications-cm";

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

/** Each key of the ConfigMap, and what becomes of it: for the documentation. */
export function notificationKeys(): { key: string; is: "run" | "not run, and said"; note: string }[] {
  const parts = TEXTS.map((path) => `\`${path.join(".").replace("*", "NAME")}\``);
  const run = (key: string, note: string) => ({ key, is: "run" as const, note });
  return [
    ...serviceTypes().map(({ type, is, note }) => ({ key: `service.${type}`, is, note })),
    run(
      "template.NAME",
      `Go templates with sprig: ${parts.join(", ")}. Other parts are not run, and said; ${HOW.map((key) => `\`${key}\``).join(", ")} change nothing`,
    ),
    run("trigger.NAME", "conditions in expr-lang, with `when`, `oncePer` and `send`"),
    run(
      "defaultTriggers",
      "of who subscribes to a service without a trigger; `defaultTriggers.SERVICE` of one service",
    ),
    run("subscriptions", "with `recipients`, `triggers` and `selector`"),
    run("context", "its values, in templates as `.context`"),
  ];
}

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
    when: textIn(when) ?? "",
    oncePer: textIn(oncePer) ?? "",
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
        selector: textIn(selector) ?? "",
      };
    }),
  );
}

function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

/** Whether labels are those of `a=b,c!=d,e in (f,g),h,!i`; nothing takes all. What cannot be read takes none. */
export function selects(selector: string, labels: Readonly<Record<string, string>>): boolean {
  // Commas inside parentheses separate values, the others separate requirements.
  const parts = selector.trim() === "" ? [] : selector.split(/,(?![^()]*\))/);
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
