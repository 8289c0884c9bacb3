import type {
  ActivityEntry,
  ActivityHead,
  ActivityNote,
  ActivityQuery,
  ChainRow,
} from "../model/activity.ts";
import type { AppKey } from "../model/application.ts";
import type { OperationState } from "../model/operation.ts";
import type {
  Settled,
  Transition,
  TransitionNote,
  TransitionQuery,
  TransitionSubject,
} from "../model/transition.ts";

/** What is told to the audit. `seq` is assigned by the store. */
export interface AuditEntry extends ActivityNote {
  seq?: number;
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
  /** Newest first. @param filter `id`: of this number, which one has or none */
  runs(filter: { app?: AppKey; id?: number; limit: number; unfinished?: true }): SyncRun[];

  /**
   * Chains it to what was told before; nothing that is kept is ever changed.
   * @returns its number
   */
  audit(entry: AuditEntry): number;
  /**
   * A login, or what was refused, of which anybody can make as many as they like: floods are told as counts.
   * @throws {Failure} store
   */
  attempt(note: ActivityNote): void;
  /** Newest first. */
  audits(filter: { app?: AppKey; limit: number }): ActivityEntry[];
  activity(query: ActivityQuery): ActivityEntry[];
  /** Entries as they are written, oldest first, from this number on. */
  chain(from: number, limit: number): ChainRow[];
  /** Undefined: there is none yet. */
  activityHead(): ActivityHead | undefined;

  /** How it was when it was looked at last; undefined: never. */
  settled(of: TransitionSubject): Settled | undefined;
  /**
   * What it is settled at from now on (undefined: it is gone), and what is told of that. What comes again soon is joined to
   * what was told before: one row, with a new number. The oldest of it, and of all, fall.
   * @returns each as it is kept
   */
  settle(of: TransitionSubject, settled: Settled | undefined, notes: readonly TransitionNote[]): Transition[];
  transitions(query: TransitionQuery): Transition[];
}
