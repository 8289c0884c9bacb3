import type { HealthStatus } from "./health.ts";
import type { ShownHold } from "./hold.ts";
import type { ObjectMeta } from "./kube-object.ts";
import type { ListedChange } from "./listed-change.ts";
import type { ObjectRef } from "./object-ref.ts";
import type { Operation, OperationState, RetryPolicy, SyncSource } from "./operation.ts";
import type { ShownOthers } from "./set-by-others.ts";
import type { Source } from "./source.ts";
import type { ShownTerminated } from "./terminated.ts";

export type { RetryPolicy } from "./operation.ts";
export type { DirectorySource, HelmSource, JsonnetOptions, KustomizeSource, Source } from "./source.ts";

/** An Argo CD `Application` as its user wrote it. Fields that are not listed here are kept and written back untouched. */
export interface Application {
  apiVersion: "argoproj.io/v1alpha1";
  kind: "Application";
  metadata: ObjectMeta & { namespace: string };
  spec: ApplicationSpec;
  status?: ApplicationStatus;
  /** A request to sync. Writing it starts an operation. */
  operation?: Operation;
}

export interface ApplicationSpec {
  project: string;
  source?: Source;
  /** Wins over `source` where it has elements. The last source wins where two render one object. */
  sources?: Source[];
  destination: Destination;
  syncPolicy?: SyncPolicy;
  ignoreDifferences?: IgnoreDifferences[];
  info?: { name: string; value: string }[];
  /** Default 10; 0 keeps no history. */
  revisionHistoryLimit?: number;
}

/** How manifests name the cluster that Argo CD runs in; here it is the cluster that the config gives this address. */
export const IN_CLUSTER = "https://kubernetes.default.svc";
/** Stands for that address where no cluster has the name. */
export const IN_CLUSTER_NAME = "in-cluster";

/** Exactly one of `server` and `name`. */
export interface Destination {
  server?: string;
  name?: string;
  namespace?: string;
}

export interface SyncPolicy {
  automated?: { prune?: boolean; selfHeal?: boolean; allowEmpty?: boolean; enabled?: boolean };
  retry?: RetryPolicy;
  managedNamespaceMetadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  syncOptions?: string[];
}

export interface IgnoreDifferences {
  /** Glob. */
  group?: string;
  /** Glob. */
  kind: string;
  name?: string;
  namespace?: string;
  jsonPointers?: string[];
  jqPathExpressions?: string[];
  managedFieldsManagers?: string[];
}

export type SyncStatusCode = "Synced" | "OutOfSync" | "Unknown";

export const CONDITION_TYPES = [
  "InvalidSpecError",
  "ComparisonError",
  "SyncError",
  "UnknownError",
  "DeletionError",
  "SharedResourceWarning",
  "RepeatedResourceWarning",
  "ExcludedResourceWarning",
  "OrphanedResourceWarning",
  /** Ours: a manifest that was repaired or is suspicious; a prune that a guard stopped. */
  "ManifestWarning",
  "PruneBlocked",
  "SyncOptionWarning",
  "FieldManagerWarning",
  "InvalidSource",
  /** Ours: fields that somebody else sets again after each heal, and that are left as they are. */
  "ContestedFieldWarning",
  /** Ours: what was healed differs again, and is healed again later. */
  "SelfHealWarning",
  /** Ours: its file is gone, or may be; and who holds an object of its deletion. */
  "ApplicationMissingWarning",
  "DeletionHeldWarning",
  /** Ours: a person keeps it at a revision. */
  "HeldWarning",
  /** Ours: a person ended its sync, and nothing goes on by itself. */
  "TerminatedWarning",
  /** Ours: an object that an undo made again is not in Git, and stays all the same. */
  "UndoWarning",
  /** Ours: what is to be synced waits for one of its project's windows. */
  "SyncWindowWarning",
  /** Ours: what is to be synced waits for other applications. */
  "DependencyWarning",
  /** Ours: it renders itself through others. */
  "RenderCircleWarning",
  /** Ours: images of it cannot be kept up to date, or not all of them. */
  "ImageUpdateWarning",
  /** Ours: something is left undone, because the whole daemon holds still. */
  "PausedWarning",
] as const;

