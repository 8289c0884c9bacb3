/** Of each lane: one hash at once, and so many that wait. */
const WAITING = { known: 8, strangers: 32 };

export type Lane = keyof typeof WAITING;

/** Who waits where, and since when they ask: in milliseconds of a clock that is never set. */
export interface InLine {
  lane: Lane;
  /** Whom it is from: an address of strangers, an account of known devices. */
  place: string;
  since: number;
}

interface Waiting {
  since: number;
  go(as: "turn" | "displaced"): void;
}

/**
 * Who has a password looked at, and who waits. A hash is a quarter of a second of a core and 64 MiB, and anybody may ask for
 * one: so two are made at once at most, one of them for devices that signed in before, which no crowd of strangers can
 * hold up. An address, or an account whose device is known, waits with one at a time. Who asked first comes first, however
 * often they were turned away since; where the line is full, who asked last of all is turned away at once.
 */
export class HashingLine {
  readonly #waiting: Record<Lane, Waiting[]> = { known: [], strangers: [] };
  readonly #busy: Record<Lane, boolean> = { known: false, strangers: false };
  readonly #places: Record<Lane, Set<string>> = { known: new Set(), strangers: new Set() };

  /** Whether `through` would take it now. */
  hasRoom({ lane, place, since }: InLine): boolean {
    if (this.#places[lane].has(place)) return false;
    const waiting = this.#waiting[lane];
    return !this.#busy[lane] || waiting.length < WAITING[lane] || since < (waiting.at(-1)?.since ?? since);
  }

  /**
   * Runs `work` in its turn. Ask `hasRoom` first.
   * @returns `displaced`: somebody came who had asked before, and the line was full; nothing was run
   */
  async through<T>(
    of: InLine,
    work: () => Promise<T>,
  ): Promise<{ is: "done"; value: T } | { is: "displaced" }> {
    const { lane, place } = of;
    this.#places[lane].add(place);
    if (this.#busy[lane] && (await this.#wait(of)) === "displaced") return { is: "displaced" };
    this.#busy[lane] = true;
    try {
      return { is: "done", value: await work() };
    } finally {
      this.#places[lane].delete(place);
      const next = this.#waiting[lane].shift();
      if (next === undefined) this.#busy[lane] = false;
      else next.go("turn");
    }
  }

  #wait({ lane, place, since }: InLine): Promise<"turn" | "displaced"> {
    const waiting = this.#waiting[lane];
    return new Promise((resolve) => {
      const go: Waiting["go"] = (as) => {
        if (as === "displaced") this.#places[lane].delete(place);
        resolve(as);
      };
      const before = waiting.findLastIndex((one) => one.since <= since);
      waiting.splice(before + 1, 0, { since, go });
      if (waiting.length > WAITING[lane]) waiting.pop()?.go("displaced");
    });
  }
}
