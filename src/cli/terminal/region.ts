import { cut, type Terminal } from "./terminal.ts";

const LEAST_PAUSE_MS = 100;
/** Synchronized output: a terminal that knows it shows the whole frame at once, the others ignore it. */
const [BEGIN, END] = ["\x1b[?2026h", "\x1b[?2026l"];

/** Some lines at the end of the terminal that are drawn over again, at most ten times a second. */
export class Region {
  readonly #terminal: Terminal;
  #drawn: string[] = [];
  #next: string[] | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(lines: readonly string[]): void {
    this.#next = this.#fit(lines);
    if (this.#timer !== undefined) return;
    const waitMs = this.#lastMs + LEAST_PAUSE_MS - performance.now();
    if (waitMs <= 0) return this.#draw();
    this.#timer = setTimeout(() => this.#draw(), waitMs);
  }

  /** What is shown goes, as if it had never been there. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#next = undefined;
    if (this.#drawn.length > 0) this.#terminal.output.write(`${rewind(this.#drawn.length)}\x1b[J`);
    this.#drawn = [];
  }

  #draw(): void {
    this.#timer = undefined;
    const lines = this.#next;
    if (lines === undefined) return;
    this.#next = undefined;
    this.#lastMs = performance.now();
    if (Bun.deepEquals(lines, this.#drawn)) return;
    const text = lines.map((line) => `${line}\x1b[K\n`).join("");
    this.#terminal.output.write(`${BEGIN}${rewind(this.#drawn.length)}${text}\x1b[J${END}`);
    this.#drawn = [...lines];
  }

  /** A line that wraps, or more lines than the window has, could not be drawn over. */
  #fit(lines: readonly string[]): string[] {
    const { width, height, symbols } = this.#terminal;
    const shown =
      lines.length <= height
        ? lines
        : [...lines.slice(0, height - 1), `${symbols.ellipsis} and ${lines.length - height + 1} more lines`];
    return shown.map((line) => cut(line, width - 1, symbols));
  }
}

function rewind(lines: number): string {
  return lines === 0 ? "" : `\x1b[${lines}A\r`;
}
