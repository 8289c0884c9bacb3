import { filled } from "../../lib/defined.ts";
import type { AppKey, ApplicationStatus, ResourceStatus } from "../model/application.ts";

/** What an application comes to, as far as its set says it. */
export type ComesTo = Pick<ApplicationStatus, "sync"> & Partial<Pick<ApplicationStatus, "health">>;

/** The applications of a set as its status has them. */
export interface ShownResources {
  resources: ResourceStatus[];
  /** Of all, shown or not. */
  count: number;
}

/** More would not fit into an object of a cluster. Source: Argo CD. */
const MOST_RESOURCES = 5_000;

/** Tells a set's applications; what says the same of one, or of all, as before is the very same entry, or list. */
export class SetResources {
  #own: readonly AppKey[] = [];
  /** Those that may say something else than their entry. */
  readonly #moved = new Set<AppKey>();
  /** Of those that are shown, in their order. */
  #keys: readonly AppKey[] = [];
  #entries: ResourceStatus[] = [];

  /** It may come to something else from now on: who is not named here says what it said, for as long as none comes or goes. */
  moved(key: AppKey): void {
    this.#moved.add(key);
  }

  /**
   * @param own the set's, in any order; the very same list where none came or went
   * @param comesTo as it is now
   */
  of(own: readonly AppKey[], comesTo: (key: AppKey) => ComesTo | undefined): ShownResources {
    const known = own === this.#own ? undefined : this.#take(own);
    if (known !== undefined || this.#moved.size > 0) this.#say(known, comesTo);
    return { resources: this.#entries, count: own.length };
  }

  #say(
    known: ReadonlyMap<AppKey, ResourceStatus> | undefined,
    comesTo: (key: AppKey) => ComesTo | undefined,
  ): void {
    const before = this.#entries;
    const entries = this.#keys.map((key, at) => {
      const entry = known === undefined ? before[at] : known.get(key);
      // One that came may have been there before: what it came to meanwhile was told of nobody's.
      const isToAsk = known !== undefined || this.#moved.has(key);
      if (entry !== undefined && !isToAsk) return entry;
      const now = comesTo(key);
      return entry !== undefined && isOf(entry, now) ? entry : entryOf(key, now);
    });
    this.#moved.clear();
    const isSame = entries.length === before.length && entries.every((entry, at) => entry === before[at]);
    if (!isSame) this.#entries = entries;
  }

  /** @returns what was said of each */
  #take(own: readonly AppKey[]): Map<AppKey, ResourceStatus> {
    const known = new Map(this.#keys.map((key, at) => [key, this.#entries[at] as ResourceStatus]));
    this.#own = own;
    const keys = own.toSorted();
    this.#keys = keys.length > MOST_RESOURCES ? keys.slice(0, MOST_RESOURCES) : keys;
    return known;
  }
}

function isOf({ status, health }: ResourceStatus, now: ComesTo | undefined): boolean {
  return (
    status === now?.sync.status &&
    health?.status === now?.health?.status &&
    (health?.message ?? "") === (now?.health?.message ?? "")
  );
}

function entryOf(key: AppKey, { sync, health }: Partial<ComesTo> = {}): ResourceStatus {
  const slash = key.indexOf("/");
  return {
    group: "argoproj.io",
    version: "v1alpha1",
    kind: "Application",
    ...{ namespace: key.slice(0, slash), name: key.slice(slash + 1) },
    ...(sync === undefined ? {} : { status: sync.status }),
    ...(health === undefined
      ? {}
      : { health: { status: health.status, ...filled({ message: health.message }) } }),
  };
}
