import { describe, expect, test } from "bun:test";
import { chance } from "../../../test/model/chance.ts";
import { MOST_WEIGHT, type Place, rendezvous } from "./rendezvous.ts";

const KEYS = Array.from({ length: 2_000 }, (_, at) => `cluster-${at % 37}\napp-${at}`);

function places(seed: number, weigh: (at: number) => number = () => 1): Place[] {
  const { below } = chance(seed);
  return Array.from({ length: 2 + (seed % 7) }, (_, at) => ({
    name: `holdfast-${below(1e9).toString(36)}-${at}`,
    weight: weigh(at),
  }));
}
const placed = (all: readonly Place[]): (string | undefined)[] => {
  const at = rendezvous(all);
  return KEYS.map((key) => at(key)?.name);
};
const SEEDS = Array.from({ length: 15 }, (_, at) => at + 1);

describe("rendezvous()", () => {
  test("moves only what a place that comes gets, and what one that goes had", () => {
    for (const seed of SEEDS) {
      const all = places(seed, (at) => 1 + (at % 3));
      const [gone] = all;
      const before = placed(all),
        after = placed(all.slice(1));
      const moved = KEYS.filter((_, at) => before[at] !== after[at]);
      expect(moved).toEqual(KEYS.filter((_, at) => before[at] === gone?.name));
      expect(moved.length).toBeGreaterThan(0);
    }
  });

  test("moves only what a place gains when it weighs more", () => {
    for (const seed of SEEDS) {
      const all = places(seed);
      const heavier = all.map((place, at) => (at === 0 ? { ...place, weight: 3 } : place));
      const before = placed(all),
        after = placed(heavier);
      expect(after.filter((name, at) => name !== before[at] && name !== all[0]?.name)).toEqual([]);
      expect(after).not.toEqual(before);
    }
  });

  test("gives each place its share by weight, within five deviations of chance", () => {
    for (const seed of SEEDS) {
      const all = places(seed, (at) => 1 + ((at * 5) % MOST_WEIGHT));
      const total = all.reduce((sum, { weight }) => sum + weight, 0);
      const found = placed(all);
      for (const { name, weight } of all) {
        const share = weight / total;
        const count = found.filter((one) => one === name).length;
        const deviation = Math.sqrt(KEYS.length * share * (1 - share));
        expect(Math.abs(count - KEYS.length * share)).toBeLessThan(5 * deviation);
      }
    }
  });

  test("is the same in whatever order the places come", () => {
    for (const seed of SEEDS) expect(placed(places(seed).toReversed())).toEqual(placed(places(seed)));
  });

  // Replicas of two versions work side by side while one is replaced by the next.
  test("is what it always was", () => {
    const at = rendezvous(["a", "b", "c"].map((name, nth) => ({ name, weight: nth + 1 })));
    expect(["prod", "prod\nshop", "staging", "", "ü"].map((key) => at(key)?.name)).toMatchInlineSnapshot(`
      [
        "c",
        "a",
        "c",
        "c",
        "c",
      ]
    `);
  });

  test("is nowhere without places", () => {
    expect(rendezvous([])("prod")).toBeUndefined();
  });
});
