/** The tries of one sync: which run is which of them, and when and why the next one comes. */
import type { OperationState } from "../../core/model/operation.ts";

/** A try, as `/api/holdfast/v1/runs` has it. */
export interface Run {
  id: number;
  cause: string;
  state: OperationState;
}

const FOLLOWS = /\. Try (\d+) follows at (\S+)$/;

/** Which try of its sync it is, from 1. A try that is followed by another counts for itself. */
export function tryOf({ message, finishedAt, retryCount = 0 }: OperationState): number {
  const [, next] = (finishedAt !== undefined && FOLLOWS.exec(message)) || [];
  return next === undefined ? retryCount + 1 : Number(next) - 1;
}

/**
 * The runs, one of them as the application tells its last operation, of which it knows more than is kept. The tries of a
 * sync have its beginning in common, and those before the last are left as they ended.
 * @param runs the newest first
 */
export function withLast(runs: readonly Run[], last: OperationState): readonly Run[] {
  const at = runs.findIndex(({ state }) => isOf(state, last));
  return at < 0 ? runs : runs.map((run, index) => (index === at ? { ...run, state: last } : run));
}

function isOf(state: OperationState, last: OperationState): boolean {
  if (state.startedAt !== last.startedAt) return false;
  // One that was given up while it waited for its next try says nothing of that try any more.
  const isGivenUp = state.finishedAt !== undefined && state.finishedAt === last.finishedAt;
  return isGivenUp || tryOf(state) === tryOf(last);
}
