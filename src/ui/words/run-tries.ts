/** The tries of one sync: which run is which of them, and when and why the next one comes. */
import { isDryRun } from "../../core/model/last-sync.ts";
import type { OperationState } from "../../core/model/operation.ts";
import { FOLLOWS, messageOf } from "./app-words.ts";

/** A try, as `/api/holdfast/v1/runs` has it. */
export interface Run {
  id: number;
  cause: string;
  state: OperationState;
}

export { messageOf };

/** Which try of its sync it is, from 1. A try that is followed by another counts for itself. */
export function tryOf({ message, finishedAt, retryCount = 0 }: OperationState): number {
  const [, next] = (finishedAt !== undefined && FOLLOWS.exec(message)) || [];
  return next === undefined ? retryCount + 1 : Number(next) - 1;
}

export interface NextTry {
  /** `Try 3 of 6`; `Try 3` where there is no limit. */
  name: string;
  /** RFC 3339. */
  at: string;
  why: string;
}

/** @returns undefined where none follows */
export function nextTry({ phase, message, finishedAt, operation }: OperationState): NextTry | undefined {
  const [, next, at] = (phase === "Running" && finishedAt !== undefined && FOLLOWS.exec(message)) || [];
  if (next === undefined || at === undefined) return undefined;
  const limit = operation.retry?.limit ?? 0;
  const allowed =
    limit < 0
      ? "and it is retried until it succeeds"
      : `and ${limit === 1 ? "1 retry is" : `${limit} retries are`} allowed`;
  return {
    name: limit < 0 ? `Try ${next}` : `Try ${next} of ${limit + 1}`,
    at,
    why: `because try ${Number(next) - 1} failed ${allowed}`,
  };
}

/** When a try began, as far as it is known: a sync's beginning is its first try's. */
export function triedAt(state: OperationState): string {
  const { startedAt } = state;
  const [first] = (state.syncResult?.lanes ?? []).flatMap(({ startedAt = [] }) => startedAt).sort();
  return tryOf(state) === 1 || first === undefined ? startedAt : first;
}

/** A restart of the daemon ends a run, and the same try goes on as another one. */
const CUT_OFF = "cut off by a restart of the daemon";

/**
 * The syncs, the newest first, each as its runs, the first at first.
 * @param runs the newest first
 */
export function syncsOf(runs: readonly Run[]): Run[][] {
  const syncs: Run[][] = [];
  for (const run of runs.toReversed()) {
    const before = syncs.at(-1)?.at(-1);
    const goesOn =
      before !== undefined &&
      before.state.startedAt === run.state.startedAt &&
      (run.cause === "retry" || before.state.message === CUT_OFF);
    if (goesOn) syncs.at(-1)?.push(run);
    else syncs.push([run]);
  }
  return syncs.reverse();
}

/** In an address, the last sync, whatever dry runs came after it. */
export const LAST_SYNC = "last-sync";

/** Causes of what nobody asked for by a sync. */
const BY_ITSELF: ReadonlySet<string> = new Set(["automated", "self-heal", "deletion"]);

/**
 * The run that an address asks for: by its number, as the last sync, or, by a moment in RFC 3339, what the sync that was asked for then came to.
 * @param runs the newest first
 * @param most as many are listed at most: of more, those that are missing may be the ones that were meant
 * @returns undefined where it is not among them
 */
export function runAsked(runs: readonly Run[], asked: string, most: number): Run | undefined {
  if (asked === LAST_SYNC) return runs.find(({ state }) => !isDryRun(state));
  const at = Date.parse(asked);
  if (/^\d+$/.test(asked) || Number.isNaN(at)) return runs.find(({ id }) => String(id) === asked);
  const syncs = syncsOf(runs);
  const oldest = syncs.at(-1)?.[0];
  if (oldest === undefined) return undefined;
  if (runs.length >= most && Date.parse(oldest.state.startedAt) >= at) return undefined;
  return syncs
    .findLast(
      ([first]) =>
        first !== undefined && !BY_ITSELF.has(first.cause) && Date.parse(first.state.startedAt) >= at,
    )
    ?.at(-1);
}

/** `Try 2`; where a restart of the daemon ended one and it went on: `Try 2, after a restart`. @param tries of one sync */
export function tryName({ id, state }: Run, tries: readonly Run[]): string {
  const before = tries[tries.findIndex((one) => one.id === id) - 1];
  const isSame = before !== undefined && tryOf(before.state) === tryOf(state);
  return `Try ${tryOf(state)}${isSame ? ", after a restart" : ""}`;
}

/** `34 s`, `2 min 10 s`, `1 h 5 min`: in the units of `ago`, two of them, for somebody who waits. */
export function waited(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const two = (large: string, small: number, unit: string): string =>
    small === 0 ? large : `${large} ${small} ${unit}`;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return two(`${Math.floor(seconds / 60)} min`, seconds % 60, "s");
  const hours = Math.floor(seconds / 3_600);
  if (hours < 24) return two(`${hours} h`, Math.floor(seconds / 60) % 60, "min");
  const days = Math.floor(hours / 24);
  return two(days === 1 ? "1 day" : `${days} days`, hours % 24, "h");
}

/**
 * The runs, one of them as the application tells its last operation, of which it knows more than is kept. The tries of a
 * sync have its beginning in common, and those before the last are left as they ended.
 * @param runs the newest first
 */
export function withLast(runs: readonly Run[], last: OperationState): readonly Run[] {
  const at = runs.findIndex(({ state }) => isOf(state, last));
  return at < 0 ? runs : runs.map((run, index) => (index === at ? { ...run, state: last } : run));
}

function isOf(state: OperationState, last: OperationState): boolean {
  if (state.startedAt !== last.startedAt) return false;
  // One that was given up while it waited for its next try says nothing of that try any more.
  const isGivenUp = state.finishedAt !== undefined && state.finishedAt === last.finishedAt;
  return isGivenUp || tryOf(state) === tryOf(last);
}
