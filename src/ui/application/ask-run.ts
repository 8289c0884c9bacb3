/** One run, whoever wrote its number. */
import { ask, Refused } from "../store/daemon.ts";
import type { Run } from "../words/run-tries.ts";

/** What cannot be the number of a run is not asked for. */
export function isRunNumber(text: string): boolean {
  return /^\d{1,15}$/.test(text);
}

/** @returns undefined where there is none, or none that may be seen @throws {Refused} */
export async function askRun(id: string, signal: AbortSignal): Promise<(Run & { app: string }) | undefined> {
  if (!isRunNumber(id)) return undefined;
  try {
    return await ask("GET", `/api/holdfast/v1/runs/${id}`, { signal });
  } catch (cause) {
    // Who may not see everything is not told which of both it is.
    if (cause instanceof Refused && (cause.status === 404 || cause.status === 403)) return undefined;
    throw cause;
  }
}
