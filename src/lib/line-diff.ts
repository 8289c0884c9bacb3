/** Two texts line by line: what goes, what comes, what stays. */

export interface PlainLine {
  is: "same" | "gone" | "new";
  text: string;
}

/** Lines that differ, of both together: beyond that everything between the first and the last is told as gone and as new. */
const MOST_EDITS = 1_000;
/** Steps of looking for the shortest ways, of one comparison; some ten million are a second. */
const MOST_STEPS = 3_000_000;

/** What is left to look with. */
interface Budget {
  steps: number;
}

/** Every line. @param before absent: there is nothing yet @param after absent: it goes */
export function plainDiff(before: string | undefined, after: string | undefined): PlainLine[] {
  const all = (is: PlainLine["is"], text: string | undefined): PlainLine[] =>
    text === undefined ? [] : text.split("\n").map((one) => ({ is, text: one }));
  if (before === undefined) return all("new", after);
  if (after === undefined) return all("gone", before);
  return sequenceDiff(before.split("\n"), after.split("\n"));
}

/** What leads from one list of texts to the other: what goes stands before what comes. */
export function sequenceDiff(a: readonly string[], b: readonly string[]): PlainLine[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end += 1;
  const lines: PlainLine[] = [];
  const same = (texts: readonly string[]): void => {
    for (const text of texts) lines.push({ is: "same", text });
  };
  same(a.slice(0, start));
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const budget = { steps: MOST_STEPS };
  let [x, y] = [0, 0];
  for (const [nextX, nextY] of anchorsOf(left, right)) {
    for (const line of edits(left.slice(x, nextX), right.slice(y, nextY), budget)) lines.push(line);
    [x, y] = [nextX, nextY];
  }
  for (const line of edits(left.slice(x), right.slice(y), budget)) lines.push(line);
  same(a.slice(a.length - end));
  return lines;
}

/** Lines of both together beyond which the way is looked for between lines that are in each once. */
const MANY = 2_000;

/**
 * Places of lines that are in each of two long lists once and stand in the same order in both: between two of them there is
 * little left to look for. Source: B. Cohen, patience diff, 2006.
 */
function anchorsOf(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  if (a.length + b.length < MANY) return [];
  const places = new Map<string, { inA: number; inB: number }>();
  for (const [at, text] of a.entries()) places.set(text, { inA: places.has(text) ? -1 : at, inB: -2 });
  for (const [at, text] of b.entries()) {
    const place = places.get(text);
    if (place !== undefined) place.inB = place.inB === -2 ? at : -1;
  }
  const pairs = [...places.values()].filter(({ inA, inB }) => inA >= 0 && inB >= 0);
  // The longest run that rises in both: by the length of a run, the lowest end of one, and what stood before it.
  const ends: number[] = [];
  const before = new Int32Array(pairs.length).fill(-1);
  const inB = (pair: number): number => (pairs[pair] as { inB: number }).inB;
  for (let pair = 0; pair < pairs.length; pair += 1) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (inB(ends[middle] as number) < inB(pair)) low = middle + 1;
      else high = middle;
    }
    if (low > 0) before[pair] = ends[low - 1] as number;
    ends[low] = pair;
  }
  const anchors: [number, number][] = [];
  for (let pair = ends.at(-1) ?? -1; pair >= 0; pair = before[pair] as number) {
    const { inA, inB } = pairs[pair] as { inA: number; inB: number };
    anchors.push([inA, inB]);
  }
  return anchors.reverse();
}

/** The shortest way from one to the other. Source: E. Myers, "An O(ND) Difference Algorithm", 1986. */
function edits(before: readonly string[], after: readonly string[], budget: Budget): PlainLine[] {
  // Most of what stands between two anchors is one line, the same in both.
  if (before.length === 1 && after.length === 1 && before[0] === after[0])
    return [{ is: "same", text: before[0] as string }];
  const [a, b] = numbered(before, after);
  const most = Math.min(a.length + b.length, MOST_EDITS);
  // By diagonal, the middle of it being 0: how far along `a` so many edits come.
  const ends = new Int32Array(2 * most + 3).fill(-1);
  const middle = most + 1;
  ends[middle + 1] = 0;
  const furthest: Int32Array[] = [];
  for (let edit = 0; edit <= most && budget.steps > 0; edit += 1) {
    budget.steps -= edit + 1;
    furthest.push(ends.slice(middle - edit - 1, middle + edit + 2));
    for (let k = -edit; k <= edit; k += 2) {
      const down = ends[middle + k + 1] as number;
      const right = ends[middle + k - 1] as number;
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
