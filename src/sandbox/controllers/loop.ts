import type { Clock } from "../clock.ts";
import type { ObjectStore, StoreEvent } from "../storage/store.ts";

/** One of the sandbox's stand-ins. Its work is synchronous: it reads the store, writes through the API, and is done. */
export interface Controller {
  /** Keys to look at after a change, in the controller's own words. */
  concerns(event: StoreEvent): readonly string[];
  /** Brings one thing a step further. @returns milliseconds after which to look again, or undefined */
  reconcile(key: string): number | undefined;
}

export interface LoopParts {
  store: ObjectStore;
  clock: Clock;
  /** Pause between a change and the look at it: changes that come together are looked at once. */
  stepMs: number;
  /** A step that threw; it is tried again after a pause. */
  onError(cause: unknown): void;
}

/** Runs controllers from the store's changes until `signal` is aborted. */
export function runControllers(
  controllers: readonly Controller[],
  { store, clock, stepMs, onError }: LoopParts,
  signal: AbortSignal,
): void {
  for (const controller of controllers) {
    const due = new Map<string, number>();
    const look = async (key: string, afterMs: number): Promise<void> => {
      const at = clock.now() + afterMs;
      const planned = due.get(key);
      if (planned !== undefined && planned <= at) return;
      due.set(key, at);
      const slept = await clock.sleep(afterMs, signal).then(
        () => true,
        () => false,
      );
      // A nearer look was planned meanwhile: that one does the work.
      if (!slept || due.get(key) !== at) return;
      due.delete(key);
      let again: number | undefined;
      try {
        again = controller.reconcile(key);
      } catch (cause) {
        onError(cause);
        again = stepMs * 50;
      }
      if (again !== undefined) await look(key, again);
    };
    const unsubscribe = store.subscribe(undefined, (event) => {
      for (const key of controller.concerns(event)) void look(key, stepMs);
    });
    signal.addEventListener("abort", unsubscribe, { once: true });
  }
}
