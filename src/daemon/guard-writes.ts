import { type DaemonPause, refusedByPause } from "../core/model/daemon-pause.ts";
import { Failure } from "../core/model/failure.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { ClusterObjects, WriteMode } from "../core/ports/cluster-objects.ts";
import type { StoreCondition } from "../core/ports/store.ts";

/** How the store is, and who pauses all writes. */
export interface WritesMay {
  condition(): StoreCondition;
  paused(): DaemonPause | undefined;
  /** What its own entry says against it. */
  leftAlone?(): Failure | undefined;
  /** Where the store is carried elsewhere. */
  carried?: CarriedWrites | undefined;
}

/** What several replicas need of each write. */
export interface CarriedWrites {
  /** Resolves when all that was written down before is kept for all of them. @throws {Failure} store */
  kept(): Promise<void>;
  /** Around each write that is sent. */
  during<T extends { is: string }>(write: () => Promise<T>): Promise<T>;
}

/**
 * The cluster as long as what happens to it can be remembered: a write or a deletion with a store that is not sound would
 * be known to nobody after a restart, and might be one of two daemons' on one folder. And as long as nobody pauses the
 * whole daemon, and its own entry does not say that it is to be left alone. Dry runs and reads go through.
 */
export function guardWrites(cluster: Cluster, { condition, paused, leftAlone, carried }: WritesMay): Cluster {
  const refuse = (): void => {
    const pause = paused();
    if (pause?.of === "writes")
      throw refusedByPause(pause, `cluster ${cluster.name}`, "write to the cluster");
    const against = leftAlone?.();
    if (against !== undefined) throw against;
    const store = condition();
    if (store.is === "sound") return;
    const { is, object, why, fix } = store;
    throw new Failure("store", object, is === "lost" ? "after-edit" : "backoff", {
      cannot: "write to the cluster",
      why,
      fix,
    });
  };
  const guard: Guard = async (send) => {
    if (carried === undefined) {
      refuse();
      return send();
    }
    refuse();
    await carried.kept();
    // Meanwhile somebody may have paused it.
    refuse();
    return carried.during(send);
  };
  return {
    ...cluster,
    ...guardObjects(cluster, guard),
    for: (errand) => guardObjects(cluster.for(errand), guard),
  };
}

type Guard = <T extends { is: string }>(send: () => Promise<T>) => Promise<T>;

function guardObjects(objects: ClusterObjects, guard: Guard): ClusterObjects {
  const guarded = <T extends { is: string }>(
    mode: WriteMode | undefined,
    send: () => Promise<T>,
  ): Promise<T> => (mode === "dry-run" ? send() : guard(send));
  return {
    read: (...asked) => objects.read(...asked),
    apply: async (object, mode) => guarded(mode, () => objects.apply(object, mode)),
    create: async (object, mode) => guarded(mode, () => objects.create(object, mode)),
    replace: async (object, mode) => guarded(mode, () => objects.replace(object, mode)),
    patch: async (ref, apiVersion, patch, as) =>
      guarded(as?.mode, () => objects.patch(ref, apiVersion, patch, as)),
    delete: async (ref, apiVersion, options, mode) =>
      guarded(mode, () => objects.delete(ref, apiVersion, options, mode)),
  };
}
