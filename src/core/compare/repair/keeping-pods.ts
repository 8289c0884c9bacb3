import { gvkOf, type KubeObject } from "../../model/kube-object.ts";
import { groupKind } from "../../model/object-ref.ts";

/** How a StatefulSet is made anew around its Pods, in place of `delete it by hand`; undefined for other kinds. */
export function keepingPods(object: KubeObject, fields: readonly string[]): string | undefined {
  if (groupKind(gvkOf(object)) !== "apps/StatefulSet") return undefined;
  const { name, namespace } = object.metadata;
  const within = namespace === undefined ? "" : ` --namespace ${namespace}`;
  const claims = fields.includes("spec.volumeClaimTemplates")
    ? `. The claims that are there keep what they have, by either road; each is made larger by itself: kubectl patch pvc CLAIM${within} --patch '{"spec":{"resources":{"requests":{"storage":"SIZE"}}}}'`
    : "";
  return `have it made anew around its Pods, which go on: kubectl delete statefulset ${name}${within} --cascade=orphan, and sync${claims}`;
}
