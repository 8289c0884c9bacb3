/**
 * How much of all lists is held at once. A daemon that starts lists every kind of every cluster, and what a page says takes
 * several times its text while it is parsed: of 50 clusters at once that was more memory than all the objects take.
 */
import { Slots } from "../lib/slots.ts";

/** Pages that are asked for, or wait as text. */
const ASKED = 16;
/** Milliseconds after which one that is still asked for keeps no other from being asked for: its cluster may be dead. */
const PATIENCE_MS = 2_000;
/** Pages that are parsed and taken in; that waits for nobody outside. */
const TAKEN_IN = 2;

class ListRoom {
  readonly #asked = new Slots(ASKED, PATIENCE_MS);
  readonly #takenIn = new Slots(TAKEN_IN);

  /** @throws what either of them throws */
  page<A, T>(ask: () => Promise<A>, takeIn: (answer: A) => Promise<T>): Promise<T> {
    return this.#asked.hold(async () => {
      const answer = await ask();
      return this.#takenIn.hold(() => takeIn(answer));
    });
  }
}

/** One for the process, as its memory and its event loop are. */
export const listRoom = new ListRoom();
