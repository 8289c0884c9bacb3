import { crc32 } from "node:zlib";
import { type GzipPart, gzipPart, joinParts } from "../lib/gzip-parts.ts";
import type { ListRow } from "./list-rows.ts";

/** About so many rows stand in a part: enough to pack well, few enough that one that changed costs little. */
const ROWS_A_PART = 128;
/** Of those who may see not the same. What is beyond is packed for each time that it is asked for. */
const KEPT_A_ROW = 8;

interface KeptPart {
  rows: readonly ListRow[];
  packed: Promise<GzipPart>;
}

/**
 * Rows as gzip, a part at a time. A part is taken again for exactly the rows that it was made of, so nobody is sent a row that
 * was not asked for, whoever asked before.
 */
export class PackedRows {
  /** By the first row of each: what is of a row that was made anew is forgotten with the old one. */
  readonly #kept = { first: new WeakMap<ListRow, KeptPart[]>(), later: new WeakMap<ListRow, KeptPart[]>() };
  readonly #made = { parts: 0 };

  /** Parts that were packed, and not taken again. */
  get made(): number {
    return this.#made.parts;
  }

  /** The rows with commas between them, within `head` and `foot`. */
  async packed(head: string, rows: readonly ListRow[], foot: string): Promise<Uint8Array<ArrayBuffer>> {
    const parts = partsOf(rows).map((part, at) => this.#part(part, at === 0 ? "first" : "later"));
    return joinParts(await Promise.all([gzipPart(head), ...parts, gzipPart(foot)]));
  }

  #part(rows: readonly ListRow[], at: "first" | "later"): Promise<GzipPart> {
    const [first] = rows as [ListRow];
    const kept = this.#kept[at].get(first) ?? [];
    const before = kept.find((one) => isSame(one.rows, rows));
    if (before !== undefined) return before.packed;
    const text = rows.map((row) => row.text).join(",");
    this.#made.parts += 1;
    const packed = gzipPart(at === "first" ? text : `,${text}`);
    this.#kept[at].set(first, [{ rows, packed }, ...kept].slice(0, KEPT_A_ROW));
    return packed;
  }
}

function isSame(some: readonly ListRow[], others: readonly ListRow[]): boolean {
  return some.length === others.length && some.every((row, at) => row === others[at]);
}

/** Where one ends is told by the names within: one application more or less moves no other end. */
function partsOf(rows: readonly ListRow[]): ListRow[][] {
  const parts: ListRow[][] = [];
  let from = 0;
  for (const [at, { key }] of rows.entries()) {
    const isEnd = crc32(key) % ROWS_A_PART === 0 || at - from === 4 * ROWS_A_PART;
    if (!isEnd && at !== rows.length - 1) continue;
    parts.push(rows.slice(from, at + 1));
    from = at + 1;
  }
  return parts;
}
