import { outside } from "./ambient.ts";
import { startTimer, type Timer } from "./timer.ts";

/** When a key has its turn: before all that came earlier, or after it. */
export type Turn = "ahead" | "in-line";

/** So many keys that go ahead have their turn before one of the line has its own, too. */
const AHEAD_IN_A_ROW = 8;

/**
 * A work list: keys, never payloads. Equal keys merge, one key is never worked on twice at once,
 * and a key that is added while it is being worked on comes again afterwards. Work that takes long keeps no slot: what it
 * waits for (a server that is silent) must not hold up the others.
 */
export class KeyQueue<K extends string> {
  readonly #ahead = new Set<K>();
  /** In line; none of them goes ahead. */
  readonly #waiting = new Set<K>();
  #aheadInARow = 0;
  readonly #running = new Set<K>();
  /** Of the running ones those that lost their slot. */
  readonly #slow = new Set<K>();
  readonly #again = new Map<K, Turn>();
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

  add(key: K, turn: Turn = "in-line"): void {
    if (this.#stopped) return;
    const later = this.#later.get(key);
    if (later !== undefined) {
      later.timer.cancel();
      this.#later.delete(key);
    }
    if (this.#running.has(key)) this.#again.set(key, this.#again.get(key) === "ahead" ? "ahead" : turn);
    else this.#wait(key, turn);
    this.#start();
  }

  #wait(key: K, turn: Turn): void {
    if (turn === "in-line") {
      if (!this.#ahead.has(key)) this.#waiting.add(key);
      return;
    }
    this.#waiting.delete(key);
    this.#ahead.add(key);
  }

  /** Adds the key after a pause; an earlier time already set stands. */
  addAfter(key: K, ms: number): void {
    if (this.#stopped || this.#waiting.has(key) || this.#ahead.has(key)) return;
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
    this.#ahead.delete(key);
    this.#again.delete(key);
  }

  get depth(): number {
    return this.#ahead.size + this.#waiting.size + this.#running.size;
  }

  /** Takes nothing new and resolves when what is running has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    this.#ahead.clear();
    this.#again.clear();
    for (const { timer } of this.#later.values()) timer.cancel();
    this.#later.clear();
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #start(): void {
    while (this.#running.size - this.#slow.size < this.slots) {
      const key = this.#take();
      if (key === undefined) return;
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

  /** Whose turn it is. */
  #take(): K | undefined {
    const isOthersTurn = this.#aheadInARow >= AHEAD_IN_A_ROW && this.#waiting.size > 0;
    const from = this.#ahead.size > 0 && !isOthersTurn ? this.#ahead : this.#waiting;
    for (const key of from) {
      from.delete(key);
      this.#aheadInARow = from === this.#ahead ? this.#aheadInARow + 1 : 0;
      return key;
    }
    return undefined;
  }

  #done(key: K): void {
    this.#running.delete(key);
    this.#slow.delete(key);
    const again = this.#again.get(key);
    this.#again.delete(key);
    if (again !== undefined && !this.#stopped) this.#wait(key, again);
    if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    this.#start();
  }
}
