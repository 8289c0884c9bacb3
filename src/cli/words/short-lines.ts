import type { DiffLine } from "./line-diff.ts";

/** A certificate bundle or a dashboard in one line would bury everything else. */
const LONGEST = 400;
/** Shown of a longer one, from a little before the place where it differs. */
const SHOWN = 240;
const BEFORE = 40;

/**
 * The same lines, each short enough to be read: of a longer one what stands around the first character that differs
 * from the line in whose place it comes, and how long it is.
 */
export function shortLines(lines: readonly DiffLine[]): DiffLine[] {
  const counterparts = counterpartsOf(lines);
  return lines.map((line) => {
    const { text, sign } = line;
    if (text.length <= LONGEST) return line;
    const other = counterparts.get(line);
    const from = other === undefined ? 0 : Math.max(0, equalUpTo(text, other.text) - BEFORE);
    const [before, after] = [from > 0 ? "… " : "", from + SHOWN < text.length ? " …" : ""];
    return {
      sign,
      text: `${before}${text.slice(from, from + SHOWN)}${after} (${text.length.toLocaleString("en")} characters)`,
    };
  });
}

/** Of each run of changed lines, the first that goes and the first that comes, and so on. */
function counterpartsOf(lines: readonly DiffLine[]): ReadonlyMap<DiffLine, DiffLine> {
  const found = new Map<DiffLine, DiffLine>();
  let going: DiffLine[] = [],
    coming: DiffLine[] = [];
  const pairUp = () => {
    going.forEach((line, at) => {
      const other = coming[at];
      if (other !== undefined) found.set(line, other).set(other, line);
    });
    going = [];
    coming = [];
  };
  for (const line of lines) {
    if (line.sign === " ") pairUp();
    else (line.sign === "-" ? going : coming).push(line);
  }
  pairUp();
  return found;
}

function equalUpTo(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}
