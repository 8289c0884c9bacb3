/** How a request ended, as far as that says whether the server has too much to do. */
export type Ended =
  /** With an answer, whatever it said. `key`: asked in the same way (`apply apps/Deployment`); absent: its time tells nothing. */
  | { is: "answered"; key?: string; tookMs: number }
  /** It said that it has too much to do: 429, or 503 with a pause. */
  | { is: "refused" }
  /** No answer within the time: as slow as can be. */
  | { is: "no-answer" };

/** An answer that takes so many times as long as such answers did is one of a server that has too much to do. */
const SLOWER = 4;
/** So that one that took very long, for a reason of its own, is no trend: it takes three in a row. */
const MOST_SLOW = 8;
/** What is faster is no trouble, and may be us who were busy. In milliseconds. */
const NEVER_SLOW_MS = 250;
/** How fast what is thought of as usual follows what got slower: by so much at each answer. What got faster holds at once. */
const FORGETS = 1.005;
/** The newest answer's part in what is thought of as the pace now. */
const NEWEST = 0.2;
/** Ways of asking whose usual time is known. */
const MOST_KEYS = 200;

/**
 * How many requests a server takes at once: more, one by one, while it answers as usual and all places are taken, and
 * less where it refuses or gets slower. Each cut is judged by what was asked since the one before: sixteen requests that
 * are refused together are one refusal.
 *
 * A refusal halves it, down to one. Slowness, which may have other causes than us, takes a quarter off, down to a quarter
 * of the most.
 */
export class AdaptiveLimit {
  #limit: number;
  /** Of the pace now to the usual one. */
  #slowness = 1;
  readonly #usualMs = new Map<string, number>();
  /** When it was cut last, by the clock that never steps. */
  #cutAt = -Infinity;

  /** @param most requests at once, 1 or more */
  constructor(readonly most: number) {
    this.#limit = most;
  }

  /** A whole number in [1, most]. */
  get now(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  /**
   * @param startedAt, now `clock.monotonic()` when it was sent, and when it ended
   * @param places whether all places were taken: a limit that nobody comes to says nothing of the server
   */
  ended(ended: Ended, startedAt: number, now: number, places: "all-taken" | "some-free"): void {
    const isOfNow = startedAt >= this.#cutAt;
    if (ended.is === "refused") {
      if (isOfNow) this.#cut(0.5, 1, now);
      return;
    }
    const isSlow = ended.is === "no-answer" || this.#isSlow(ended);
    if (isSlow) {
      if (isOfNow) this.#cut(0.75, this.most / 4, now);
    } else if (places === "all-taken" && isOfNow)
      this.#limit = Math.min(this.most, this.#limit + 1 / this.#limit);
  }

  /** @param least where it is below already it stays */
  #cut(by: number, least: number, now: number): void {
    this.#limit = Math.min(this.#limit, Math.max(1, least, this.#limit * by));
    this.#cutAt = now;
    this.#slowness = 1;
  }

  #isSlow({ key, tookMs }: Extract<Ended, { is: "answered" }>): boolean {
    if (key === undefined) return false;
    this.#note(key, tookMs);
    return tookMs >= NEVER_SLOW_MS && this.#slowness >= SLOWER;
  }

  #note(key: string, tookMs: number): void {
    const usual = this.#usualMs.get(key);
    // Nothing is that fast: a first answer from the server's memory makes no other one slow.
    const ms = Math.max(1, tookMs);
    if (usual === undefined && this.#usualMs.size >= MOST_KEYS) return;
    this.#usualMs.set(key, usual === undefined ? ms : Math.min(ms, usual * FORGETS));
    if (usual !== undefined) this.#slowness += NEWEST * (Math.min(ms / usual, MOST_SLOW) - this.#slowness);
  }
}
