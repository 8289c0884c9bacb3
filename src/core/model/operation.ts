import type { Source } from "./source.ts";
import type { TakenPart } from "./taken-part.ts";

/** Which source(s) at which commit(s). Single-source applications fill the singular fields, as in Argo CD. */
export interface SyncSource {
  revision?: string;
  revisions?: string[];
  source?: Source;
  sources?: Source[];
  /** Ours: what it took from elsewhere beside them. Absent: nothing, or nobody wrote it down. */
  taken?: TakenPart[];
}

/** A request: what to do. Argo CD's shape. */
export interface Operation {
  sync?: SyncRequest;
  initiatedBy?: { username?: string; automated?: boolean };
  info?: { name: string; value: string }[];
  retry?: RetryPolicy;
}

export interface SyncRequest extends SyncSource {
  prune?: boolean;
  dryRun?: boolean;
  /** Selective sync. */
  resources?: SyncResource[];
  syncStrategy?: { apply?: { force?: boolean }; hook?: { force?: boolean } };
  syncOptions?: string[];
  /** Approval of a blocked prune: how many objects the person saw listed. Bound to revision and candidates by the engine. */
  confirmPrune?: number;
  /** In place of what Git wants: kept objects are made again, by their ids. `resources` names the same objects. */
  undo?: number[];
}

/** `*` globs; `exclude` turns the selector round. */
export interface SyncResource {
  group?: string;
  kind: string;
  namespace?: string;
  name: string;
  exclude?: boolean;
}

export interface RetryPolicy {
  /** 0 none, below 0 without end. */
  limit?: number;
  backoff?: { duration?: string; factor?: number; maxDuration?: string };
  refresh?: boolean;
}

export type OperationPhase = "Running" | "Terminating" | "Succeeded" | "Failed" | "Error";

/** Argo CD's shape. Running with `finishedAt` set means: waiting for the next try. */
export interface OperationState {
  operation: Operation;
  phase: OperationPhase;
  message: string;
  startedAt: string;
  finishedAt?: string;
  retryCount?: number;
  /** Who ended it by `terminate`. Not in Argo CD's shape, where the message alone tells. */
  terminatedBy?: string;
  syncResult?: SyncResult;
}

export interface SyncResult extends SyncSource {
  resources: ResourceResult[];
  /** Ours: the phases and waves of its plan, in the order in which it works. Absent: nobody wrote them down. */
  lanes?: RunLane[];
  /** As it was asked for when it was synced, `syncPolicy.managedNamespaceMetadata`: what is asked for by now is compared with it. */
  managedNamespaceMetadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
}

/** A phase's wave in one try of a sync. Of what follows a failure there is one once it has begun. */
export interface RunLane {
  phase: SyncPhase;
  wave: number;
  /** Steps that it has to do; 0: all of it was as it should be, and is waited for all the same. */
  steps: number;
  /** RFC 3339; absent: it has not begun. */
  startedAt?: string;
  /** It is through, or has failed. */
  finishedAt?: string;
}

export interface ResourceResult {
  group: string;
  version: string;
  kind: string;
  namespace: string;
  name: string;
  status?: "Synced" | "SyncFailed" | "Pruned" | "PruneSkipped";
  message: string;
  syncPhase?: SyncPhase;
  hookPhase?: string;
  hookType?: string;
  /** Ours. Absent: 0. */
  syncWave?: number;
}

/** `SyncFail` follows a sync that failed, and no other. `PreDelete` and `PostDelete` are a deletion's, around its Sync. */
export type SyncPhase = "PreSync" | "Sync" | "PostSync" | "SyncFail" | "PreDelete" | "PostDelete";
