import type { ServerRefusal } from "../compare/index.ts";
import { groupKind, type ObjectRef } from "../model/object-ref.ts";
import type { Plan, Step } from "../model/plan.ts";

/** `deferrable`: an object of this same sync may be all that is missing, so the dry run is asked again just before the object's turn. */
export type Deferral = { is: "deferrable"; dueTo: ObjectRef } | { is: "final" };

/**
 * Whether a dry run was refused for want of something that this sync writes itself: a ServiceAccount, a
 * PriorityClass, a Role to bind, a quota, the Service behind a webhook, another conversion or admission policy. Texts:
 * testdata/deferrable.json.
 *
 * @param step the refused one; what it needs must be another object
 */
export function deferrable(refusal: ServerRefusal, step: Step, plan: Pick<Plan, "waves">): Deferral {
  const written = plan.waves
    .flatMap(({ steps }) => steps)
    .flatMap((other) => (other === step ? [] : (refOfStep(other) ?? [])));
  for (const need of needsIn(refusal)) {
    const dueTo = written.find(
      (ref) =>
        need.kinds.includes(groupKind(ref)) &&
        (need.name === undefined || need.name === ref.name) &&
        (need.group === undefined || ref.name.endsWith(`.${need.group}`)) &&
        (need.namespace === undefined || need.namespace === ref.namespace),
    );
    if (dueTo !== undefined) return { is: "deferrable", dueTo };
  }
  return { is: "final" };
}

function refOfStep(step: Step): ObjectRef | undefined {
  if (step.do === "create-namespace")
    return { group: "", kind: "Namespace", namespace: "", name: step.namespace };
  return step.do === "apply" || step.do === "hook" ? step.desired.ref : undefined;
}

interface Need {
  kinds: readonly string[];
  /** undefined: any. */
  name?: string;
  namespace?: string;
  /** Of a definition: the group that it defines a kind of. Its name has the plural before it, which refusals do not tell. */
  group?: string;
}

const RBAC = "rbac.authorization.k8s.io";
const ROLES = [`${RBAC}/Role`, `${RBAC}/ClusterRole`, `${RBAC}/RoleBinding`, `${RBAC}/ClusterRoleBinding`];
const WORKLOADS = ["apps/Deployment", "apps/StatefulSet", "apps/DaemonSet"];
const ADMISSION = "admissionregistration.k8s.io";
const WEBHOOKS = [`${ADMISSION}/ValidatingWebhookConfiguration`, `${ADMISSION}/MutatingWebhookConfiguration`];

/** Kinds by the word that the API server uses for them in `… "x" not found`. */
const KINDS_BY_WORD: Readonly<Record<string, readonly string[]>> = {
  serviceaccount: ["ServiceAccount"],
  serviceaccounts: ["ServiceAccount"],
  namespaces: ["Namespace"],
  runtimeclass: ["node.k8s.io/RuntimeClass"],
  priorityclass: ["scheduling.k8s.io/PriorityClass"],
  // A binding to a role that is not there is refused with the binding's kind and the role's name.
  [`rolebindings.${RBAC}`]: [`${RBAC}/Role`, `${RBAC}/ClusterRole`],
  [`clusterrolebindings.${RBAC}`]: [`${RBAC}/ClusterRole`],
  [`roles.${RBAC}`]: [`${RBAC}/Role`],
  [`clusterroles.${RBAC}`]: [`${RBAC}/ClusterRole`],
  service: ["Service"],
  configmap: ["ConfigMap"],
  configmaps: ["ConfigMap"],
  secret: ["Secret"],
  secrets: ["Secret"],
  [`storageclass.storage.k8s.io`]: ["storage.k8s.io/StorageClass"],
  persistentvolumeclaim: ["PersistentVolumeClaim"],
};

function needsIn({ status, message }: ServerRefusal): Need[] {
  const needs: Need[] = [];
  for (const [, word = "", name = ""] of message.matchAll(/([A-Za-z.0-9-]+) "([^"]+)" not found/g)) {
    const kinds = KINDS_BY_WORD[word.toLowerCase()];
    if (kinds !== undefined) needs.push({ kinds, name });
  }
  const priority = /no PriorityClass with name (\S+) was found/.exec(message);
  if (priority !== null)
    needs.push({ kinds: ["scheduling.k8s.io/PriorityClass"], name: priority[1] as string });
  // The rights that are granted may come from a role of this sync.
  if (status === 403 && message.includes("attempting to grant RBAC permissions not currently held"))
    needs.push({ kinds: ROLES });
  if (status === 403 && /exceeded quota: ([^,]+),/.test(message))
    needs.push({ kinds: ["ResourceQuota"], name: /exceeded quota: ([^,]+),/.exec(message)?.[1] as string });
  if (status === 403 && /(maximum|minimum) \S+ usage per|limit to request ratio/.test(message))
    needs.push({ kinds: ["LimitRange"] });
  if (/failed calling webhook "[^"]+"/.test(message)) needs.push(...serversIn(message), { kinds: WEBHOOKS });
  const [, group] = /conversion webhook for ([^/,\s]+)\/\S+, Kind=\S+ failed/.exec(message) ?? [];
  if (group !== undefined)
    needs.push(...serversIn(message), { kinds: ["apiextensions.k8s.io/CustomResourceDefinition"], group });
  const [, policy, binding] =
    /ValidatingAdmissionPolicy '([^']+)' with binding '([^']+)' denied/.exec(message) ?? [];
  if (policy !== undefined && binding !== undefined)
    needs.push(
      { kinds: [`${ADMISSION}/ValidatingAdmissionPolicy`], name: policy },
      { kinds: [`${ADMISSION}/ValidatingAdmissionPolicyBinding`], name: binding },
    );
  return needs;
}

/** The Service whose address a webhook has, and whatever may run behind it. */
function serversIn(message: string): Need[] {
  const [, name, namespace] = /https:\/\/([^./]+)\.([^./]+)\.svc/.exec(message) ?? [];
  if (name === undefined || namespace === undefined) return [];
  return [
    { kinds: ["Service"], name, namespace },
    { kinds: WORKLOADS, namespace },
  ];
}
