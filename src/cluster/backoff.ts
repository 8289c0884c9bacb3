/** Pauses that double from `firstMs` to `lastMs`, each spread by chance so that many watches do not come back together. */
export class Backoff {
  #failures = 0;
  constructor(
    readonly firstMs: number,
    readonly lastMs: number,
    readonly random: () => number,
  ) {}

  /** The pause before the next try: between half and all of the doubled one. */
  nextMs(): number {
    const ms = Math.min(this.lastMs, this.firstMs * 2 ** this.#failures++);
    return Math.round(ms / 2 + (ms / 2) * this.random());
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
