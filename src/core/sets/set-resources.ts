import { filled } from "../../lib/defined.ts";
import type { AppKey, ApplicationStatus, ResourceStatus } from "../model/application.ts";
import type { SetKey } from "../model/application-set.ts";
import type { ExistingChild } from "./existing-child.ts";

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

/** Tells a set's applications; what says the same of one as before is the very same entry. */
export class SetResources {
  #entries = new Map<AppKey, ResourceStatus>();
  /** In the order of the last answer. */
  #order: readonly AppKey[] = [];

  /**
   * @param existing all applications of the home
   * @param comesTo as it is now
   */
  of(
    set: SetKey,
    existing: ReadonlyMap<AppKey, ExistingChild>,
    comesTo: (key: AppKey) => ComesTo | undefined,
  ): ShownResources {
    const own: AppKey[] = [];
    for (const [key, { ownedBy }] of existing) if (ownedBy === set) own.push(key);
    const isSame =
      own.length === this.#order.length && this.#order.every((key) => existing.get(key)?.ownedBy === set);
    if (!isSame) this.#order = own.sort();
    const before = this.#entries;
    this.#entries = new Map();
    const resources: ResourceStatus[] = [];
    for (const key of this.#order) {
      if (resources.length === MOST_RESOURCES) break;
      const now = comesTo(key);
      const known = before.get(key);
      const entry = known !== undefined && isOf(known, now) ? known : entryOf(key, now);
      this.#entries.set(key, entry);
      resources.push(entry);
    }
    return { resources, count: own.length };
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
