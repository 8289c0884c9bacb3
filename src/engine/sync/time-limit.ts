/** A try of a sync that takes longer than the config lets one is ended, as a person would end it. */
import type { Clock } from "../../core/ports/clock.ts";

/** Why it was ended, as the reason of an abort. */
export class Overdue extends Error {
  override readonly name = "Overdue";

  /** @param doing what it was doing then, as it said itself */
  constructor(limitMs: number, doing: string) {
    super(`ended after ${limitMs / 1000}s, the config's sync.timeout, while ${doing}`);
  }
}

/** Calls `end` when the time is up, and not where the run has ended before. @param limitMs 0: never */
export function endInTime(
  run: Promise<void>,
  limitMs: number,
  { sleep }: Pick<Clock, "sleep">,
  stopping: AbortSignal,
  end: () => void,
): void {
  if (limitMs === 0) return;
  const over = new AbortController();
  void run.finally(() => over.abort());
  // That the store takes nothing is said where the end is written down.
  sleep(limitMs, AbortSignal.any([over.signal, stopping]))
    .then(end)
    .catch(() => undefined);
}
