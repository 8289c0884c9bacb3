import { type AppKey, keyOfApp } from "../core/model/application.ts";
import type { AppEvent } from "../engine/control.ts";

/**
 * Events waiting for one client, at most one for each application: a client that reads slowly gets the latest state
 * and not every step, and costs memory for the applications there are, never for what happened.
 */
export class LatestEvents {
  readonly #byApp = new Map<AppKey, AppEvent>();
  #wake: (() => void) | undefined;
  #closed = false;

  put(event: AppEvent): void {
    const key = keyOfApp(event.app);
    const waiting = this.#byApp.get(key);
    // The client has not heard of it yet, so it is still new to it.
    const type = waiting?.type === "ADDED" && event.type === "MODIFIED" ? "ADDED" : event.type;
    this.#byApp.set(key, { type, app: event.app });
    this.#wake?.();
  }

  /** Waits until there is something; at most `most` of them. Empty when closed. */
  async take(most: number): Promise<AppEvent[]> {
    while (this.#byApp.size === 0 && !this.#closed) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    if (this.#closed) return [];
    const taken: AppEvent[] = [];
    for (const [key, event] of this.#byApp) {
      if (taken.length === most) break;
      taken.push(event);
      this.#byApp.delete(key);
    }
    return taken;
  }

  close(): void {
    this.#closed = true;
    this.#byApp.clear();
    this.#wake?.();
  }
}
