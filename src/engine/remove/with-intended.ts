import { type Claimant, owningApp, recordAdopted } from "../../core/compare/index.ts";
import type { ObjectRecord } from "../../core/model/comparison.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import type { RefKey } from "../../core/model/object-ref.ts";

/**
 * The inventory with what an unfinished sync made: an object that bears our mark and whose key was intended on disk is
 * ours, though the daemon did not live to write its uid down. A pass would adopt it; a removal has no pass before it.
 */
export function withIntended(
  records: ReadonlyMap<RefKey, ObjectRecord>,
  tracked: readonly LiveObject[],
  us: Claimant,
): ReadonlyMap<RefKey, ObjectRecord> {
  const all = new Map(records);
  for (const live of tracked) {
    const record = records.get(live.key);
    if (record?.uid === "" && owningApp(live, us).is === "us") all.set(live.key, recordAdopted(live, record));
  }
  return all;
}
