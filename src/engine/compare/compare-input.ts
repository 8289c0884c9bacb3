import type { Claimant, LiveAnswer } from "../../core/compare/index.ts";
import type { ObjectDrift } from "../../core/model/comparison.ts";
import type { RefKey } from "../../core/model/object-ref.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Memory } from "../memory.ts";
import type { Snapshot } from "../snapshot.ts";
import type { Target } from "../target/target.ts";
import type { LeftToOthers } from "./left-to-others.ts";
import type { OwnerClaims } from "./owner-claims.ts";

/** What one comparison works with. */
export interface CompareInput {
  snapshot: Snapshot;
  target: Target;
  us: Claimant;
  memory: Memory;
  /** As the last look found them, for what is judged from memory now. */
  drifted: ReadonlyMap<RefKey, ObjectDrift>;
  /** `group/Kind` -> why it cannot be watched. */
  unwatched: ReadonlyMap<string, string>;
  /** Objects of kinds that are not watched, as they were read for this comparison alone. */
  read: ReadonlyMap<RefKey, LiveAnswer>;
  /** The cluster's objects, asked for on this comparison's errand. */
  objects: ClusterObjects;
  claims: Pick<OwnerClaims, "holder" | "otherWanting">;
  leftToOthers: LeftToOthers;
  managed: ManagedApplication;
}
