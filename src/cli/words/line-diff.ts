export interface DiffLine {
  sign: " " | "-" | "+";
  text: string;
}

/** Beyond that many comparisons the changed part is shown as one block. */
const MOST_WORK = 4_000_000;

/**
 * The lines that turn `before` into `after`, with at most `context` equal lines round each change; a gap of equal lines
 * is one line with the sign " " and the text `…`.
 */
export function lineDiff(before: readonly string[], after: readonly string[], context = 3): DiffLine[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end++;
  const whole: DiffLine[] = [
    ...same(before.slice(0, start)),
    ...changed(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...same(before.slice(before.length - end)),
  ];
  return folded(whole, context);
}

function same(lines: readonly string[]): DiffLine[] {
  return lines.map((text) => ({ sign: " ", text }));
}

/** The longest common subsequence, by a table: the parts are small once their equal ends are off. */
function changed(before: readonly string[], after: readonly string[]): DiffLine[] {
  const [rows, columns] = [before.length, after.length];
  const lines: DiffLine[] = [];
  if (rows * columns > MOST_WORK)
    return [
      ...before.map((text): DiffLine => ({ sign: "-", text })),
      ...after.map((text): DiffLine => ({ sign: "+", text })),
    ];
  const width = columns + 1;
  // At [row, column]: the length of the longest common subsequence of what follows there.
  const longest = new Uint32Array((rows + 1) * width);
  const at = (row: number, column: number): number => longest[row * width + column] ?? 0;
  for (let row = rows - 1; row >= 0; row--) {
    for (let column = columns - 1; column >= 0; column--) {
      longest[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  let [row, column] = [0, 0];
  while (row < rows || column < columns) {
    if (row < rows && column < columns && before[row] === after[column]) {
      lines.push({ sign: " ", text: before[row++] ?? "" });
      column++;
    } else if (row < rows && (column === columns || at(row + 1, column) >= at(row, column + 1)))
      lines.push({ sign: "-", text: before[row++] ?? "" });
    else lines.push({ sign: "+", text: after[column++] ?? "" });
  }
  return lines;
}

function folded(lines: readonly DiffLine[], context: number): DiffLine[] {
  const isNear = lines.map(() => false);
  lines.forEach(({ sign }, at) => {
    if (sign === " ") return;
    for (let near = Math.max(0, at - context); near <= Math.min(lines.length - 1, at + context); near++)
      isNear[near] = true;
  });
  // The last line of each gap stands for it.
  return lines.flatMap((line, at): DiffLine[] =>
    isNear[at] === true
      ? [line]
      : isNear[at + 1] !== false && isNear.includes(true)
        ? [{ sign: " ", text: "…" }]
        : [],
  );
}
