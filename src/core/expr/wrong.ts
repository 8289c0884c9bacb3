/** Why an expression is none, or comes to nothing. Thrown within this folder alone: its doors return it. */
export class Wrong extends Error {
  /** @param at offset in the text; undefined: whoever catches it first knows */
  constructor(
    readonly why: string,
    readonly at?: number,
    readonly fix?: string,
  ) {
    super(why);
  }
}

/** @returns 1-based line and column, of characters as UTF-16 has them */
export function placeOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  return { line, column: at - (before.lastIndexOf("\n") + 1) + 1 };
}
