import type { Clock } from "../core/ports.ts";

/**
 * Lets so many requests run at once and queues the others in order of arrival. While the server asked for a pause
 * nothing new starts.
 */
export class InFlight {
  #running = 0;
  #notBefore = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    readonly limit: number,
    readonly clock: Clock,
  ) {}

  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#running >= this.limit) await new Promise<void>((start) => this.#waiting.push(start));
    else this.#running++;
    try {
      signal.throwIfAborted();
      for (let wait = this.#notBefore - this.clock.now(); wait > 0; wait = this.#notBefore - this.clock.now())
        await this.clock.sleep(wait, signal);
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  /** No new request for the next `ms`. */
  pause(ms: number): void {
    this.#notBefore = Math.max(this.#notBefore, this.clock.now() + ms);
  }
}
