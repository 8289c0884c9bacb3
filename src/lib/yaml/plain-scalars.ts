/**
 * What stands in one line, for the fast road: scalars plain and quoted, where they end, and what keeps a line from being
 * read there. Every function takes the line and an offset in it.
 */
import { resolvePlain } from "./scalar.ts";

/** Thrown where the slow road has to read the document. */
export const NOT_PLAIN = new Error("this document needs the slow road");

const FLOW_PLAIN = /[^\s\-?:,[\]{}#&*!|>'"%@`][^,[\]{}:#\t]*|-[^\s,[\]{}:#\t][^,[\]{}:#\t]*/y;
const FLOW_BREAK = / *(,?) */y;

export function isFlow(line: string, at: number): boolean {
  const first = line.charCodeAt(at);
  return first === 91 || first === 123;
}

/** A scalar inside a flow collection. */
export function flowScalar(line: string, start: number): { value: unknown; end: number } {
  if (line[start] === '"' || line[start] === "'") return quoted(line, start);
  FLOW_PLAIN.lastIndex = start;
  const text = FLOW_PLAIN.exec(line)?.[0];
  if (text === undefined) throw NOT_PLAIN;
  return { value: json(resolvePlain(trimSpaces(text))), end: FLOW_PLAIN.lastIndex };
}

/** A quoted scalar that ends on its line. */
function quoted(line: string, start: number): { value: string; end: number } {
  const quote = line[start] as Quote;
  const close = closingQuote(line, start + 1, quote);
  if (close < 0) throw NOT_PLAIN;
  return { value: unquoted(line.slice(start + 1, close), quote), end: close + 1 };
}

export type Quote = '"' | "'";

/** Offset of the quote that ends a scalar; -1 where the line has none. */
export function closingQuote(line: string, from: number, quote: Quote): number {
  for (let at = from; ; ) {
    const close = line.indexOf(quote, at);
    if (close < 0) return -1;
    if (quote === "'") {
      if (line[close + 1] !== "'") return close;
      at = close + 2;
    } else {
      let backslashes = 0;
      while (close - 1 - backslashes >= from && line[close - 1 - backslashes] === "\\") backslashes++;
      if (backslashes % 2 === 0) return close;
      at = close + 1;
    }
  }
}

/** What stands between the quotes, lines folded. */
export function unquoted(text: string, quote: Quote): string {
  if (text.includes("\t")) throw NOT_PLAIN;
  if (quote === "'") return text.includes("'") ? text.replaceAll("''", "'") : text;
  if (!text.includes("\\")) return text;
  // Escapes beyond JSON's, and halves of pairs, go the slow road.
  const withoutKnown = text.replace(/\\(?:["\\bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4})/g, "");
  if (withoutKnown.includes("\\")) throw NOT_PLAIN;
  return JSON.parse(`"${text.replaceAll("\n", "\\n")}"`) as string;
}

export const TAB = 9;
const SPACE = 32;
export const HASH = 35;
const DASH = 45;

/** Spaces from `from` on. */
export function indentOf(line: string, from = 0): number {
  let at = from;
  while (line.charCodeAt(at) === SPACE) at++;
  return at - from;
}

export function isDash(line: string, at: number): boolean {
  return line.charCodeAt(at) === DASH && (at + 1 === line.length || line.charCodeAt(at + 1) === SPACE);
}

/** `start` is behind the spaces that follow a key or a dash. */
export function isEmptyFrom(line: string, start: number): boolean {
  return start >= line.length || (line.charCodeAt(start) === HASH && line.charCodeAt(start - 1) === SPACE);
}

export function matchAt(pattern: RegExp, line: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(line);
}

export function flowBreak(line: string, end: number): [at: number, comma: string] {
  FLOW_BREAK.lastIndex = end;
  const comma = FLOW_BREAK.exec(line)?.[1] ?? "";
  return [FLOW_BREAK.lastIndex, comma];
}

export function trimSpaces(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === SPACE) end--;
  return end === text.length ? text : text.slice(0, end);
}

export function isSafePlain(text: string): boolean {
  return !text.includes(": ") && !text.endsWith(":") && !text.includes("\t");
}

/** NaN and infinities are errors that the slow road words. */
export function json(value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) throw NOT_PLAIN;
  return value;
}

export function fold(lines: readonly string[]): string {
  let text = "";
  let breaks = 0;
  let begun = false;
  for (const line of lines) {
    if (line === "") {
      breaks++;
      continue;
    }
    // A line that is indented further keeps its breaks: rare, and its rules are long.
    if (line.startsWith(" ") || line.startsWith("\t")) throw NOT_PLAIN;
    text += begun ? (breaks === 0 ? " " : "\n".repeat(breaks)) : "\n".repeat(breaks);
    text += line;
    breaks = 0;
    begun = true;
  }
  return text;
}
