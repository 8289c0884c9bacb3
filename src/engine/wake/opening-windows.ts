import type { AppKey } from "../../core/model/application.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { startTimer, type Timer } from "../../lib/timer.ts";

/** A clock that somebody sets is noticed within this, while something waits. */
const LOOK_EVERY_MS = 30_000;

/**
 * Applications that wait for a window, each by the time at which it opens. Timers count how long something takes; a
 * window is a time of day, so what is left is counted anew by the clock as it is now. Nothing ticks where nobody waits.
 */
export class OpeningWindows {
  readonly #waiting = new Map<AppKey, number>();
  #timer: Timer | undefined;

  constructor(
    private readonly clock: Pick<Clock, "now">,
    private readonly wake: (key: AppKey) => void,
    private readonly lookEveryMs = LOOK_EVERY_MS,
  ) {}

  /** @param opensAt milliseconds since 1970; undefined: it waits for no window that opens */
  note(key: AppKey, opensAt: number | undefined): void {
    if (opensAt !== undefined) this.#waiting.set(key, opensAt);
    else if (!this.#waiting.delete(key)) return;
    this.#arm();
  }

  stop(): void {
    this.#waiting.clear();
    this.#arm();
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const left = Math.min(...this.#waiting.values()) - this.clock.now();
    this.#timer = startTimer(Math.max(0, Math.min(left, this.lookEveryMs)), () => this.#look());
  }

  #look(): void {
    const now = this.clock.now();
    for (const [key, opensAt] of [...this.#waiting])
      if (opensAt <= now) {
        this.#waiting.delete(key);
        this.wake(key);
      }
    this.#arm();
  }
}
