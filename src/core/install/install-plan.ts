import type { KubeObject } from "../model/kube-object.ts";

/** A rule of RBAC that names kinds. */
export interface KindRule {
  apiGroups: readonly string[];
  resources: readonly string[];
  verbs: readonly string[];
}

/**
 * What the daemon's account may do. `all`: everything, since what Git says is applied, whatever it is. `namespaces`: kinds
 * that are chosen, in namespaces that are chosen. `read`: what the cluster's own role `view` shows, so that everything is
 * compared and nothing written, and no Secret but those of its own namespace is seen.
 */
export type GivenRights =
  | { is: "all" }
  | { is: "read" }
  /** Namespaces that there are: a binding is made in each. */
  | { is: "namespaces"; namespaces: readonly string[]; kinds: readonly KindRule[] };

/** How Holdfast is installed in a cluster that is the home of its applications. */
export interface InstallPlan {
  /** Its own, where its applications and Argo CD's settings lie too. */
  namespace: string;
  image: string;
  rights: GivenRights;
  /** Of the store. `class`: default: the cluster's default one. */
  storage: { size: string; class?: string };
}

/** Where the everyday commands of Argo CD's users look for it. */
export const NAMESPACE = "argocd";
export const STORAGE = "5Gi";

/** Of Deployment, Service and Pods: what `kubectl wait`, `port-forward` and `logs` of Argo CD's guides name. */
export const SERVER = "argocd-server";
/** Of all else. */
export const NAME = "holdfast";

/** By which an object is known as one that an installation made. */
export const OURS = { "app.kubernetes.io/part-of": NAME } as const;

/** The address that applications name where they mean the cluster around the daemon. */
export const AROUND = "https://kubernetes.default.svc";

/** Of the smaller sizes of rights, what a name of the whole cluster ends with. */
export const PARTS = ["home", "view", "deliver"] as const;

/**
 * Cluster-wide names: two installations in two namespaces must not take each other's rights. `deliver` of the one in `a` and
 * everything of the one in `a-deliver` would have one name, but for the colon, which no namespace has.
 */
export function clusterWideName(namespace: string, part?: (typeof PARTS)[number]): string {
  if (part !== undefined) return `${NAME}-${namespace}-${part}`;
  return `${NAME}-${namespace}${formerName(namespace) === undefined ? "" : ":all"}`;
}

/** What everything was called in a namespace of such a name before; undefined where it is called so now. */
export function formerName(namespace: string): string | undefined {
  return PARTS.some((part) => namespace.endsWith(`-${part}`)) ? `${NAME}-${namespace}` : undefined;
}

const DELIVER = ["get", "list", "watch", "create", "update", "patch", "delete"];
const LOOK = ["get", "list", "watch"];

/** What teams deploy; no rights of others, which would be rights of its own. */
export const USUAL_KINDS: readonly KindRule[] = [
  {
    apiGroups: [""],
    resources: [
      "configmaps",
      "secrets",
      "services",
      "serviceaccounts",
      "persistentvolumeclaims",
      "replicationcontrollers",
      "limitranges",
      "resourcequotas",
    ],
    verbs: DELIVER,
  },
  { apiGroups: [""], resources: ["pods", "pods/log", "events", "endpoints"], verbs: LOOK },
  { apiGroups: ["apps", "batch", "autoscaling", "policy"], resources: ["*"], verbs: DELIVER },
  { apiGroups: ["networking.k8s.io", "gateway.networking.k8s.io"], resources: ["*"], verbs: DELIVER },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: LOOK },
];

/** Of `apps/deployments`, `batch/*` and `configmaps`, or `core/*`; undefined where it names no kind. */
export function kindRule(text: string): KindRule | undefined {
  const [, group, resource] =
    /^([a-z0-9.-]+)\/([a-z]+(?:\/[a-z]+)?|\*)$/.exec(
      text.includes("/") || text === "*" ? text : `core/${text}`,
    ) ?? [];
  if (group === undefined || resource === undefined) return undefined;
  return { apiGroups: [group === "core" ? "" : group], resources: [resource], verbs: DELIVER };
}

/** An object of the installation, marked as one. */
export function ours(object: KubeObject): KubeObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...OURS, ...metadata.labels } } };
}
