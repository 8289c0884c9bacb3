import { plainText } from "../../terminal/plain-text.ts";

/** Columns two spaces apart, as argocd prints them: lines without spaces at their ends. */
export function tabTable(rows: readonly (readonly string[])[]): string[] {
  const clean = rows.map((row) => row.map(plainText));
  const widths: number[] = [];
  for (const row of clean)
    row.forEach((cell, at) => {
      // The last cell of a line makes nothing wider.
      if (at < row.length - 1) widths[at] = Math.max(widths[at] ?? 0, Bun.stringWidth(cell));
    });
  return clean.map((row) =>
    row
      .map((cell, at) =>
        at === row.length - 1 ? cell : cell + " ".repeat((widths[at] ?? 0) - Bun.stringWidth(cell) + 2),
      )
      .join("")
      .trimEnd(),
  );
}

/** A name and its value, twenty columns apart. */
export function factLine(name: string, value: string): string {
  return `${name.padEnd(20)}${plainText(value)}`.trimEnd();
}
