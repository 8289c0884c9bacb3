import type { Destination } from "./application.ts";
import type { ObjectMeta } from "./kube-object.ts";
import type { SyncWindow } from "./sync-window.ts";

/** Finalizer of ours: it holds a project that is to go while there are applications of it. */
export const HAS_APPLICATIONS = "holdfast.dev/applications";

/** An Argo CD `AppProject` as its user wrote it. Unknown fields are kept. */
export interface Project {
  apiVersion: "argoproj.io/v1alpha1";
  kind: "AppProject";
  metadata: ObjectMeta & { namespace: string };
  spec: ProjectSpec;
  /** Where Argo CD lists the tokens of roles, `jwtTokensByRole`; whatever else is there is nobody's here. */
  status?: unknown;
}

export interface ProjectSpec {
  description?: string;
  /** Globs; `!` negates. */
  sourceRepos?: string[];
  destinations?: Destination[];
  sourceNamespaces?: string[];
  /** Absent or empty permits no cluster-scoped kind. */
  clusterResourceWhitelist?: GroupKindRule[];
  clusterResourceBlacklist?: GroupKindRule[];
  /** Absent permits every namespaced kind, empty none. */
  namespaceResourceWhitelist?: GroupKindRule[];
  namespaceResourceBlacklist?: GroupKindRule[];
  syncWindows?: SyncWindow[];
  /** Where it is there, applications tell what lives in their namespaces and is no application's. */
  orphanedResources?: OrphanSettings;
  /** Only clusters whose entry names this project. */
  permitOnlyProjectScopedClusters?: boolean;
  /** As whom applications are written, where the config has the daemon act as others at all. */
  destinationServiceAccounts?: ServiceAccountRule[];
  /** Of accounts, groups and tokens, where the daemon asks who somebody is. */
  roles?: unknown[];
  /** The fields below are not enforced until their capability exists: a project that sets one is refused, never half obeyed. */
  signatureKeys?: unknown[];
  sourceIntegrity?: unknown;
}

/** Of the first rule that matches the destination comes the account that writes there. Globs; no negation. */
export interface ServiceAccountRule {
  server?: string;
  namespace?: string;
  /** `name`, of the destination's namespace, or `namespace:name`. */
  defaultServiceAccount?: string;
}

/** Of the config: projects whose labels the selector takes get the rules of another one too. An empty selector takes all. */
export interface GlobalProject {
  projectName: string;
  labelSelector: {
    matchLabels?: Readonly<Record<string, string>>;
    matchExpressions?: readonly {
      key: string;
      operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
      values?: readonly string[];
    }[];
  };
}

export interface OrphanSettings {
  /** Default true: a condition says so. Otherwise they are shown in the tree alone. */
  warn?: boolean;
  /** Globs. Without a kind, or a name, any; without a group that of the core. */
  ignore?: { group?: string; kind?: string; name?: string }[];
}

export interface GroupKindRule {
  group: string;
  kind: string;
  name?: string;
}
