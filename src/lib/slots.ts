import { startTimer } from "./timer.ts";

/** What `hold` hands to its work. */
export interface Slot {
  /** Runs `work` with the slot given back, and takes one again before it goes on; the last of several at once takes it. */
  without<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * A bound on how many things run at once; the others wait in line. Whoever waits for the outside world for long gives
 * its slot back meanwhile, and where there is a patience loses it when that ends, so that what is stuck never holds a
 * place that another needs.
 */
export class Slots {
  #free: number;
  readonly #line: (() => void)[] = [];

  /** @param patienceMs how long one slot can be held; absent: as long as the work takes */
  constructor(
    count: number,
    private readonly patienceMs?: number,
  ) {
    this.#free = count;
  }

  /**
   * Runs `work` with a slot held.
   * @throws the signal's reason when it is aborted while waiting
   */
  async hold<T>(work: (slot: Slot) => Promise<T>, signal?: AbortSignal): Promise<T> {
    let give = await this.#take(signal);
    let outside = 0;
    let taking: Promise<void> | undefined;
    const takeAgain = async (): Promise<void> => {
      give = await this.#take();
      // Others of it went out while this waited in line.
      if (outside > 0) give();
    };
    const slot: Slot = {
      without: async (other) => {
        outside += 1;
        give();
        try {
          return await other();
        } finally {
          outside -= 1;
          if (outside === 0) {
            taking ??= takeAgain().finally(() => {
              taking = undefined;
            });
            await taking;
          }
        }
      },
    };
    try {
      return await work(slot);
    } finally {
      give();
    }
  }

  /** @returns gives the slot back; a second call does nothing */
  async #take(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal);
    let held: "yes" | "no" = "yes";
    const give = (): void => {
      timer?.cancel();
      if (held === "yes") this.#give();
      held = "no";
    };
    const timer = this.patienceMs === undefined ? undefined : startTimer(this.patienceMs, give);
    return give;
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#line.splice(this.#line.indexOf(go), 1);
        reject(signal?.reason);
      };
      const go = (): void => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#line.push(go);
    });
  }

  #give(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
