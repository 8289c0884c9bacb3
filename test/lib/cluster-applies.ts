import type { Cluster } from "../../src/core/ports/cluster.ts";
import type { ClusterObjects } from "../../src/core/ports/cluster-objects.ts";

/** Holds back the apply of every object of a name until it may go on; dry runs pass. */
export function beforeApplies(cluster: Cluster, name: string): { isAsked: Promise<void>; goOn(): void } {
  const asked = Promise.withResolvers<void>();
  const free = Promise.withResolvers<void>();
  const honest = cluster.for;
  cluster.for = (errand) => {
    const objects = honest.call(cluster, errand);
    const apply: ClusterObjects["apply"] = async (object, mode) => {
      if (mode === "write" && object.metadata.name === name) {
        asked.resolve();
        await free.promise;
      }
      return objects.apply(object, mode);
    };
    return new Proxy(objects, {
      get: (target, part: keyof ClusterObjects) => (part === "apply" ? apply : target[part].bind(target)),
    });
  };
  return {
    isAsked: asked.promise,
    goOn() {
      cluster.for = honest;
      free.resolve();
    },
  };
}
