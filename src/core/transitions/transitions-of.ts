import { defined } from "../../lib/defined.ts";
import type { DriftChange } from "../model/drift-change.ts";
import type { HealthStatus } from "../model/health.ts";
import { MOST_WHY, type Settled, type TransitionNote } from "../model/transition.ts";

/** What is told of one transition beside of whom, and when. */
export type Told = Pick<
  TransitionNote,
  "kind" | "why" | "changes" | "revisions" | "deployment" | "cause" | "by" | "uid" | "project"
>;

/** How something is seen to be. What is absent is not known now, and nothing is told of it. */
export interface Look {
  /** Which of those that had the name it is, where it is an application. */
  uid?: string;
  project?: string;
  health?: { status: HealthStatus; why?: string };
  /** `content`: what Git wants, and how that is compared; equal texts are the same. `why`: what differs. */
  sync?: {
    is: "synced" | "out-of-sync";
    content: string;
    why?: string;
    changes?: DriftChange[];
    /** What of it others did, where Git may want something else as well; absent: nothing. */
    others?: { why?: string; changes?: DriftChange[] };
  };
  /** The running or last sync that writes. */
  operation?: LookedOperation;
  /** The last one in the history; -1: there is none. */
  deployment?: { id: number; revisions?: string[]; cause?: string; by?: string };
  prunes?: { is: "free" } | { is: "blocked"; why: string };
  hold?: { is: "free" } | { is: "held"; since: string; by?: string; why?: string; deployment?: number };
  connection?: { is: "reachable" } | { is: "unreachable"; why: string };
}

export interface LookedOperation {
  /** `running`: its next try is waited for, too. `cut-off`: a restart ended it, and it is taken up again. */
  is: "running" | "cut-off" | "succeeded" | "failed";
  /** RFC 3339. */
  startedAt: string;
  /** 0, or of which further try it is. */
  try?: number;
  why?: string;
  revisions?: string[];
  cause?: string;
  by?: string;
}

/** What an application is whose life begins: nothing of it is there, so that whatever goes wrong at first is told. */
const NEW: Settled = {
  health: "good",
  sync: { is: "behind" },
  operation: { is: "over", startedAt: "" },
  deployed: -1,
  prunes: "free",
  hold: { is: "free" },
};

type Part = Exclude<keyof Settled, "uid" | "project">;

/** One part of it: what it is settled at from now on, and what is told; undefined: it stays as it was, and nothing is told. */
type Rule<P extends Part> = (
  before: Settled[P],
  look: Look,
) => { settled: NonNullable<Settled[P]>; told?: Told | undefined } | undefined;

