/** Replicas that share the work, under troubles by seed, in virtual time. */
import { describe, expect, test } from "bun:test";
import { playShards } from "../../test/replicas/play-shards.ts";

const SEEDS = [
  ...Array.from({ length: 10 }, (_, at) => at + 1),
  // One that came to lead found the Lease of a dead one changed, and gave it work.
  2041,
];

describe("Shards", () => {
  test("no two write one shard at once under any seed, each is held afterwards, and a death moves only what was its own", async () => {
    let terms = 0;
    for (const seed of SEEDS) {
      const played = await playShards(seed);
      expect([seed, played.violation, played.violation === undefined ? [] : played.trace.slice(-40)]).toEqual(
        [...[seed, undefined, []]],
      );
      terms += played.terms;
    }
    // Otherwise nothing was changed by the troubles.
    expect(terms).toBeGreaterThan(SEEDS.length * 30);
  }, 600_000);
});
