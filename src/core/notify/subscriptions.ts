import { compileGlob } from "../../lib/glob.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { parseYaml } from "../../lib/yaml.ts";
import type { DestinationName } from "../model/notification.ts";
import type { NotificationSettings, NotificationSubscription } from "../model/notification-settings.ts";
import type { TransitionKind } from "../model/transition.ts";
import { triggerOf } from "./triggers.ts";

/** What subscriptions look at. Of a cluster's own events there is no application. */
export interface Subscriber {
  app?: string;
  project?: string;
  labels: Readonly<Record<string, string>>;
  /** Of the application, and of its project: those of `notifications.argoproj.io` count. */
  annotations: Readonly<Record<string, string>>;
  projectAnnotations: Readonly<Record<string, string>>;
}

/** One trigger at one destination. */
export interface Wanted {
  trigger: string;
  to: DestinationName;
}

/** Subscriptions of Argo CD's annotations that say nothing of their trigger have this one: the usual ones are meant. */
export const USUAL = "";

const PREFIX = "notifications.argoproj.io/";
const GLOB = { slash: "crosses", braces: "alternatives" } as const;
/** Of one object: whoever may write annotations must not make messages without end. */
const MOST = 100;
/** Looked at for them: one list of triggers and one of recipients come to their product. */
const MOST_LOOKED_AT = 10_000;

export const isOurAnnotation = (name: string): boolean => name.startsWith(PREFIX);

/** Destinations that the config names for this event, each once. */
export function configWants(
  { subscriptions, usualEvents }: Pick<NotificationSettings, "subscriptions" | "usualEvents">,
  kind: TransitionKind,
  subscriber: Subscriber,
): DestinationName[] {
  return subscriptions.filter((one) => fits(one, usualEvents, kind, subscriber)).flatMap(destinationsOf);
}

function destinationsOf({ service, recipients }: NotificationSubscription): DestinationName[] {
  return recipients.length === 0
    ? [{ service, recipient: "" }]
    : recipients.map((recipient) => ({ service, recipient }));
}

function fits(
  { events, projects, applications, labels }: NotificationSubscription,
  usual: readonly TransitionKind[],
  kind: TransitionKind,
  { app, project, labels: own }: Subscriber,
): boolean {
  const wanted = events.length === 0 ? usual : events;
  if (!wanted.includes(kind)) return false;
  const isCluster = app === undefined;
  const narrowed = projects.length + applications.length + Object.keys(labels).length > 0;
  if (isCluster) return !narrowed;
  return (
    (projects.length === 0 || matches(projects, project ?? "")) &&
    (applications.length === 0 || matches(applications, app)) &&
    Object.entries(labels).every(([name, value]) => own[name] === value)
  );
}

function matches(globs: readonly string[], text: string): boolean {
  return globs.some((pattern) => {
    const glob = compileGlob(pattern, GLOB);
    return glob.ok && glob.matches(text);
  });
}

/**
 * What the annotations of an application and of its project ask for, as Argo CD reads them:
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/subscriptions/
 * @returns with `USUAL` where no trigger is named
 */
export function annotationWants({ annotations, projectAnnotations }: Subscriber): Wanted[] {
  const found = new Map<string, Wanted>();
  let lookedAt = 0;
  for (const each of [annotations, projectAnnotations])
    for (const annotation of Object.entries(each))
      for (const one of wantsOf(annotation)) {
        found.set(JSON.stringify([one.trigger, one.to.service, one.to.recipient]), one);
        if (found.size >= MOST || ++lookedAt >= MOST_LOOKED_AT) return [...found.values()];
      }
  return [...found.values()];
}

function* wantsOf([name, value]: [name: string, value: string]): Generator<Wanted> {
  if (!name.startsWith(PREFIX)) return;
  const rest = name.slice(PREFIX.length);
  if (rest === "subscriptions") return yield* listed(value);
  const [, words = ""] = /^subscribe\.(.+)$/.exec(rest) ?? [];
  if (words === "") return;
  // A trigger's name holds no dot; a service's may: `webhook.ci` is none of the trigger `webhook`.
  const [first = "", ...others] = words.split(".");
  const isTrigger = others.length > 0 && first.startsWith("on-");
  const service = isTrigger ? others.join(".") : words;
  const trigger = isTrigger ? first : USUAL;
  for (const recipient of recipientsIn(value)) yield { trigger, to: { service, recipient } };
}

/** `a;b`: several. Nothing: the one that the service has. */
function recipientsIn(value: string): string[] {
  const names = value
    .split(";")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  return names.length === 0 ? [""] : names;
}

/** `notifications.argoproj.io/subscriptions`: a list in YAML. What is none of it says nothing. */
function* listed(text: string): Generator<Wanted> {
  const { documents, problems } = parseYaml(text, { file: "annotation" });
  const value = documents[0]?.value;
  if (problems.some(({ severity }) => severity === "error") || !Array.isArray(value)) return;
  for (const entry of value.filter(isMapping)) {
    const written = textsIn(entry["trigger"] ?? entry["triggers"]);
    const triggers = written.length === 0 ? [USUAL] : written;
    const destinations = Array.isArray(entry["destinations"]) ? entry["destinations"].filter(isMapping) : [];
    for (const { service, recipients } of destinations) {
      if (typeof service !== "string") continue;
      const names = textsIn(recipients);
      for (const trigger of triggers)
        for (const recipient of names.length === 0 ? [""] : names)
          yield { trigger, to: { service, recipient } };
    }
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** Destinations of annotations for an event of ours, `USUAL` being what it means. */
export function annotationDestinations(
  subscriber: Subscriber,
  kind: TransitionKind,
  usual: readonly TransitionKind[],
): DestinationName[] {
  return annotationWants(subscriber)
    .filter(({ trigger }) => (trigger === USUAL ? usual.includes(kind) : trigger === triggerOf(kind)))
    .map(({ to }) => to);
}
