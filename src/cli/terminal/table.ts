import { plainText } from "./plain-text.ts";
import { type Cell, cut, painted, type Terminal, textOf } from "./terminal.ts";

export interface Column {
  head: string;
  /** On a narrow terminal its cells are cut to that many columns. Absent: never cut. */
  least?: number;
  /** Before it is cut to less than that, others are left out. Absent: `least`. */
  wants?: number;
  /** Order in which columns are cut, 1 first; needs `least`. */
  shrinks?: number;
  /** Order in which columns are left out where cutting is not enough, 1 first; absent: never. */
  hides?: number;
}

const GAP = "   ";
const INDENT = "  ";

/**
 * Columns without borders, aligned by what a terminal shows. Where the terminal is too narrow, the least important
 * columns are cut or left out; elsewhere nothing is.
 *
 * @param heads `none` leaves the first line out
 * @returns lines, without line breaks and without spaces at their ends
 */
export function table(
  terminal: Terminal,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { heads = "shown", fit = "terminal" }: { heads?: "shown" | "none"; fit?: "terminal" | "whole" } = {},
): string[] {
  const body = rows.map((row) => columns.map((_, at) => clean(row[at] ?? "")));
  const lines =
    heads === "none" ? body : [columns.map(({ head }): Cell => ({ text: head, tone: "dim" })), ...body];
  const all = columns.map(
    (column, at): Sized => ({
      ...column,
      at,
      width: Math.max(0, ...lines.map((line) => Bun.stringWidth(textOf(line[at] ?? "")))),
    }),
  );
  const shown = fit === "whole" ? all : fitted(all, terminal.width);
  return lines.map((line) => {
    const cells = shown.map(({ at, width }, place) => {
      const cell = cutCell(line[at] ?? "", width, terminal);
      const fill =
        place === shown.length - 1 ? "" : " ".repeat(Math.max(0, width - Bun.stringWidth(textOf(cell))));
      return painted(terminal, cell) + fill;
    });
    return (INDENT + cells.join(GAP)).trimEnd();
  });
}

interface Sized extends Column {
  at: number;
  width: number;
}

function fitted(all: readonly Sized[], width: number): Sized[] {
  let columns = [...all];
  const leastOf = ({ width: natural, least }: Sized): number => Math.min(natural, least ?? natural);
  const wantedBy = ({ width: natural, least, wants }: Sized): number =>
    Math.min(natural, wants ?? least ?? natural);
  const gaps = (): number => INDENT.length + GAP.length * (columns.length - 1);
  const hiding = columns
    .filter(({ hides }) => hides !== undefined)
    .sort((a, b) => (a.hides ?? 0) - (b.hides ?? 0));
  for (const { at } of hiding) {
    if (gaps() + sum(columns.map(wantedBy)) <= width) break;
    columns = columns.filter((column) => column.at !== at);
  }
  let excess = gaps() + sum(columns.map((column) => column.width)) - width;
  for (const column of columns
    .filter(({ shrinks }) => shrinks !== undefined)
    .sort((a, b) => (a.shrinks ?? 0) - (b.shrinks ?? 0))) {
    if (excess <= 0) break;
    const next = Math.max(leastOf(column), column.width - excess);
    excess -= column.width - next;
    columns = columns.map((one) => (one.at === column.at ? { ...one, width: next } : one));
  }
  return columns;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function clean(cell: Cell): Cell {
  return typeof cell === "string" ? plainText(cell) : { ...cell, text: plainText(cell.text) };
}

function cutCell(cell: Cell, width: number, { symbols }: Terminal): Cell {
  const text = cut(textOf(cell), width, symbols);
  return typeof cell === "string" ? text : { ...cell, text };
}
