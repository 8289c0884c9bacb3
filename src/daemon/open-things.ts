import type { Log } from "../core/ports/log.ts";
import { endedWithin } from "../lib/ended-within.ts";
import { systemClock } from "../lib/system-clock.ts";

export interface CloseLimits {
  /** Of one of them. */
  eachMs: number;
  /** Of all of them together, but that each has `leastMs`: the store comes last, and whoever waits for us waits for 45 s. */
  allMs: number;
  leastMs: number;
}

const CLOSE_LIMITS: CloseLimits = { eachMs: 15_000, allMs: 20_000, leastMs: 500 };

/** What was opened, closed again in the reverse order. */
export class OpenThings {
  readonly #closes: (() => Promise<void> | void)[] = [];

  constructor(
    private readonly log: Log,
    private readonly limits: CloseLimits = CLOSE_LIMITS,
  ) {}

  add(close: () => Promise<void> | void): void {
    this.#closes.push(close);
  }

  /** Whatever could not be ended well (a full disk), or does not end, the rest ends all the same. */
  async closeAll(): Promise<void> {
    const { eachMs, allMs, leastMs } = this.limits;
    const until = systemClock.monotonic() + allMs;
    for (const close of this.#closes.splice(0).reverse()) {
      const left = Math.ceil(until - systemClock.monotonic());
      const withinMs = Math.max(leastMs, Math.min(eachMs, left));
      if ((await endedWithin(this.#closed(close), withinMs)) === "going on")
        this.log.error("something did not end in time, and is left behind", { afterMs: withinMs });
    }
  }

  async #closed(close: () => Promise<void> | void): Promise<void> {
    try {
      await close();
    } catch (cause) {
      this.log.error("something did not end well", { why: String(cause) });
    }
  }
}
