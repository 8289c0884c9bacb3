import type { ObjectRef } from "../model/object-ref.ts";

/** What others need comes first. Kinds that are not listed come after all of these. Source: Argo CD's order of kinds. */
const ORDER: readonly string[] = [
  "Namespace",
  "NetworkPolicy",
  "ResourceQuota",
  "LimitRange",
  "PodSecurityPolicy",
  "PodDisruptionBudget",
  "ServiceAccount",
  "Secret",
  "SecretList",
  "ConfigMap",
  "StorageClass",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "CustomResourceDefinition",
  "ClusterRole",
  "ClusterRoleList",
  "ClusterRoleBinding",
  "ClusterRoleBindingList",
  "Role",
  "RoleList",
  "RoleBinding",
  "RoleBindingList",
  "Service",
  "DaemonSet",
  "Pod",
  "ReplicationController",
  "ReplicaSet",
  "Deployment",
  "HorizontalPodAutoscaler",
  "StatefulSet",
  "Job",
  "CronJob",
  "IngressClass",
  "Ingress",
  "APIService",
];

const rankByKind: ReadonlyMap<string, number> = new Map(ORDER.map((kind, rank) => [kind, rank]));

/** Whether it has a place of its own in the order: custom resources have none. */
export function isListedKind({ kind }: Pick<ObjectRef, "kind">): boolean {
  return rankByKind.has(kind);
}

/** Rank of a kind, 0 first. The group does not count, as in Argo CD. */
export function kindOrder({ kind }: Pick<ObjectRef, "kind">): number {
  return rankByKind.get(kind) ?? ORDER.length;
}
