/** Of each lane: one hash at once, and so many that wait. */
const WAITING = { known: 8, strangers: 32 };

export type Lane = keyof typeof WAITING;

/**
 * Who has a password looked at, and who waits. A hash is a quarter of a second of a core and 64 MiB, and anybody may ask for
 * one: so two are made at once at most, one of them for devices that signed in before, which no crowd of strangers can
 * hold up. An address waits with one at a time, and where the line is full the next one is turned away at once.
 */
export class HashingLine {
  readonly #waiting: Record<Lane, (() => void)[]> = { known: [], strangers: [] };
  readonly #busy: Record<Lane, boolean> = { known: false, strangers: false };
  readonly #addresses = new Set<string>();

  /** Whether `through` would take it now. */
  hasRoom(lane: Lane, address: string): boolean {
    if (lane === "strangers" && this.#addresses.has(address)) return false;
    return !this.#busy[lane] || this.#waiting[lane].length < WAITING[lane];
  }

  /** Runs `work` in its turn. Ask `hasRoom` first. */
  async through<T>(lane: Lane, address: string, work: () => Promise<T>): Promise<T> {
    if (lane === "strangers") this.#addresses.add(address);
    try {
      if (this.#busy[lane]) await new Promise<void>((turn) => this.#waiting[lane].push(turn));
      this.#busy[lane] = true;
      return await work();
    } finally {
      if (lane === "strangers") this.#addresses.delete(address);
      const next = this.#waiting[lane].shift();
      if (next === undefined) this.#busy[lane] = false;
      else next();
    }
  }
}
