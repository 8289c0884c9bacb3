/** Of each lane: one hash at once, and so many that wait. */
const WAITING = { known: 8, strangers: 32 };

export type Lane = keyof typeof WAITING;

/**
 * Who has a password looked at, and who waits. A hash is a quarter of a second of a core and 64 MiB, and anybody may ask for
 * one: so two are made at once at most, one of them for devices that signed in before, which no crowd of strangers can
 * hold up. An address, or an account whose device is known, waits with one at a time, and where the line is full the next one is turned away at once.
 */
export class HashingLine {
  readonly #waiting: Record<Lane, (() => void)[]> = { known: [], strangers: [] };
  readonly #busy: Record<Lane, boolean> = { known: false, strangers: false };
  readonly #places: Record<Lane, Set<string>> = { known: new Set(), strangers: new Set() };

  /**
   * Whether `through` would take it now.
   * @param place whom it is from: an address of strangers, an account of known devices
   */
  hasRoom(lane: Lane, place: string): boolean {
    if (this.#places[lane].has(place)) return false;
    return !this.#busy[lane] || this.#waiting[lane].length < WAITING[lane];
  }

  /** Runs `work` in its turn. Ask `hasRoom` first. */
  async through<T>(lane: Lane, place: string, work: () => Promise<T>): Promise<T> {
    this.#places[lane].add(place);
    try {
      if (this.#busy[lane]) await new Promise<void>((turn) => this.#waiting[lane].push(turn));
      this.#busy[lane] = true;
      return await work();
    } finally {
      this.#places[lane].delete(place);
      const next = this.#waiting[lane].shift();
      if (next === undefined) this.#busy[lane] = false;
      else next();
    }
  }
}
