/**
 * How much of all lists is held at once. A daemon that starts lists every kind of every cluster, and what a page says takes
 * several times its text while it is parsed: of 50 clusters at once that was more memory than all the objects take.
 */
import { Slots } from "../lib/slots.ts";

export interface ListRoomBounds {
  /** Pages that are asked for, or wait as text. */
  asked: number;
  /** Milliseconds after which one that is still asked for keeps no other from being asked for: its cluster may be dead. */
  patienceMs: number;
  /** Pages that are parsed and taken in; that waits for nobody outside. */
  takenIn: number;
}

export class ListRoom {
  readonly #asked: Slots;
  readonly #takenIn: Slots;

  constructor({ asked, patienceMs, takenIn }: ListRoomBounds) {
    this.#asked = new Slots(asked, patienceMs);
    this.#takenIn = new Slots(takenIn);
  }

  /** @throws what either of them throws */
  page<A, T>(ask: () => Promise<A>, takeIn: (answer: A) => Promise<T>): Promise<T> {
    return this.#asked.hold(async () => {
      const answer = await ask();
      return this.#takenIn.hold(() => takeIn(answer));
    });
  }
}

/** One for the process, as its memory and its event loop are. */
export const listRoom = new ListRoom({ asked: 16, patienceMs: 2_000, takenIn: 2 });