export type ConditionType = (typeof CONDITION_TYPES)[number];

export interface Condition {
  type: ConditionType;
  message: string;
  lastTransitionTime?: string;
}

export interface ResourceStatus {
  group?: string;
  version: string;
  kind: string;
  namespace?: string;
  name: string;
  status?: SyncStatusCode;
  health?: { status: HealthStatus; message?: string };
  hook?: boolean;
  requiresPruning?: boolean;
  /** Ours: it is not in Git, and a mark has it stay: which one, for people. */
  kept?: string;
  /** Ours: Git wants it, and it was asked to go, by itself or with its Namespace: since when, RFC 3339. */
  leavingSince?: string;
  syncWave?: number;
  requiresDeletionConfirmation?: boolean;
}

/** Argo CD's `status`, all of it that the spine fills. Times are RFC 3339 in UTC, without fractions. */
export interface ApplicationStatus {
  sync: {
    status: SyncStatusCode;
    comparedTo: {
      source?: Source;
      sources?: Source[];
      destination: Destination;
      ignoreDifferences?: IgnoreDifferences[];
    };
    revision?: string;
    revisions?: string[];
    /** Only where somebody is told of it: the commit that changed last what it reads; absent where that is not known. */
    changed?: ListedChange;
    /** Only in a list: where it cannot be compared, or is held, the newest commit of what it reads, beyond that. */
    newest?: ListedChange;
  };
  health: { status: HealthStatus; message?: string; lastTransitionTime?: string };
  resources?: ResourceStatus[];
  conditions?: Condition[];
  history?: RevisionHistory[];
  operationState?: OperationState;
  /** Ours: the last sync, where `operationState` is a dry run's. */
  lastSync?: OperationState;
  reconciledAt?: string;
  sourceType?: string;
  sourceTypes?: string[];
  summary?: { images?: string[]; externalURLs?: string[] };
  resourceHealthSource?: string;
  controllerNamespace?: string;
  /** Ours: a person keeps it at a revision. */
  hold?: ShownHold;
  /** Ours: a person ended its sync, and nothing is synced or healed by itself since. */
  terminated?: ShownTerminated;
  /** Ours: what was deleted and can be made again; absent where there is nothing. */
  undo?: ShownUndo;
  /** Ours: what others in the cluster did that makes it differ; absent where they did nothing. */
  others?: ShownOthers;
}

/** What an undo would find, as far as that is known without asking a cluster. */
export interface ShownUndo {
  /** Of all runs: kept, and nothing is in their place. */
  objects: number;
  /** The newest run that deleted some of them, when, and until when they are kept. RFC 3339. */
  run: number;
  at: string;
  until: string;
}

export interface RevisionHistory extends SyncSource {
  id: number;
  deployStartedAt?: string;
  deployedAt: string;
  initiatedBy?: { username?: string; automated?: boolean };
  /** Ours: what brought it about. */
  cause?: DeployCause;
  /** Ours: why, in the words of who asked for it. */
  reason?: string;
}

/** `rollback to N`: to deployment N. */
export type DeployCause = "manual" | "automated" | "self-heal" | `rollback to ${number}`;

declare const appKeyBrand: unique symbol;
/** `namespace/name`. */
export type AppKey = string & { readonly [appKeyBrand]: true };

export function appKey(namespace: string, name: string): AppKey {
  return `${namespace}/${name}` as AppKey;
}

export function keyOfApp(app: Application): AppKey {
  return appKey(app.metadata.namespace, app.metadata.name);
}

/** Of its record, where it has one. */
export function refOfApp(key: AppKey): ObjectRef {
  const slash = key.indexOf("/");
  return {
    group: "argoproj.io",
    kind: "Application",
    namespace: key.slice(0, slash),
    name: key.slice(slash + 1),
  };
}

