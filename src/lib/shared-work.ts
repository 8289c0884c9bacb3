/** Work that is done once for all who want the same at the same time, and given up when nobody wants it any more. */
export class SharedWork<K, T> {
  readonly #running = new Map<K, { result: Promise<T>; controller: AbortController; waiting: number }>();

  /** @throws the signal's reason once it is aborted, while the work goes on for the others */
  async run(key: K, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    let shared = this.#running.get(key);
    if (shared === undefined) {
      const controller = new AbortController();
      const result = work(controller.signal).finally(() => this.#forget(key, controller));
      // Those who wait get the rejection; where all of them left, nobody is there to hear of it.
      result.then(undefined, () => undefined);
      shared = { result, controller, waiting: 0 };
      this.#running.set(key, shared);
    }
    shared.waiting++;
    const { promise: left, reject } = Promise.withResolvers<never>();
    const leave = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([shared.result, left]);
    } finally {
      signal?.removeEventListener("abort", leave);
      if (--shared.waiting === 0) {
        // Who asks from now on must not join work that is being given up.
        this.#forget(key, shared.controller);
        shared.controller.abort(signal?.reason);
      }
    }
  }

  /** Resolves when all work has ended, well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#running.values()].map((each) => each.result));
  }

  #forget(key: K, controller: AbortController): void {
    if (this.#running.get(key)?.controller === controller) this.#running.delete(key);
  }
}
