import type { DesiredObject } from "../../core/model/desired-object.ts";
import type { RefKey } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { ManagedApplication } from "../managed-application.ts";

/** Nearly every object is wanted by one application: a list only where there are more. */
type Wanting = ManagedApplication | readonly ManagedApplication[];

interface Noted {
  cluster: Cluster;
  desired: readonly DesiredObject[];
}

/** What an application wants no more, and who else wants some of it. */
export interface LetGo {
  /** Where that is: an application that moved wants things of another one by now. */
  cluster: Cluster;
  keys: readonly RefKey[];
  others: ReadonlySet<ManagedApplication>;
}

/** Which applications want an object of a cluster: whose mark it bears says only who had it last. */
export class WantedKeys {
  readonly #byCluster = new WeakMap<Cluster, Map<RefKey, Wanting>>();
  readonly #noted = new Map<ManagedApplication, Noted>();

  /** @returns undefined where it let go of nothing */
  note(managed: ManagedApplication, cluster: Cluster, desired: readonly DesiredObject[]): LetGo | undefined {
    const before = this.#noted.get(managed);
    if (before?.cluster === cluster && before.desired === desired) return undefined;
    this.#noted.set(managed, { cluster, desired });
    for (const key of keysOf(desired)) this.#add(cluster, key, managed);
    if (before === undefined) return undefined;
    const kept = before.cluster === cluster ? new Set(keysOf(desired)) : new Set<RefKey>();
    return this.#drop(managed, before, kept);
  }

  /** It wants nothing any more. */
  forget(managed: ManagedApplication): LetGo | undefined {
    const before = this.#noted.get(managed);
    this.#noted.delete(managed);
    return before === undefined ? undefined : this.#drop(managed, before, new Set());
  }

  /** Everybody who wants it. */
  wanting(cluster: Cluster, key: RefKey): readonly ManagedApplication[] {
    const found = this.#byCluster.get(cluster)?.get(key);
    return found === undefined ? [] : listOf(found);
  }

  /** Whether the application wants it, as its last target says; undefined where none is known on that cluster. */
  wants(managed: ManagedApplication, cluster: Cluster, key: RefKey): boolean | undefined {
    const noted = this.#noted.get(managed);
    if (noted === undefined) return undefined;
    return noted.cluster === cluster && this.wanting(cluster, key).includes(managed);
  }

  #add(cluster: Cluster, key: RefKey, managed: ManagedApplication): void {
    const byKey = this.#byCluster.get(cluster) ?? new Map<RefKey, Wanting>();
    this.#byCluster.set(cluster, byKey);
    const found = byKey.get(key);
    if (found === undefined) byKey.set(key, managed);
    else if (!listOf(found).includes(managed)) byKey.set(key, [...listOf(found), managed]);
  }

  #drop(managed: ManagedApplication, { cluster, desired }: Noted, kept: ReadonlySet<RefKey>): LetGo {
    const keys: RefKey[] = [];
    const others = new Set<ManagedApplication>();
    const byKey = this.#byCluster.get(cluster);
    for (const key of keysOf(desired)) {
      const found = byKey?.get(key);
      if (byKey === undefined || found === undefined || kept.has(key)) continue;
      keys.push(key);
      const left = listOf(found).filter((one) => one !== managed);
      for (const other of left) others.add(other);
      const [only] = left;
      if (only === undefined) byKey.delete(key);
      else byKey.set(key, left.length === 1 ? only : left);
    }
    return { cluster, keys, others };
  }
}

function keysOf(desired: readonly DesiredObject[]): RefKey[] {
  return desired.flatMap(({ key, role }) => (role.is === "ordinary" ? [key] : []));
}

function listOf(wanting: Wanting): readonly ManagedApplication[] {
  return Array.isArray(wanting)
    ? (wanting as readonly ManagedApplication[])
    : [wanting as ManagedApplication];
}
