/** Pixels of a tile at least, and between two. */
const NARROWEST = 300;
const GAP = 12;

/**
 * As many beside each other as there is room for.
 * @param width pixels that there are
 * @returns rows of `beside` items each, of which the last may have fewer, and none is empty
 */
export function tileRows<T>(items: readonly T[], width: number): { rows: [T, ...T[]][]; beside: number } {
  const beside = Math.max(1, Math.floor((width + GAP) / (NARROWEST + GAP)));
  const rows: [T, ...T[]][] = [];
  for (let from = 0; from < items.length; from += beside) {
    const [first, ...others] = items.slice(from, from + beside);
    if (first !== undefined) rows.push([first, ...others]);
  }
  return { rows, beside };
}
