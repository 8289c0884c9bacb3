/** How a deletion gets on, in Argo CD's shape of an operation: its steps, and what it waits for. Pure. */

import { parseApiVersion } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { groupKind, type ObjectRef, type RefKey, refKey, show } from "../../core/model/object-ref.ts";
import type { OperationState, ResourceResult } from "../../core/model/operation.ts";
import type { Refusal } from "../../core/model/plan.ts";
import type { DeletionProgress } from "../../core/ports/home.ts";
import { defined } from "../../lib/defined.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { ObjectsStep } from "./deletion.ts";

export function resultsIn({ state }: DeletionProgress): readonly ResourceResult[] {
  return state.syncResult?.resources ?? [];
}

export function runningHooks(progress: DeletionProgress): ResourceResult[] {
  return resultsIn(progress).filter(
    ({ hookType, hookPhase }) => hookType !== undefined && hookPhase === "Running",
  );
}

/** Says something else. Undefined in `change` leaves what is there. */
export function withState(
  progress: DeletionProgress,
  change: {
    message?: string;
    results?: readonly ResourceResult[];
    source?: Omit<OperationState["syncResult"] & {}, "resources">;
  },
): DeletionProgress {
  const { message, results, source } = change;
  const { state } = progress;
  const { finishedAt: _, ...going } = state;
  return {
    ...progress,
    state: {
      ...going,
      phase: "Running",
      ...defined({ message }),
      syncResult: {
        ...state.syncResult,
        ...source,
        resources: [...(results ?? resultsIn(progress))],
      },
    },
  };
}

/** @param now RFC 3339 */
export function ended(
  progress: DeletionProgress,
  phase: "Succeeded" | "Failed",
  message: string,
  now: string,
): DeletionProgress {
  return { ...progress, state: { ...progress.state, phase, message, finishedAt: now } };
}

/**
 * What failed is tried again, at what Git wants then. A hook that succeeded is not run a second time.
 */
export function tryAgain(progress: DeletionProgress): DeletionProgress {
  const { finishedAt: _, syncResult: __, ...state } = progress.state;
  return {
    ...progress,
    tries: progress.tries + 1,
    state: {
      ...state,
      phase: "Running",
      message: "is tried again",
      syncResult: {
        resources: resultsIn(progress).filter(
          ({ hookType, hookPhase }) => hookType === undefined || hookPhase === "Succeeded",
        ),
      },
    },
  };
}

/**
 * The steps so far: hooks as they were, then each object, those that are gone first, then in the order in which they go.
 * Only what was to go and is not seen any more counts as deleted.
 */
export function objectResults(
  before: readonly ResourceResult[],
  { plan, tracked, unseen }: Pick<ObjectsStep, "plan" | "tracked" | "unseen">,
): ResourceResult[] {
  const live = new Map(tracked.map((one) => [one.key, one]));
  const waiting = new Map(plan.waiting.map((one) => [one.key, one]));
  const rows = new Map<RefKey, ResourceResult>();
  for (const { gate } of plan.waves)
    for (const { key, ref } of gate) rows.set(key, goingRow(ref, live.get(key), waiting.get(key)));
  for (const { key, ref, text } of plan.kept)
    rows.set(key, {
      ...rowOf(ref, live.get(key)),
      status: "PruneSkipped",
      hookPhase: "Succeeded",
      message: text,
    });
  const gone = before.flatMap((row): ResourceResult[] => {
    if (row.hookType !== undefined || rows.has(refKey(row))) return [];
    if (unseen.has(groupKind(row))) return [row];
    // What stayed and is not there any more was somebody else's doing.
    if (row.status === "PruneSkipped" && row.hookPhase === "Succeeded") return [];
    return [{ ...row, status: "Pruned", hookPhase: "Succeeded", message: "deleted" }];
  });
  return [...before.filter(({ hookType }) => hookType !== undefined), ...gone, ...rows.values()];
}

function goingRow(
  ref: ObjectRef,
  live: LiveObject | undefined,
  waiting: Refusal | undefined,
): ResourceResult {
  const row = rowOf(ref, live);
  if (waiting !== undefined)
    return { ...row, status: "PruneSkipped", hookPhase: "Failed", message: waiting.text };
  const since = live === undefined ? undefined : askedAt(live);
  if (since === undefined) return { ...row, message: "waits for its turn" };
  return { ...row, status: "Pruned", hookPhase: "Running", message: `deletion asked for at ${since}` };
}

function rowOf(
  { group, kind, namespace, name }: ObjectRef,
  live: LiveObject | undefined,
): Omit<ResourceResult, "message"> {
  const version = live === undefined ? "" : parseApiVersion(live.apiVersion).version;
  return { group, version, kind, namespace, name, syncPhase: "Sync" };
}

/** When it was asked to go, RFC 3339; undefined where it was not. */
function askedAt({ object: { metadata } }: LiveObject): string | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata;
  if (deletionTimestamp === undefined) return undefined;
  return timestamp(Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1_000);
}

/** What the step waits for, as a sentence without a full stop. */
export function waitsFor({ plan: { waves, waiting }, tracked, unseen }: ObjectsStep): string {
  const [wave] = waves;
  if (wave === undefined)
    return unseen.size === 0
      ? "everything is gone"
      : `it cannot be seen whether every ${[...unseen].join(", ")} is gone`;
  const asking = new Set(waiting.map(({ key }) => key));
  const going = wave.gate.filter(({ key }) => !asking.has(key));
  const [first] = going;
  const which = `in wave ${wave.wave}`;
  if (first === undefined) {
    const [one] = wave.gate;
    const more = wave.gate.length === 1 ? "" : ` and ${wave.gate.length - 1} more`;
    return `waiting for a person's approval to delete ${one === undefined ? "" : show(one.ref)}${more} ${which}`;
  }
  const live = tracked.find(({ key }) => key === first.key);
  const since = live === undefined ? undefined : askedAt(live);
  const more = going.length === 1 ? "" : ` and ${going.length - 1} more`;
  return `waiting for deletion of ${show(first.ref)}${since === undefined ? "" : ` since ${since}`}${more} ${which}`;
}

/** How it ended well. @param undoable how many of its objects are kept for an undo */
export function successOf(progress: DeletionProgress, undoable: number): string {
  const rows = resultsIn(progress);
  const many = (is: (row: ResourceResult) => boolean): number => rows.filter(is).length;
  const deleted = many(({ hookType, status }) => hookType === undefined && status === "Pruned");
  const hooks = many(({ hookType, hookPhase }) => hookType !== undefined && hookPhase === "Succeeded");
  const parts = [
    `${deleted} deleted`,
    ...(hooks === 0 ? [] : [`${hooks} ${hooks === 1 ? "hook" : "hooks"} completed`]),
    ...(progress.kept.length === 0
      ? []
      : [`${progress.kept.length} ${progress.kept.length === 1 ? "stays" : "stay"}`]),
  ];
  const keeps =
    undoable === 0
      ? ""
      : `. ${undoable} that Git may not have ${undoable === 1 ? "is" : "are"} kept: make the application again, and app undo makes ${undoable === 1 ? "it" : "them"} again`;
  return `all that was to go is gone (${parts.join(", ")})${keeps}`;
}
