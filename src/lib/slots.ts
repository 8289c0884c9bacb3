import { FairLine, type Place, type Turn } from "./fair-line.ts";
import { startTimer } from "./timer.ts";

/** What `hold` hands to its work. */
export interface Slot {
  /** Runs `work` with the slot given back, and takes one again before it goes on; the last of several at once takes it. */
  without<T>(work: () => Promise<T>): Promise<T>;
}

/** Whoever says nothing waits behind those who came before. */
const IN_LINE: Place = { turn: "in-line", lanes: [] };
/** Of those that go ahead every second one takes a place beyond their own; the others have the rest. */
const AHEAD_IN_A_ROW = 1;
/** So many that somebody waits for, before one in line. */
const SOON_IN_A_ROW = 4;

/** One that waits for a slot, or holds one. */
interface Holder {
  go: () => void;
}

/**
 * A bound on how many things run at once; the others wait in line, fairly. Whoever waits for the outside world for long gives
 * its slot back meanwhile, and where there is a patience loses it when that ends, so that what is stuck never holds a
 * place that another needs.
 */
export class Slots {
  readonly #line: FairLine<Holder>;
  /** Whoever waits, by the place that it was given. */
  readonly #waiting = new Map<Place, Holder>();

  /**
   * @param patienceMs how long one slot can be held; absent: as long as the work takes
   * @param reserved more slots, for what goes ahead alone
   */
  constructor(
    count: number,
    private readonly patienceMs?: number,
    reserved = 0,
  ) {
    this.#line = new FairLine({
      places: count,
      reserved,
      aheadInARow: AHEAD_IN_A_ROW,
      soonInARow: SOON_IN_A_ROW,
    });
  }

  /** Whoever waits with this place, the very one, has a better turn from now on. */
  raise(place: Place, turn: Turn): void {
    const holder = this.#waiting.get(place);
    if (holder === undefined) return;
    this.#line.raise(holder, turn);
    this.#fill();
  }

  /**
   * Runs `work` with a slot held.
   * @throws the signal's reason when it is aborted while waiting
   */
  async hold<T>(work: (slot: Slot) => Promise<T>, signal?: AbortSignal, place = IN_LINE): Promise<T> {
    let give = await this.#take(place, signal);
    let outside = 0;
    let taking: Promise<void> | undefined;
    const takeAgain = async (): Promise<void> => {
      give = await this.#take(place);
      // Others of it went out while this waited in line.
      if (outside > 0) give();
    };
    const slot: Slot = {
      without: async (other) => {
        outside += 1;
        give();
        try {
          return await other();
        } finally {
          outside -= 1;
          if (outside === 0) {
            taking ??= takeAgain().finally(() => {
              taking = undefined;
            });
            await taking;
          }
        }
      },
    };
    try {
      return await work(slot);
    } finally {
      give();
    }
  }

  /** @returns gives the slot back; a second call does nothing */
  async #take(place: Place, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    const holder: Holder = { go: () => undefined };
    const isTurn = new Promise<void>((go, leave) => {
      const abort = (): void => {
        this.#line.delete(holder);
        this.#waiting.delete(place);
        leave(signal?.reason);
      };
      holder.go = () => {
        signal?.removeEventListener("abort", abort);
        this.#waiting.delete(place);
        go();
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.set(place, holder);
      this.#line.add(holder, place);
    });
    this.#fill();
    await isTurn;
    const give = (): void => {
      timer?.cancel();
      this.#line.giveBack(holder);
      this.#fill();
    };
    const timer = this.patienceMs === undefined ? undefined : startTimer(this.patienceMs, give);
    return give;
  }

  #fill(): void {
    for (let next = this.#line.next(); next !== undefined; next = this.#line.next()) next.go();
  }
}
