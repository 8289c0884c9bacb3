import type { ObjectRecord, Repair } from "../../model/comparison.ts";
import type { DesiredObject, Origin } from "../../model/desired-object.ts";
import type { LiveObject, OwnEntry } from "../../model/live-object.ts";
import type { RefKey } from "../../model/object-ref.ts";

export type Applied = NonNullable<ObjectRecord["applied"]>;

/** Stands where an object has no entry of ours because it was written by replace. No real entry equals it. */
const NO_ENTRY: OwnEntry = { apiVersion: "", time: "", fieldsHash: "" };

export function wasReplaced(applied: Applied): boolean {
  return applied.own.fieldsHash === "";
}

/** Before the first write: the key is ours to write, nothing is ours to delete yet. What was known stays known. */
export function recordIntended(key: RefKey, known: ObjectRecord | undefined): ObjectRecord {
  return known ?? { key, uid: "" };
}

/**
 * A live object with our tracking id whose key is desired (or in an unfinished intent): its uid joins the inventory.
 * What was remembered of another uid under this key is forgotten.
 */
export function recordAdopted(live: LiveObject, known: ObjectRecord | undefined): ObjectRecord {
  if (known?.uid === live.uid) return known;
  const record: ObjectRecord = { key: live.key, uid: live.uid };
  if (known?.repairs !== undefined) record.repairs = known.repairs;
  return record;
}

export interface AppliedWith {
  /** `appliedHash` of what was sent. */
  hash: string;
  /** Default none. */
  repairs?: readonly Repair[];
  /** Where Git has it. */
  from?: Origin;
}

/**
 * Whatever other managers there were at this first apply is taken over now: `tookOver` holds from here on.
 * @param live the server's response to our write, at the manifest's version
 */
export function recordAfterApply(live: LiveObject, { hash, repairs = [], from }: AppliedWith): ObjectRecord {
  const record: ObjectRecord = {
    key: live.key,
    uid: live.uid,
    applied: {
      desiredHash: hash,
      own: live.own ?? NO_ENTRY,
      resourceVersion: live.resourceVersion,
      generation: live.generation,
      contentHash: live.contentHash,
    },
    // The response is what the server makes of this object: for kinds without ownership the only evidence later.
    verdict: { desiredHash: hash, uid: live.uid, contentHash: live.contentHash, answer: "same" },
  };
  if (repairs.length > 0) record.repairs = { desiredHash: hash, list: [...repairs] };
  if (live.own !== undefined) record.tookOver = true;
  if (from !== undefined) record.from = { source: from.source, file: from.file };
  return record;
}

/** Records of objects that Git has in another file than was noted, with that file. */
export function notedOrigins(
  records: ReadonlyMap<RefKey, ObjectRecord>,
  desired: readonly DesiredObject[],
): ObjectRecord[] {
  return desired.flatMap(({ key, origin: { source, file } }) => {
    const record = records.get(key);
    return record === undefined || (record.from?.file === file && record.from.source === source)
      ? []
      : [{ ...record, from: { source, file } }];
  });
}
