import { parseDurationMs } from "../../lib/duration.ts";
import type { RetryPolicy } from "../model/application.ts";

/** What automated syncs get where the application says nothing. */
export const AUTOMATED_RETRY: RetryPolicy = { limit: 5 };

const FIRST_MS = 5_000,
  FACTOR = 2,
  MOST_MS = 180_000;

/**
 * Pause before a try of a failed sync: `duration × factor^attempt`, at most `maxDuration`. Defaults 5 s, 2, 3 m.
 * @param attempt tries that failed and were tried again already, 0 before the first retry
 * @returns milliseconds
 */
export function retryDelayMs(policy: RetryPolicy | undefined, attempt: number): number {
  const { duration, factor, maxDuration } = policy?.backoff ?? {};
  const first = parsed(duration) ?? FIRST_MS,
    most = parsed(maxDuration) ?? MOST_MS;
  // A factor below 1 would retry faster and faster.
  const delay = first * Math.max(1, factor ?? FACTOR) ** Math.max(0, attempt);
  return Math.min(Number.isFinite(delay) ? delay : most, most);
}

/** Whether an operation that failed is to be tried again. Below 0 there is no limit. */
export function mayRetry(policy: RetryPolicy | undefined, retryCount: number): boolean {
  const limit = policy?.limit ?? 0;
  return limit < 0 || retryCount < limit;
}

function parsed(duration: string | undefined): number | undefined {
  return duration === undefined || duration === "" ? undefined : parseDurationMs(duration);
}
