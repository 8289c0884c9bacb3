/** One question to a server, shared by all who ask it at the same time. */
import { asFailure, Failure } from "../core/model/failure.ts";
import type { Clock } from "../core/ports/clock.ts";
import { type Backoff, backoffMs } from "../lib/backoff.ts";
import { defined } from "../lib/defined.ts";

/** After a failure nobody asks again sooner than this, not even a person. */
const SHORTEST_PAUSE_MS = 1000;
const PAUSES: Backoff = { firstMs: SHORTEST_PAUSE_MS, mostMs: 180_000 };

/**
 * Keeps the last answer, and asks again where it is too old for whoever asks.
 * A request counts for everybody whose `asOf` is not after the moment it was sent: an answer that was under way
 * when somebody pushed says nothing of that push, so those who ask later share the next request.
 */
export class LatestAnswer<T> {
  #answer: { value: T; sentAt: number } | undefined;
  #failed: { failure: Failure; sentAt: number; until: number } | undefined;
  #failures = 0;
  #flight: { sentAt: number | undefined; done: Promise<void> } | undefined;

  constructor(
    readonly clock: Clock,
    readonly ask: () => Promise<T>,
    /** What failures that are not ours speak of. */
    readonly show: string,
  ) {}

  /** The last answer, however old; undefined where there is none yet. */
  known(): T | undefined {
    return this.#answer?.value;
  }

  /** Keeps an answer from being used again, because the question has changed. */
  outdate(): void {
    this.#answer = undefined;
    if (this.#flight?.sentAt !== undefined) this.#flight.sentAt = Number.NEGATIVE_INFINITY;
  }

  /**
   * @param asOf milliseconds since 1970; absent: now
   * @throws {Failure} with `retryAfterMs`
   */
  async latest(asOf?: number): Promise<T> {
    const since = asOf ?? this.clock.now() + 1;
    for (;;) {
      if (this.#answer !== undefined && this.#answer.sentAt >= since) return this.#answer.value;
      if (
        this.#failed !== undefined &&
        (this.#failed.sentAt >= since || this.clock.now() < this.#failed.until)
      )
        throw this.#failed.failure;
      this.#flight ??= this.#send();
      const flight = this.#flight;
      const counts = flight.sentAt === undefined || flight.sentAt >= since;
      await flight.done;
      if (!counts) continue;
      if (this.#failed !== undefined) throw this.#failed.failure;
      if (this.#answer !== undefined) return this.#answer.value;
    }
  }

  #send(): { sentAt: number | undefined; done: Promise<void> } {
    const flight: { sentAt: number | undefined; done: Promise<void> } = {
      sentAt: undefined,
      done: Promise.resolve(),
    };
    flight.done = (async () => {
      // Everybody who asks in this turn of the event loop comes along.
      await new Promise((resolve) => setImmediate(resolve));
      const sentAt = this.clock.now();
      flight.sentAt = sentAt;
      try {
        const value = await this.ask();
        this.#answer = { value, sentAt: flight.sentAt };
        this.#failed = undefined;
        this.#failures = 0;
      } catch (cause) {
        this.#failed = this.#pauseAfter(asFailure(cause, this.show, "ask it"), sentAt);
      } finally {
        this.#flight = undefined;
      }
    })();
    return flight;
  }

  #pauseAfter(failure: Failure, sentAt: number): { failure: Failure; sentAt: number; until: number } {
    this.#failures++;
    const wanted = failure.retryAfterMs ?? 0;
    const pauseMs = backoffMs(this.#failures, PAUSES);
    return {
      failure: withPause(failure, Math.max(wanted, pauseMs)),
      sentAt,
      until: this.clock.now() + Math.max(wanted, SHORTEST_PAUSE_MS),
    };
  }
}

/** The same failure with another pause. */
export function withPause(failure: Failure, retryAfterMs: number): Failure {
  const { code, object, retry, cannot, why, fix, cause } = failure;
  return new Failure(code, object, retry, {
    cannot,
    why,
    retryAfterMs,
    ...defined({ fix }),
    ...defined({ cause }),
  });
}
