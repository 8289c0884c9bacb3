/** Jobs of many owners on few processes, so that whoever uses much time waits for itself and not the others. */

interface FairLineOptions {
  /** What one owner may use within `perMs` before its jobs go to the slow lane. */
  budgetMs: number;
  perMs: number;
  /** One job counts for no more. */
  mostMs: number;
  /** Milliseconds by a clock that is never set. */
  ticks(): number;
}

export type Lane = "quick" | "slow";

interface Waiting {
  run(lane: Lane): Promise<unknown>;
}

/**
 * Two lanes with one place each. Of those who wait, the owner that used least lately is next; who used up its budget is
 * served in the slow lane alone, until it has rested: a job that takes its whole second there holds up nobody who is
 * within the budget. What was used is forgotten evenly, the budget in `perMs`.
 */
export class FairLine {
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #used = new Map<string, { ms: number; at: number }>();
  readonly #busy = new Set<Lane>();

  constructor(private readonly options: FairLineOptions) {}

  /** @param work gets the lane that it runs in, and must end */
  run<T>(owner: string, work: (lane: Lane) => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const waiting = this.#waiting.get(owner) ?? [];
    waiting.push({ run: (lane) => work(lane).then(resolve, reject) });
    this.#waiting.set(owner, waiting);
    this.#serve();
    return promise;
  }

  #serve(): void {
    for (const lane of ["quick", "slow"] as const) if (!this.#busy.has(lane)) this.#serveIn(lane);
  }

  #serveIn(lane: Lane): void {
    const owner = this.#next(lane);
    const waiting = owner === undefined ? undefined : this.#waiting.get(owner);
    const job = waiting?.shift();
    if (owner === undefined || waiting === undefined || job === undefined) return;
    // Behind all others that used as much.
    this.#waiting.delete(owner);
    if (waiting.length > 0) this.#waiting.set(owner, waiting);
    this.#busy.add(lane);
    const began = this.options.ticks();
    void job.run(lane).finally(() => {
      this.#busy.delete(lane);
      this.#charge(owner, Math.min(this.options.mostMs, this.options.ticks() - began));
      this.#serve();
    });
  }

  #next(lane: Lane): string | undefined {
    let best: string | undefined,
      least = Infinity;
    for (const owner of this.#waiting.keys()) {
      const used = this.#usedBy(owner);
      if ((used >= this.options.budgetMs ? "slow" : "quick") !== lane || used >= least) continue;
      best = owner;
      least = used;
    }
    return best;
  }

  #usedBy(owner: string): number {
    const { budgetMs, perMs, ticks } = this.options;
    const used = this.#used.get(owner);
    return used === undefined ? 0 : Math.max(0, used.ms - ((ticks() - used.at) * budgetMs) / perMs);
  }

  #charge(owner: string, ms: number): void {
    this.#used.set(owner, { ms: this.#usedBy(owner) + ms, at: this.options.ticks() });
    if (this.#used.size <= MOST_OWNERS) return;
    for (const one of this.#used.keys()) if (this.#usedBy(one) === 0) this.#used.delete(one);
  }
}

/** More are looked through for those that have rested. */
const MOST_OWNERS = 10_000;
