import { type KubeJson, objectAt, textAt, textMapAt } from "../json.ts";
import { storeKey } from "../storage/store.ts";
import type { Controller } from "./loop.ts";
import { livePods, ownerKeys, podOf } from "./replica-sets.ts";
import { remember } from "./stateful-sets.ts";
import { hasCondition, nodeName, positive, specOf, templateHash, type World } from "./world.ts";

const hashLabel = "controller-revision-hash";

/** DaemonSets: one Pod on the one node, where its labels fit. */
export function daemonSetController(world: World): Controller {
  const sets = world.kind("apps/v1", "daemonsets");
  const pods = world.kind("v1", "pods");
  const nodes = world.kind("v1", "nodes");
  const revisions = world.kind("apps/v1", "controllerrevisions");

  return {
    concerns(event) {
      if (event.table === sets.table)
        return [storeKey(event.object.metadata.namespace, event.object.metadata.name)];
      return event.table === pods.table ? ownerKeys(event.object, "DaemonSet") : [];
    },
    reconcile(key) {
      const set = world.find(sets, key);
      if (set === undefined) return undefined;
      const hash = templateHash(objectAt(specOf(set), "template"));
      const wanted = fits(set) ? 1 : 0;
      if (set.metadata.deletionTimestamp === undefined) {
        remember(world, revisions, set);
        const mine = livePods(world, set);
        const isRolling = textAt(set, "spec", "updateStrategy", "type") === "RollingUpdate";
        const stale = mine.filter(
          (pod) => wanted === 0 || (isRolling && textMapAt(pod, "metadata", "labels")[hashLabel] !== hash),
        );
        for (const pod of stale) world.delete(pods, pod);
        if (mine.length === 0 && wanted === 1 && world.owned(set, pods).length === 0)
          world.create(
            pods,
            set.metadata.namespace ?? "",
            podOf(set, { generateName: `${set.metadata.name}-` }, { [hashLabel]: hash }),
          );
      }
      const mine = livePods(world, set);
      const ready = mine.filter((pod) => hasCondition(pod, "Ready")).length;
      const updated = mine.filter((pod) => textMapAt(pod, "metadata", "labels")[hashLabel] === hash).length;
      world.status(sets, set, {
        currentNumberScheduled: mine.length,
        numberMisscheduled: 0,
        desiredNumberScheduled: wanted,
        numberReady: ready,
        observedGeneration: set.metadata.generation ?? 0,
        ...positive({
          updatedNumberScheduled: updated,
          numberAvailable: ready,
          numberUnavailable: wanted - ready,
        }),
      });
      return undefined;
    },
  };

  function fits(set: KubeJson): boolean {
    const labels = textMapAt(world.find(nodes, storeKey("", nodeName)), "metadata", "labels");
    return Object.entries(textMapAt(set, "spec", "template", "spec", "nodeSelector")).every(
      ([name, value]) => labels[name] === value,
    );
  }
}
