import type { ObjectRecord } from "../../model/comparison.ts";
import type { DesiredObject } from "../../model/desired-object.ts";
import type { LiveObject } from "../../model/live-object.ts";
import { type IgnoredFields, NOTHING_IGNORED } from "../ignore/ignored-fields.ts";
import { appliedHash } from "./applied-hash.ts";
import { isUntouched, sameEntry } from "./judge.ts";
import { wasReplaced } from "./records.ts";

/**
 * Whether the doubt about the second of our last apply is over: the object still is what we applied, and somebody
 * wrote to it (mostly its status) in a later second. Every apply under our name after that leaves another time in our
 * entry, so the entry alone decides from now on. To be tried on each watch event that was judged `same`; losing the
 * answer costs one dry run.
 *
 * @returns the record to keep, undefined where there is nothing new
 */
export function settle(
  desired: DesiredObject,
  live: LiveObject,
  record: ObjectRecord,
  ignored: IgnoredFields = NOTHING_IGNORED,
): ObjectRecord | undefined {
  const { applied } = record;
  if (applied === undefined || applied.settled === true || wasReplaced(applied)) return undefined;
  if (record.uid !== live.uid || live.own === undefined || !sameEntry(live.own, applied.own))
    return undefined;
  if (applied.desiredHash !== appliedHash(desired, ignored) || !isUntouched(desired, live, applied))
    return undefined;
  return isLaterSecond(live) ? { ...record, applied: { ...applied, settled: true } } : undefined;
}

/** RFC 3339 in UTC without fractions sorts as text. */
export function isLaterSecond({ own, managers }: LiveObject): boolean {
  return own !== undefined && managers.some(({ time }) => time > own.time);
}
