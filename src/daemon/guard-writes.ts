import { type DaemonPause, refusedByPause } from "../core/model/daemon-pause.ts";
import { Failure } from "../core/model/failure.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { ClusterObjects } from "../core/ports/cluster-objects.ts";
import type { StoreCondition } from "../core/ports/store.ts";

/** How the store is, and who pauses all writes. */
export interface WritesMay {
  condition(): StoreCondition;
  paused(): DaemonPause | undefined;
  /** What its own entry says against it. */
  leftAlone?(): Failure | undefined;
}

/**
 * The cluster as long as what happens to it can be remembered: a write or a deletion with a store that is not sound would
 * be known to nobody after a restart, and might be one of two daemons' on one folder. And as long as nobody pauses the
 * whole daemon, and its own entry does not say that it is to be left alone. Dry runs and reads go through.
 */
export function guardWrites(cluster: Cluster, { condition, paused, leftAlone }: WritesMay): Cluster {
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
  return {
    ...cluster,
    ...guardObjects(cluster, refuse),
    for: (errand) => guardObjects(cluster.for(errand), refuse),
  };
}

function guardObjects(objects: ClusterObjects, refuse: () => void): ClusterObjects {
  return {
    read: (...asked) => objects.read(...asked),
    apply: async (object, mode) => {
      if (mode === "write") refuse();
      return objects.apply(object, mode);
    },
    create: async (object, mode) => {
      if (mode === "write") refuse();
      return objects.create(object, mode);
    },
    replace: async (object, mode) => {
      if (mode === "write") refuse();
      return objects.replace(object, mode);
    },
    patch: async (ref, apiVersion, patch, as) => {
      if (as?.mode !== "dry-run") refuse();
      return objects.patch(ref, apiVersion, patch, as);
    },
    delete: async (ref, apiVersion, options, mode) => {
      if (mode === "write") refuse();
      return objects.delete(ref, apiVersion, options, mode);
    },
  };
}
