import { type Claimant, owningApp, recordAdopted } from "../../core/compare/index.ts";
import type { ObjectRecord } from "../../core/model/comparison.ts";
import { groupKind, parseRefKey, type RefKey } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Memory } from "../memory.ts";
import type { Target } from "../target/target.ts";

/**
 * Records of what Git does not want any more: an object that an unfinished sync made joins the inventory, so that it can
 * be pruned, and one that is gone leaves it. Of a kind that cannot be watched nothing is concluded.
 * @throws {Failure} store
 */
export function tidyInventory(
  memory: Memory,
  { desired }: Target,
  { cluster, us, unwatched }: { cluster: Cluster; us: Claimant; unwatched: ReadonlyMap<string, string> },
): void {
  if (memory.records.size === 0) return;
  const wanted = new Set(desired.map(({ key }) => key));
  const gone: RefKey[] = [],
    made: ObjectRecord[] = [];
  for (const record of memory.records.values()) {
    if (wanted.has(record.key) || unwatched.has(groupKind(parseRefKey(record.key)))) continue;
    const live = cluster.get(record.key);
    // What another application took over is its to prune.
    if (live === undefined || owningApp(live, us).is === "other") gone.push(record.key);
    else if (record.uid === "" && owningApp(live, us).is === "us") made.push(recordAdopted(live, record));
  }
  memory.forget(gone);
  memory.keep(made);
}
