import { extraCounts, keepMark } from "../compare/index.ts";
import type { ResourceStatus, SyncStatusCode } from "../model/application.ts";
import type { Comparison, Difference } from "../model/comparison.ts";
import type { Health } from "../model/health.ts";
import { type KubeObject, parseApiVersion } from "../model/kube-object.ts";
import type { LiveObject } from "../model/live-object.ts";
import type { NamespaceIs } from "../model/namespace-metadata.ts";
import { type ObjectRef, type RefKey, refKey } from "../model/object-ref.ts";
import { waveOf } from "../model/sync-wave.ts";

/**
 * `status.resources`: one line an object, sorted by key. Hooks and other people's objects are not among them. What a mark
 * has stay is as it should be, as it is for the whole: nothing will be done to it.
 *
 * @param appOptions the application's sync options
 * @param leaving as `leavingOf` says it
 */
export function resourceStatuses(
  comparison: Comparison,
  healthByKey: ReadonlyMap<RefKey, Health | undefined>,
  appOptions: readonly string[] = [],
  leaving: ReadonlyMap<RefKey, string> = new Map(),
): ResourceStatus[] {
  const lines = comparison.differences.map((difference): [RefKey, ResourceStatus] => {
    const { key } = difference;
    const extra = difference.is === "extra";
    const object = extra ? difference.live.object : difference.desired.object;
    const wave = extra ? waveOf(object) : difference.desired.wave;
    const leavingSince = leaving.get(key);
    const status = leavingSince === undefined ? statusOf(difference) : "OutOfSync";
    const health = isAbsent(difference)
      ? ({ status: "Missing", message: "" } as const)
      : healthByKey.get(key);
    // Field by field: this runs for every object of every status that is written.
    const line = lineOf(extra ? difference.live.ref : difference.desired.ref, object);
    const mark = extra ? keepMark("Prune", object, appOptions) : undefined;
    if (mark?.is === "keep") line.status = "Synced";
    else if (status !== undefined) line.status = status;
    if (health !== undefined)
      line.health =
        health.message === ""
          ? { status: health.status }
          : { status: health.status, message: health.message };
    if (mark?.is === "keep") line.kept = mark.mark;
    else if (extra) line.requiresPruning = true;
    if (leavingSince !== undefined) line.leavingSince = leavingSince;
    if (wave !== 0) line.syncWave = wave;
    if (asksFirst(difference)) line.requiresDeletionConfirmation = true;
    return [key, line];
  });
  return lines.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, line]) => line);
}

/**
 * What Git wants and is there as it is wanted, and was asked to go: by itself, or with its Namespace. However long
 * somebody's finalizer holds it, it is not what Git wants: that it stays.
 *
 * @param live what is known of an object now
 * @returns since when, RFC 3339
 */
export function leavingOf(
  { differences }: Comparison,
  live: (key: RefKey) => LiveObject | undefined,
): Map<RefKey, string> {
  const found = new Map<RefKey, string>();
  const homes = new Map<string, string | undefined>();
  const homeGoesSince = (name: string): string | undefined => {
    if (name === "") return undefined;
    if (!homes.has(name)) {
      const home = live(refKey({ group: "", kind: "Namespace", namespace: "", name }));
      homes.set(name, home?.object.metadata.deletionTimestamp);
    }
    return homes.get(name);
  };
  for (const difference of differences) {
    if (difference.is !== "same" && difference.is !== "changed") continue;
    const { key, desired } = difference;
    const { object } = live(key) ?? difference.live;
    const since = object.metadata.deletionTimestamp ?? homeGoesSince(desired.ref.namespace);
    if (since !== undefined) found.set(key, since);
  }
  return found;
}

/** Of a kind that the cluster does not know nothing can be there. */
function isAbsent(difference: Difference): boolean {
  return (
    difference.is === "missing" || (difference.is === "unknown" && difference.because === "no-such-kind")
  );
}

function lineOf({ group, kind, namespace, name }: ObjectRef, object: KubeObject): ResourceStatus {
  const { version } = parseApiVersion(object.apiVersion);
  const named = namespace === "" ? { version, kind, name } : { version, kind, namespace, name };
  return group === "" ? named : { group, ...named };
}

function statusOf({ is }: Difference): SyncStatusCode | undefined {
  switch (is) {
    case "same":
      return "Synced";
    case "missing":
    case "changed":
    case "extra":
    case "foreign":
      return "OutOfSync";
    case "unknown":
      return "Unknown";
  }
}

function asksFirst(difference: Difference): boolean {
  const object = "live" in difference ? difference.live.object : difference.desired.object;
  return keepMark("Prune", object, []).is === "confirm" || keepMark("Delete", object, []).is === "confirm";
}

/**
 * Synced, unless an object that counts is not, or the metadata of the Namespace that goes with it was edited. An extra
 * object that is marked to stay, or to be passed over (`IgnoreExtraneous`), does not make its application OutOfSync for
 * ever. One object of which nothing can be said leaves the whole unknown.
 *
 * @param appOptions the application's sync options
 * @param leaving as `leavingOf` says it
 */
export function syncStatus(
  { differences }: Comparison,
  appOptions: readonly string[] = [],
  namespace: NamespaceIs = "as-left",
  leaving: ReadonlyMap<RefKey, string> = new Map(),
): SyncStatusCode {
  if (differences.some(({ is }) => is === "unknown")) return "Unknown";
  if (namespace === "behind" || leaving.size > 0) return "OutOfSync";
  return differences.some(
    (difference) =>
      difference.is === "missing" ||
      difference.is === "changed" ||
      difference.is === "foreign" ||
      (difference.is === "extra" && extraCounts(difference.live.object, appOptions)),
  )
    ? "OutOfSync"
    : "Synced";
}

/** What was said before, now that nothing can be said: the lines stay, their sync is unknown. */
export function unknownStatuses(before: readonly ResourceStatus[]): ResourceStatus[] {
  return before.map((line) => (line.status === undefined ? line : { ...line, status: "Unknown" as const }));
}
