import { isMapping } from "../../lib/is-mapping.ts";
import type { KubeObject, ObjectMeta } from "../model/kube-object.ts";
import { refOf, show } from "../model/object-ref.ts";
import type { Problem } from "../model/problem.ts";

const SERVER_METADATA: ReadonlySet<string> = new Set([
  "creationTimestamp",
  "managedFields",
  "resourceVersion",
  "uid",
  "generation",
  "selfLink",
]);

/**
 * Takes off what the server alone writes. Applied, a `status` would be ours, and be taken from us at every update of
 * the status; a resourceVersion would be a precondition. A status that said something is worth a warning: its
 * writer may have meant something by it.
 */
export function stripServerFields(object: KubeObject): { object: KubeObject; problems: Problem[] } {
  const { status, ...fields } = object;
  const metadata = Object.fromEntries(
    Object.entries(object.metadata).filter(([field]) => !SERVER_METADATA.has(field)),
  ) as unknown as ObjectMeta;
  const problems: Problem[] = saysSomething(status)
    ? [
        {
          severity: "warning",
          path: "status",
          object: show(refOf(object)),
          text: "a status belongs to the cluster and is not applied",
          fix: "Remove it from the manifest",
        },
      ]
    : [];
  return { object: withoutAggregatedRules({ ...(fields as KubeObject), metadata }), problems };
}

/** The rules of an aggregated ClusterRole are a controller's, which overwrites whatever a manifest says (mostly `rules: []`). */
function withoutAggregatedRules(object: KubeObject): KubeObject {
  if (
    object.kind !== "ClusterRole" ||
    !object.apiVersion.startsWith("rbac.authorization.k8s.io/") ||
    !isMapping(object["aggregationRule"])
  )
    return object;
  const { rules: _, ...others } = object;
  return others as KubeObject;
}

/** Generators leave empty shells (`status: {conditions: [], acceptedNames: {kind: ""}}`) that nobody meant. */
function saysSomething(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return false;
  if (Array.isArray(value)) return value.some(saysSomething);
  return isMapping(value) ? Object.values(value).some(saysSomething) : true;
}
