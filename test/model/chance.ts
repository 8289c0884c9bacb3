/** Chance that is the same on every machine and at every run: a stream of numbers, and a number by name. */
export interface Chance {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, below). */
  below(below: number): number;
  /** True in `percent` of 100 calls. */
  happens(percent: number): boolean;
  pick<T>(from: readonly [T, ...T[]]): T;
  /** One of the names, as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K;
}

/** Source: Mulberry32, by Tommy Ettinger, in the public domain. */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    happens: (percent) => below(100) < percent,
    pick: (from) => from[below(from.length)] as (typeof from)[number],
    weighted(weights) {
      const entries = Object.entries(weights) as [keyof typeof weights, number][];
      let left = below(entries.reduce((sum, [, weight]) => sum + weight, 0));
      for (const [name, weight] of entries) {
        if (left < weight) return name;
        left -= weight;
      }
      throw new RangeError("no weights");
    },
  };
}

/** A number in [0, 1) that depends on these words alone: a shorter script keeps the delays of what is left of it. */
export function chanceOf(seed: number, ...words: readonly (string | number)[]): number {
  return Number(Bun.hash.wyhash(`${seed} ${words.join(" ")}`) % 1_000_003n) / 1_000_003;
}
