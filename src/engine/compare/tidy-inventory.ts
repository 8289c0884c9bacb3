import { type Claimant, owningApp, recordAdopted } from "../../core/compare/index.ts";
import type { ObjectRecord } from "../../core/model/comparison.ts";
import { groupKind, parseRefKey, type RefKey } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Memory } from "../memory.ts";
import type { Target } from "../target/target.ts";
import { isUnfinished } from "./unfinished.ts";

/**
 * Records of what Git does not want any more: an object that an unfinished sync made joins the inventory, so that it can
 * be pruned, and one that is gone leaves it. Of a kind that cannot be watched nothing is concluded.
 * @throws {Failure} store
 */
export function tidyInventory(
  memory: Memory,
  target: Target,
  {
    cluster,
    us,
    unwatched,
    neverMade,
  }: {
    cluster: Cluster;
    us: Claimant;
    unwatched: ReadonlyMap<string, string>;
    /** Of what an unfinished sync was to make, what is not there, see `neverMade`. */
    neverMade: ReadonlySet<RefKey>;
  },
): void {
  const gone: RefKey[] = [],
    made: ObjectRecord[] = [];
  for (const record of notWanted(memory, target, unwatched)) {
    const live = cluster.get(record.key);
    if (live === undefined) {
      if (!isUnfinished(record) || neverMade.has(record.key)) gone.push(record.key);
      continue;
    }
    // What another application took over is its to prune.
    const owner = owningApp(live, us).is;
    if (owner === "other") gone.push(record.key);
    else if (isUnfinished(record) && owner === "us") made.push(recordAdopted(live, record));
  }
  memory.forget(gone);
  memory.keep(made);
}

/** Records of what Git does not want any more, of kinds that are seen. */
export function notWanted(
  { records }: Memory,
  { desired }: Target,
  unwatched: ReadonlyMap<string, string>,
): ObjectRecord[] {
  if (records.size === 0) return [];
  const wanted = new Set(desired.map(({ key }) => key));
  return [...records.values()].filter(
    ({ key }) => !wanted.has(key) && !unwatched.has(groupKind(parseRefKey(key))),
  );
}
