/** Account and roles of an installation. What each rule is for stands in docs/cluster-home.md. */
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { clusterWideName, type InstallPlan, type KindRule, NAME } from "./install-plan.ts";

const RBAC = "rbac.authorization.k8s.io";
const READ = ["get", "list", "watch"];

/** What a home takes in its own namespace, whatever else is permitted. */
const HOME: readonly KindRule[] = [
  {
    apiGroups: ["argoproj.io"],
    resources: ["applications", "appprojects", "applicationsets"],
    verbs: [...READ, "create", "update", "patch", "delete"],
  },
  { apiGroups: ["argoproj.io"], resources: ["applicationsets/status"], verbs: ["patch"] },
  { apiGroups: ["argoproj.io"], resources: ["applicationsets/finalizers"], verbs: ["update"] },
  { apiGroups: ["argocd-image-updater.argoproj.io"], resources: ["imageupdaters"], verbs: READ },
  { apiGroups: ["argocd-image-updater.argoproj.io"], resources: ["imageupdaters/status"], verbs: ["patch"] },
  { apiGroups: [""], resources: ["configmaps"], verbs: READ },
  { apiGroups: [""], resources: ["secrets"], verbs: [...READ, "create", "update", "delete"] },
  { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
];

/** What it reads of the cluster by name: whether a definition is being deleted, and which cluster it is. */
const HOME_CLUSTER = [
  {
    apiGroups: ["apiextensions.k8s.io"],
    resources: ["customresourcedefinitions"],
    resourceNames: ["applications.argoproj.io", "applicationsets.argoproj.io"],
    verbs: ["get"],
  },
  { apiGroups: [""], resources: ["namespaces"], resourceNames: ["kube-system"], verbs: ["get"] },
];

/**
 * Of a namespace that it delivers into, by a binding there: whether it is there. Without it a sync with
 * `CreateNamespace=true` has to try to make what it may not make.
 */
export const ITS_NAMESPACE: KindRule = { apiGroups: [""], resources: ["namespaces"], verbs: ["get"] };

/** The kinds that were chosen, of the rules of the role that delivers. */
export function chosenKinds(rules: readonly KindRule[]): KindRule[] {
  return rules.filter((rule) => !equalJson(rule, ITS_NAMESPACE));
}

export function accountOf({ namespace }: InstallPlan): KubeObject {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: NAME, namespace } };
}

export function rightsOf(plan: InstallPlan): KubeObject[] {
  const { namespace, rights } = plan;
  if (rights.is === "all")
    return [
      clusterRole(clusterWideName(namespace), [
        { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
        { nonResourceURLs: ["*"], verbs: ["*"] },
      ]),
      binding(plan, { of: clusterWideName(namespace) }),
    ];
  const home: KubeObject[] = [
    {
      apiVersion: `${RBAC}/v1`,
      kind: "Role",
      metadata: { name: NAME, namespace },
      rules: HOME,
    },
    binding(plan, { of: NAME, kind: "Role", within: namespace, name: NAME }),
    clusterRole(clusterWideName(namespace, "home"), HOME_CLUSTER),
    binding(plan, { of: clusterWideName(namespace, "home") }),
  ];
  if (rights.is !== "namespaces")
    return [...home, binding(plan, { of: "view", name: clusterWideName(namespace, "view") })];
  const deliver = clusterWideName(namespace, "deliver");
  return [
    ...home,
    clusterRole(deliver, [...rights.kinds, ITS_NAMESPACE]),
    ...rights.namespaces.map((within) => binding(plan, { of: deliver, within })),
  ];
}

function clusterRole(name: string, rules: readonly object[]): KubeObject {
  return { apiVersion: `${RBAC}/v1`, kind: "ClusterRole", metadata: { name }, rules };
}

function binding(
  { namespace }: InstallPlan,
  {
    of,
    kind = "ClusterRole",
    within,
    name = of,
  }: { of: string; kind?: "Role" | "ClusterRole"; within?: string; name?: string },
): KubeObject {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: within === undefined ? "ClusterRoleBinding" : "RoleBinding",
    metadata: { name, ...defined({ namespace: within }) },
    roleRef: { apiGroup: RBAC, kind, name: of },
    subjects: [{ kind: "ServiceAccount", name: NAME, namespace }],
  };
}
