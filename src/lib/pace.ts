interface Ticking {
  monotonic(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

interface TurnNeeds {
  isNeeded?: () => boolean;
  onWait?: () => void;
}

/** Lets through a few within any stretch of time, in the order in which they came; the first few do not wait. */
export class Pace {
  /** When the last ones went, the oldest first; no older ones than the stretch. */
  readonly #went: number[] = [];
  #line: Promise<unknown> = Promise.resolve();

  /** @param most asked at each turn, because a setting may change: 1 or more */
  constructor(
    private readonly most: () => number,
    private readonly withinMs: number,
    private readonly clock: Ticking,
  ) {}

  /**
   * Resolves when it is the caller's turn, or when that is not needed any more: asked when those before have gone, and
   * once more after a wait.
   * @param needs.onWait called where the turn is not now
   * @throws the signal's reason when it is aborted before
   */
  turn(signal?: AbortSignal, needs: TurnNeeds = {}): Promise<"taken" | "not-needed"> {
    const mine = this.#line.then(() => this.#wait(signal, needs));
    this.#line = mine.catch(() => undefined);
    return mine;
  }

  /** Takes a turn where there is one now. */
  tryTurn(): "taken" | "later" {
    if (this.leftMs() > 0) return "later";
    this.#note();
    return "taken";
  }

  async #wait(
    signal: AbortSignal | undefined,
    { isNeeded = () => true, onWait }: TurnNeeds,
  ): Promise<"taken" | "not-needed"> {
    signal?.throwIfAborted();
    if (!isNeeded()) return "not-needed";
    const leftMs = this.leftMs();
    if (leftMs > 0) {
      onWait?.();
      await this.clock.sleep(leftMs, signal);
      if (!isNeeded()) return "not-needed";
    }
    this.#note();
    return "taken";
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
