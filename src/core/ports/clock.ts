export interface Clock {
  /**
   * Milliseconds since 1970: for what is shown and what must outlast a restart. It steps when somebody sets
   * the machine's clock.
   */
  now(): number;
  /** Milliseconds since some moment of this process: for pauses and deadlines. It never steps. */
  monotonic(): number;
  /** Resolves after `ms`, rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
