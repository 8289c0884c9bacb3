/** What a daemon gets of a cluster that is added: an account, what it may do, and a token that does not end. */
import type { KubeObject } from "../core/model/kube-object.ts";
import { defined } from "../lib/defined.ts";

const MANAGER = "holdfast-manager";
const ROLE = `${MANAGER}-role`;
const RBAC = "rbac.authorization.k8s.io";
const MADE_BY = { "app.kubernetes.io/managed-by": "holdfast" };

export interface AccountPlan {
  /** Where account and token lie. */
  systemNamespace: string;
  /** `ours`: made with its roles. Else the name of one that is there, with roles that somebody gave it. */
  account: { is: "ours" } | { is: "given"; name: string };
  /** Empty: the whole cluster. */
  namespaces: readonly string[];
}

/** A path of the API, below which objects are named. */
interface Made {
  path: string;
  object: KubeObject;
}

export function accountOf({ account }: AccountPlan): string {
  return account.is === "ours" ? MANAGER : account.name;
}

/** In the order in which they are made. @param suffix of the token's Secret: each rotation has another one */
export function accountObjects(plan: AccountPlan, suffix = "long-lived-token"): Made[] {
  const { systemNamespace } = plan;
  const name = accountOf(plan);
  return [
    ...(plan.account.is === "given" ? [] : ownObjects(plan)),
    tokenSecret(systemNamespace, name, suffix),
  ];
}

/** A Secret that the token controller fills: https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets */
export function tokenSecret(namespace: string, account: string, suffix: string): Made {
  return {
    path: `/api/v1/namespaces/${namespace}/secrets`,
    object: {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: `${account}-${suffix}`,
        namespace,
        labels: MADE_BY,
        annotations: { "kubernetes.io/service-account.name": account },
      },
      type: "kubernetes.io/service-account-token",
    },
  };
}

function ownObjects({ systemNamespace, namespaces }: AccountPlan): Made[] {
  const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
  const subjects = [{ kind: "ServiceAccount", name: MANAGER, namespace: systemNamespace }];
  const role = (kind: "ClusterRole" | "Role", namespace?: string): Made[] => {
    const at = namespace === undefined ? `/apis/${RBAC}/v1` : `/apis/${RBAC}/v1/namespaces/${namespace}`;
    const metadata = (name: string): KubeObject["metadata"] => ({
      name,
      ...defined({ namespace }),
      labels: MADE_BY,
    });
    return [
      {
        path: `${at}/${kind.toLowerCase()}s`,
        object: {
          apiVersion: `${RBAC}/v1`,
          kind,
          metadata: metadata(ROLE),
          rules: [...rules, ...(kind === "ClusterRole" ? [{ nonResourceURLs: ["*"], verbs: ["*"] }] : [])],
        },
      },
      {
        path: `${at}/${kind.toLowerCase()}bindings`,
        object: {
          apiVersion: `${RBAC}/v1`,
          kind: `${kind}Binding`,
          metadata: metadata(`${ROLE}-binding`),
          roleRef: { apiGroup: RBAC, kind, name: ROLE },
          subjects,
        },
      },
    ];
  };
  return [
    {
      path: `/api/v1/namespaces/${systemNamespace}/serviceaccounts`,
      object: {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: MANAGER, namespace: systemNamespace, labels: MADE_BY },
      },
    },
    ...(namespaces.length === 0
      ? role("ClusterRole")
      : namespaces.flatMap((namespace) => role("Role", namespace))),
  ];
}

/** `ServiceAccount kube-system/holdfast-manager`. */
export function sayMade({ object: { kind, metadata } }: Made): string {
  return `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
}
