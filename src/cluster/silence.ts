import type { Clock } from "../core/ports/clock.ts";
import { startTimer, type Timer } from "../lib/timer.ts";

/** Aborts when nothing was heard for so long. The timer is not set anew at each sound, only when it runs out. */
export class Silence {
  readonly #controller = new AbortController();
  #heardAt: number;
  #timer: Timer;

  constructor(
    readonly longestMs: number,
    readonly clock: Clock,
  ) {
    this.#heardAt = clock.monotonic();
    this.#timer = startTimer(longestMs, () => this.#look());
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** `clock.monotonic()` of the last sound. */
  get heardAt(): number {
    return this.#heardAt;
  }

  heard(): void {
    this.#heardAt = this.clock.monotonic();
  }

  end(): void {
    this.#timer.cancel();
  }

  #look(): void {
    const left = this.#heardAt + this.longestMs - this.clock.monotonic();
    if (left <= 0) this.#controller.abort(new Error(`nothing was heard for ${this.longestMs / 1000} s`));
    else this.#timer = startTimer(left, () => this.#look());
  }
}
