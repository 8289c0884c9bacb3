import { equalJson } from "../../lib/equal-json.ts";
import { type JsonObject, type KubeJson, objectAt } from "../json.ts";
import { type Kind, kindKey } from "./kind.ts";

/** Kinds that the server keeps no generation for. Everything else counts changes of what is not metadata or status. */
const without = new Set([
  "ConfigMap",
  "Secret",
  "ServiceAccount",
  "Service",
  "Endpoints",
  "Event",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "LimitRange",
  "ResourceQuota",
  "apps/ControllerRevision",
  "autoscaling/HorizontalPodAutoscaler",
  "rbac.authorization.k8s.io/Role",
  "rbac.authorization.k8s.io/RoleBinding",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "storage.k8s.io/StorageClass",
  "coordination.k8s.io/Lease",
  "apiregistration.k8s.io/APIService",
]);

/** @returns undefined where the kind has none */
export function generationOf(
  kind: Kind,
  next: KubeJson,
  old: KubeJson | undefined,
  part: "all" | "status" = "all",
): number | undefined {
  if (without.has(kindKey(kind))) return undefined;
  if (old === undefined) return 1;
  const before = old.metadata.generation ?? 0;
  // Asking for deletion counts as a change of what is wanted.
  const deletionAsked =
    next.metadata.deletionTimestamp !== undefined && old.metadata.deletionTimestamp === undefined;
  if (part === "all" && !equalJson(noted(kind, next), noted(kind, old))) return before + 1;
  return deletionAsked || !equalJson(wanted(kind, next), wanted(kind, old)) ? before + 1 : before;
}

/** Metadata that counts too: a Deployment's annotations, an EndpointSlice's labels. */
function noted(kind: Kind, { metadata }: KubeJson): JsonObject {
  switch (kindKey(kind)) {
    case "apps/Deployment":
      return objectAt(metadata, "annotations");
    case "discovery.k8s.io/EndpointSlice":
      return { ...objectAt(metadata, "labels"), ...objectAt(metadata, "annotations") };
    default:
      return {};
  }
}

function wanted(kind: Kind, object: KubeJson): JsonObject {
  const { metadata: _metadata, managedFields: _fields, ...rest } = object;
  const { status: _status, ...spec } = rest;
  return kind.custom !== undefined && !kind.subresources.includes("status") ? rest : spec;
}
