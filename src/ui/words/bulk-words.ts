/** What is done to several applications at once: which of them it can be done to, and what comes of each. */
import { type Application, isAutomated } from "../../core/model/application.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { changesOf, endWords, healthOf, isRunning, syncOf } from "./app-words.ts";
import { LOSES } from "./losing.ts";

export type Deed = "sync" | "pause" | "resume" | "delete";

/** As the deeds are asked for: what each needs of the policy. */
export const RIGHT_FOR = {
  sync: "sync",
  pause: "update",
  resume: "update",
  delete: "delete",
} as const satisfies Record<Deed, string>;

export const DEED_WORDS: Readonly<Record<Deed, string>> = {
  sync: "Sync",
  pause: "Pause automated sync of",
  resume: "Resume automated sync of",
  delete: "Delete",
};

/** Where it is written, as far as it says who would undo what is done here. */
export type WrittenIn =
  | { from: "file"; file: string; line?: number }
  | { from: "api" }
  | { from: "parent"; parent?: string; set?: string }
  | { from: "cluster"; cluster?: string };

/** `ready`: it is done, and `says` what comes of it. `left`: it is not asked for, because of `why`. */
export type Readiness = { is: "ready"; says: string; warns?: string } | { is: "left"; why: string };

type Named = Pick<ListedApplication, "spec">;

/** Why that cannot be done to it, by what the list knows alone; undefined: it can. */
export function whyNot(deed: Deed, app: Named & Pick<ListedApplication, "metadata">): string | undefined {
  if (deed === "sync" || deed === "delete") return undefined;
  if (app.metadata.deletionTimestamp !== undefined) return "it is being deleted";
  const { automated } = app.spec.syncPolicy ?? {};
  if (automated === undefined || automated === null)
    return "it is synced by hand: its spec has no automated sync";
  if (deed === "pause") return isAutomated(app.spec) ? undefined : "its automated sync is paused already";
  return isAutomated(app.spec) ? "its automated sync goes on already" : undefined;
}

/** @param origin where it is written, for all deeds but a sync */
export function readiness(
  deed: Deed,
  app: ListedApplication,
  { denied, origin }: { denied?: string | undefined; origin?: WrittenIn | undefined },
): Readiness {
  const why = denied ?? whyNot(deed, app) ?? undoneBy(deed, origin);
  if (why !== undefined) return { is: "left", why };
  switch (deed) {
    case "sync":
      return {
        is: "ready",
        says: changesOf(app) || (syncOf(app) === "Synced" ? "nothing differs" : "not compared yet"),
      };
    case "pause":
      return { is: "ready", says: "is synced when somebody asks for it, until it is resumed" };
    case "resume": {
      const text = changesOf(app);
      return { is: "ready", says: text === "" ? "follows Git again" : `follows Git again, with ${text} now` };
    }
    case "delete": {
      const again = madeAgainBy(origin);
      return { is: "ready", says: "", ...(again === undefined ? {} : { warns: again }) };
    }
  }
}

function undoneBy(deed: Deed, origin: WrittenIn | undefined): string | undefined {
  if (origin === undefined || deed === "sync") return undefined;
  if (origin.from === "file")
    return `it is written in ${origin.file}${origin.line === undefined ? "" : `:${origin.line}`}: ${deed === "delete" ? "take it out" : "edit it"} there`;
  // A deletion is carried out all the same: it is said what makes it again.
  if (deed === "delete" || origin.from !== "parent") return undefined;
  return origin.set === undefined
    ? `application ${origin.parent ?? "another one"} renders it: edit it where that one is rendered from`
    : `ApplicationSet ${origin.set} makes it: change that one's template`;
}

function madeAgainBy(origin: WrittenIn | undefined): string | undefined {
  if (origin?.from !== "parent") return undefined;
  return origin.set === undefined
    ? `${origin.parent ?? "another application"} renders it, and may make it again`
    : `ApplicationSet ${origin.set} makes it again, unless its generators leave it out`;
}

/** How its objects go: after what they own, at once, or not at all. */
export type Cascade = "foreground" | "background" | "stay";

export const CASCADES: readonly { is: Cascade; words: string }[] = [
  { is: "foreground", words: "Delete their objects too, what those own first" },
  { is: "background", words: "Delete their objects too, and let the cluster tidy up behind them" },
  { is: "stay", words: "Leave their objects in the cluster" },
];

