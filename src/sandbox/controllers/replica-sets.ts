import { defined } from "../../lib/defined.ts";
import { itemsAt, type JsonObject, type KubeJson, numberAt, objectAt } from "../json.ts";
import { storeKey } from "../storage/store.ts";
import type { Controller } from "./loop.ts";
import { hasCondition, ownerReference, positive, specOf, type World } from "./world.ts";

/** ReplicaSets make and delete Pods until there are as many as asked for. */
export function replicaSetController(world: World): Controller {
  const sets = world.kind("apps/v1", "replicasets");
  const pods = world.kind("v1", "pods");
  return {
    concerns(event) {
      if (event.table === sets.table)
        return [storeKey(event.object.metadata.namespace, event.object.metadata.name)];
      return event.table === pods.table ? ownerKeys(event.object, "ReplicaSet") : [];
    },
    reconcile(key) {
      const set = world.find(sets, key);
      if (set === undefined) return undefined;
      const mine = livePods(world, set);
      if (set.metadata.deletionTimestamp === undefined) {
        const wanted = numberAt(set, "spec", "replicas") ?? 1;
        for (let missing = wanted - mine.length; missing > 0; missing--) {
          const pod = world.create(
            pods,
            set.metadata.namespace ?? "",
            podOf(set, { generateName: `${set.metadata.name}-` }),
          );
          world.event(
            set,
            "Normal",
            "SuccessfulCreate",
            `Created pod: ${pod.metadata.name}`,
            "replicaset-controller",
          );
        }
        // The least useful go first.
        const spare = [...mine]
          .sort((a, b) => Number(hasCondition(a, "Ready")) - Number(hasCondition(b, "Ready")))
          .slice(0, Math.max(0, mine.length - wanted));
        for (const pod of spare) world.delete(pods, pod);
      }
      const counted = livePods(world, set);
      const ready = counted.filter((pod) => hasCondition(pod, "Ready")).length;
      world.status(sets, set, {
        replicas: counted.length,
        ...positive({
          fullyLabeledReplicas: counted.length,
          readyReplicas: ready,
          availableReplicas: ready,
        }),
        observedGeneration: set.metadata.generation ?? 0,
      });
      return undefined;
    },
  };
}

/** Pods that this one controls and that are neither ended nor going. */
export function livePods(world: World, owner: KubeJson): KubeJson[] {
  return world
    .owned(owner, world.kind("v1", "pods"))
    .filter(
      (pod) =>
        pod.metadata.deletionTimestamp === undefined &&
        !["Succeeded", "Failed"].includes(String(objectAt(pod, "status")["phase"])),
    );
}

/** A Pod from its owner's template. */
export function podOf(owner: KubeJson, metadata: JsonObject, labels: JsonObject = {}): JsonObject {
  const template = objectAt(specOf(owner), "template");
  const own = objectAt(template, "metadata");
  return {
    metadata: {
      ...defined({ annotations: own["annotations"], finalizers: own["finalizers"] }),
      labels: { ...objectAt(own, "labels"), ...labels },
      ...metadata,
      ownerReferences: [ownerReference(owner)],
    },
    spec: objectAt(template, "spec"),
  };
}

/** Keys of the owners of one kind. */
export function ownerKeys(object: KubeJson, kind: string): string[] {
  return itemsAt(object, "metadata", "ownerReferences")
    .filter((one) => one["kind"] === kind && one["controller"] === true)
    .map((one) => storeKey(object.metadata.namespace, String(one["name"])));
}
