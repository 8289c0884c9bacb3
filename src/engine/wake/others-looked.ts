import type { Application } from "../../core/model/application.ts";
import { keptOn } from "../../lib/kept-on.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Applications } from "../applications.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";

/** How long a prune waits for applications that may want what it would delete. */
const LOOKS_WITHIN_MS = 30_000;
/** For so long after that nobody else waits for the same one either: many deletions at once wait once, and a later one anew. */
const KNOWN_IN_VAIN_MS = 300_000;
/** What is over sooner is not worth a word. */
const SAID_AFTER_MS = 1_000;

/** Who waits for whom before something is deleted. */
export class OthersLooked {
  /**
   * For whom, as it was written, an application waited for all that time already: each prune, and each step of a
   * deletion, would do it anew.
   */
  readonly #inVain = keptOn<ManagedApplication, WeakMap<ManagedApplication, Application>>();

  /** Until when applications are waited for that cannot look, as they are written now; by the clock that never steps. */
  readonly #until = keptOn<ManagedApplication, { app: Application; at: number }>();

  /** Manifests, as they were written last, for which it waited as long as it waits. */
  readonly #late = keptOn<ManagedApplication, WeakSet<Application>>();

  constructor(
    private readonly applications: Applications,
    private readonly clock: EnginePorts["clock"],
  ) {}

  /**
   * Asked right before a delete: an application that was made or edited since `before` resolved, and that is to be waited
   * for in the same way.
   */
  undecided(managed: ManagedApplication): ManagedApplication | undefined {
    const [inVain, late] = [this.#inVain.get(managed), this.#late.get(managed)];
    for (const other of this.applications) {
      const { app } = other.spec;
      if (other === managed || !isUndecided(other) || !mayStillKnow(other)) continue;
      if (inVain?.get(other) !== app && late?.has(app) !== true) return other;
    }
    return undefined;
  }

  /**
   * Resolves when every application but `managed` knows what it wants of what is known now. A look that hangs (a Git
   * server that is silent) does not hold up a prune for ever: after half a minute it resolves all the same, and one that
   * still could not look then is not waited for by the same application again before it could, nor by others who come
   * within some minutes: what holds up one deletion for half a minute must not hold up a hundred one after the other.
   * @param say hears what is waited for, where that takes longer than a moment
   */
  async before(
    managed: ManagedApplication,
    signal: AbortSignal,
    say: (message: string) => void,
  ): Promise<void> {
    const inVain = this.#inVain.get(managed) ?? new WeakMap();
    for (const other of this.applications)
      if (other.seen.is !== "failed" || inVain.get(other) !== other.spec.app) inVain.delete(other);
    const asked = [...this.applications].filter(
      (other) => other !== managed && !inVain.has(other) && mayStillKnow(other),
    );
    const withinMs = new Map(asked.map((other) => [other, this.#waitsMs(other)]));
    const looking = asked.filter((other) => withinMs.get(other) !== 0);
    for (const other of asked) if (!looking.includes(other)) inVain.set(other, other.spec.app);
    this.#inVain.set(managed, inVain);
    if (looking.length === 0) return;
    const over = new AbortController();
    const ended = AbortSignal.any([signal, over.signal]);
    const late = this.clock.sleep(Math.max(...withinMs.values()), ended).then(() => "late" as const);
    const since = timestamp(this.clock.now());
    const left = new Set(looking);
    let word: "soon" | "said" = "soon";
    const tell = () => {
      if (word === "said" && left.size > 0 && !ended.aborted) say(waitsFor([...left], since));
    };
    this.clock.sleep(SAID_AFTER_MS, ended).then(
      () => {
        word = "said";
        tell();
      },
      () => undefined,
    );
    try {
      const looked = Promise.all(
        looking.map(async (other) => {
          do await other.inbox.looked();
          while (other.seen.is === "failed" && mayStillKnow(other) && !ended.aborted);
          left.delete(other);
          tell();
        }),
      );
      if ((await Promise.race([looked, late])) !== "late") return;
      const waitedFor = this.#late.get(managed) ?? new WeakSet();
      for (const other of left) waitedFor.add(other.spec.app);
      this.#late.set(managed, waitedFor);
      for (const other of looking) if (other.seen.is === "failed") inVain.set(other, other.spec.app);
    } finally {
      over.abort();
      late.catch(() => undefined);
    }
  }

  /** How long it is still waited for: where its look only fails again, that time is one for all who wait. */
  #waitsMs(other: ManagedApplication): number {
    if (other.seen.is !== "failed" || other.inbox.isAskedAnew) {
      this.#until.delete(other);
      return LOOKS_WITHIN_MS;
    }
    const now = this.clock.monotonic();
    const { app } = other.spec;
    const known = this.#until.get(other);
    if (known?.app === app && now < known.at + KNOWN_IN_VAIN_MS) return Math.max(0, known.at - now);
    this.#until.set(other, { app, at: now + LOOKS_WITHIN_MS });
    return LOOKS_WITHIN_MS;
  }
}

/** @param since RFC 3339 */
function waitsFor([first, ...more]: readonly ManagedApplication[], since: string): string {
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  return `waiting for the look at what ${first?.key}${others} may want of what is to be deleted since ${since}, ${LOOKS_WITHIN_MS / 1_000} s at most`;
}

/**
 * Whether it is worth waiting for what an application wants. Where its last look failed, it is for one that was asked for
 * since (an edit, a project that permits it now, a commit), and until what it wants as it is written now was known once;
 * it is not where the same failure would only come again.
 */
function mayStillKnow({ inbox, seen, spec, target, snapshot }: ManagedApplication): boolean {
  if (spec.deleting !== undefined || !inbox.isLooking) return false;
  if (seen.is !== "failed" || inbox.isAskedAnew) return true;
  return (
    seen.failure.retry === "backoff" && (target === undefined || target.generation !== snapshot?.generation)
  );
}

/**
 * Whether it was made, or edited, and does not know yet what it wants by that. What it knows from before says nothing of
 * that; a commit that it looks for is another matter, it is news for all at the same time.
 */
function isUndecided({ aim, target, snapshot }: ManagedApplication): boolean {
  return target === undefined || snapshot?.app !== aim.app || target.generation !== snapshot.generation;
}
