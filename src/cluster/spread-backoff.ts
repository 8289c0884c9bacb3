import { backoffMs } from "../lib/backoff.ts";

/** Counts failures, and spreads each pause by chance so that many watches do not come back together. */
export class SpreadBackoff {
  #failures = 0;
  constructor(
    readonly firstMs: number,
    readonly mostMs: number,
    readonly random: () => number,
  ) {}

  /** The pause before the next try: between half and all of the doubled one. */
  nextMs(): number {
    const ms = backoffMs(++this.#failures, this);
    return Math.round(ms / 2 + (ms / 2) * this.random());
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
