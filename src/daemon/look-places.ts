/**
 * Places for questions to servers that may drip, and to some that never end. No host has more than its share of the places,
 * nor has one who asks; what nobody waits for any more gives its place to others and counts as late until it has ended. Who
 * has too much that is late, host or asker, asks nothing more until some of it has: so the others always come to their turn.
 */
export interface LookShares {
  /** At once, of all. */
  places: number;
  ofHost: number;
  ofAsker: number;
  /** Late at once, of all: beyond that a place stays taken. */
  late: number;
  lateOfHost: number;
  lateOfAsker: number;
}

/** For whom a place is. */
export interface LookFor {
  host: string;
  /** Absent: a list that is everybody's. */
  asker?: string | undefined;
}

interface Waiting extends LookFor {
  go(): void;
  leave(why: unknown): void;
}

/** Nothing is asked, because too much is late; its message is why, a sentence without a full stop. */
export class TooMuchLate extends Error {}

export class LookPlaces {
  readonly #running = new Tally();
  readonly #late = new Tally();
  readonly #line: Waiting[] = [];

  constructor(private readonly shares: LookShares) {}

  #whyNot({ host, asker }: LookFor): string | undefined {
    const { lateOfHost, lateOfAsker } = this.shares;
    if (this.#late.of(`host ${host}`) >= lateOfHost)
      return `${lateOfHost} questions to its host have not ended, and nobody waits for them any more`;
    if (asker !== undefined && this.#late.of(`asker ${asker}`) >= lateOfAsker)
      return `${lateOfAsker} questions of yours to slow servers have not ended, and nobody waits for them any more`;
    return undefined;
  }

  /**
   * @param late aborted when nobody waits for it any more: in line it leaves, and at work it gives its place away
   * @throws {TooMuchLate} where its host, or who asks, has too much that is late; the signal's reason where it came to no place
   */
  async hold(who: LookFor, work: () => Promise<void>, late: AbortSignal): Promise<void> {
    await this.#take(who, late);
    let place: "held" | "given away" = "held";
    const give = (): void => {
      if (place !== "held" || this.#late.all >= this.shares.late) return;
      place = "given away";
      this.#running.drop(who);
      this.#late.add(who);
      this.#next();
    };
    late.addEventListener("abort", give, { once: true });
    if (late.aborted) give();
    try {
      await work();
    } finally {
      late.removeEventListener("abort", give);
      (place === "held" ? this.#running : this.#late).drop(who);
      this.#next();
    }
  }

  async #take(who: LookFor, late: AbortSignal): Promise<void> {
    late.throwIfAborted();
    const why = this.#whyNot(who);
    if (why !== undefined) throw new TooMuchLate(why);
    if (this.#hasRoom(who)) {
      this.#running.add(who);
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { ...who, go: resolve, leave: reject };
    const leave = (): void => {
      const at = this.#line.indexOf(waiting);
      if (at >= 0) this.#line.splice(at, 1);
      reject(late.reason);
    };
    this.#line.push(waiting);
    late.addEventListener("abort", leave, { once: true });
    try {
      await promise;
    } finally {
      late.removeEventListener("abort", leave);
    }
  }

  /** The first in line for whom there is room: who waits for a share of its own holds nobody up. */
  #next(): void {
    for (const waiting of [...this.#line]) {
      const why = this.#whyNot(waiting);
      if (why === undefined) continue;
      this.#line.splice(this.#line.indexOf(waiting), 1);
      waiting.leave(new TooMuchLate(why));
    }
    for (;;) {
      const at = this.#line.findIndex((who) => this.#hasRoom(who));
      const [waiting] = at < 0 ? [] : this.#line.splice(at, 1);
      if (waiting === undefined) return;
      this.#running.add(waiting);
      waiting.go();
    }
  }

  #hasRoom({ host, asker }: LookFor): boolean {
    const { places, ofHost, ofAsker } = this.shares;
    return (
      this.#running.all < places &&
      this.#running.of(`host ${host}`) < ofHost &&
      (asker === undefined || this.#running.of(`asker ${asker}`) < ofAsker)
    );
  }
}

/** How many there are, of all and of each. */
class Tally {
  all = 0;
  readonly #of = new Map<string, number>();

  of(key: string): number {
    return this.#of.get(key) ?? 0;
  }

  add(who: LookFor): void {
    this.#count(who, 1);
  }

  drop(who: LookFor): void {
    this.#count(who, -1);
  }

  #count({ host, asker }: LookFor, by: 1 | -1): void {
    this.all += by;
    for (const key of [`host ${host}`, ...(asker === undefined ? [] : [`asker ${asker}`])]) {
      const left = this.of(key) + by;
      if (left === 0) this.#of.delete(key);
      else this.#of.set(key, left);
    }
  }
}
