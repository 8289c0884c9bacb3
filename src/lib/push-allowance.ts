/** Pushes in a row that are looked after at once: somebody who pushes again for a slip should not wait. */
const AT_ONCE = 3;
/** After that, and in the long run, one look in this time for each repository. */
const EVERY_MS = 10_000;
/** Announcements within this time are taken together: finding out whom one means costs a look at all applications. */
const TOGETHER_MS = 100;
/** Of different repositories within that time; a real provider tells of a few, and polls find the others. */
const MOST_TOGETHER = 1_000;

/**
 * Anybody may announce a push, as often as he likes. What it makes us do is bounded: one look at all applications in a
 * tenth of a second, and of each repository that is followed three questions in a row and then one in ten seconds. The
 * last announcement is always looked after.
 */
export class PushAllowance {
  /** By what is followed: looks that are left, and when that was; `waits` for its next one. */
  readonly #looks = new Map<string, { left: number; at: number; is: "free" | "waiting" }>();
  readonly #ended = new AbortController();
  #announced = new Set<string>();
  #taking: "at-once" | "together" = "at-once";

  constructor(
    private readonly clock: { monotonic(): number; sleep(ms: number, signal: AbortSignal): Promise<void> },
    /** Which of those that are followed were meant. */
    private readonly meant: (places: ReadonlySet<string>) => Iterable<string>,
    private readonly look: (followed: string) => void,
  ) {}

  announce(places: Iterable<string>): void {
    for (const place of places) if (this.#announced.size < MOST_TOGETHER) this.#announced.add(place);
    if (this.#taking === "at-once") this.#take();
  }

  stop(): void {
    this.#ended.abort(new Error("the daemon stops"));
  }

  #take(): void {
    if (this.#announced.size === 0) return;
    const places = this.#announced;
    this.#announced = new Set();
    for (const followed of this.meant(places)) this.#lookSoon(followed);
    this.#taking = "together";
    this.#after(TOGETHER_MS, () => {
      this.#taking = "at-once";
      this.#take();
    });
  }

  #lookSoon(followed: string): void {
    const now = this.clock.monotonic();
    const known = this.#looks.get(followed) ?? { left: AT_ONCE, at: now, is: "free" };
    if (known.is === "waiting") return;
    const left = Math.min(AT_ONCE, known.left + (now - known.at) / EVERY_MS);
    if (left >= 1) {
      this.#looks.set(followed, { left: left - 1, at: now, is: "free" });
      return this.look(followed);
    }
    this.#looks.set(followed, { left, at: now, is: "waiting" });
    this.#after(Math.ceil((1 - left) * EVERY_MS), () => {
      this.#looks.set(followed, { left: 0, at: this.clock.monotonic(), is: "free" });
      this.look(followed);
    });
  }

  #after(ms: number, work: () => void): void {
    this.clock.sleep(ms, this.#ended.signal).then(work, () => undefined);
  }
}
