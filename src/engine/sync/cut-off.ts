import type { OperationState } from "../../core/model/operation.ts";

/** What one says of itself that did not end before the daemon did. */
export const CUT_OFF = "cut off by a restart of the daemon";

/** Whether a restart ended it, and not what it did. */
export function isCutOff({ message }: Pick<OperationState, "message">): boolean {
  return message === CUT_OFF;
}
