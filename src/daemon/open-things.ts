import type { Log } from "../core/ports/log.ts";
import { endedWithin } from "../lib/ended-within.ts";

/** Longer than any of them takes that ends at all. */
const CLOSED_WITHIN_MS = 15_000;

/** What was opened, closed again in the reverse order. */
export class OpenThings {
  readonly #closes: (() => Promise<void> | void)[] = [];

  constructor(
    private readonly log: Log,
    private readonly withinMs: number = CLOSED_WITHIN_MS,
  ) {}

  add(close: () => Promise<void> | void): void {
    this.#closes.push(close);
  }

  /** Whatever could not be ended well (a full disk), or does not end, the rest ends all the same. */
  async closeAll(): Promise<void> {
    for (const close of this.#closes.splice(0).reverse())
      if ((await endedWithin(this.#closed(close), this.withinMs)) === "going on")
        this.log.error("something did not end in time, and is left behind", { afterMs: this.withinMs });
  }

  async #closed(close: () => Promise<void> | void): Promise<void> {
    try {
      await close();
    } catch (cause) {
      this.log.error("something did not end well", { why: String(cause) });
    }
  }
}
