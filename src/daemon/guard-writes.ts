import { Failure } from "../core/model/failure.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { ClusterObjects } from "../core/ports/cluster-objects.ts";
import type { StoreCondition } from "../core/ports/store.ts";

/**
 * The cluster as long as what happens to it can be remembered: a write or a deletion with a store that is not sound would
 * be known to nobody after a restart, and might be one of two daemons' on one folder. Dry runs and reads go through.
 */
export function guardWrites(cluster: Cluster, condition: () => StoreCondition): Cluster {
  const refuseUnsound = (): void => {
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
    ...guardObjects(cluster, refuseUnsound),
    for: (errand) => guardObjects(cluster.for(errand), refuseUnsound),
  };
}

function guardObjects(objects: ClusterObjects, refuseUnsound: () => void): ClusterObjects {
  return {
    read: (...asked) => objects.read(...asked),
    apply: async (object, mode) => {
      if (mode === "write") refuseUnsound();
      return objects.apply(object, mode);
    },
    create: async (object, mode) => {
      if (mode === "write") refuseUnsound();
      return objects.create(object, mode);
    },
    replace: async (object, mode) => {
      if (mode === "write") refuseUnsound();
      return objects.replace(object, mode);
    },
    patch: async (...asked) => {
      refuseUnsound();
      return objects.patch(...asked);
    },
    delete: async (ref, apiVersion, options, mode) => {
      if (mode === "write") refuseUnsound();
      return objects.delete(ref, apiVersion, options, mode);
    },
  };
}
