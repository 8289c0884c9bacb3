import { outside } from "./ambient.ts";
import { betterTurn, FairLine, type Place, type Turn } from "./fair-line.ts";
import { startTimer, type Timer } from "./timer.ts";

/** So many keys that go ahead have their turn before another has its own, too. */
const AHEAD_IN_A_ROW = 8;
/** So many that somebody waits for, before one in line. */
const SOON_IN_A_ROW = 4;

export interface KeyQueueFairness<K> {
  /** More keys worked on at once, of those that go ahead. */
  reserved: number;
  /** Where a key waits that was added with this turn. */
  placeOf(key: K, turn: Turn): Place;
}

/**
 * A work list: keys, never payloads. Equal keys merge, one key is never worked on twice at once,
 * and a key that is added while it is being worked on comes again afterwards. Work that takes long keeps no slot: what it
 * waits for (a server that is silent) must not hold up the others.
 */
export class KeyQueue<K extends string> {
  /** Of the running ones those that lost their slot hold none in it. */
  readonly #line: FairLine<K>;
  readonly #running = new Set<K>();
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
    slots: number,
    /** How long a slot can be held. */
    private readonly patienceMs = 1_000,
    private readonly fairness: KeyQueueFairness<K> = {
      reserved: 0,
      placeOf: (_, turn) => ({ turn, lanes: [] }),
    },
  ) {
    this.#line = new FairLine({
      places: slots,
      reserved: fairness.reserved,
      aheadInARow: AHEAD_IN_A_ROW,
      soonInARow: SOON_IN_A_ROW,
    });
  }

  add(key: K, turn: Turn = "in-line"): void {
    if (this.#stopped) return;
    const later = this.#later.get(key);
    if (later !== undefined) {
      later.timer.cancel();
      this.#later.delete(key);
    }
    if (this.#running.has(key)) this.#again.set(key, betterTurn(turn, this.#again.get(key)));
    else this.#wait(key, turn);
    this.#start();
  }

  #wait(key: K, turn: Turn): void {
    this.#line.add(key, this.fairness.placeOf(key, turn));
  }

  /** Adds the key after a pause; an earlier time already set stands. */
  addAfter(key: K, ms: number): void {
    if (this.#stopped || this.#line.has(key)) return;
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
    this.#line.delete(key);
    this.#again.delete(key);
  }

  get depth(): number {
    return this.#line.size + this.#running.size;
  }

  /** Takes nothing new and resolves when what is running has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#line.clear();
    this.#again.clear();
    for (const { timer } of this.#later.values()) timer.cancel();
    this.#later.clear();
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #start(): void {
    for (let key = this.#line.next(); key !== undefined; key = this.#line.next()) this.#begin(key);
  }

  #begin(key: K): void {
    this.#running.add(key);
    const timer = setTimeout(() => {
      this.#line.giveBack(key);
      this.#start();
    }, this.patienceMs);
    void this.#outside(() => this.work(key)).finally(() => {
      clearTimeout(timer);
      this.#done(key);
    });
  }

  #done(key: K): void {
    this.#running.delete(key);
    this.#line.giveBack(key);
    const again = this.#again.get(key);
    this.#again.delete(key);
    if (again !== undefined && !this.#stopped) this.#wait(key, again);
    if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    this.#start();
  }
}