/**
 * The name of an application in tracking ids: `<name>` in the home namespace, `<namespace>_<name>` elsewhere.
 * Source: Argo CD's "apps in any namespace".
 */
export function trackingName(key: AppKey, homeNamespace: string): string {
  const slash = key.indexOf("/");
  const namespace = key.slice(0, slash),
    name = key.slice(slash + 1);
  return namespace === homeNamespace ? name : `${namespace}_${name}`;
}

/** The sources that count: `sources` where it has elements, else `source`. */
export function sourcesOf(spec: ApplicationSpec): Source[] {
  if (spec.sources !== undefined && spec.sources.length > 0) return spec.sources;
  return spec.source === undefined ? [] : [spec.source];
}

export function isAutomated(spec: { syncPolicy?: { automated?: { enabled?: boolean } | null } }): boolean {
  const automated = spec.syncPolicy?.automated;
  return automated !== undefined && automated !== null && automated.enabled !== false;
}

/** Whether what Git wants no more is deleted by itself. */
export function prunesItself(spec: {
  syncPolicy?: { automated?: { enabled?: boolean; prune?: boolean } | null };
}): boolean {
  return isAutomated(spec) && spec.syncPolicy?.automated?.prune === true;
}

/** Whether what others change is put back by itself. */
export function healsItself(spec: ApplicationSpec): boolean {
  return isAutomated(spec) && spec.syncPolicy?.automated?.selfHeal === true;
}

/** Whole-string match, as Argo CD does: `Prune=true` is not "unset". */
export function hasOption(options: readonly string[] | undefined, option: string): boolean {
  return options?.includes(option) ?? false;
}

/** `begun`: it is on trial, without its automation, and its take was cut off if it stays so. */
export type AdoptionMark = "begun" | "taken";

export const RESOURCES_FINALIZER = "resources-finalizer.argocd.argoproj.io";
export const ANNOTATION = {
  trackingId: "argocd.argoproj.io/tracking-id",
  installationId: "argocd.argoproj.io/installation-id",
  syncOptions: "argocd.argoproj.io/sync-options",
  compareOptions: "argocd.argoproj.io/compare-options",
  syncWave: "argocd.argoproj.io/sync-wave",
  hook: "argocd.argoproj.io/hook",
  hookDeletePolicy: "argocd.argoproj.io/hook-delete-policy",
  /** Ours: how long a hook may take, as a duration. */
  hookTimeout: "argocd.argoproj.io/hook-timeout",
  /** Ours, written on what a hook makes: the try of a sync that made it. */
  hookRun: "holdfast/hook-run",
  ignoreHealthcheck: "argocd.argoproj.io/ignore-healthcheck",
  refresh: "argocd.argoproj.io/refresh",
  migrationManager: "argocd.argoproj.io/client-side-apply-migration-manager",
  deletionApproved: "argocd.argoproj.io/deletion-approved",
  /** Ours, written on what an undo makes again: `run 12`, the run that had deleted it. */
  undone: "holdfast/undone",
  /** Ours: where values of a secret store were put into the object, see `sayFilled`. */
  filledIn: "holdfast/filled-in",
  /** Ours: `warn` syncs although something that the application asks for is not done; `refuse` does not. */
  unsupported: "holdfast/unsupported",
  /** Ours, on an Application: others that are to be Synced and Healthy before it is synced by itself. */
  dependsOn: "holdfast.dev/depends-on",
  /** Ours, on an Application that was taken over from an Argo CD: see `AdoptionMark`. */
  adoption: "holdfast.dev/adoption",
  skipReconcile: "argocd.argoproj.io/skip-reconcile",
  helmHook: "helm.sh/hook",
  helmHookWeight: "helm.sh/hook-weight",
  helmHookDeletePolicy: "helm.sh/hook-delete-policy",
  helmResourcePolicy: "helm.sh/resource-policy",
  lastApplied: "kubectl.kubernetes.io/last-applied-configuration",
} as const;
