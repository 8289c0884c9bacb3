/** Two texts line by line: what went, what came, and a little of what is around. */
import { nearChanges } from "../../lib/hunks.ts";
import { type PlainLine, plainDiff } from "../../lib/line-diff.ts";

export type DiffLine =
  | PlainLine
  /** So many lines that are the same are left out. */
  | { is: "left-out"; lines: number };

/** What is far from all that differs is left out. @param before absent: there is nothing yet @param after absent: it goes */
export function lineDiff(before: string | undefined, after: string | undefined): DiffLine[] {
  const lines = plainDiff(before, after);
  const near = nearChanges(lines);
  const shown: DiffLine[] = [];
  for (const [at, line] of lines.entries()) {
    const last = shown.at(-1);
    if (near[at] === 1) shown.push(line);
    else if (last?.is === "left-out") last.lines += 1;
    else shown.push({ is: "left-out", lines: 1 });
  }
  return shown;
}
