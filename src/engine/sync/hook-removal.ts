/** How the objects of hooks go: the last run of one that runs anew, and what goes with the end of a sync. */
import type { LiveObject } from "../../core/model/live-object.ts";
import { type ObjectRef, type RefKey, show } from "../../core/model/object-ref.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { heldBy } from "../compare/held-by.ts";
import { type HookRun, type HookTry, isOfTryOrEarlier } from "./hook-run.ts";
import { messageOf } from "./step-words.ts";

/** How long a wait sleeps where no watch event comes: a safety net, never the clock of the sync. */
export const LOOK_AGAIN_MS = 10_000;

export interface HookRemoval {
  cluster: Cluster;
  objects: ClusterObjects;
  clock: Clock;
  run: HookTry;
  /** Why it may not be written or deleted; undefined where it may. */
  permits(ref: ObjectRef): string | undefined;
  progress(message: string): void;
  nextChange(ms: number, signal: AbortSignal): Promise<void>;
  /** Terminated, overtaken, or the daemon ends. */
  signal: AbortSignal;
}

/** @returns what stays that was to go, and why */
export async function removeHooks(
  runs: readonly HookRun[],
  parts: HookRemoval,
): Promise<Map<RefKey, { ref: ObjectRef; why: string }>> {
  const left = new Map<RefKey, { ref: ObjectRef; why: string }>();
  // An object of several phases is there once.
  const objects = [...new Map(runs.map((run) => [run.key, run])).values()];
  await Promise.all(
    objects.map(async (run) => {
      const mine = runs.filter(({ key }) => key === run.key);
      const why = await removeOne(run, mine, parts);
      if (why !== undefined) left.set(run.key, { ref: run.ref, why });
    }),
  );
  return left;
}

/** @returns why it stays */
async function removeOne(
  { ref, step }: HookRun,
  mine: readonly HookRun[],
  { cluster, objects, run, permits }: HookRemoval,
): Promise<string | undefined> {
  const found = await cluster.read(ref, step.desired.object.apiVersion);
  if (found.is === "absent") return undefined;
  if (found.is !== "found") return found.why;
  const forbidden = permits(ref);
  if (forbidden !== undefined) return forbidden;
  const isOurs = mine.some(({ uid, step }) =>
    uid === "" ? isOfTryOrEarlier(found.object, step, run) : uid === found.live.uid,
  );
  // Made again by somebody since: that one is not ours.
  if (!isOurs) return undefined;
  const outcome = await objects.delete(
    ref,
    found.live.apiVersion,
    { uid: found.live.uid, propagation: "Foreground" },
    "write",
  );
  return outcome.is === "deleted" || outcome.is === "absent" ? undefined : messageOf(outcome);
}

/** @returns why it could not go */
export async function removeLastRun(
  ref: ObjectRef,
  live: LiveObject,
  parts: HookRemoval,
): Promise<string | undefined> {
  const forbidden = parts.permits(ref);
  if (forbidden !== undefined) return forbidden;
  const outcome = await parts.objects.delete(
    ref,
    live.apiVersion,
    { uid: live.uid, propagation: "Foreground" },
    "write",
  );
  if (outcome.is === "absent") return undefined;
  if (outcome.is !== "deleted") return `its last run cannot be deleted: ${messageOf(outcome)}`;
  return untilLastRunGone(ref, live, parts);
}

/** @returns why that cannot be seen */
export async function untilLastRunGone(
  ref: ObjectRef,
  live: LiveObject,
  { cluster, clock, progress, nextChange, signal }: HookRemoval,
): Promise<string | undefined> {
  const since = timestamp(clock.now());
  for (;;) {
    // Listened for before it is asked: what happens in between is not missed.
    const over = new AbortController();
    const change = nextChange(LOOK_AGAIN_MS, AbortSignal.any([signal, over.signal]));
    change.catch(() => undefined);
    try {
      const now = await cluster.read(ref, live.apiVersion);
      if (now.is === "absent" || (now.is === "found" && now.live.uid !== live.uid)) return undefined;
      if (now.is === "forbidden") return `cannot see whether its last run is gone: ${now.why}`;
      const [held] = now.is === "found" ? heldBy([now.live], cluster) : [];
      const why = held === undefined ? "" : `. ${held}`;
      progress(`waiting for deletion of ${show(ref)}, the hook's last run, since ${since}${why}`);
      await change;
    } finally {
      over.abort();
    }
  }
}
