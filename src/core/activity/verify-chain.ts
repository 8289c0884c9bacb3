import { hashSha256 } from "../../lib/hash.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { type ActivityHead, type ChainRow, NO_HASH, TRIMMED, type Verification } from "../model/activity.ts";

/**
 * Reads a chain from its oldest entry on, a row at a time, and says at the end whether it is as it was written.
 *
 * What it cannot see: an end that was cut off, and a chain that was written anew from some entry on. Both are seen by
 * `noted`, a head that was kept elsewhere.
 */
export class ChainReader {
  #verified = 0;
  #first: { seq: number; previous: string } | undefined;
  #head: ActivityHead | undefined;
  /** The newest entry that says what is kept no more. */
  #trimmed: { through: number; hash: string } | undefined;
  #broken: { seq: number; why: string } | undefined;
  #isNotedSeen = false;

  constructor(private readonly noted?: { seq?: number; hash: string }) {}

  /** Rows in the order of their numbers. @returns false: what follows needs no reading */
  read(row: ChainRow): boolean {
    this.#broken ??= this.#brokenAt(row);
    return this.#broken === undefined;
  }

  end(): Verification {
    const broken = this.#broken ?? this.#cutAtTheFront() ?? this.#notAsNoted();
    if (broken !== undefined) return { is: "broken", verified: this.#verified, ...broken };
    return { is: "whole", verified: this.#verified, first: this.#first?.seq, head: this.#head };
  }

  #brokenAt({ seq, text, hash }: ChainRow): { seq: number; why: string } | undefined {
    const head = this.#head;
    if (head !== undefined && seq !== head.seq + 1)
      return {
        seq: head.seq + 1,
        why: seq === head.seq + 2 ? "it is missing" : `it is missing, and with it all up to ${seq - 1}`,
      };
    if (hashSha256(text) !== hash) return { seq, why: "what it says is not what was written" };
    const said = fieldsIn(text);
    if (said?.["seq"] !== seq) return { seq, why: `it was written as entry ${String(said?.["seq"])}` };
    const previous = String(said["previous"]);
    if (head !== undefined && previous !== head.hash)
      return { seq, why: `it was not written behind entry ${head.seq} as that stands there now` };
    this.#first ??= { seq, previous };
    if (said["action"] === TRIMMED) this.#trimmed = trimmedIn(said["details"]) ?? this.#trimmed;
    if (hash === this.noted?.hash && (this.noted.seq ?? seq) === seq) this.#isNotedSeen = true;
    this.#head = { seq, hash };
    this.#verified += 1;
    return undefined;
  }

  #cutAtTheFront(): { seq: number; why: string } | undefined {
    const [first, trimmed] = [this.#first, this.#trimmed];
    if (first === undefined) return undefined;
    const before = trimmed ?? { through: 0, hash: NO_HASH };
    if (first.seq <= before.through)
      return { seq: first.seq, why: "a later entry says that it is kept no more" };
    if (first.seq > before.through + 1)
      return { seq: before.through + 1, why: "it is missing, and no entry says that it is kept no more" };
    if (first.previous === before.hash) return undefined;
    return { seq: first.seq, why: "it was not written behind those that are kept no more" };
  }

  #notAsNoted(): { seq: number; why: string } | undefined {
    if (this.noted === undefined || this.#isNotedSeen) return undefined;
    const { seq, hash } = this.noted;
    const last = this.#head?.seq ?? 0;
    if (seq === undefined)
      return {
        seq: last + 1,
        why: `no entry has the hash that was noted, ${hash}: the end was cut off or written anew, or that entry is too old to be kept`,
      };
    if (seq > last) return { seq: last + 1, why: `the end was cut off: entry ${seq} was noted` };
    if (this.#first !== undefined && seq < this.#first.seq)
      return { seq, why: "it was noted, and is too old to be kept: note a newer head" };
    return { seq, why: "it was noted with another hash: it was written anew, and all that follows it" };
  }
}

function fieldsIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMapping(value) ? value : undefined;
  } catch {
    // Its hash fits, so it was written so: by somebody else.
    return undefined;
  }
}

function trimmedIn(details: unknown): { through: number; hash: string } | undefined {
  if (!isMapping(details)) return undefined;
  const { through, hash } = details;
  return typeof through === "number" && typeof hash === "string" ? { through, hash } : undefined;
}

const ROWS_AT_ONCE = 500;

/**
 * Verifies a chain that may grow meanwhile, and lose its oldest entries in the way that is foreseen.
 * @param chain rows from a number on, oldest first
 */
export function* verifying(
  chain: (from: number, limit: number) => readonly ChainRow[],
  noted?: { seq?: number; hash: string },
): Generator<undefined, Verification> {
  for (;;) {
    const begun = chain(0, 1)[0]?.seq ?? 1;
    const reader = new ChainReader(noted);
    let from = begun;
    let isWhole = true;
    for (let rows = chain(from, ROWS_AT_ONCE); isWhole && rows.length > 0; rows = chain(from, ROWS_AT_ONCE)) {
      isWhole = rows.every((row) => reader.read(row));
      from = (rows.at(-1)?.seq ?? from) + 1;
      yield;
    }
    // The oldest went while it was read: what was missing, or said to be gone, is looked at anew.
    if ((chain(0, 1)[0]?.seq ?? 1) === begun) return reader.end();
  }
}
