import { describe, expect, test } from "bun:test";
import { tileRows } from "./tile-rows.ts";

describe("tileRows()", () => {
  test.each([
    [0, 1],
    [299, 1],
    [611, 1],
    [612, 2],
    [1_240, 4],
  ])("%d pixels have room for %d", (width, beside) => {
    expect(tileRows([], width)).toEqual({ rows: [], beside });
  });
  test("has each once, in their order, and no row is empty", () => {
    expect(tileRows([1, 2, 3, 4, 5], 700).rows).toEqual([[1, 2], [3, 4], [5]]);
    expect(tileRows([1, 2], 700).rows).toEqual([[1, 2]]);
  });
});
