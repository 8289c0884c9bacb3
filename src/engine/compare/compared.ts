import type { Claimant, IgnoredFields } from "../../core/compare/index.ts";
import type { Comparison, ObjectDrift } from "../../core/model/comparison.ts";
import type { HomeContents } from "../../core/model/home-contents.ts";
import type { RefKey } from "../../core/model/object-ref.ts";
import type { Snapshot } from "../snapshot.ts";
import type { Target } from "../target/target.ts";

/** What Git wants held against what is there. */
export interface Compared {
  readonly snapshot: Snapshot;
  readonly target: Target;
  readonly us: Claimant;
  readonly comparison: Comparison;
  /** What is left to others, of the objects that any rule speaks of. */
  readonly ignored: ReadonlyMap<RefKey, IgnoredFields>;
  /** No difference, but not ours: to be applied again where self-heal is on. */
  readonly reown: ReadonlySet<RefKey>;
  /** What is there and not wanted here, but by another application: that one takes it over, with a sentence who. */
  readonly handedOver: ReadonlyMap<RefKey, string>;
  /** What is in the Namespaces and definitions that are not wanted and may go, as it was seen lately. */
  readonly contents: ReadonlyMap<RefKey, HomeContents>;
  /** What is not there though it was applied, by the hash of what was: it was known so when this was compared, and not since. */
  readonly gone: ReadonlyMap<RefKey, string>;
  /** In what objects differ, as a dry run found them: what a heal is remembered by. */
  readonly drifted: ReadonlyMap<RefKey, ObjectDrift>;
  /** `ManagedApplication.changes` when it began: where it rose since, this is of an earlier moment. */
  readonly changes: number;
}
