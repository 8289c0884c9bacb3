import { defined } from "../../../lib/defined.ts";
import type { Judgement, ObjectRecord } from "../../model/comparison.ts";
import type { DesiredObject } from "../../model/desired-object.ts";
import type { LiveObject, OwnEntry } from "../../model/live-object.ts";
import { isOlder } from "../../model/resource-version.ts";
import { type IgnoredFields, NOTHING_IGNORED } from "../ignore/ignored-fields.ts";
import { withoutIgnored } from "../ignore/without-ignored.ts";
import { appliedHash } from "./applied-hash.ts";
import { desiredWithinLive } from "./desired-within-live.ts";
import { judgeReplaced } from "./judge-replaced.ts";
import { wasReplaced } from "./records.ts";

export interface JudgeOptions {
  /** Default: none. */
  ignored?: IgnoredFields;
  /** What the kind can do. Where it has no dry run, ownership and then `desired within live` decide. */
  dryRun?: "supported" | "unsupported";
}

/**
 * What can be said of one object without asking the server, in time that does not depend on its size.
 *
 * By ownership: our managedFields entry and the uid are those of our last apply of this same desired object. The
 * server takes a field out of our entry as soon as anybody else changes it, so an untouched entry is an untouched
 * object. Otherwise by the remembered verdict of an earlier dry run, which counts for exactly this content.
 * An entry that merely covers less, or other fields than we want, says nothing.
 */
export function judge(
  desired: DesiredObject,
  live: LiveObject,
  record: ObjectRecord | undefined,
  options: JudgeOptions = {},
): Judgement {
  const { ignored = NOTHING_IGNORED, dryRun = "supported" } = options;
  const hash = appliedHash(desired, ignored);
  const owned = byOwnership(hash, desired, live, record, ignored);
  if (owned.is !== "ask") return owned;
  const verdict = record?.verdict;
  if (
    verdict !== undefined &&
    live.contentHash !== "" &&
    verdict.desiredHash === hash &&
    verdict.uid === live.uid &&
    verdict.contentHash === live.contentHash
  ) {
    if (verdict.answer === "same")
      return verdict.reown === undefined ? { is: "same" } : { is: "same", reown: "needed" };
    return { is: "changed", ...defined({ because: verdict.because }) };
  }
  if (dryRun === "supported") return owned;
  return {
    is: desiredWithinLive(withoutIgnored(desired.object, live.object, ignored).object, live.object)
      ? "same"
      : "changed",
  };
}

function byOwnership(
  hash: string,
  desired: DesiredObject,
  live: LiveObject,
  record: ObjectRecord | undefined,
  ignored: IgnoredFields,
): Judgement {
  const applied = record?.applied;
  if (record === undefined || applied === undefined)
    return ask("it was not applied by this installation yet");
  if (record.uid !== live.uid) return ask("it was deleted and made again");
  if (wasReplaced(applied)) {
    // A replaced object has no entry that would remember which fields were ours: what left Git is only seen here.
    if (applied.desiredHash !== hash) return { is: "changed" };
    const isKnown = applied.own.valuesHash !== undefined && ignored.managers.length === 0;
    return isKnown && isShownWhole(desired, live)
      ? judgeReplaced(desired, live, record, ignored)
      : ask("it is written by replace, without ownership");
  }
  if (applied.desiredHash !== hash) return ask("Git wants something else than what was applied last");
  if (live.own === undefined) return ask("our entry in managedFields is gone");
  if (!sameEntry(live.own, applied.own)) return ask("somebody changed a field that is ours");
  // A twin of the field may have won (deprecated names), or the server keeps it elsewhere: the entry stays as it is.
  if (isOtherValue(live.own, applied.own)) return ask("a field that is ours has another value");
  if (isOlder(live.resourceVersion, applied.resourceVersion))
    return ask("the cluster shows a state from before our last apply");
  if (applied.settled === true || isUntouched(desired, live, applied)) return { is: "same" };
  // The entry's time counts whole seconds: another apply under our name within that second, with the same fields and
  // other values, leaves an equal entry.
  return ask("it changed, perhaps within the second of our last apply");
}

/** What is ours has the values of our apply; our entry is known to be the same. */
export function isUntouched(
  desired: DesiredObject,
  live: LiveObject,
  applied: NonNullable<ObjectRecord["applied"]>,
): boolean {
  if (live.resourceVersion === applied.resourceVersion) return true;
  // Controllers answer an apply with fields of their own (a Deployment's revision), often within its second.
  if (live.own?.valuesHash !== undefined && live.own.valuesHash === applied.own.valuesHash) return true;
  // Content is comparable only where the watch shows the version that we applied at.
  if (
    applied.contentHash !== undefined &&
    live.contentHash !== "" &&
    live.apiVersion === desired.object.apiVersion
  )
    return live.contentHash === applied.contentHash;
  return live.generation !== 0 && live.generation === applied.generation;
}

function isOtherValue(a: OwnEntry, b: OwnEntry): boolean {
  return a.valuesHash !== undefined && b.valuesHash !== undefined && a.valuesHash !== b.valuesHash;
}

export function sameEntry(a: OwnEntry, b: OwnEntry): boolean {
  return a.fieldsHash === b.fieldsHash && a.time === b.time && a.apiVersion === b.apiVersion;
}

function isShownWhole(desired: DesiredObject, live: LiveObject): boolean {
  return live.apiVersion === desired.object.apiVersion && (live.detail ?? "full") === "full";
}

function ask(because: string): Judgement {
  return { is: "ask", because };
}
