import { sequenceDiff } from "../../lib/line-diff.ts";

export interface DiffLine {
  sign: " " | "-" | "+";
  text: string;
}

const SIGNS = { same: " ", gone: "-", new: "+" } as const;

/**
 * The lines that turn `before` into `after`, with at most `context` equal lines round each change; a gap of equal lines
 * is one line with the sign " " and the text `…`.
 */
export function lineDiff(before: readonly string[], after: readonly string[], context = 3): DiffLine[] {
  const whole = sequenceDiff(before, after).map(({ is, text }): DiffLine => ({ sign: SIGNS[is], text }));
  return folded(whole, context);
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
