import { startTimer } from "../lib/timer.ts";

/**
 * Work that ends in time, whatever a server does: its signal is aborted with `late()` after `ms`, or with the reason of
 * `signal` before that.
 */
export async function within<T>(
  ms: number,
  late: () => Error,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const timer = startTimer(ms, () => deadline.abort(late()));
  try {
    return await work(AbortSignal.any([signal, deadline.signal]));
  } finally {
    timer.cancel();
  }
}
