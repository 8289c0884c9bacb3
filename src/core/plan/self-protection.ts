/** What the daemon itself lives on is never deleted by it, whoever asks. */
import { isMapping } from "../../lib/is-mapping.ts";
import { selectorMatches } from "../model/label-selector.ts";
import type { LiveObject } from "../model/live-object.ts";
import { groupKind, show } from "../model/object-ref.ts";
import type { OwnPod } from "../model/own-pod.ts";
import type { GuardSettings } from "./guard-input.ts";

export type SelfProtection = { is: "none" } | { is: "lives-on-it" | "unknown"; text: string };

/** The custom resources that applications live in, where they live in the cluster. */
const HOME_CRDS: readonly string[] = [
  "applications.argoproj.io",
  "appprojects.argoproj.io",
  "applicationsets.argoproj.io",
];

export function selfProtection(
  live: LiveObject,
  { protectedNamespaces, ownPod }: Pick<GuardSettings, "protectedNamespaces" | "ownPod">,
): SelfProtection {
  const { ref } = live;
  const kind = groupKind(ref);
  if (
    (kind === "Namespace" && protectedNamespaces.has(ref.name)) ||
    (kind === "apiextensions.k8s.io/CustomResourceDefinition" && HOME_CRDS.includes(ref.name)) ||
    (ownPod.is === "here" && livesOn(ownPod.pod, live))
  )
    return { is: "lives-on-it", text: `${show(ref)} stays: Holdfast itself lives on it.` };
  if (ownPod.is === "unknown")
    return {
      is: "unknown",
      text: `${show(ref)} stays for now, because it cannot be told whether Holdfast itself lives on it: ${ownPod.why}. It is looked at again.`,
    };
  return { is: "none" };
}

function livesOn(pod: OwnPod, { ref, key, object }: LiveObject): boolean {
  if (pod.uses.has(key)) return true;
  switch (groupKind(ref)) {
    case "Namespace":
      return ref.name === pod.namespace;
    case "rbac.authorization.k8s.io/ClusterRoleBinding":
      return bindsTo(pod, object["subjects"]);
    // One elsewhere goes with the Namespace in which it gives rights.
    case "rbac.authorization.k8s.io/RoleBinding":
      return ref.namespace === pod.namespace && bindsTo(pod, object["subjects"]);
    default:
      return ref.namespace === pod.namespace && makes(pod, object.spec);
  }
}

/** @param subjects of a binding */
export function bindsTo(
  { namespace, serviceAccount }: Pick<OwnPod, "namespace" | "serviceAccount">,
  subjects: unknown,
): boolean {
  return (Array.isArray(subjects) ? subjects : []).some(
    (subject) =>
      isMapping(subject) &&
      (subject["kind"] === "ServiceAccount"
        ? subject["namespace"] === namespace && subject["name"] === serviceAccount
        : subject["name"] === `system:serviceaccount:${namespace}:${serviceAccount}`),
  );
}

/** Whether a workload of this spec, a Deployment or any other kind with a template, makes the Pod. */
function makes({ labels, serviceAccount }: OwnPod, spec: unknown): boolean {
  if (!isMapping(spec) || !isMapping(spec["template"])) return false;
  const { selector, template } = spec;
  if (labels === undefined)
    return (
      serviceAccount !== "default" &&
      isMapping(template["spec"]) &&
      template["spec"]["serviceAccountName"] === serviceAccount
    );
  if (!isMapping(selector)) return false;
  // ReplicationControllers, and kinds made after them, write the labels themselves.
  const isPlain = Object.values(selector).every((value) => typeof value === "string");
  const written = isPlain ? { matchLabels: selector } : selector;
  return saysSomething(written) && selectorMatches(written, labels);
}

/** An empty one would take every Pod, and is none that a server accepts. */
function saysSomething(selector: Record<string, unknown>): boolean {
  const { matchLabels, matchExpressions } = selector;
  return (
    (isMapping(matchLabels) && Object.keys(matchLabels).length > 0) ||
    (Array.isArray(matchExpressions) && matchExpressions.length > 0)
  );
}
