/** What became of something. */
export interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED";
}

/**
 * Events waiting for one client, at most one for each thing that they are of: a client that reads slowly gets the latest
 * state and not every step, and costs memory for the things there are, never for what happened.
 */
export class LatestEvents<E extends WatchEvent> {
  readonly #keyOf: (event: E) => string;
  readonly #byKey = new Map<string, E>();
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(keyOf: (event: E) => string) {
    this.#keyOf = keyOf;
  }

  put(event: E): void {
    const key = this.#keyOf(event);
    const waiting = this.#byKey.get(key);
    // The client has not heard of it yet, so it is still new to it.
    const type = waiting?.type === "ADDED" && event.type === "MODIFIED" ? "ADDED" : event.type;
    this.#byKey.set(key, { ...event, type });
    this.#wake?.();
  }

  /** How many were not taken yet. */
  get waiting(): number {
    return this.#byKey.size;
  }

  /**
   * Waits until there is something; at most `most` of them. Empty when closed.
   *
   * @param gatherMs what comes within so long after the first is taken along
   */
  async take(most: number, gatherMs = 0): Promise<E[]> {
    while (this.#byKey.size === 0 && !this.#closed) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    if (gatherMs > 0 && !this.#closed) await new Promise((resolve) => setTimeout(resolve, gatherMs));
    if (this.#closed) return [];
    const taken: E[] = [];
    for (const [key, event] of this.#byKey) {
      if (taken.length === most) break;
      taken.push(event);
      this.#byKey.delete(key);
    }
    return taken;
  }

  close(): void {
    this.#closed = true;
    this.#byKey.clear();
    this.#wake?.();
  }
}
