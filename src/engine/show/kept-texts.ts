/** Whether a text stands anywhere in what Secrets hold, found without reading all of it for each text. */

/** UTF-16 units of what is looked up: a shorter text stands in any Secret by chance. */
const SHORTEST_KEPT = 4;
/** A bit for each way in which four units can begin, told apart by a hash: 1 MiB. */
const BITS = 1 << 23;
/** UTF-16 units that are read for all the texts of one answer: about half a second. */
const MOST_READ = 256 * 1024 * 1024;

export class KeptTexts {
  readonly #texts: readonly string[];
  readonly #begins = new Uint32Array(BITS >>> 5);
  readonly #size: number;
  #left: number;

  private constructor(texts: readonly string[], mostRead: number) {
    this.#texts = texts;
    this.#left = mostRead;
    this.#size = texts.reduce((sum, { length }) => sum + length, 0);
  }

  /** With a pause after each text. */
  static *of(texts: readonly string[], mostRead = MOST_READ): Generator<undefined, KeptTexts> {
    const kept = new KeptTexts([...new Set(texts)], mostRead);
    for (const text of kept.#texts) {
      for (let at = 0; at + SHORTEST_KEPT <= text.length; at++) {
        const bit = bitOf(text, at);
        kept.#begins[bit >>> 5] = (kept.#begins[bit >>> 5] as number) | (1 << (bit & 31));
      }
      yield;
    }
    return kept;
  }

  /**
   * Whether one of them holds this text. Once as much was read as may be for one answer, whatever might stand in one does:
   * texts that somebody chose so that all must be read are hidden rather than told.
   */
  holds(text: string): boolean {
    if (text.length < SHORTEST_KEPT) return false;
    for (let at = 0; at + SHORTEST_KEPT <= text.length; at++) {
      const bit = bitOf(text, at);
      if (((this.#begins[bit >>> 5] as number) & (1 << (bit & 31))) === 0) return false;
    }
    if (this.#left < this.#size) return true;
    this.#left -= this.#size;
    return this.#texts.some((one) => one.includes(text));
  }
}

function bitOf(text: string, at: number): number {
  const low = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
  const high = text.charCodeAt(at + 2) | (text.charCodeAt(at + 3) << 16);
  const mixed = Math.imul(Math.imul(low, 0x9e3779b1) ^ high, 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) & (BITS - 1);
}
