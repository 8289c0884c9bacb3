import { groupKind, type ObjectRef } from "../../model/object-ref.ts";

const KINDS: readonly string[] = [
  "Namespace",
  "apiextensions.k8s.io/CustomResourceDefinition",
  "PersistentVolumeClaim",
  "PersistentVolume",
];

/** Deleting one of these deletes what lies in it or hangs on it: never delete and create again. */
export function isNeverRecreated(ref: Pick<ObjectRef, "group" | "kind">): boolean {
  return KINDS.includes(groupKind(ref));
}
