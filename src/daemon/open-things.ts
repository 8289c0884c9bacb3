import type { Log } from "../core/ports/log.ts";

/** What was opened, closed again in the reverse order. */
export class OpenThings {
  readonly #closes: (() => Promise<void> | void)[] = [];

  constructor(private readonly log: Log) {}

  add(close: () => Promise<void> | void): void {
    this.#closes.push(close);
  }

  /** Whatever could not be ended well (a full disk), the rest ends all the same. */
  async closeAll(): Promise<void> {
    for (const close of this.#closes.splice(0).reverse()) {
      try {
        await close();
      } catch (cause) {
        this.log.error("something did not end well", { why: String(cause) });
      }
    }
  }
}
