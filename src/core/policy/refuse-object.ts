import type { ObjectRef } from "../model/object-ref.ts";
import type { Project } from "../model/project.ts";
import { type ResolvedDestination, refuseDestination } from "./refuse-destination.ts";
import { refuseKind } from "./refuse-kind.ts";

/**
 * Why an application of the project may not write this object; undefined where it may. Asked before each write: an
 * object names its own namespace, so the destination is checked again.
 *
 * @param scope a kind that the cluster does not know counts by whether the object has a namespace
 */
export function refuseObject(
  project: Project,
  ref: ObjectRef,
  scope: "namespaced" | "cluster" | "unknown",
  cluster: Omit<ResolvedDestination, "namespace">,
): string | undefined {
  const known = scope === "unknown" ? (ref.namespace === "" ? "cluster" : "namespaced") : scope;
  return (
    refuseKind(project, ref, known) ??
    (ref.namespace === "" ? undefined : refuseDestination(project, { ...cluster, namespace: ref.namespace }))
  );
}
