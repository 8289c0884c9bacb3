/** The last lines of a log, and how they are laid out in rows of one height: pure, so that what is drawn is only what is in sight. */

import type { LogFilter } from "./log-filter.ts";
import { type CleanText, cleanText, jsonLines, type Level, levelOf } from "./log-line.ts";

export interface Entry extends CleanText {
  /** In the order in which they came, from 1; no two are alike. */
  id: number;
  pod: string;
  container: string;
  /** RFC 3339; "" where none is known. */
  time: string;
  level: Level | undefined;
  /** What the Pod wrote, what the daemon says went wrong with it, or that something else begins here. */
  is: "line" | "trouble" | "break";
}

export interface Said {
  pod: string;
  container?: string | undefined;
  time: string;
  content: string;
  /** Absent: a line. */
  is?: Exclude<Entry["is"], "line">;
}

/** Lines that are kept, and characters of all of them; the oldest go first. */
export const MOST_LINES = 50_000;
const MOST_CHARACTERS = 48_000_000;
/** So many at a time, or each line that comes would move all others. */
const SLACK = 2_000;

/** A row, all of which are equally high: a stretch of a line, or of the JSON that it holds. */
export interface Row {
  entry: Entry;
  /** 0: the line begins here. */
  at: number;
  /** Of the JSON below a line that somebody opened. */
  json?: string;
  from: number;
  to: number;
}

export class LogBook {
  #entries: Entry[] = [];
  #last = 0;
  #characters = 0;
  /** Those that are wanted, and the row in which each begins. */
  #shown: Entry[] = [];
  #tops: number[] = [];
  #rows = 0;
  #filter: LogFilter | undefined;
  #columns: number | undefined;
  readonly #open = new Map<number, string[]>();

  get size(): number {
    return this.#entries.length;
  }
  get rows(): number {
    return this.#rows;
  }
  get shown(): readonly Entry[] {
    return this.#shown;
  }
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** @returns rows that went at the beginning */
  add(said: readonly Said[]): number {
    for (const { pod, container = "", time, content, is = "line" } of said) {
      const clean = cleanText(content);
      this.#last += 1;
      const entry: Entry = {
        ...{ id: this.#last, is, pod, container, time, ...clean },
        level: is === "line" ? levelOf(clean.text) : is === "trouble" ? "E" : undefined,
      };
      this.#entries.push(entry);
      this.#characters += entry.text.length;
      this.#append(entry);
    }
    return this.#forget();
  }

  clear(): void {
    this.#entries = [];
    this.#characters = 0;
    this.#open.clear();
    this.#layOut();
  }

  /** Lines that are shown from now on; undefined: all. */
  want(filter: LogFilter | undefined): void {
    if (filter === this.#filter) return;
    this.#filter = filter;
    this.#layOut();
  }

  /** @param columns characters of a row; undefined: a line is one row, however long it is */
  wrap(columns: number | undefined): void {
    if (columns === this.#columns) return;
    this.#columns = columns;
    this.#layOut();
  }

  isOpen(entry: Entry): boolean {
    return this.#open.has(entry.id);
  }

  /** Opens the JSON of a line, or closes it. */
  toggle(entry: Entry): void {
    if (!this.#open.delete(entry.id)) {
      const lines = jsonLines(entry.text);
      if (lines === undefined) return;
      this.#open.set(entry.id, lines);
    }
    this.#layOut();
  }

  /** The row in which a line begins. */
  topOf(entry: Entry): number {
    return this.#tops[this.#shown.indexOf(entry)] ?? 0;
  }

  /** The rows from one to before another. */
  between(from: number, to: number): Row[] {
    const rows: Row[] = [];
    let at = this.#entryAt(from);
    for (let row = from; row < Math.min(to, this.#rows); ) {
      const entry = this.#shown[at];
      if (entry === undefined) break;
      const top = this.#tops[at] ?? 0;
      const json = this.#open.get(entry.id) ?? [];
      const own = this.#ownRows(entry);
      for (; row < top + own + json.length && row < to; row++) {
        const within = row - top;
        if (within >= own) rows.push({ entry, at: within, json: json[within - own] ?? "", from: 0, to: 0 });
        else if (this.#columns === undefined) rows.push({ entry, at: 0, from: 0, to: entry.text.length });
        else {
          const from = whole(entry.text, within * this.#columns);
          const to = within === own - 1 ? entry.text.length : whole(entry.text, (within + 1) * this.#columns);
          rows.push({ entry, at: within, from, to });
        }
      }
      at += 1;
    }
    return rows;
  }

  #entryAt(row: number): number {
    let [low, high] = [0, this.#tops.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#tops[middle] ?? 0) <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #ownRows({ text }: Entry): number {
    return this.#columns === undefined ? 1 : Math.max(1, Math.ceil(text.length / this.#columns));
  }

  #append(entry: Entry): void {
    if (this.#filter !== undefined && entry.is === "line" && !this.#filter.wants(entry.text)) return;
    this.#shown.push(entry);
    this.#tops.push(this.#rows);
    this.#rows += this.#ownRows(entry) + (this.#open.get(entry.id)?.length ?? 0);
  }

  #layOut(): void {
    this.#shown = [];
    this.#tops = [];
    this.#rows = 0;
    for (const entry of this.#entries) this.#append(entry);
  }

  #forget(): number {
    if (this.#entries.length <= MOST_LINES + SLACK && this.#characters <= MOST_CHARACTERS) return 0;
    let gone = 0;
    while (
      this.#entries.length - gone > MOST_LINES ||
      (this.#characters > MOST_CHARACTERS * 0.9 && gone < this.#entries.length - 1)
    ) {
      const entry = this.#entries[gone];
      if (entry === undefined) break;
      this.#characters -= entry.text.length;
      this.#open.delete(entry.id);
      gone += 1;
    }
    const before = this.#rows;
    this.#entries = this.#entries.slice(gone);
    this.#layOut();
    return before - this.#rows;
  }
}

/** No character of two halves is cut between them. */
function whole(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at + 1 : at;
}
