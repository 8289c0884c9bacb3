/** Two texts line by line: what went, what came, and a little of what is around. */

export type DiffLine =
  | { is: "same" | "gone" | "new"; text: string }
  /** So many lines that are the same are left out. */
  | { is: "left-out"; lines: number };

const AROUND = 3;
/** Lines that differ, of both together: beyond that everything between the first and the last is told as gone and as new. */
const MOST_EDITS = 1_000;

export function lineDiff(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end += 1;
  const same = (texts: readonly string[]): DiffLine[] => texts.map((text) => ({ is: "same", text }));
  return folded([
    ...same(a.slice(0, start)),
    ...edits(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...same(a.slice(a.length - end)),
  ]);
}

/** The shortest way from one to the other. Source: E. Myers, "An O(ND) Difference Algorithm", 1986. */
function edits(a: readonly string[], b: readonly string[]): DiffLine[] {
  const furthest: Map<number, number>[] = [];
  let ends = new Map([[1, 0]]);
  for (let edit = 0; edit <= Math.min(a.length + b.length, MOST_EDITS); edit += 1) {
    furthest.push(new Map(ends));
    const next = new Map(ends);
    for (let k = -edit; k <= edit; k += 2) {
      const [down, right] = [next.get(k + 1) ?? -1, next.get(k - 1) ?? -1];
      let x = k === -edit || (k !== edit && right < down) ? down : right + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      next.set(k, x);
      if (x >= a.length && x - k >= b.length) return way(a, b, furthest);
    }
    ends = next;
  }
  const all = (is: "gone" | "new", texts: readonly string[]): DiffLine[] =>
    texts.map((text) => ({ is, text }));
  return [...all("gone", a), ...all("new", b)];
}

/** Back from the end. */
function way(
  a: readonly string[],
  b: readonly string[],
  furthest: readonly Map<number, number>[],
): DiffLine[] {
  const lines: DiffLine[] = [];
  let [x, y] = [a.length, b.length];
  for (let edit = furthest.length - 1; edit >= 0; edit -= 1) {
    const ends = furthest[edit] ?? new Map<number, number>();
    const k = x - y;
    const isDown = k === -edit || (k !== edit && (ends.get(k - 1) ?? -1) < (ends.get(k + 1) ?? -1));
    const from = isDown ? k + 1 : k - 1;
    const fromX = ends.get(from) ?? 0;
    const fromY = fromX - from;
    for (; x > fromX && y > fromY; x -= 1, y -= 1) lines.push({ is: "same", text: a[x - 1] ?? "" });
    if (edit === 0) break;
    if (isDown) lines.push({ is: "new", text: b[--y] ?? "" });
    else lines.push({ is: "gone", text: a[--x] ?? "" });
  }
  return lines.reverse();
}

function folded(lines: readonly DiffLine[]): DiffLine[] {
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
