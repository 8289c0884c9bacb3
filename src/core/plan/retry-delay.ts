import { backoffMs } from "../../lib/backoff.ts";
import { parseDurationMs } from "../../lib/duration.ts";
import type { RetryPolicy } from "../model/application.ts";

/** What automated syncs get where the application says nothing. */
export const AUTOMATED_RETRY: RetryPolicy = { limit: 5 };

const FIRST_MS = 5_000,
  MOST_MS = 180_000;

/**
 * Pause before a try of a failed sync: `duration × factor^attempt`, at most `maxDuration`. Defaults 5 s, 2, 3 m.
 * @param attempt tries that failed and were tried again already, 0 before the first retry
 * @returns milliseconds
 */
export function retryDelayMs(policy: RetryPolicy | undefined, attempt: number): number {
  const { duration, factor, maxDuration } = policy?.backoff ?? {};
  return backoffMs(attempt + 1, {
    firstMs: parsed(duration) ?? FIRST_MS,
    mostMs: parsed(maxDuration) ?? MOST_MS,
    // A factor below 1 would retry faster and faster.
    factor: Math.max(1, factor ?? 2),
  });
}

/** Whether an operation that failed is to be tried again. Below 0 there is no limit. */
export function mayRetry(policy: RetryPolicy | undefined, retryCount: number): boolean {
  const limit = policy?.limit ?? 0;
  return limit < 0 || retryCount < limit;
}

function parsed(duration: string | undefined): number | undefined {
  return duration === undefined || duration === "" ? undefined : parseDurationMs(duration);
}
