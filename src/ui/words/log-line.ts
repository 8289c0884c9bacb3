/** A line of a log as text that steers nothing: colours of terminals as marks beside it, and what else is no letter in sight. */

/** What a terminal would do with a piece of text. `color`: 0 to 15 as terminals number them. */
export interface Style {
  color?: number;
  bold?: true;
  dim?: true;
  underline?: true;
}

/** From `at` on, until the next one. */
export interface Mark {
  at: number;
  style: Style;
}

export interface CleanText {
  text: string;
  marks: readonly Mark[];
}

/** Of one line: more is a picture, and would be as many elements. */
const MOST_MARKS = 200;
const TAB = "    ";
// CSI, OSC up to its end or that of the line, and what else begins with ESC.
const ESCAPE =
  /(?:\u001b\[|\u009b)([0-?]*)[ -/]*([@-~]?)|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\|$)|\u001b[ -/]*[0-~]?/g;
// What is drawn nowhere, or turns around what is.
const UNSEEN =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
const IS_PLAIN = /^[ -~\u00a0-\u05ff]*$/;
const NO_MARKS: readonly Mark[] = [];

export function cleanText(raw: string): CleanText {
  if (IS_PLAIN.test(raw)) return { text: raw, marks: NO_MARKS };
  const marks: Mark[] = [];
  let text = "";
  let style: Style = {};
  let from = 0;
  for (const found of raw.matchAll(ESCAPE)) {
    text += seen(raw.slice(from, found.index));
    from = found.index + found[0].length;
    if (found[2] !== "m" || marks.length >= MOST_MARKS) continue;
    style = styled(style, found[1] ?? "");
    marks.push({ at: text.length, style });
  }
  text += seen(raw.slice(from));
  return { text, marks: marks.length === 0 ? NO_MARKS : marks };
}

function seen(text: string): string {
  return text.replaceAll("\t", TAB).replace(UNSEEN, signOf);
}

/** The pictures that Unicode has for them, else their number. */
function signOf(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** ECMA-48's SGR, as far as it is of use here: other colours than the sixteen are left as they are. */
function styled(before: Style, parameters: string): Style {
  let next: Style = { ...before };
  const codes = parameters.split(/[;:]/).map(Number);
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 0) next = {};
    else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 4) next.underline = true;
    else if (code === 22) {
      delete next.bold;
      delete next.dim;
    } else if (code === 24) delete next.underline;
    else if (code === 39) delete next.color;
    else if (code >= 30 && code <= 37) next.color = code - 30;
    else if (code >= 90 && code <= 97) next.color = code - 82;
    else if (code === 38 || code === 48) {
      // `38;5;n` and `38;2;r;g;b`: their numbers are no codes.
      const [kind, color = -1] = codes.slice(at + 1, at + 3);
      if (code === 38 && kind === 5 && color >= 0 && color < 16) next.color = color;
      at += kind === 5 ? 2 : kind === 2 ? 4 : 0;
    }
  }
  return next;
}

export type Level = "E" | "W" | "I" | "D";

const LEVELS: Readonly<Record<string, Level>> = {
  ...{ fatal: "E", panic: "E", critical: "E", crit: "E", emerg: "E", alert: "E", severe: "E" },
  ...{ error: "E", err: "E", warning: "W", warn: "W", notice: "I", info: "I", information: "I" },
  ...{ debug: "D", dbg: "D", trace: "D", verbose: "D" },
};
/** It stands at the beginning, or as a field of JSON or logfmt. */
const NEAR = 400;
const NAMED = /"(?:level|severity|lvl|log\.level)"\s*:\s*"(\w+)"|\b(?:level|severity|lvl)=\\?"?(\w+)/i;
/** https://github.com/kubernetes/klog: `E1130 12:00:00.000000       1 file.go:1] …` */
const KLOG = /^([IWEF])\d{4} \d\d:\d\d:\d\d/;
const IN_WORDS =
  /(?:^|[\s[(|<])(FATAL|PANIC|CRITICAL|CRIT|SEVERE|ERROR|ERR|WARNING|WARN|NOTICE|INFO|DEBUG|TRACE)(?=$|[\s\])|:>])/;
const LOWER = /^(?:\S+ ){0,2}(panic|fatal|error|warning|warn|info|debug)(?=: |$)/;

/** How grave a line says that it is. */
export function levelOf(text: string): Level | undefined {
  const near = text.slice(0, NEAR);
  const klog = KLOG.exec(near)?.[1];
  if (klog !== undefined) return klog === "F" ? "E" : (klog as Level);
  const [, json, logfmt] = NAMED.exec(near) ?? [];
  const word = json ?? logfmt ?? IN_WORDS.exec(near)?.[1] ?? LOWER.exec(near)?.[1];
  const name = word?.toLowerCase() ?? "";
  return Object.hasOwn(LEVELS, name) ? LEVELS[name] : undefined;
}

/** Characters of a line that is read as JSON. */
const LONGEST_JSON = 100_000;

/** A line that is an object of JSON, line by line; undefined where it is none. */
export function jsonLines(text: string): string[] | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith("{") || !trimmed.endsWith("}") || trimmed.length > LONGEST_JSON) return undefined;
  try {
    return JSON.stringify(JSON.parse(trimmed), undefined, 2).split("\n");
  } catch {
    return undefined;
  }
}

export interface Piece {
  text: string;
  style: Style;
  /** What was looked for. */
  found: boolean;
}

/**
 * A stretch of a line as pieces that are drawn alike.
 * @param found where what was looked for stands, in order
 */
export function piecesOf(
  { text, marks }: CleanText,
  from: number,
  to: number,
  found: readonly { from: number; to: number }[],
): Piece[] {
  const cuts = new Set([from, to]);
  for (const { at } of marks) if (at > from && at < to) cuts.add(at);
  for (const one of found) for (const at of [one.from, one.to]) if (at > from && at < to) cuts.add(at);
  const places = [...cuts].sort((a, b) => a - b);
  const pieces: Piece[] = [];
  let mark = 0;
  for (let at = 0; at + 1 < places.length; at++) {
    const [start = 0, end = 0] = [places[at], places[at + 1]];
    while (mark < marks.length && (marks[mark]?.at ?? 0) <= start) mark++;
    pieces.push({
      text: text.slice(start, end),
      style: marks[mark - 1]?.style ?? {},
      found: found.some((one) => one.from <= start && end <= one.to),
    });
  }
  return pieces;
}
