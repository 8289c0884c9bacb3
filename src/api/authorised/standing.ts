import type { Asker } from "../../core/access/asker.ts";
import { ApiError } from "../api-error.ts";

/** A right that is taken away ends what it opened after so long at most, however silent that is. */
const EVERY_MS = 1_000;

/** @throws {ApiError} 401 where the session or token ended meanwhile */
export function mustHold(who: Asker): void {
  if (!who.holds()) throw new ApiError("Unauthenticated", "the session or token has ended: log in again");
}

/**
 * What is told over a while, for as long as whoever asks may hear it: asked again before each thing that is told and every
 * second between, and ended with the reason where they may no longer.
 *
 * @param mayStill @throws {ApiError} what the last thing that is told says
 * @param open what `signal` ends reads no further
 */
export async function* whileStanding<Told>(
  mayStill: () => void,
  signal: AbortSignal,
  open: (signal: AbortSignal) => AsyncIterable<Told>,
): AsyncGenerator<Told, void, undefined> {
  const over = new AbortController();
  const look = (): void => {
    try {
      mayStill();
    } catch (cause) {
      stop();
      over.abort(cause);
    }
  };
  const timer = setInterval(look, EVERY_MS);
  const stop = (): void => clearInterval(timer);
  // Whoever left does not come back for the rest.
  signal.addEventListener("abort", stop, { once: true });
  const told = open(AbortSignal.any([signal, over.signal]))[Symbol.asyncIterator]();
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  over.signal.addEventListener("abort", () => lost.reject(over.signal.reason), { once: true });
  try {
    for (;;) {
      const next = await Promise.race([told.next(), lost.promise]);
      if (next.done === true) return;
      mayStill();
      yield next.value;
    }
  } finally {
    stop();
    // What hangs in it is ended by the signal.
    over.abort(new DOMException("it is read no further", "AbortError"));
    void told.return?.().catch(() => undefined);
  }
}