export interface Going {
  /** `2 Deployment, 1 Service`; the many first. */
  kinds: string;
  objects: number;
  /** `PersistentVolumeClaim shop/data`: what Git has nothing of. */
  loses: readonly string[];
}

/** What goes with an application whose objects are deleted. What its manifests say is to stay may be among it. */
export function goesWith({ status }: Pick<Application, "status">): Going {
  const resources = (status?.resources ?? []).filter(({ health }) => health?.status !== "Missing");
  const kinds = new Map<string, number>();
  for (const { kind } of resources) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  return {
    objects: resources.length,
    kinds: [...kinds]
      .sort(([a, some], [b, others]) => others - some || (a < b ? -1 : 1))
      .map(([kind, many]) => `${many} ${kind}`)
      .join(", "),
    loses: resources
      .filter(({ kind }) => LOSES.has(kind))
      .map(({ kind, namespace = "", name }) => `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`),
  };
}

/** What is typed before data goes: a name, or how many. */
export function wordFor(names: readonly string[]): string {
  const [only] = names;
  return names.length === 1 && only !== undefined ? only : `delete ${names.length}`;
}

/** What came of it so far, as the daemon answered and the list tells. */
export type Outcome =
  | { is: "waiting" }
  | { is: "asked"; says?: string }
  | { is: "refused"; why: string }
  /** It was not asked for any more. */
  | { is: "stopped" };

/** @param before as it was when it was asked for @param now as the list has it; undefined: it is gone */
export function outcomeWords(
  deed: Deed,
  outcome: Outcome,
  before: ListedApplication,
  now: ListedApplication | undefined,
): { text: string; tone: "good" | "bad" | "moving" | "unknown" } {
  switch (outcome.is) {
    case "waiting":
      return { text: "waits", tone: "unknown" };
    case "stopped":
      return { text: "was not asked for", tone: "unknown" };
    case "refused":
      return { text: outcome.why, tone: "bad" };
    case "asked":
      if (now === undefined) return { text: "is gone", tone: deed === "delete" ? "good" : "unknown" };
      return asked(deed, outcome.says, before, now);
  }
}

function asked(
  deed: Deed,
  says: string | undefined,
  before: ListedApplication,
  now: ListedApplication,
): ReturnType<typeof outcomeWords> {
  if (deed === "pause") return { text: "its automated sync is paused", tone: "good" };
  if (deed === "resume")
    return { text: `its automated sync goes on; ${syncOf(now)}, ${healthOf(now)}`, tone: "good" };
  if (deed === "delete") return { text: says ?? "its deletion has begun", tone: "moving" };
  const state = now.status?.operationState;
  if (isRunning(now)) return { text: "is being synced", tone: "moving" };
  if (state === undefined || JSON.stringify(state) === JSON.stringify(before.status?.operationState ?? null))
    return { text: "a sync was asked for", tone: "moving" };
  return endWords("synced", state);
}

/** What the button says. @param objects that go with them */
export function labelOf(deed: Deed, apps: number, objects: number): string {
  if (deed === "delete")
    return objects === 0
      ? `Delete ${apps}`
      : `Delete ${apps} and ${objects === 1 ? "1 object" : `${objects} objects`}`;
  return `${deed === "sync" ? "Sync" : deed === "pause" ? "Pause" : "Resume"} ${apps}`;
}

/** What it comes to, in a sentence. */
export function sumOf(deed: Deed, ready: number, left: number, objects: number): string {
  const rest =
    left === 0 ? "" : `, ${left === 1 ? "1 is" : `${left} are`} left as ${left === 1 ? "it is" : "they are"}`;
  if (ready === 0)
    return `None of them${rest === "" ? "" : `: ${left === 1 ? "it is" : "all are"} left as ${left === 1 ? "it is" : "they are"}`}.`;
  const what =
    deed === "delete"
      ? `${countOf(ready)} would be deleted${objects === 0 ? "" : `, with ${objects === 1 ? "1 object" : `${objects} objects`} of their clusters`}`
      : deed === "sync"
        ? `${countOf(ready)} would be synced`
        : `${countOf(ready)} would be ${deed === "pause" ? "paused" : "resumed"}`;
  return `${what.slice(0, 1).toUpperCase()}${what.slice(1)}${rest}.`;
}

export function countOf(many: number): string {
  return many === 1 ? "1 application" : `${many} applications`;
}
