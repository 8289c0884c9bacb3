/**
 * The known name that a person most likely meant: case and order of neighbouring letters weigh little.
 *
 * @returns undefined where nothing is near enough (about one edit in three letters)
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    // The difference in length is a lower bound: no need to fill the table.
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Names that are looked at, and letters of one beyond which nobody mistyped it: the work grows with both. */
const MOST_NAMES = 5_000;
const MOST_LETTERS = 64;
const MOST_NEAR = 3;

/**
 * Up to three known names that a person may have meant: the nearest one, then those that hold what was typed or begin
 * as it does up to a separator, the shortest first.
 */
export function nearNames(name: string, known: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  if (wanted === "" || wanted.length > MOST_LETTERS) return [];
  const names = known.slice(0, MOST_NAMES).filter(({ length }) => length <= MOST_LETTERS);
  const best = nearest(name, names);
  const stem = /^.*[/._-]/.exec(wanted)?.[0];
  const akin = names
    .filter((one) => {
      const lower = one.toLowerCase();
      return lower.includes(wanted) || (stem !== undefined && lower.startsWith(stem));
    })
    .sort((one, other) => one.length - other.length || (one < other ? -1 : 1));
  return [...new Set(best === undefined ? akin : [best, ...akin])].slice(0, MOST_NEAR);
}

/** Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let distance = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + cost);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        distance = Math.min(distance, at(beforeLast, column - 2) + 1);
      }
      current.push(distance);
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, b.length);
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? Infinity;
}
