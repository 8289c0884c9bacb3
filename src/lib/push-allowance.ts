import type { PushedRef } from "./pushed-ref.ts";

/** `known`: who announces has proved who he is, or is ourselves. */
export type AnnouncedBy = "known" | "anybody";

/**
 * Pushes in a row that are looked after at once. Somebody who pushes again for a slip should not wait; whom nobody knows
 * has one, and what he takes is nobody else's.
 */
const AT_ONCE = { known: 3, anybody: 1 } as const;
/** After that, and in the long run, one look in this time for each repository. */
const EVERY_MS = 10_000;
/** Announcements within this time are taken together: finding out whom one means costs a look at all applications. */
const TOGETHER_MS = 100;
/** Of different repositories within that time; a real provider tells of a few, and polls find the others. */
const MOST_TOGETHER = 1_000;
/** Of one repository within that time; more of them are any. */
const MOST_REFS = 50;

/** What was announced of one place. */
export interface Announced {
  refs: readonly PushedRef[] | "any";
  by: AnnouncedBy;
}

/**
 * Anybody may announce a push, as often as he likes. What it makes us do is bounded: one look at all applications in a
 * tenth of a second, and of each repository that is followed one question in ten seconds; who is known has three in a row
 * before that. The last announcement is always looked after.
 */
export class PushAllowance {
  /** By who announced and what is followed: looks that are left, and when that was; `waits` for its next one. */
  readonly #looks = new Map<string, { left: number; at: number; is: "free" | "waiting" }>();
  readonly #ended = new AbortController();
  #announced = new Map<string, Announced>();
  #taking: "at-once" | "together" = "at-once";

  constructor(
    private readonly clock: { monotonic(): number; sleep(ms: number, signal: AbortSignal): Promise<void> },
    /** Which of those that are followed were meant, and by whom. */
    private readonly meant: (
      places: ReadonlyMap<string, Announced>,
    ) => Iterable<readonly [followed: string, by: AnnouncedBy]>,
    private readonly look: (followed: string) => void,
  ) {}

  /** @param ref absent: it is not said what was pushed */
  announce(places: Iterable<string>, by: AnnouncedBy = "known", ref?: PushedRef): void {
    for (const place of places) this.#note(place, by, ref);
    if (this.#taking === "at-once") this.#take();
  }

  #note(place: string, by: AnnouncedBy, ref: PushedRef | undefined): void {
    const before = this.#announced.get(place);
    // Whom nobody knows takes no room from whom we know.
    const most = by === "known" ? 2 * MOST_TOGETHER : MOST_TOGETHER;
    if (before === undefined && this.#announced.size >= most) return;
    const { refs = [] } = before ?? {};
    this.#announced.set(place, {
      refs: ref === undefined || refs === "any" || refs.length >= MOST_REFS ? "any" : [...refs, ref],
      by: before?.by === "known" ? "known" : by,
    });
  }

  stop(): void {
    this.#ended.abort(new Error("the daemon stops"));
  }

  #take(): void {
    if (this.#announced.size === 0) return;
    const places = this.#announced;
    this.#announced = new Map();
    for (const [followed, by] of this.meant(places)) this.#lookSoon(followed, by);
    this.#taking = "together";
    this.#after(TOGETHER_MS, () => {
      this.#taking = "at-once";
      this.#take();
    });
  }

  #lookSoon(followed: string, by: AnnouncedBy): void {
    const now = this.clock.monotonic();
    const key = `${by} ${followed}`;
    const known = this.#looks.get(key) ?? { left: AT_ONCE[by], at: now, is: "free" };
    if (known.is === "waiting") return;
    const left = Math.min(AT_ONCE[by], known.left + (now - known.at) / EVERY_MS);
    if (left >= 1) {
      this.#looks.set(key, { left: left - 1, at: now, is: "free" });
      return this.look(followed);
    }
    this.#looks.set(key, { left, at: now, is: "waiting" });
    this.#after(Math.ceil((1 - left) * EVERY_MS), () => {
      this.#looks.set(key, { left: 0, at: this.clock.monotonic(), is: "free" });
      this.look(followed);
    });
  }

  #after(ms: number, work: () => void): void {
    this.clock.sleep(ms, this.#ended.signal).then(work, () => undefined);
  }
}
