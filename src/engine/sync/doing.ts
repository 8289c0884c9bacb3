/** What an operation is doing while it waits: whoever would end the wait reads it. */
import type { RunningOperation } from "../managed-application.ts";

/** @returns runs a wait with the operation marked by it; of several at once the last one ends the mark */
export function doingMeanwhile(
  run: RunningOperation,
  doing: Exclude<RunningOperation["doing"], "working">,
): <T>(wait: () => Promise<T>) => Promise<T> {
  let waiting = 0;
  return async (wait) => {
    waiting += 1;
    run.doing = doing;
    try {
      return await wait();
    } finally {
      waiting -= 1;
      if (waiting === 0) run.doing = "working";
    }
  };
}
