import { type FieldPath, valueAt } from "../../../lib/field-path.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { groupKind, type ObjectRef } from "../../model/object-ref.ts";

/**
 * Keys that controllers put into a map which has one owner as a whole. Ownership cannot tell them from ours: the whole
 * map is theirs then, and writing Git's would take their key out, which they put back, without end.
 */
const KEYS: Readonly<Record<string, { map: FieldPath; key: string }>> = {
  // Argo Rollouts has its Services choose Pods of one revision. Source: argoproj/argo-rollouts, DefaultRolloutUniqueLabelKey.
  Service: { map: ["spec", "selector"], key: "rollouts-pod-template-hash" },
};

/** The places of this object that are such a key, which is there and Git does not name. */
export function keysOfControllers(
  ref: Pick<ObjectRef, "group" | "kind">,
  desired: KubeObject,
  live: KubeObject | undefined,
): FieldPath[] {
  const known = KEYS[groupKind(ref)];
  if (known === undefined || live === undefined) return [];
  const [wanted, there] = [valueAt(desired, known.map), valueAt(live, known.map)];
  return isMapping(wanted) &&
    isMapping(there) &&
    wanted[known.key] === undefined &&
    there[known.key] !== undefined
    ? [[...known.map, known.key]]
    : [];
}
