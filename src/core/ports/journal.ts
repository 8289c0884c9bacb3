import type { AppKey } from "../model/application.ts";
import type { OperationState } from "../model/operation.ts";

export interface AuditEntry {
  /** Assigned by the store, rising without gaps. */
  seq?: number;
  /** RFC 3339. */
  at: string;
  /** `user:…`, `daemon`, `file:…`. */
  actor: string;
  action: string;
  app?: AppKey;
  /** Everything a person needs to understand it, as JSON. No secrets. */
  details: Record<string, unknown>;
}

/** One sync, from request to end. `id` rises without gaps over all applications. */
export interface SyncRun {
  id: number;
  app: AppKey;
  /** Why it ran: `manual`, `automated`, `self-heal`, `retry`, `deletion`. */
  cause: string;
  state: OperationState;
}

/**
 * What was done, when and for whom: syncs from request to end, and everything that a person may be asked
 * about later. Durable, as `Store` says.
 */
export interface Journal {
  startRun(run: Omit<SyncRun, "id">): number;
  updateRun(id: number, state: OperationState): void;
  /** Newest first. */
  runs(filter: { app?: AppKey; limit: number; unfinished?: true }): SyncRun[];

  audit(entry: AuditEntry): number;
  /** Newest first. */
  audits(filter: { app?: AppKey; limit: number }): AuditEntry[];
}
