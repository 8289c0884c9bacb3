/** Two texts line by line: what went, what came, and a little of what is around. */

export interface PlainLine {
  is: "same" | "gone" | "new";
  text: string;
}

export type DiffLine =
  | PlainLine
  /** So many lines that are the same are left out. */
  | { is: "left-out"; lines: number };

/** Lines that are the same and shown beside one that is not. */
export const AROUND = 3;
/** Lines that differ, of both together: beyond that everything between the first and the last is told as gone and as new. */
const MOST_EDITS = 1_000;

/** What is far from all that differs is left out. */
export function lineDiff(before: string, after: string): DiffLine[] {
  return folded(plainDiff(before, after));
}

/** Every line. @param before absent: there is nothing yet @param after absent: it goes */
export function plainDiff(before: string | undefined, after: string | undefined): PlainLine[] {
  const all = (is: PlainLine["is"], text: string | undefined): PlainLine[] =>
    text === undefined ? [] : text.split("\n").map((one) => ({ is, text: one }));
  if (before === undefined) return all("new", after);
  if (after === undefined) return all("gone", before);
  const [a, b] = [before.split("\n"), after.split("\n")];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end += 1;
  const same = (texts: readonly string[]): PlainLine[] => texts.map((text) => ({ is: "same", text }));
  return [
    ...same(a.slice(0, start)),
    ...edits(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...same(a.slice(a.length - end)),
  ];
}

/** The shortest way from one to the other. Source: E. Myers, "An O(ND) Difference Algorithm", 1986. */
function edits(before: readonly string[], after: readonly string[]): PlainLine[] {
  const [a, b] = numbered(before, after);
  const most = Math.min(a.length + b.length, MOST_EDITS);
  // By diagonal, the middle of it being 0: how far along `a` so many edits come.
  const ends = new Int32Array(2 * most + 3).fill(-1);
  const middle = most + 1;
  ends[middle + 1] = 0;
  const furthest: Int32Array[] = [];
  for (let edit = 0; edit <= most; edit += 1) {
    furthest.push(ends.slice(middle - edit - 1, middle + edit + 2));
    for (let k = -edit; k <= edit; k += 2) {
      const [down, right] = [ends[middle + k + 1] as number, ends[middle + k - 1] as number];
      let x = k === -edit || (k !== edit && right < down) ? down : right + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      ends[middle + k] = x;
      if (x >= a.length && x - k >= b.length) return way(before, after, furthest);
    }
  }
  const all = (is: "gone" | "new", texts: readonly string[]): PlainLine[] =>
    texts.map((text) => ({ is, text }));
  return [...all("gone", before), ...all("new", after)];
}

/** Equal lines have equal numbers, which are compared faster. */
function numbered(...sides: readonly (readonly string[])[]): [Int32Array, Int32Array] {
  const numbers = new Map<string, number>();
  return sides.map((texts) =>
    Int32Array.from(texts, (text) => {
      const known = numbers.get(text) ?? numbers.size;
      numbers.set(text, known);
      return known;
    }),
  ) as [Int32Array, Int32Array];
}

/** Back from the end. @param furthest of each number of edits, from the diagonal one below its lowest */
function way(a: readonly string[], b: readonly string[], furthest: readonly Int32Array[]): PlainLine[] {
  const lines: PlainLine[] = [];
  let [x, y] = [a.length, b.length];
  for (let edit = furthest.length - 1; edit >= 0; edit -= 1) {
    const ends = furthest[edit] as Int32Array;
    const at = (k: number): number => ends[k + edit + 1] ?? -1;
    const k = x - y;
    const isDown = k === -edit || (k !== edit && at(k - 1) < at(k + 1));
    const from = isDown ? k + 1 : k - 1;
    const fromX = at(from);
    const fromY = fromX - from;
    for (; x > fromX && y > fromY; x -= 1, y -= 1) lines.push({ is: "same", text: a[x - 1] ?? "" });
    if (edit === 0) break;
    if (isDown) lines.push({ is: "new", text: b[--y] ?? "" });
    else lines.push({ is: "gone", text: a[--x] ?? "" });
  }
  return lines.reverse();
}

function folded(lines: readonly PlainLine[]): DiffLine[] {
  const near = new Uint8Array(lines.length);
  for (const [at, { is }] of lines.entries())
    if (is !== "same") near.fill(1, Math.max(0, at - AROUND), at + AROUND + 1);
  const shown: DiffLine[] = [];
  for (const [at, line] of lines.entries()) {
    const last = shown.at(-1);
    if (near[at] === 1) shown.push(line);
    else if (last?.is === "left-out") last.lines += 1;
    else shown.push({ is: "left-out", lines: 1 });
  }
  return shown;
}
