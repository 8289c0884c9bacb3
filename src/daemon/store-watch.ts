import type { Log } from "../core/ports/log.ts";
import type { Store, StoreCondition } from "../core/ports/store.ts";

export interface StoreWatchTimings {
  /** A look at the store's files, microseconds each. */
  lookMs: number;
  /** A small write: sees a full disk before an operation does. */
  probeMs: number;
  /** So long it must have been sound before that is said: one that comes and goes is one trouble. */
  calmMs: number;
}

const STORE_WATCH: StoreWatchTimings = { lookMs: 2_000, probeMs: 30_000, calmMs: 60_000 };

/** Notices that the store was lost or cannot be written, says so once, and tells when it is well again. */
export class StoreWatch {
  #condition: StoreCondition = { is: "sound" };
  /** The trouble that the log has, until it says that all is well again. */
  #said: "nothing" | "lost" | "failing" = "nothing";
  #soundSince = 0;
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
    if (condition.is !== "sound") this.#sayTrouble(condition);
    else {
      if (before !== "sound") {
        this.#soundSince = performance.now();
        this.onRecovered();
      }
      this.#sayWell();
    }
    return condition;
  }

  #sayTrouble({ is, object, why, fix }: Exclude<StoreCondition, { is: "sound" }>): void {
    if (this.#said === is) return;
    this.#said = is;
    this.log.error("the store cannot be trusted: nothing is written to any cluster", {
      is,
      object,
      why,
      fix,
    });
  }

  #sayWell(): void {
    if (this.#said === "nothing" || performance.now() - this.#soundSince < this.timings.calmMs) return;
    this.#said = "nothing";
    this.log.info("the store is well again");
  }
}
