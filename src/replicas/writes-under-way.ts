import { Failure } from "../core/model/failure.ts";
import type { Clock } from "../core/ports/clock.ts";

/** An answer that did not come within so long belongs to a request that has ended somehow. Longer than any Lease lasts that is usual. */
const MAY_ARRIVE_MS = 15_000;

/** Which writes of this process are not answered, so that it knows whether it wrote its last. */
export class WritesUnderWay {
  #open = 0;
  /** When one ended of which nobody knows what became of it. */
  #unknownAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Pick<Clock, "monotonic">) {}

  /** @throws what the write throws */
  async during<T extends { is: string }>(write: () => Promise<T>): Promise<T> {
    this.#open += 1;
    try {
      const outcome = await write();
      if (outcome.is === "unreachable") this.#unknownAt = this.clock.monotonic();
      return outcome;
    } catch (cause) {
      // What is refused before it leaves is known not to have left.
      if (!(cause instanceof Failure)) this.#unknownAt = this.clock.monotonic();
      throw cause;
    } finally {
      this.#open -= 1;
    }
  }

  /** @returns why something that was written may still arrive; undefined: nothing may */
  left(): string | undefined {
    if (this.#open > 0) return `${this.#open} writes have no answer`;
    if (this.clock.monotonic() - this.#unknownAt < MAY_ARRIVE_MS) return "a write had no answer";
    return undefined;
  }
}
