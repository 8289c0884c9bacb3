interface Ticking {
  monotonic(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Lets through a few within any stretch of time, in the order in which they came; the first few do not wait. */
export class Pace {
  /** When the last ones went, the oldest first; no older ones than the stretch. */
  readonly #went: number[] = [];
  #line: Promise<void> = Promise.resolve();

  /** @param most asked at each turn, because a setting may change: 1 or more */
  constructor(
    private readonly most: () => number,
    private readonly withinMs: number,
    private readonly clock: Ticking,
  ) {}

  /**
   * Resolves when it is the caller's turn.
   * @param onWait called where that is not now
   * @throws the signal's reason when it is aborted before
   */
  turn(signal?: AbortSignal, onWait?: () => void): Promise<void> {
    const mine = this.#line.then(() => this.#wait(signal, onWait));
    this.#line = mine.catch(() => undefined);
    return mine;
  }

  /** Takes a turn where there is one now. */
  tryTurn(): "taken" | "later" {
    if (this.leftMs() > 0) return "later";
    this.#note();
    return "taken";
  }

  async #wait(signal: AbortSignal | undefined, onWait: (() => void) | undefined): Promise<void> {
    signal?.throwIfAborted();
    const leftMs = this.leftMs();
    if (leftMs > 0) {
      onWait?.();
      await this.clock.sleep(leftMs, signal);
    }
    this.#note();
  }

  #note(): void {
    const now = this.clock.monotonic();
    this.#went.push(now);
    while ((this.#went[0] ?? now) <= now - this.withinMs) this.#went.shift();
  }

  /** Milliseconds until there is a turn; 0 or less where there is one now. */
  leftMs(): number {
    const inTheWay = this.#went.at(-this.most());
    return inTheWay === undefined ? 0 : inTheWay + this.withinMs - this.clock.monotonic();
  }
}
