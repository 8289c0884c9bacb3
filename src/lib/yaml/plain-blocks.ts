/**
 * The fast road for the YAML that machines and careful people write: block mappings and sequences, one-line flow
 * collections, quoted and plain scalars, literal and folded blocks. It either reads a document by the same rules as the
 * slow road (yaml.test.ts compares the two on thousands of documents) or says that it does not know, and the
 * slow road reads it: anchors, tags, merge keys, tabs, escapes beyond JSON's, duplicate keys, every error.
 */
import {
  closingQuote,
  flowBreak,
  flowScalar,
  fold,
  HASH,
  indentOf,
  isDash,
  isEmptyFrom,
  isFlow,
  isSafePlain,
  json,
  matchAt,
  NOT_PLAIN,
  type Quote,
  TAB,
  trimSpaces,
  unquoted,
} from "./plain-scalars.ts";
import { resolvePlain } from "./scalar.ts";

const TOO_MANY = new Error("this document has too many values");
/** Values between two steps: some milliseconds of work. */
const STEP_NODES = 1_000;

const KEY = /(?:([A-Za-z_./][\w./-]*)|"([^"\\]*)"|'([^']*)'):(?: +|$)/y;
const BLOCK_HEADER = /([|>])([-+]?) *(?:#.*)?$/y;
const REST_IS_EMPTY = /(?: *| +#.*)$/y;
/** Behind quotes and brackets a comment needs no space before it, for go-yaml. */
const REST_IS_COMMENT = / *(?:#.*)?$/y;
const UNSAFE_PLAIN_START = /[&*!%@`,\]}?:#|>{["']/;

export type PlainRead = { is: "read"; value: unknown; nodes: number } | { is: "too-many" };

/**
 * Pauses now and then: whoever drives it may let others go first.
 *
 * @param text one document, line breaks as `\n`, without control characters; a first line `---` is allowed
 * @returns undefined where the slow road has to read it
 */
export function* readPlainBlocks(
  text: string,
  limits: { depth: number; nodes: number },
): Generator<undefined, PlainRead | undefined> {
  try {
    const reader = new Reader(text, limits);
    return { is: "read", value: yield* reader.document(), nodes: reader.nodes };
  } catch (problem) {
    if (problem === NOT_PLAIN) return undefined;
    if (problem === TOO_MANY) return { is: "too-many" };
    throw problem;
  }
}

type Steps<T> = Generator<undefined, T>;

class Reader {
  readonly #lines: string[];
  readonly #limits: { depth: number; nodes: number };
  #row = 0;
  #nodes = 0;
  #pauseAt = STEP_NODES;

  constructor(text: string, limits: { depth: number; nodes: number }) {
    this.#lines = text.split("\n");
    // What follows the last line break is no line, unless somebody forgot the break.
    if (this.#lines.at(-1) === "") this.#lines.pop();
    this.#limits = limits;
  }

  get nodes(): number {
    return this.#nodes;
  }

  *document(): Steps<unknown> {
    if (this.#lines[0]?.startsWith("---")) {
      if (!matchAt(REST_IS_EMPTY, this.#lines[0], 3)) throw NOT_PLAIN;
      this.#row = 1;
    }
    const indent = this.#nextIndent();
    if (indent < 0) throw NOT_PLAIN;
    const value = yield* this.#block(indent, 1);
    if (this.#nextIndent() >= 0) throw NOT_PLAIN;
    return value;
  }

  get #line(): string {
    return this.#lines[this.#row] as string;
  }

  /** Moves to the next line that holds something, and returns its indentation; -1 at the end. */
  #nextIndent(): number {
    for (; this.#row < this.#lines.length; this.#row++) {
      const line = this.#line;
      const indent = indentOf(line);
      if (indent === line.length) continue;
      const first = line.charCodeAt(indent);
      if (first === TAB) throw NOT_PLAIN;
      if (first !== HASH) return indent;
    }
    return -1;
  }

  #count(depth: number): void {
    if (depth > this.#limits.depth) throw NOT_PLAIN;
    if (++this.#nodes > this.#limits.nodes) throw TOO_MANY;
  }

  get #isTimeToPause(): boolean {
    if (this.#nodes < this.#pauseAt) return false;
    this.#pauseAt = this.#nodes + STEP_NODES;
    return true;
  }

  /** A mapping or a sequence whose first entry stands at `column` of the current line. */
  #block(column: number, depth: number): Steps<unknown> {
    this.#count(depth);
    return isDash(this.#line, column) ? this.#sequence(column, depth) : this.#mapping(column, depth);
  }

  *#sequence(column: number, depth: number): Steps<unknown[]> {
    const items: unknown[] = [];
    for (;;) {
      if (this.#isTimeToPause) yield;
      const line = this.#line;
      const start = column + 1 + indentOf(line, column + 1);
      if (isEmptyFrom(line, start)) {
        this.#row++;
        const indent = this.#nextIndent();
        items.push(indent > column ? yield* this.#block(indent, depth + 1) : this.#null(depth));
      } else if (isDash(line, start) || matchAt(KEY, line, start)) {
        items.push(yield* this.#block(start, depth + 1));
      } else {
        items.push(
          isFlow(line, start)
            ? yield* this.#flowLine(start, column, depth + 1)
            : this.#scalar(start, column, depth + 1),
        );
      }
      const indent = this.#nextIndent();
      if (indent > column) throw NOT_PLAIN;
      if (indent < column || !isDash(this.#line, column)) return items;
    }
  }

  *#mapping(column: number, depth: number): Steps<Record<string, unknown>> {
    const entries: Record<string, unknown> = {};
    for (;;) {
      if (this.#isTimeToPause) yield;
      const line = this.#line;
      KEY.lastIndex = column;
      const match = KEY.exec(line);
      if (match === null) throw NOT_PLAIN;
      const start = KEY.lastIndex;
      const key = match[1] ?? match[2] ?? (match[3] as string);
      if (match[1] !== undefined && typeof resolvePlain(key) !== "string") throw NOT_PLAIN;
      if (key === "__proto__" || key.includes("\t") || Object.hasOwn(entries, key)) throw NOT_PLAIN;
      this.#count(depth);
      let indent: number;
      if (isEmptyFrom(line, start)) {
        this.#row++;
        indent = this.#nextIndent();
        if (indent > column) entries[key] = yield* this.#block(indent, depth + 1);
        else if (indent === column && isDash(this.#line, column))
          entries[key] = yield* this.#block(column, depth + 1);
        else entries[key] = this.#null(depth);
      } else if (isFlow(line, start)) {
        entries[key] = yield* this.#flowLine(start, column, depth + 1);
      } else {
        entries[key] = this.#scalar(start, column, depth + 1);
      }
      indent = this.#nextIndent();
      if (indent > column) throw NOT_PLAIN;
      if (indent < column) return entries;
    }
  }

  #null(depth: number): null {
    this.#count(depth + 1);
    return null;
  }

  /** Anything that begins on the current line behind its key or dash; ends at the next line that holds something. */
  #scalar(start: number, parent: number, depth: number): unknown {
    this.#count(depth);
    const line = this.#line;
    const first = line[start] as string;
    if (first === "|" || first === ">") return this.#blockScalar(start, parent);
    if (first === '"' || first === "'") {
      const close = closingQuote(line, start + 1, first);
      if (close < 0) return this.#quotedLines(start + 1, first, parent);
      this.#endLine(close + 1, parent);
      return unquoted(line.slice(start + 1, close), first);
    }
    return this.#plain(start, parent);
  }

  /** A flow collection that begins on the current line, and ends there; as `#scalar`. */
  *#flowLine(start: number, parent: number, depth: number): Steps<unknown> {
    this.#count(depth);
    const { value, end } = yield* this.#flow(this.#line, start, depth);
    this.#endLine(end, parent);
    return value;
  }

  /** A quoted scalar of several lines. How far they are indented means nothing, as for go-yaml. */
  #quotedLines(start: number, quote: Quote, parent: number): string {
    let text = this.#quotedPart(start, quote);
    let breaks = 0;
    for (this.#row++; this.#row < this.#lines.length; this.#row++) {
      const line = this.#line;
      const indent = indentOf(line);
      if (indent === line.length) {
        breaks++;
        continue;
      }
      const close = closingQuote(line, indent, quote);
      const part = close < 0 ? this.#quotedPart(indent, quote) : line.slice(indent, close);
      text += (breaks === 0 ? " " : "\n".repeat(breaks)) + part;
      breaks = 0;
      if (close < 0) continue;
      this.#endLine(close + 1, parent);
      return unquoted(text, quote);
    }
    throw NOT_PLAIN;
  }

  /** The rest of a line that ends inside quotes; a break that is escaped goes the slow road. */
  #quotedPart(from: number, quote: Quote): string {
    const text = trimSpaces(this.#line.slice(from));
    if (quote === '"' && text.endsWith("\\")) throw NOT_PLAIN;
    return text;
  }

  #endLine(end: number, parent: number): void {
    if (!matchAt(REST_IS_COMMENT, this.#line, end)) throw NOT_PLAIN;
    this.#row++;
    if (this.#nextIndent() > parent) throw NOT_PLAIN;
  }

  #plain(start: number, parent: number): unknown {
    const line = this.#line;
    if (UNSAFE_PLAIN_START.test(line[start] as string) || isDash(line, start)) throw NOT_PLAIN;
    let text = line.slice(start);
    const comment = text.indexOf(" #");
    if (comment >= 0) text = text.slice(0, comment);
    text = trimSpaces(text);
    if (!isSafePlain(text)) throw NOT_PLAIN;
    this.#row++;
    const row = this.#row;
    if (this.#nextIndent() <= parent) return json(resolvePlain(text));
    if (comment >= 0) throw NOT_PLAIN;
    this.#row = row;
    return this.#folded(text, parent);
  }

  /** Further lines of a plain scalar: a line break is a space, n empty lines are n line breaks. */
  #folded(text: string, parent: number): string {
    let breaks = 0;
    for (; this.#row < this.#lines.length; this.#row++) {
      const line = this.#line;
      const indent = indentOf(line);
      if (indent === line.length) {
        breaks++;
        continue;
      }
      const more = trimSpaces(line.slice(indent));
      if (indent <= parent) break;
      if (more.startsWith("#") || more.includes(" #") || !isSafePlain(more)) throw NOT_PLAIN;
      text += (breaks === 0 ? " " : "\n".repeat(breaks)) + more;
      breaks = 0;
    }
    return text;
  }

  #blockScalar(start: number, parent: number): string {
    BLOCK_HEADER.lastIndex = start;
    const [, style, chomp] = BLOCK_HEADER.exec(this.#line) ?? [];
    if (style === undefined) throw NOT_PLAIN;
    this.#row++;
    const body: string[] = [];
    let column = -1;
    for (; this.#row < this.#lines.length; this.#row++) {
      const line = this.#line;
      const indent = indentOf(line);
      if (indent === line.length) {
        body.push(column >= 0 ? line.slice(column) : line);
        continue;
      }
      if (column < 0) {
        if (indent <= parent) break;
        // Spaces only, more of them than the text has: an error or a guess.
        if (body.some((blank) => blank.length > indent)) throw NOT_PLAIN;
        body.fill("");
        column = indent;
      }
      if (indent < column) {
        if (indent > parent) throw NOT_PLAIN;
        break;
      }
      body.push(line.slice(column));
    }
    if (column < 0 && body.some((blank) => blank !== "")) throw NOT_PLAIN;
    let last = body.length;
    while (last > 0 && body[last - 1] === "") last--;
    const text = style === "|" ? body.slice(0, last).join("\n") : fold(body.slice(0, last));
    if (chomp === "-") return text;
    if (chomp === "+")
      return last === 0 ? "\n".repeat(body.length) : text + "\n".repeat(body.length - last + 1);
    return last === 0 ? "" : `${text}\n`;
  }

  #flow(line: string, start: number, depth: number): Steps<{ value: unknown; end: number }> {
    return line[start] === "["
      ? this.#flowSequence(line, start + 1, depth)
      : this.#flowMapping(line, start + 1, depth);
  }

  *#flowSequence(line: string, from: number, depth: number): Steps<{ value: unknown[]; end: number }> {
    const items: unknown[] = [];
    for (let at = from + indentOf(line, from), comma = ","; ; ) {
      if (this.#isTimeToPause) yield;
      if (line[at] === "]") return { value: items, end: at + 1 };
      if (comma === "") throw NOT_PLAIN;
      this.#count(depth + 1);
      const { value, end } = isFlow(line, at) ? yield* this.#flow(line, at, depth + 1) : flowScalar(line, at);
      items.push(value);
      [at, comma] = flowBreak(line, end);
    }
  }

  *#flowMapping(
    line: string,
    from: number,
    depth: number,
  ): Steps<{ value: Record<string, unknown>; end: number }> {
    const entries: Record<string, unknown> = {};
    for (let at = from + indentOf(line, from), comma = ","; ; ) {
      if (this.#isTimeToPause) yield;
      if (line[at] === "}") return { value: entries, end: at + 1 };
      if (comma === "" || isFlow(line, at)) throw NOT_PLAIN;
      const { value: key, end: colon } = flowScalar(line, at);
      if (typeof key !== "string" || key === "__proto__" || Object.hasOwn(entries, key)) throw NOT_PLAIN;
      // Behind a quote the colon needs no space, as in JSON.
      const isQuoted = line[at] === '"' || line[at] === "'";
      if (line[colon] !== ":" || (!isQuoted && line[colon + 1] !== " ")) throw NOT_PLAIN;
      this.#count(depth);
      this.#count(depth + 1);
      const start = colon + 1 + indentOf(line, colon + 1);
      const { value, end } = isFlow(line, start)
        ? yield* this.#flow(line, start, depth + 1)
        : flowScalar(line, start);
      entries[key] = value;
      [at, comma] = flowBreak(line, end);
    }
  }
}
