import { expect, test } from "bun:test";
import { quantityOf } from "./quantity.ts";

test.each([
  ["250m", 0.25],
  ["2", 2],
  ["0.5", 0.5],
  [".5", 0.5],
  ["1.5Gi", 1.5 * 2 ** 30],
  ["128Mi", 128 * 2 ** 20],
  ["1k", 1_000],
  ["1E", 1e18],
  ["1e3", 1_000],
  ["12E2", 1_200],
  ["-1", -1],
  [4, 4],
])("%s is %d", (written, number) => {
  expect(quantityOf(written)).toBeCloseTo(number, 9);
});

test.each(["", "m", "1.2.3", "1 Gi", "1Gib", "NaN", "1e999", Number.NaN, null, undefined, {}, [["1"]]])(
  "%p is none",
  (written) => {
    expect(quantityOf(written)).toBeUndefined();
  },
);
