/** Retries are at most a tenth of all requests, so that a server in trouble is not buried under them. */
export class RetryBudget {
  #tokens: number;
  /** @param burst retries that may follow each other without requests between them */
  constructor(
    readonly burst = 20,
    readonly share = 0.1,
  ) {
    this.#tokens = burst;
  }

  requested(): void {
    this.#tokens = Math.min(this.burst, this.#tokens + this.share);
  }

  mayRetry(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
