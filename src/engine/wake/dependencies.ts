import type { AppKey } from "../../core/model/application.ts";
import { awaited, type DependencyState, dependenciesOf } from "../../core/plan/dependencies.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { keptOn } from "../../lib/kept-on.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Applications } from "../applications.ts";
import { type ManagedApplication, shownApplication } from "../managed-application.ts";

/** Who is synced after whom, and who is woken when one that others wait for moves. */
export class Dependencies {
  /** By the application that others named: those who waited for something at their last look. */
  readonly #waiting = new Map<AppKey, Set<AppKey>>();
  /** RFC 3339: of those that wait now. */
  readonly #since = keptOn<ManagedApplication, string>();
  /** How far those were that others wait for, when that was looked at last: who waits for each other is not woken in a circle. */
  readonly #told = new Map<AppKey, string>();

  constructor(
    private readonly parts: {
      applications: Applications;
      clock: Pick<Clock, "now">;
      /** Resolves when everybody whom a known commit concerns was asked to look. */
      told(): Promise<void>;
      wake(managed: ManagedApplication): void;
    },
  ) {}

  /** Resolves when it can be told how far those are that it names: whom a commit concerns has heard of it. */
  async heard({ spec }: ManagedApplication): Promise<void> {
    if (dependenciesOf(spec.app).length > 0) await this.parts.told();
  }

  /** @returns what its next automated sync waits for, with since when; it is woken when that moves. */
  waitsFor(managed: ManagedApplication): string | undefined {
    const { applications, clock } = this.parts;
    const what = awaited(managed.spec.app, (key) => {
      const other = applications.get(key);
      return other === undefined ? undefined : { app: other.spec.app, state: stateOf(other) };
    });
    if (what === undefined) return undefined;
    for (const key of dependenciesOf(managed.spec.app)) {
      this.#waiting.set(key, (this.#waiting.get(key) ?? new Set()).add(managed.key));
      this.#told.set(key, this.#saidOf(key));
    }
    const since = this.#since.get(managed) ?? timestamp(clock.now());
    this.#since.set(managed, since);
    return `it waits since ${since} for ${what}`;
  }

  /** A pass of it has ended, the last one included: it may be another thing than before. */
  moved(key: AppKey): void {
    const { applications, wake } = this.parts;
    if (!this.#waiting.has(key)) return;
    const said = this.#saidOf(key);
    if (this.#told.get(key) === said) return;
    this.#told.set(key, said);
    for (const one of this.#waiting.get(key) ?? []) {
      const waiting = applications.get(one);
      if (waiting === undefined) this.#waiting.get(key)?.delete(one);
      else if (one !== key) wake(waiting);
    }
  }

  /** It waits for nobody at the moment. */
  rest(managed: ManagedApplication): void {
    if (!this.#since.delete(managed)) return;
    for (const [key, waiting] of this.#waiting) {
      waiting.delete(managed.key);
      if (waiting.size > 0) continue;
      this.#waiting.delete(key);
      this.#told.delete(key);
    }
  }

  #saidOf(key: AppKey): string {
    const managed = this.parts.applications.get(key);
    return managed === undefined
      ? ""
      : JSON.stringify([managed.spec.uid, stateOf(managed), dependenciesOf(managed.spec.app)]);
  }
}

/** What it was last is not what it is where a commit, or an edit, is still to be looked at. */
function stateOf(managed: ManagedApplication): DependencyState {
  const { spec, inbox, operation, seen } = managed;
  if (spec.deleting !== undefined) return { is: "on-its-way", why: "it is being deleted" };
  if (operation.is === "running" || operation.is === "waiting" || operation.is === "retrying")
    return { is: "on-its-way", why: "its sync is going on" };
  if (inbox.isLooking || seen.is === "never")
    return { is: "on-its-way", why: "what Git wants of it is being looked up" };
  const { status } = shownApplication(managed);
  const sync = status?.sync.status ?? "Unknown";
  const health = status?.health.status ?? "Unknown";
  const missing = [...(sync === "Synced" ? [] : [sync]), ...(health === "Healthy" ? [] : [health])];
  return missing.length === 0 ? { is: "there" } : { is: "on-its-way", why: missing.join(", ") };
}
