import type { Cluster } from "../../src/core/ports/cluster.ts";
import type { ClusterObjects } from "../../src/core/ports/cluster-objects.ts";

type Delete = ClusterObjects["delete"];

/** Puts something before every deletion that a cluster is asked for, on whatever errand. @returns ends it */
export function beforeDeletes(cluster: Cluster, put: (honest: Delete) => Delete): () => void {
  const honest = { delete: cluster.delete, for: cluster.for };
  cluster.delete = put(honest.delete);
  cluster.for = (errand) => {
    const objects = honest.for(errand);
    const remove = put((...asked) => objects.delete(...asked));
    return new Proxy(objects, {
      get: (target, part: keyof ClusterObjects) => (part === "delete" ? remove : target[part].bind(target)),
    });
  };
  return () => {
    cluster.delete = honest.delete;
    cluster.for = honest.for;
  };
}
