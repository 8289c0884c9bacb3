import { describe, expect, test } from "bun:test";
import { evenPlaces, unevenPlaces } from "./row-places.ts";

describe("unevenPlaces()", () => {
  const heights = [40, 56, 56, 40, 1_000, 40];
  const places = unevenPlaces(heights);

  test("each begins where the one before it ends", () => {
    expect(heights.map((_, at) => places.topOf(at))).toEqual([0, 40, 96, 152, 192, 1_192]);
    expect([places.height, places.heightOf(1), places.heightOf(6)]).toEqual([1_232, 56, 0]);
  });
  test.each([
    [-500, 0],
    [0, 0],
    [39, 0],
    [40, 1],
    [95.9, 1],
    [96, 2],
    [191, 3],
    [1_191, 4],
    [1_231, 5],
    [99_999, 5],
  ])("at %p pixels is row %p", (y, row) => {
    expect(places.rowAt(y)).toBe(row);
  });
  test("says of rows of one height what evenPlaces() says", () => {
    const [even, uneven] = [evenPlaces(5_000, 40), unevenPlaces(new Array(5_000).fill(40))];
    for (const y of [-1, 0, 39, 40, 41, 100_000.5, 199_999, 200_000, 300_000]) {
      expect([y, uneven.rowAt(y)]).toEqual([y, even.rowAt(y)]);
      expect(uneven.topOf(uneven.rowAt(y))).toBe(even.topOf(even.rowAt(y)));
    }
    expect(uneven.height).toBe(even.height);
  });
  test("of no rows none is there", () => {
    expect([unevenPlaces([]).height, unevenPlaces([]).rowAt(10), evenPlaces(0, 40).rowAt(10)]).toEqual([
      0, 0, 0,
    ]);
  });
});
