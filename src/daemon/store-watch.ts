import type { Log } from "../core/ports/log.ts";
import type { Store, StoreCondition } from "../core/ports/store.ts";

export interface StoreWatchTimings {
  /** A look at the store's files, microseconds each. */
  lookMs: number;
  /** A small write: sees a full disk before an operation does. */
  probeMs: number;
}

const STORE_WATCH: StoreWatchTimings = { lookMs: 2_000, probeMs: 30_000 };

/** Notices that the store was lost or cannot be written, says so once, and tells when it is well again. */
export class StoreWatch {
  #condition: StoreCondition = { is: "sound" };
  #probedAt = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly store: Pick<Store, "condition" | "probe">,
    private readonly log: Log,
    private readonly onRecovered: () => void,
    private readonly timings: StoreWatchTimings = STORE_WATCH,
  ) {
    this.#timer = setInterval(() => this.look(), timings.lookMs).unref();
  }

  /** As it is now. */
  condition(): StoreCondition {
    return this.#note(this.store.condition());
  }

  look(): StoreCondition {
    const now = performance.now();
    const isDue = this.#condition.is === "failing" || now - this.#probedAt >= this.timings.probeMs;
    if (isDue) this.#probedAt = now;
    return this.#note(isDue ? this.store.probe() : this.store.condition());
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #note(condition: StoreCondition): StoreCondition {
    const before = this.#condition.is;
    this.#condition = condition;
    if (before === condition.is) return condition;
    if (condition.is === "sound") {
      this.log.info("the store is well again");
      this.onRecovered();
    } else {
      const { is, object, why, fix } = condition;
      this.log.error("the store cannot be trusted: nothing is written to any cluster", {
        is,
        object,
        why,
        fix,
      });
    }
    return condition;
  }
}
