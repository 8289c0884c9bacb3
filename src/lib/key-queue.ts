import { outside } from "./ambient.ts";
import { startTimer, type Timer } from "./timer.ts";

/**
 * A work list: keys, never payloads. Equal keys merge, one key is never worked on twice at once,
 * and a key that is added while it is being worked on comes again afterwards. Work that takes long keeps no slot: what it
 * waits for (a server that is silent) must not hold up the others.
 */
export class KeyQueue<K extends string> {
  readonly #waiting = new Set<K>();
  readonly #running = new Set<K>();
  /** Of the running ones those that lost their slot. */
  readonly #slow = new Set<K>();
  readonly #again = new Set<K>();
  readonly #later = new Map<K, { at: number; timer: Timer }>();
  readonly #idle: (() => void)[] = [];
  #stopped = false;
  /** Whoever adds a key is not whose work it is. */
  readonly #outside = outside();

  /** @param work must not throw; its own failures are its own business */
  constructor(
    private readonly work: (key: K) => Promise<void>,
    /** Keys worked on at once. */
    private readonly slots: number,
    /** How long a slot can be held. */
    private readonly patienceMs = 1_000,
  ) {}

  add(key: K): void {
    if (this.#stopped) return;
    const later = this.#later.get(key);
    if (later !== undefined) {
      later.timer.cancel();
      this.#later.delete(key);
    }
    if (this.#running.has(key)) this.#again.add(key);
    else this.#waiting.add(key);
    this.#start();
  }

  /** Adds the key after a pause; an earlier time already set stands. */
  addAfter(key: K, ms: number): void {
    if (this.#stopped || this.#waiting.has(key)) return;
    const at = performance.now() + ms;
    const known = this.#later.get(key);
    if (known !== undefined) {
      if (known.at <= at) return;
      known.timer.cancel();
    }
    const timer = startTimer(ms, () => {
      this.#later.delete(key);
      this.add(key);
    });
    this.#later.set(key, { at, timer });
  }

  forget(key: K): void {
    const later = this.#later.get(key);
    later?.timer.cancel();
    this.#later.delete(key);
    this.#waiting.delete(key);
    this.#again.delete(key);
  }

  get depth(): number {
    return this.#waiting.size + this.#running.size;
  }

  /** Takes nothing new and resolves when what is running has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    this.#again.clear();
    for (const { timer } of this.#later.values()) timer.cancel();
    this.#later.clear();
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #start(): void {
    for (const key of this.#waiting) {
      if (this.#running.size - this.#slow.size >= this.slots) return;
      this.#waiting.delete(key);
      this.#running.add(key);
      const timer = setTimeout(() => {
        this.#slow.add(key);
        this.#start();
      }, this.patienceMs);
      void this.#outside(() => this.work(key)).finally(() => {
        clearTimeout(timer);
        this.#done(key);
      });
    }
  }

  #done(key: K): void {
    this.#running.delete(key);
    this.#slow.delete(key);
    if (this.#again.delete(key) && !this.#stopped) this.#waiting.add(key);
    if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    this.#start();
  }
}
