import type { CliEnv, Output } from "../host.ts";
import { ASCII, type Symbols, type Tone, toneOf, UNICODE } from "./symbols.ts";

/** How one stream is written to. */
export interface Terminal {
  output: Output;
  symbols: Symbols;
  /** Columns to fit into; Infinity where nothing is cut off. */
  width: number;
  /** Lines that a redrawn region may have. */
  height: number;
  /** Whether what was written may be redrawn. */
  canRedraw: boolean;
  paint(tone: Tone, text: string): string;
  /** A state's sign and word. */
  state(word: string): Cell;
}

/** A piece of a line, before it is padded and painted. */
export type Cell = string | { text: string; tone: Tone };

export type ColorChoice = "auto" | "always" | "never";

/** The sixteen colours of the user's own theme. */
const SGR: Record<Exclude<Tone, "plain">, string> = {
  good: "32",
  behind: "33",
  moving: "36",
  bad: "31",
  missing: "33",
  paused: "35",
  unknown: "2",
  dim: "2",
  bold: "1",
};

export function createTerminal(output: Output, env: CliEnv, color: ColorChoice): Terminal {
  const colored = wantsColor(output, env, color);
  const symbols = isUtf8(env) ? UNICODE : ASCII;
  const isDumb = env.TERM === "dumb";
  return {
    output,
    symbols,
    width: output.isTTY ? Math.max(40, output.columns || 80) : Number.POSITIVE_INFINITY,
    height: Math.max(6, (output.rows || 24) - 1),
    canRedraw: output.isTTY && !isDumb,
    paint: (tone, text) =>
      !colored || tone === "plain" || text === "" ? text : `\x1b[${SGR[tone]}m${text}\x1b[0m`,
    state: (word) => ({ text: `${symbols.state(word)} ${word}`, tone: toneOf(word) }),
  };
}

/** A flag wins over NO_COLOR (no-color.org), that over CLICOLOR_FORCE (bixense.com/clicolors), that over what the stream is. */
function wantsColor(output: Output, { NO_COLOR, CLICOLOR_FORCE, TERM }: CliEnv, color: ColorChoice): boolean {
  if (color !== "auto") return color === "always";
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (CLICOLOR_FORCE !== undefined && CLICOLOR_FORCE !== "" && CLICOLOR_FORCE !== "0") return true;
  return output.isTTY && TERM !== "dumb";
}

/** POSIX: the first that is set and not empty counts; without any the locale is C. */
function isUtf8({ LC_ALL, LC_CTYPE, LANG }: CliEnv): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || "");
}

export function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}

export function painted(terminal: Terminal, cell: Cell): string {
  return typeof cell === "string" ? cell : terminal.paint(cell.tone, cell.text);
}

/** At most `width` columns, with an ellipsis where something is left out. */
export function cut(text: string, width: number, { ellipsis }: Symbols): string {
  if (Bun.stringWidth(text) <= width) return text;
  return width <= ellipsis.length
    ? text.slice(0, width)
    : Bun.sliceAnsi(text, 0, width - Bun.stringWidth(ellipsis)).trimEnd() + ellipsis;
}