/** In the order in which they are told. */
const RULES: { readonly [P in Part]: Rule<P> } = {
  connection(before, { connection: now }) {
    if (now === undefined) return undefined;
    if (now.is === "reachable")
      return { settled: now.is, told: before === "unreachable" ? { kind: "cluster-reachable" } : undefined };
    // One that was never reached is told of: since when, and why, is what is looked for.
    const isNews = before !== "unreachable";
    return { settled: now.is, told: isNews ? { kind: "cluster-unreachable", why: now.why } : undefined };
  },

  hold(before, { hold: now }) {
    if (now === undefined) return undefined;
    if (now.is === "free")
      return { settled: { is: "free" }, told: before?.is === "held" ? { kind: "hold-lifted" } : undefined };
    const { since, by, why, deployment } = now;
    const isNews = before !== undefined && (before.is === "free" || before.since !== since);
    return {
      settled: { is: "held", since },
      told: isNews ? { kind: "hold-set", ...defined({ by, why, deployment }) } : undefined,
    };
  },

  operation(before, { operation: now }) {
    if (now === undefined) return undefined;
    const { is, startedAt, why, revisions, cause, by } = now;
    const about = defined({ revisions, cause, by });
    // What a restart cut off goes on, whatever its times are then.
    if (is === "cut-off") return before?.is === "running" ? { settled: { is, startedAt } } : undefined;
    if (is === "running") {
      const isTold = before?.is === "running" || before?.is === "cut-off";
      const goesOn =
        isTold && (before.startedAt === startedAt || before.is === "cut-off" || (now.try ?? 0) > 0);
      return {
        settled: { is: "running", startedAt },
        told: before === undefined || goesOn ? undefined : { kind: "sync-running", ...about },
      };
    }
    const settled = { is: "over", startedAt } as const;
    if (before === undefined || (before.is === "over" && before.startedAt === startedAt)) return { settled };
    return {
      settled,
      told:
        is === "succeeded"
          ? { kind: "sync-succeeded", ...about }
          : { kind: "sync-failed", ...about, ...defined({ why }) },
    };
  },

  health(before, { health: now, deployment, operation }) {
    // While a sync runs nobody knows whose health it is.
    const isOfIt = deployment !== undefined && deployment.id >= 0 && operation?.is !== "running";
    const about = isOfIt ? { deployment: deployment.id } : {};
    if (now?.status === "Healthy")
      return {
        settled: "good",
        told: before === "degraded" ? { kind: "health-recovered", ...about } : undefined,
      };
    // What progresses, is missing or suspended is on its way, and what is unknown is nothing.
    if (now?.status !== "Degraded") return undefined;
    return {
      settled: "degraded",
      told:
        before === "good" ? { kind: "health-degraded", ...about, ...defined({ why: now.why }) } : undefined,
    };
  },

  deployed(before, { deployment: now, operation, health }) {
    if (now === undefined) return undefined;
    // An application that was made anew, or whose history is not kept, counts from the start again.
    if (before === undefined || now.id < before) return { settled: now.id };
    if (now.id === before || operation?.is === "running" || health?.status !== "Healthy") return undefined;
    const { id, revisions, cause, by } = now;
    return { settled: id, told: { kind: "deployed", deployment: id, ...defined({ revisions, cause, by }) } };
  },

  sync(before, { sync: now }) {
    if (now === undefined) return undefined;
    const { content, why, changes, others } = now;
    if (now.is === "synced")
      return {
        settled: { is: "synced", content },
        told: before?.is === "drifted" ? { kind: "drift-healed" } : undefined,
      };
    if (before?.is === "drifted") {
      if (before.beside === undefined || others !== undefined) return undefined;
      return { settled: { is: "behind" }, told: { kind: "drift-healed" } };
    }
    if (before?.is === "synced" && before.content === content)
      return { settled: { is: "drifted" }, told: { kind: "drift-found", ...defined({ why, changes }) } };
    // Git wants something else: that is no drift, and what others did beside it is.
    if (before === undefined || others === undefined) return { settled: { is: "behind" } };
    return { settled: { is: "drifted", beside: "git" }, told: { kind: "drift-found", ...defined(others) } };
  },

  prunes(before, { prunes: now }) {
    if (now === undefined) return undefined;
    if (now.is === "free") return { settled: "free" };
    return {
      settled: "blocked",
      told: before === "free" ? { kind: "prune-blocked", why: now.why } : undefined,
    };
  },
};

const PARTS = Object.keys(RULES) as Part[];

/**
 * What became of it between two looks. Whoever keeps `settled` and what is told in one step has each transition once,
 * whatever happens between two looks: the same look again tells nothing, and what was between two looks and is over is none.
 * Something that is looked at for the first time (`undefined`) is new, and one of which nothing is known (`{}`) is not.
 */
export function transitionsOf(
  before: Settled | undefined,
  look: Look,
): { settled: Settled; told: readonly Told[] } {
  const isAnother = before?.uid !== undefined && look.uid !== undefined && before.uid !== look.uid;
  const start = before === undefined || isAnother ? NEW : before;
  const settled: Settled = { ...start, ...defined({ uid: look.uid, project: look.project }) };
  const told: Told[] = [];
  // Its name went to another one while nobody looked.
  if (isAnother) told.push({ kind: "deleted", ...defined({ uid: before.uid, project: before.project }) });
  if (start === NEW) told.push({ kind: "created" });
  for (const part of PARTS) apply(part, start, look, settled, told);
  return { settled, told };
}

function apply<P extends Part>(part: P, start: Settled, look: Look, settled: Settled, told: Told[]): void {
  const found = RULES[part](start[part], look);
  if (found === undefined) return;
  settled[part] = found.settled;
  if (found.told === undefined) return;
  const { why } = found.told;
  told.push(why === undefined ? found.told : { ...found.told, why: bounded(why) });
}

function bounded(why: string): string {
  return why.length <= MOST_WHY ? why : `${why.slice(0, MOST_WHY - 1)}…`;
}
