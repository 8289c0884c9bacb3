import { Failure } from "../core/model/failure.ts";

/** What holds the writes of one epoch together. It never lets one through again once that epoch is over. */
export interface Fence {
  readonly epoch: number;
  /** Asked in the same turn in which a write leaves. @returns why it must not */
  mayWrite(): Failure | undefined;
  /** Aborted when the epoch is over: what is under way is cut. What became of that is not known. */
  readonly signal: AbortSignal;
}

export function notLeading(lease: string, why: string): Failure {
  return new Failure("not-ready", `Lease ${lease}`, "backoff", { cannot: "write to clusters", why });
}
