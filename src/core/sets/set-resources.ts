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
  /** Of those that are shown, where each stands in the entries. */
  #places: ReadonlyMap<AppKey, number> = new Map();
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
    if (own !== this.#own) this.#take(own, comesTo);
    else if (this.#moved.size > 0) this.#sayMoved(comesTo);
    this.#moved.clear();
    return { resources: this.#entries, count: own.length };
  }

  /** Some came or went. One that came may have been there before: what it came to meanwhile was told of nobody's. */
  #take(own: readonly AppKey[], comesTo: (key: AppKey) => ComesTo | undefined): void {
    const [before, places] = [this.#entries, this.#places];
    const keys = own.toSorted();
    const shown = keys.length > MOST_RESOURCES ? keys.slice(0, MOST_RESOURCES) : keys;
    const entries = shown.map((key) => entryAfter(before[places.get(key) ?? -1], key, comesTo(key)));
    this.#own = own;
    this.#places = new Map(shown.map((key, at) => [key, at]));
    const isSame = entries.length === before.length && entries.every((entry, at) => entry === before[at]);
    if (!isSame) this.#entries = entries;
  }

  #sayMoved(comesTo: (key: AppKey) => ComesTo | undefined): void {
    let entries: ResourceStatus[] | undefined;
    for (const key of this.#moved) {
      const place = this.#places.get(key);
      if (place === undefined) continue;
      const before = this.#entries[place];
      const entry = entryAfter(before, key, comesTo(key));
      if (entry === before) continue;
      entries ??= [...this.#entries];
      entries[place] = entry;
    }
    if (entries !== undefined) this.#entries = entries;
  }
}

/** The very same entry where it says the same. */
function entryAfter(
  before: ResourceStatus | undefined,
  key: AppKey,
  now: ComesTo | undefined,
): ResourceStatus {
  return before !== undefined && isOf(before, now) ? before : entryOf(key, now);
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
