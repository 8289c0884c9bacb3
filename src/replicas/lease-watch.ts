import type { Clock } from "../core/ports/clock.ts";
import type { LeaseApi } from "../core/ports/lease-api.ts";
import type { Log } from "../core/ports/log.ts";

export interface LeaseWatchParts {
  api: Pick<LeaseApi, "watch">;
  clock: Clock;
  log: Log;
  /** One that ends is not begun again sooner than so long after it began. */
  restMs: number;
  told: Parameters<LeaseApi["watch"]>[0];
  /** It ended by itself, and may be begun again. */
  ended: () => void;
}

/** What others do with the Lease, for who waits for it. One at a time; an ended one tells nothing more. */
export class LeaseWatch {
  #open: AbortController | undefined;

  constructor(private readonly parts: LeaseWatchParts) {}

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  begin(): void {
    if (this.#open !== undefined) return;
    const open = new AbortController();
    this.#open = open;
    void this.#run(open);
  }

  end(): void {
    this.#open?.abort();
    this.#open = undefined;
  }

  async #run(open: AbortController): Promise<void> {
    const { api, clock, log, restMs, told, ended } = this.parts;
    const begunAt = clock.monotonic();
    const tell: typeof told = (lease) => {
      if (this.#open === open) told(lease);
    };
    await api
      .watch(tell, open.signal)
      .catch((cause: unknown) => log.debug("Lease watch ended", { why: String(cause) }));
    const rest = begunAt + restMs - clock.monotonic();
    if (rest > 0) await clock.sleep(rest, open.signal).catch(() => undefined);
    if (this.#open !== open) return;
    this.#open = undefined;
    ended();
  }
}
