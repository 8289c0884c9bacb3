/** How pauses grow: from `firstMs`, `factor` times as long after each failure, and never beyond `mostMs`. */
export interface Backoff {
  firstMs: number;
  mostMs: number;
  /** 1 or more; default 2. */
  factor?: number;
}

/**
 * Pause before the next try.
 *
 * @param failures tries that failed in a row; 1 or less gives the first pause
 * @returns milliseconds, however many failures there were
 */
export function backoffMs(failures: number, { firstMs, mostMs, factor = 2 }: Backoff): number {
  const ms = firstMs * factor ** Math.max(0, failures - 1);
  return Number.isFinite(ms) ? Math.min(ms, mostMs) : mostMs;
}
