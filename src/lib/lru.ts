/** A map that forgets what was used longest ago once its weight passes a limit. */
export class Lru<K, V> {
  readonly #entries = new Map<K, { value: V; weight: number }>();
  #weight = 0;
  constructor(
    /** In the unit that `weigh` counts: entries, unless told otherwise. */
    readonly maxWeight: number,
    readonly weigh: (value: V) => number = () => 1,
  ) {}

  get(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: K, value: V): void {
    this.delete(key);
    const weight = this.weigh(value);
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    while (this.#weight > this.maxWeight) this.dropOldest();
  }

  get weight(): number {
    return this.#weight;
  }

  dropOldest(): void {
    for (const oldest of this.#entries.keys()) return this.delete(oldest);
  }

  delete(key: K): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#weight -= entry.weight;
  }

  clear(): void {
    this.#entries.clear();
    this.#weight = 0;
  }
}
