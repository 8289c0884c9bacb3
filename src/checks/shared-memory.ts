import { Lru } from "../lib/lru.ts";

/**
 * What is remembered for many owners within one limit. Where it is passed, the owner who holds most forgets what it used
 * longest ago: whoever fills it forgets its own.
 */
export class SharedMemory<V> {
  readonly #byOwner = new Map<string, Lru<string, V>>();
  #weight = 0;

  constructor(
    private readonly maxWeight: number,
    private readonly weigh: (value: V) => number,
  ) {}

  get(owner: string, key: string): V | undefined {
    return this.#byOwner.get(owner)?.get(key);
  }

  set(owner: string, key: string, value: V): void {
    const mine = this.#byOwner.get(owner) ?? new Lru<string, V>(this.maxWeight, this.weigh);
    this.#byOwner.set(owner, mine);
    const before = mine.weight;
    mine.set(key, value);
    this.#weight += mine.weight - before;
    while (this.#weight > this.maxWeight) this.#forgetOne();
  }

  #forgetOne(): void {
    let most: string | undefined, held: Lru<string, V> | undefined;
    for (const [owner, memory] of this.#byOwner)
      if (held === undefined || memory.weight > held.weight) [most, held] = [owner, memory];
    if (most === undefined || held === undefined) return;
    const before = held.weight;
    held.dropOldest();
    this.#weight -= before - held.weight;
    if (held.weight === 0) this.#byOwner.delete(most);
  }
}
