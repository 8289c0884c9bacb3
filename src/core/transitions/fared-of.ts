import { equalJson } from "../../lib/equal-json.ts";
import type { RevisionHistory } from "../model/application.ts";
import type { Fared } from "../model/fared.ts";
import { revisionsIn } from "../model/hold.ts";
import { TRANSITION_KINDS, type Transition, type TransitionKind } from "../model/transition.ts";

/** What is told of the health of what was deployed, and of what else may be the cause of that. */
export const FARED_KINDS = [
  "deployed",
  "health-degraded",
  "health-recovered",
  "drift-found",
  "drift-healed",
  "sync-running",
  "sync-succeeded",
  "sync-failed",
] as const satisfies readonly TransitionKind[];

/** Something at one moment; a row that stands for several is its first and its last. */
interface Moment extends Pick<Transition, "kind" | "why" | "revisions" | "deployment"> {
  atMs: number;
  /** Absent: it is the first of several, whose number is that of their last. */
  seq?: number;
}

/**
 * How each deployment fared while it was there, of the transitions that are kept. Health that came while somebody's change
 * in the cluster was not put back, or after a sync of other revisions had begun, is not that of the deployment.
 *
 * @param history the oldest first
 * @param transitions of the same application, in any order
 * @returns by `RevisionHistory.id`; absent where nothing is known
 */
export function faredOf(
  history: readonly RevisionHistory[],
  transitions: readonly Transition[],
): ReadonlyMap<number, Fared> {
  const moments = transitions
    .flatMap(momentsOf)
    .sort((a, b) => a.atMs - b.atMs || rank(a) - rank(b) || orderOfDrifts(a, b));
  const fared = new Map<number, Fared>();
  for (const [at, entry] of history.entries()) {
    const next = history[at + 1];
    const found = lastOf(momentsFor(entry, next, moments)) ?? carried(entry, next, moments);
    if (found !== undefined) fared.set(entry.id, found);
  }
  return fared;
}

function momentsOf(one: Transition): Moment[] {
  const last = { ...one, atMs: Date.parse(one.at) };
  if (one.first === one.at) return [last];
  const { seq: _, ...first } = last;
  return [{ ...first, atMs: Date.parse(one.first) }, last];
}

/** What is of one second: a change in the cluster comes before the health that came of it. */
function rank({ kind }: Moment): number {
  return kind === "drift-found" || kind === "drift-healed" ? -1 : TRANSITION_KINDS.indexOf(kind);
}

/** What is healed within a second was found before: by their numbers, where those are of these moments. */
function orderOfDrifts(a: Moment, b: Moment): number {
  if (rank(a) >= 0) return 0;
  if (a.seq !== undefined && b.seq !== undefined) return a.seq - b.seq;
  return TRANSITION_KINDS.indexOf(a.kind) - TRANSITION_KINDS.indexOf(b.kind);
}

/** By the number that they bear; those without one by their time, until the next sync of something else begins. */
function momentsFor(
  entry: RevisionHistory,
  next: RevisionHistory | undefined,
  moments: readonly Moment[],
): Moment[] {
  const beganMs = Date.parse(entry.deployStartedAt ?? entry.deployedAt);
  const endedMs = Math.min(
    next === undefined ? Number.POSITIVE_INFINITY : Date.parse(next.deployStartedAt ?? next.deployedAt),
    ...othersBegan(entry, moments),
  );
  return moments.filter(
    ({ deployment, atMs }) =>
      atMs >= beganMs &&
      (deployment === undefined ? atMs < endedMs : deployment === entry.id && atMs <= endedMs),
  );
}

/** When syncs of other revisions began after it was deployed; of which revisions, the end of a sync may tell first. */
function othersBegan(entry: RevisionHistory, moments: readonly Moment[]): number[] {
  const afterMs = Date.parse(entry.deployedAt);
  const syncs = moments.filter(({ kind, atMs }) => kind.startsWith("sync-") && atMs > afterMs);
  const own = revisionsIn(entry);
  return syncs.flatMap(({ revisions, kind, atMs }, at) => {
    if (revisions === undefined || equalJson(revisions, own)) return [];
    const began =
      kind === "sync-running" ? undefined : syncs.slice(0, at).findLast((one) => one.kind === "sync-running");
    return [began?.atMs ?? atMs];
  });
}

/** What was Degraded stays so without a word: that one which it was left for was never seen Healthy, is known by that. */
function carried(
  entry: RevisionHistory,
  next: RevisionHistory | undefined,
  moments: readonly Moment[],
): Fared | undefined {
  if (next === undefined) return undefined;
  const isHealth = ({ kind }: Moment): boolean => kind.startsWith("health-") || kind === "deployed";
  const last = moments.filter((one) => isHealth(one) && one.atMs < Date.parse(entry.deployedAt)).at(-1);
  return last?.kind === "health-degraded" ? { is: "never-healthy" } : undefined;
}

function lastOf(moments: readonly Moment[]): Fared | undefined {
  let health: Fared | undefined;
  /** What is known of it before somebody changed it in the cluster; absent: nobody did, or it is put back. */
  let before: { health: Fared | undefined } | undefined;
  for (const { kind, why } of moments) {
    if (kind === "deployed" || kind === "health-recovered") health = { is: "healthy" };
    else if (kind === "health-degraded")
      health = why === undefined ? { is: "degraded" } : { is: "degraded", why };
    else if (kind === "drift-found") before ??= { health };
    else if (kind === "drift-healed") before = undefined;
  }
  return before === undefined ? health : before.health;
}
