import type { SyncSource } from "../../core/model/operation.ts";
import type { Wave } from "../../core/model/plan.ts";
import type { Snapshot } from "../snapshot.ts";

/** The hooks that Git wants around this deletion, and where that is written. */
export interface FoundHooks {
  snapshot: Snapshot;
  source: SyncSource;
  before: Wave[];
  after: Wave[];
  /** Equal hashes are equal hooks. */
  hash: string;
  /** Equal inputs are what the same manifests make of them, whatever chance does. */
  inputs: string;
}
