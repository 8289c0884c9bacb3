import { startTimer } from "../lib/timer.ts";

/** So long all others wait for one. */
const MOMENT_MS = 100;

/** Work on many things, on each one at a time: what waits for somebody else is put aside, and holds up no other. */
export class PutAside<Key> {
  readonly #going = new Map<Key, Promise<void>>();

  isGoing(key: Key): boolean {
    return this.#going.has(key);
  }

  /** Resolves when it is done, or put aside. @param work never throws; it is not begun for one that is going */
  async begin(key: Key, work: () => Promise<void>): Promise<void> {
    const done = work().finally(() => this.#going.delete(key));
    this.#going.set(key, done);
    const { promise: moment, resolve } = Promise.withResolvers<void>();
    const timer = startTimer(MOMENT_MS, resolve);
    await Promise.race([done, moment]);
    timer.cancel();
  }

  /** One that was put aside is done; undefined: there is none. */
  oneDone(): Promise<void> | undefined {
    return this.#going.size === 0 ? undefined : Promise.race(this.#going.values());
  }

  async allDone(): Promise<void> {
    await Promise.all(this.#going.values());
  }
}
