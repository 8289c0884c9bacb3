/** How long a server asked to be left alone, whatever it was asked for. */
import { Failure } from "../core/model/failure.ts";
import type { Clock } from "../core/ports/clock.ts";
import { withPause } from "../remote/latest-answer.ts";

export class AskedPause {
  #asked: { failure: Failure; at: number; ms: number } | undefined;

  constructor(readonly clock: Clock) {}

  /** @throws {Failure} what the server said, with what is left of its pause; a clock that was set back ends one */
  check(): void {
    if (this.#asked === undefined) return;
    const { failure, at, ms } = this.#asked;
    const passedMs = this.clock.now() - at;
    if (passedMs >= 0 && passedMs < ms) throw withPause(failure, ms - passedMs);
    this.#asked = undefined;
  }

  /** Only what came with a time holds anybody up: other refusals may be mended at once. */
  note(cause: unknown): void {
    if (!(cause instanceof Failure) || cause.retryAfterMs === undefined || cause.retryAfterMs <= 0) return;
    this.#asked = { failure: cause, at: this.clock.now(), ms: cause.retryAfterMs };
  }
}
