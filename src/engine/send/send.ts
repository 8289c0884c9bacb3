import type { IgnoredFields, Migration } from "../../core/compare/index.ts";
import type { ObjectRecord, Repair } from "../../core/model/comparison.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import type { ApplyMethod } from "../../core/model/plan.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { ClusterObjects, WriteMode, WriteOutcome } from "../../core/ports/cluster-objects.ts";

/** One object that is to be written, and all that decides how. */
export interface Send {
  cluster: ClusterObjects;
  desired: DesiredObject;
  ignored: IgnoredFields;
  live: LiveObject | undefined;
  how: ApplyMethod;
  record: ObjectRecord | undefined;
  migration: Migration;
  /** `refuse`: an object that the server does not take as it is written is an error. */
  faults: "repair" | "refuse";
  /** Why nothing may be deleted now to be made again, a sentence without a full stop; absent: it may. */
  mustStay?(): string | undefined;
}

/** What a write may need that a dry run does not: time, and somebody to tell. */
export interface Writing {
  clock: Clock;
  /** The operation was terminated: what waits ends with a sentence. */
  signal: AbortSignal;
  /** The daemon ends: what waits is cut off, and the next start takes the operation up again. */
  stopping: AbortSignal;
  /** One sentence on what is being waited for. */
  progress(message: string): void;
  /** On disk when it returns. @throws {Failure} store */
  remember(record: ObjectRecord): void;
}

/** Quotas and addresses learn of a deletion a moment after it. */
export const FREED_WITHIN_MS = 30_000;

export type How = "dry-run" | Writing;

export type Refused = Extract<WriteOutcome, { is: "refused" }>;
export type Done = Extract<WriteOutcome, { is: "done" }>;

/** What became of one try to write the object in its present form. */
export interface Tried {
  outcome: WriteOutcome;
  /** By which road it was written. Default `apply`. */
  by?: "apply" | "put";
  /** What was done beside writing it, or would be, one sentence each, without a full stop. */
  notes?: string[];
  /** `outcome` is the last word on it: no repair would change it. */
  last?: "yes";
}

export type Sent =
  | {
      is: "done";
      hash: string;
      outcome: Done;
      repairs: Repair[];
      by: "apply" | "put";
      notes: string[];
    }
  | { is: "refused"; outcome: Refused; repairs: Repair[] }
  | { is: "unreachable"; outcome: Extract<WriteOutcome, { is: "unreachable" }> };

export function modeOf(how: How): WriteMode {
  return how === "dry-run" ? "dry-run" : "write";
}

export function refusedWith(message: string, status = 422): Refused {
  return { is: "refused", status, reason: status === 409 ? "Conflict" : "Invalid", message, causes: [] };
}
