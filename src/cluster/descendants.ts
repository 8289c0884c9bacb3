import type { GroupVersionKind } from "../core/model/kube-object.ts";

/** How a kind is watched for the sake of its owners alone: whole, or only its metadata where nothing else is ever read. */
export type DescendantWatch = "object" | "metadata";

/**
 * Kind (`group/Kind`) -> kinds that its controllers make below it, at any depth. Kept small on purpose: each costs one
 * watch of the whole cluster and memory for every object in it. Left out: PersistentVolumeClaims (their StatefulSet is
 * not their owner unless it is asked to delete them), Endpoints (EndpointSlices say the same), Events.
 */
const below: Readonly<Record<string, readonly string[]>> = {
  "apps/Deployment": ["apps/ReplicaSet", "/Pod"],
  "apps/ReplicaSet": ["/Pod"],
  "/ReplicationController": ["/Pod"],
  "apps/StatefulSet": ["/Pod", "apps/ControllerRevision"],
  "apps/DaemonSet": ["/Pod", "apps/ControllerRevision"],
  "batch/Job": ["/Pod"],
  "batch/CronJob": ["batch/Job", "/Pod"],
  "/Service": ["discovery.k8s.io/EndpointSlice"],
};

export function descendantKinds({
  group,
  kind,
}: Pick<GroupVersionKind, "group" | "kind">): readonly string[] {
  return below[`${group}/${kind}`] ?? [];
}

export function descendantWatch(groupSlashKind: string): DescendantWatch {
  return groupSlashKind === "discovery.k8s.io/EndpointSlice" ? "metadata" : "object";
}
