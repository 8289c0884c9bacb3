import type { Clock } from "../core/ports/clock.ts";
import type { RequestPlaces } from "../core/ports/cluster.ts";
import { AdaptiveLimit, type Ended } from "./adaptive-limit.ts";

/** Whose turn a request takes. */
export interface Turn {
  /** An application, or what of ours needs it (`lists of apps/Deployment`). Owners take turns. */
  owner: string;
  /** `heal` goes first, then what a person `asked` for. `list` may be slow, and never takes more than half of all places. */
  urgency: "heal" | "asked" | "sync" | "list";
}

interface Waiting extends Turn {
  start: () => void;
}

/** So many heals start in places that are everybody's before something else that waits has a turn too. */
const HEALS_IN_A_ROW = 3;
/** So many that a person asked for, before one of the others. */
const ASKED_IN_A_ROW = 3;

/**
 * Lets so many requests run at once as the server takes. Those that wait take turns by owner, heals before the others and
 * with a few places of their own, so that neither one large sync nor a kind that hangs stands before everybody. While the
 * server asked for a pause nothing new starts.
 */
export class InFlight {
  readonly #running = { heal: 0, asked: 0, sync: 0, list: 0 };
  /** Of each owner that has any. */
  readonly #held = new Map<string, number>();
  readonly #heals = new Line();
  readonly #asked = new Line();
  readonly #others = new Line();
  #healsInARow = 0;
  #askedInARow = 0;
  #notBefore = -Infinity;
  #paused: "no" | "waited-for" = "no";
  readonly #limit: AdaptiveLimit;

  /**
   * @param most requests at once, where the server takes them
   * @param reserved more, for heals alone
   */
  constructor(
    readonly most: number,
    readonly clock: Clock,
    private readonly reservedAtMost = 2,
  ) {
    this.#limit = new AdaptiveLimit(most);
  }

  /** Requests at once as things are. */
  get limit(): number {
    return this.#limit.now;
  }

  /** For heals alone: never more than all others have. */
  get reserved(): number {
    return Math.min(this.reservedAtMost, this.limit);
  }

  places(): RequestPlaces {
    return {
      now: this.limit,
      most: this.most,
      waiting: this.#heals.size + this.#asked.size + this.#others.size,
    };
  }

  async run<T>(turn: Turn, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await new Promise<void>((start) => {
      this.#lineOf(turn).add({ ...turn, start });
      this.#fill(signal);
    });
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      this.#running[turn.urgency]--;
      const left = (this.#held.get(turn.owner) ?? 1) - 1;
      if (left === 0) this.#held.delete(turn.owner);
      else this.#held.set(turn.owner, left);
      this.#fill(signal);
    }
  }

  /** What one request says of how many the server takes. @param startedAt `clock.monotonic()` when it was sent */
  ended(ended: Ended, startedAt: number): void {
    const { heal, asked, sync, list } = this.#running;
    const places = heal + asked + sync + list >= this.limit ? "all-taken" : "some-free";
    this.#limit.ended(ended, startedAt, this.clock.monotonic(), places);
  }

  /** No new request for the next `ms`. */
  pause(ms: number): void {
    this.#notBefore = Math.max(this.#notBefore, this.clock.monotonic() + ms);
  }

  #pauseMs(): number {
    return this.#notBefore - this.clock.monotonic();
  }

  #fill(signal: AbortSignal): void {
    const pauseMs = this.#pauseMs();
    if (pauseMs > 0 && !signal.aborted) return this.#fillAfter(pauseMs, signal);
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#running[next.urgency]++;
      this.#held.set(next.owner, (this.#held.get(next.owner) ?? 0) + 1);
      next.start();
    }
  }

  /** After a pause as many begin as have a place then, and not all that came meanwhile. */
  #fillAfter(ms: number, signal: AbortSignal): void {
    if (this.#paused === "waited-for") return;
    this.#paused = "waited-for";
    const goOn = (): void => {
      this.#paused = "no";
      this.#fill(signal);
    };
    // Aborted: those who wait hear of it when their turn comes.
    this.clock.sleep(ms, signal).then(goOn, goOn);
  }

  #lineOf({ urgency }: Turn): Line {
    if (urgency === "heal") return this.#heals;
    return urgency === "asked" ? this.#asked : this.#others;
  }

  #next(): Waiting | undefined {
    const { heal, asked, sync, list } = this.#running;
    // Heals are in their own places first: only what is beyond takes of the others', who start again when that ends.
    const shared = Math.max(0, heal - this.reserved) + asked + sync + list;
    const hasRoom = shared < this.limit;
    if (hasRoom && this.#healsInARow >= HEALS_IN_A_ROW) {
      const other = this.#nextOther();
      if (other !== undefined) return other;
    }
    if (!hasRoom && heal >= this.reserved) return undefined;
    const first = this.#heals.take(this.#held, this.#fits);
    if (first === undefined) return hasRoom ? this.#nextOther() : undefined;
    if (heal >= this.reserved) this.#healsInARow++;
    return first;
  }

  #nextOther(): Waiting | undefined {
    const areOthersNext = this.#askedInARow >= ASKED_IN_A_ROW;
    const lines = areOthersNext ? [this.#others, this.#asked] : [this.#asked, this.#others];
    for (const line of lines) {
      const next = line.take(this.#held, this.#fits);
      if (next === undefined) continue;
      this.#healsInARow = 0;
      this.#askedInARow = line === this.#asked ? this.#askedInARow + 1 : 0;
      return next;
    }
    return undefined;
  }

  /** One owner leaves a quarter of the places to others, and one kind's lists leave three. */
  readonly #fits = ({ owner, urgency }: Waiting): boolean => {
    const quarter = Math.ceil(this.limit / 4);
    const held = this.#held.get(owner) ?? 0;
    if (urgency !== "list") return held < Math.max(1, this.limit - quarter);
    return held < quarter && this.#running.list < Math.max(1, Math.floor(this.limit / 2));
  };
}

/** What waits, by owner: each in order of arrival, and the owners in turn. */
class Line {
  readonly #byOwner = new Map<string, Waiting[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(one: Waiting): void {
    this.#size++;
    const line = this.#byOwner.get(one.owner);
    if (line === undefined) this.#byOwner.set(one.owner, [one]);
    else line.push(one);
  }

  /** From an owner that holds nothing, else from the first whose turn it is; that owner goes to the end. */
  take(held: ReadonlyMap<string, number>, fits: (one: Waiting) => boolean): Waiting | undefined {
    let found: [string, Waiting[]] | undefined;
    for (const [owner, line] of this.#byOwner) {
      const [first] = line;
      if (first === undefined || !fits(first)) continue;
      if (held.has(owner)) {
        found ??= [owner, line];
        continue;
      }
      found = [owner, line];
      break;
    }
    if (found === undefined) return undefined;
    const [owner, line] = found;
    const first = line.shift();
    this.#size--;
    this.#byOwner.delete(owner);
    if (line.length > 0) this.#byOwner.set(owner, line);
    return first;
  }
}
