/** Whose turn comes first: what must not wait, what somebody waits for, and all the rest. */
export type Turn = "ahead" | "soon" | "in-line";

export interface Place {
  readonly turn: Turn;
  /** Within its turn: those who share places, outermost first (a cluster, then a repository of it). */
  readonly lanes: readonly string[];
}

export interface FairLineLimits {
  /** Held at once. */
  places: number;
  /** More of them, for what goes ahead alone. */
  reserved: number;
  /** So many go ahead in places that are everybody's before one of the others has its turn, where any waits. */
  aheadInARow: number;
  /** So many of those that somebody waits for have their turn before one in line has. */
  soonInARow: number;
}

/**
 * Who is next, as data: nothing here waits, and nothing looks at a clock. What goes ahead has places of its own and a
 * bounded share of the others, so that neither a mass holds it up nor it the mass. Within a turn the lane that holds the
 * fewest places is next, then the one that had its turn longest ago: one lane of ten thousand costs another one place.
 */
export class FairLine<T> {
  readonly #limits: FairLineLimits;
  readonly #waiting = new Map<T, Place>();
  readonly #held = new Map<T, Place>();
  readonly #lines: Readonly<Record<Turn, Lane<T>>> = {
    ahead: new Lane(),
    soon: new Lane(),
    "in-line": new Lane(),
  };
  /** Places that are held by what goes ahead. */
  #ahead = 0;
  #aheadInARow = 0;
  #soonInARow = 0;

  constructor(limits: FairLineLimits) {
    this.#limits = limits;
  }

  /** What waits. */
  get size(): number {
    return this.#waiting.size;
  }

  has(item: T): boolean {
    return this.#waiting.has(item);
  }

  /** Who waits already keeps its place in the line, or has a better turn from now on. */
  add(item: T, place: Place): void {
    const known = this.#waiting.get(item);
    if (known !== undefined) return this.raise(item, place.turn);
    this.#waiting.set(item, place);
    this.#lines[place.turn].add(item, place.lanes);
  }

  /** Who waits has this turn, unless its own is better. */
  raise(item: T, turn: Turn): void {
    const known = this.#waiting.get(item);
    if (known === undefined || betterTurn(known.turn, turn) === known.turn) return;
    this.delete(item);
    this.add(item, { ...known, turn });
  }

  /** It waits no more. */
  delete(item: T): void {
    const place = this.#waiting.get(item);
    if (place === undefined) return;
    this.#waiting.delete(item);
    this.#lines[place.turn].delete(item, place.lanes);
  }

  clear(): void {
    for (const item of [...this.#waiting.keys()]) this.delete(item);
  }

  /** Whoever is next holds a place from here on. @returns undefined where nobody waits, or no place is free for who does */
  next(): T | undefined {
    const turn = this.#turn();
    if (turn === undefined) return undefined;
    const item = this.#lines[turn].take();
    const place = item === undefined ? undefined : this.#waiting.get(item);
    if (item === undefined || place === undefined) return undefined;
    this.#waiting.delete(item);
    this.#held.set(item, place);
    this.#lines[turn].hold(place.lanes);
    this.#count(turn);
    return item;
  }

  /** A second call does nothing. */
  giveBack(item: T): void {
    const place = this.#held.get(item);
    if (place === undefined) return;
    this.#held.delete(item);
    if (place.turn === "ahead") this.#ahead--;
    this.#lines[place.turn].release(place.lanes);
  }

  #turn(): Turn | undefined {
    const { places, aheadInARow, soonInARow } = this.#limits;
    const { ahead, soon, "in-line": inLine } = this.#lines;
    if (ahead.waits && this.#isReserveFree()) return "ahead";
    // Its own places are not counted: who goes ahead takes of the others' only what is beyond.
    if (this.#held.size - Math.min(this.#ahead, this.#limits.reserved) >= places) return undefined;
    const doOthersWait = soon.waits || inLine.waits;
    if (ahead.waits && !(doOthersWait && this.#aheadInARow >= aheadInARow)) return "ahead";
    if (soon.waits && !(inLine.waits && this.#soonInARow >= soonInARow)) return "soon";
    return inLine.waits ? "in-line" : undefined;
  }

  #isReserveFree(): boolean {
    return this.#ahead < this.#limits.reserved;
  }

  #count(turn: Turn): void {
    if (turn === "ahead") {
      if (!this.#isReserveFree()) this.#aheadInARow++;
      this.#ahead++;
      return;
    }
    this.#aheadInARow = 0;
    this.#soonInARow = turn === "soon" ? this.#soonInARow + 1 : 0;
  }
}

const ORDER: readonly Turn[] = ["ahead", "soon", "in-line"];

export function betterTurn(one: Turn, other: Turn = one): Turn {
  return ORDER.indexOf(one) <= ORDER.indexOf(other) ? one : other;
}

/** What waits and how much is held, of one lane and of the lanes in it. It is there as long as it has either. */
class Lane<T> {
  /** Whoever's turn was longest ago is first. */
  readonly #lanes = new Map<string, Lane<T>>();
  /** In no lane further in. */
  readonly #items = new Set<T>();
  #count = 0;
  #held = 0;

  get waits(): boolean {
    return this.#count > 0;
  }

  add(item: T, [lane, ...further]: readonly string[]): void {
    this.#count++;
    if (lane === undefined) this.#items.add(item);
    else this.#in(lane).add(item, further);
  }

  delete(item: T, [lane, ...further]: readonly string[]): void {
    this.#count--;
    if (lane === undefined) this.#items.delete(item);
    else {
      this.#in(lane).delete(item, further);
      this.#leave(lane);
    }
  }

  hold([lane, ...further]: readonly string[]): void {
    this.#held++;
    if (lane !== undefined) this.#in(lane).hold(further);
  }

  release([lane, ...further]: readonly string[]): void {
    this.#held--;
    if (lane === undefined) return;
    this.#in(lane).release(further);
    this.#leave(lane);
  }

  take(): T | undefined {
    for (const item of this.#items) {
      this.#items.delete(item);
      this.#count--;
      return item;
    }
    const next = this.#nextLane();
    if (next === undefined) return undefined;
    const [name, lane] = next;
    const item = lane.take();
    this.#count--;
    this.#lanes.delete(name);
    this.#lanes.set(name, lane);
    return item;
  }

  /** No more lanes are looked at than hold something: the first that waits and holds nothing is the one. */
  #nextLane(): [string, Lane<T>] | undefined {
    let found: [string, Lane<T>] | undefined;
    for (const [name, lane] of this.#lanes) {
      if (!lane.waits || (found !== undefined && found[1].#held <= lane.#held)) continue;
      found = [name, lane];
      if (lane.#held === 0) break;
    }
    return found;
  }

  #in(name: string): Lane<T> {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const lane = new Lane<T>();
    this.#lanes.set(name, lane);
    return lane;
  }

  #leave(name: string): void {
    const lane = this.#lanes.get(name);
    if (lane !== undefined && lane.#count === 0 && lane.#held === 0) this.#lanes.delete(name);
  }
}
