import { systemClock } from "./system-clock.ts";

/**
 * Resolves when the work has ended, well or not, or after `ms`: what waits for somebody who is silent holds nobody up for
 * longer. It goes on all the same, and nobody hears of its end.
 */
export async function endedWithin(
  work: Promise<unknown>,
  ms: number,
  clock: Pick<typeof systemClock, "sleep"> = systemClock,
): Promise<"ended" | "going on"> {
  const over = new AbortController();
  const ended = work.then(
    () => "ended" as const,
    () => "ended" as const,
  );
  const late = clock.sleep(ms, over.signal).then(
    () => "going on" as const,
    () => "ended" as const,
  );
  try {
    return await Promise.race([ended, late]);
  } finally {
    over.abort();
  }
}
