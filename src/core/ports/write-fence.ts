import type { Failure } from "../model/failure.ts";

/** Holds back what is written, where several processes might write. Reads and dry runs go past it. */
export interface WriteFence {
  /** Asked in the same turn in which a write leaves. @returns why it must not */
  mayWrite(): Failure | undefined;
  /** Aborted when nothing may be written any more: what is under way is cut. What became of that is not known. */
  readonly signal: AbortSignal;
}
