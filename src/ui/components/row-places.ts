/** Where the rows of a long list stand, in pixels below its top. */

export interface RowPlaces {
  /** Of all rows together. */
  height: number;
  topOf(at: number): number;
  heightOf(at: number): number;
  /** The row at that depth, the first or the last where it is above or below all. */
  rowAt(y: number): number;
}

/** @param height of each of them */
export function evenPlaces(count: number, height: number): RowPlaces {
  return {
    height: count * height,
    topOf: (at) => at * height,
    heightOf: () => height,
    rowAt: (y) => inside(Math.floor(y / height), count),
  };
}

/** @param heights of each, above 0 */
export function unevenPlaces(heights: readonly number[]): RowPlaces {
  const tops = [0];
  for (const [at, height] of heights.entries()) tops.push((tops[at] ?? 0) + height);
  const topOf = (at: number): number => tops[at] ?? 0;
  return {
    height: topOf(heights.length),
    topOf,
    heightOf: (at) => heights[at] ?? 0,
    rowAt(y) {
      // The last that begins at or above it.
      let [low, high] = [0, heights.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (topOf(middle) <= y) low = middle + 1;
        else high = middle;
      }
      return inside(low - 1, heights.length);
    },
  };
}

function inside(at: number, count: number): number {
  return Math.max(0, Math.min(count - 1, at));
}
