import { describe, expect, test } from "bun:test";
import { AdaptiveLimit, type Ended } from "./adaptive-limit.ts";

const answered = (tookMs: number, key = "get /ConfigMap"): Ended => ({ is: "answered", key, tookMs });
const REFUSED: Ended = { is: "refused" };

/** Rounds of as many requests as are permitted, each asked at once and ended together. */
function rounds(limit: AdaptiveLimit, times: number, ended: (at: number) => Ended, from = 0): number[] {
  const seen: number[] = [];
  for (let round = 0; round < times; round++) {
    const startedAt = from + round * 1_000;
    const asked = limit.now;
    for (let at = 0; at < asked; at++) limit.ended(ended(round), startedAt, startedAt + 500, "all-taken");
    seen.push(limit.now);
  }
  return seen;
}

describe("AdaptiveLimit", () => {
  test("begins with the most, and never has more", () => {
    const limit = new AdaptiveLimit(16);
    expect(limit.now).toBe(16);
    expect(rounds(limit, 5, () => answered(5))).toEqual([16, 16, 16, 16, 16]);
  });

  test("is halved once for all that was refused together, and again for what was asked after that; never below one", () => {
    const limit = new AdaptiveLimit(16);
    expect(rounds(limit, 6, () => REFUSED)).toEqual([8, 4, 2, 1, 1, 1]);
  });

  test("what was sent before a cut and is refused after it cuts nothing more", () => {
    const limit = new AdaptiveLimit(16);
    limit.ended(REFUSED, 0, 10, "all-taken");
    for (let at = 0; at < 15; at++) limit.ended(REFUSED, 5, 1_000, "all-taken");
    expect(limit.now).toBe(8);
  });

  test("grows by one in a round while it is answered and wanted, up to the most", () => {
    const limit = new AdaptiveLimit(4);
    rounds(limit, 3, () => REFUSED);
    expect(limit.now).toBe(1);
    for (let at = 0; at < 50; at++) limit.ended(answered(5), 10_000, 10_005, "some-free");
    expect(limit.now).toBe(1);
    const grown = rounds(limit, 12, () => answered(5), 20_000);
    expect(grown.at(-1)).toBe(4);
    expect(grown).toEqual(grown.toSorted((a, b) => a - b));
    expect(grown[0]).toBeLessThanOrEqual(2);
  });

  test("a server that gets slower is asked less, down to a quarter; one that is faster again is asked more", () => {
    const limit = new AdaptiveLimit(16);
    rounds(limit, 5, () => answered(20));
    const slow = rounds(limit, 20, () => answered(2_000), 10_000);
    expect(Math.min(...slow)).toBe(4);
    const well = rounds(limit, 40, () => answered(20), 40_000);
    expect(well.at(-1)).toBe(16);
  });

  test("one that was slow from the start, and answers that got slower and are fast all the same, change nothing", () => {
    const far = new AdaptiveLimit(16);
    expect(rounds(far, 20, () => answered(1_500)).every((now) => now === 16)).toBe(true);
    const busy = new AdaptiveLimit(16);
    rounds(busy, 5, () => answered(2));
    expect(rounds(busy, 20, () => answered(240), 10_000).every((now) => now === 16)).toBe(true);
  });

  test("a slow way of asking is no slow server: each is held against its own usual time", () => {
    const limit = new AdaptiveLimit(16);
    const mixed = (round: number): Ended => (round % 2 === 0 ? answered(3) : answered(4_000, "list /Pod"));
    expect(rounds(limit, 40, mixed).every((now) => now === 16)).toBe(true);
  });

  test("a server that stays slow is the usual one in time", () => {
    const limit = new AdaptiveLimit(8);
    rounds(limit, 5, () => answered(100));
    rounds(limit, 20, () => answered(1_000), 10_000);
    expect(limit.now).toBeLessThan(8);
    const later = rounds(limit, 600, () => answered(1_000), 100_000);
    expect(later.at(-1)).toBe(8);
  });

  test("no answer counts as slow", () => {
    const limit = new AdaptiveLimit(16);
    expect(rounds(limit, 8, () => ({ is: "no-answer" })).at(-1)).toBe(4);
  });

  test.each([1, 2, 3, 256])("with %d at most it stays between one and that, whatever is answered", (most) => {
    const limit = new AdaptiveLimit(most);
    const seen = rounds(limit, 300, (round) =>
      round % 7 === 0
        ? REFUSED
        : round % 5 === 0
          ? { is: "no-answer" }
          : answered((round * 37) % 3_000, `${round}`),
    );
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...seen)).toBeLessThanOrEqual(most);
  });
});
