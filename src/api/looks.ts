import type { Asker } from "../core/access/asker.ts";
import { Slots } from "../lib/slots.ts";
import { OpenPlaces } from "./open-places.ts";

/** Looks that are under way or wait for their turn. */
const PLACES = { all: 24, each: 6, kept: 4 };
const AT_ONCE = 3;

/**
 * Looks at other revisions than those that are followed: each has Git asked, renders and compares. Who asks has one at a
 * time, everybody together a few; the others wait in line, and leave it where whoever asked has gone.
 */
export class Looks {
  readonly #places: OpenPlaces;
  readonly #all = new Slots(AT_ONCE);
  readonly #own = new Map<string, { slots: Slots; asked: number }>();

  /** @param what for the sentence that refuses one more */
  constructor(what = "looks at other revisions are under way") {
    this.#places = new OpenPlaces(what, PLACES);
  }

  /**
   * @param signal of the request
   * @throws {ApiError} 429 where too many wait already
   * @throws the signal's reason
   */
  async hold<T>(who: Asker, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const leave = this.#places.take(who);
    const { name } = who;
    const own = this.#own.get(name) ?? { slots: new Slots(1), asked: 0 };
    own.asked += 1;
    this.#own.set(name, own);
    try {
      return await own.slots.hold(() => this.#all.hold(work, signal), signal);
    } finally {
      leave();
      own.asked -= 1;
      if (own.asked === 0) this.#own.delete(name);
    }
  }
}
