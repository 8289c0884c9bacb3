import { describe, expect, test } from "bun:test";
import { backoffMs } from "./backoff.ts";

describe("backoffMs()", () => {
  const cases = [
    { name: "the first failure waits the first pause", failures: 1, want: 500 },
    { name: "none yet waits as the first does", failures: 0, want: 500 },
    { name: "it doubles", failures: 3, want: 2_000 },
    { name: "it stops at the most", failures: 5, want: 5_000 },
    { name: "no number of failures is too many", failures: 1_000_000, want: 5_000 },
  ];
  test.each(cases)("$name", ({ failures, want }) =>
    expect(backoffMs(failures, { firstMs: 500, mostMs: 5_000 })).toBe(want),
  );

  test("grows by another factor", () =>
    expect([1, 2, 3].map((failures) => backoffMs(failures, { firstMs: 2, mostMs: 100, factor: 3 }))).toEqual([
      2, 6, 18,
    ]));
  test("a first pause beyond the most is the most", () =>
    expect(backoffMs(1, { firstMs: 10, mostMs: 4 })).toBe(4));
});
