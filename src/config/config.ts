import type { AccessSettings } from "../core/access/rbac-config-map.ts";
import type { ArgoTokens } from "../core/accounts/argo-tokens.ts";
import type { ConditionType } from "../core/model/application.ts";
import type { DaemonPause } from "../core/model/daemon-pause.ts";
import type { DeepLinks } from "../core/model/deep-link.ts";
import type { IgnoreRule } from "../core/model/ignore-rule.ts";
import type { ManagementPlugin } from "../core/model/management-plugin.ts";
import type { NotificationSettings } from "../core/model/notification-settings.ts";
import type { PageWords } from "../core/model/page-words.ts";
import type { TerminalSetting } from "../core/model/pod-exec.ts";
import type { GlobalProject } from "../core/model/project.ts";
import type { GitImplementation, RepositoryAccess } from "../core/model/repository-access.ts";
import type { ResourceFilters } from "../core/model/resource-filter.ts";
import type { Secret } from "../core/model/secret.ts";
import type { SecretStoreSettings } from "../core/model/secret-store.ts";
import type { SignOnSettings } from "../core/model/sign-on.ts";
import type { CelCheck, Customizations } from "../core/model/user-checks.ts";
import type { WebhookSettings } from "../core/webhooks/settings.ts";
import type { AccountSettings } from "./account-settings.ts";
import type { ApplicationSetSettings } from "./application-set-settings.ts";
import type { ImageUpdateSettings } from "./image-settings.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { ReplicaSettings } from "./replica-settings.ts";

/** What Argo CD's objects in the home say of people. */
export type HomeAccess =
  /** Not a word, or the home is no cluster. */
  | { is: "silent" }
  /** It is not known yet whether they say anything. */
  | { is: "unseen" }
  /** `partly`: something that is meant cannot be read, so that one account may be missing. */
  | {
      is: "whole" | "partly";
      /** Who shows nothing. */
      anonymous: "may what everybody may" | "may nothing";
      /** Milliseconds from a login on. Absent: as usual. */
      sessionMs?: number;
      /** An expression of Go. */
      passwordPattern?: string;
      /** That Argo CD issued. Absent: none is known. */
      tokens?: ArgoTokens;
    };

/** The config as the daemon uses it: every key is there, paths are absolute, durations are milliseconds. */
export interface Config {
  server: {
    listen: ListenAddress;
    token: Secret | undefined;
    /** An origin, at which browsers reach it. */
    url?: string;
    /** `/holdfast`, or "". */
    basePath: string;
    /** Addresses and networks. */
    trustedProxies: string[];
    /** Globs of `project/name` and `project/namespace/name`. */
    badges: string[];
    tls: ServerTls;
  };
  metrics: {
    listen: ListenAddress | undefined;
    token: Secret | undefined;
    /** Names of labels in metadata of applications; no two of them are one in Prometheus. */
    applicationLabels: string[];
    applicationConditions: ConditionType[];
  };
  /** `url`: with the path of traces; undefined: nothing is traced. */
  tracing: { url: string | undefined; authorization: Secret | undefined };
  page: PageWords;
  links: DeepLinks;
  images: ImageUpdateSettings;
  /** By which secrets senders of webhooks prove themselves. */
  webhooks: WebhookSettings;
  /** Who is told of what becomes of applications and clusters. */
  notifications: NotificationSettings;
  /** Terminals in Pods. */
  exec: TerminalSetting;
  /** Who vouches for people. */
  signOn: SignOnSettings[];
  /** Empty: there are no accounts, not even an administrator. */
  accounts: AccountSettings[];
  /** What the home says of people beside that; no key of the config says it. */
  homeAccess: HomeAccess;
  /** Who may do what. `files`: those that its lines came from, absolute. */
  rbac: AccessSettings & { files: string[] };
  data: string;
  poll: { cron: string } | { everyMs: number };
  pollSpreadMs: number;
  clusters: ClusterConfig[];
  /** Programs that clusters which were added beside the config may run for their credentials. */
  clusterPrograms: string[];
  /** The `url` of each is a prefix. */
  repositories: RepositoryAccess[];
  /** Globs of URLs, `!` before those that are forbidden. */
  remoteBases: string[];
  /** Home namespace. */
  namespace: string;
  /** Whose rules other projects have too. */
  globalProjects: GlobalProject[];
  home: "files" | "cluster";
  /** `namespaces`: globs, beside the home namespace. `uid`: of the cluster's namespace kube-system, "" where it is not said. */
  homeCluster: { name: string; namespaces: string[]; uid: string };
  /** Undefined: there is one daemon. */
  replicas: ReplicaSettings | undefined;
  applications: string[];
  plugins: string[];
  configManagementPlugins: ManagementPlugin[];
  secretStores: SecretStoreSettings[];
  applicationSets: ApplicationSetSettings;
  /** "" where there is none. */
  installationID: string;
  validate: "repair" | "strict";
  unsupported: "refuse" | "warn";
  /** Of the config itself, then of files of customizations. */
  ignoreDifferences: IgnoreRule[];
  /** Of the config itself, then of files of customizations. */
  resources: ResourceFilters;
  health: HealthConfig;
  /** Of the file, then of the environment; empty: nothing is paused. */
  pauses: DaemonPause[];
  prune: {
    budgetPercent: number;
    budgetObjects: number;
    confirmKinds: string[];
    perSecond: number;
    keepForMs: number;
  };
  removal: { missingForMs: number; budgetPercent: number; budgetApplications: number };
  sync: { hookTimeoutMs: number; timeoutMs: number; impersonation: boolean };
  fights: { flips: number; withinMs: number; againMs: number };
  retry: { firstMs: number; mostMs: number };
  render: {
    /** "" is embedded or on PATH. */
    helm: string;
    kustomize: string;
    /** Words for `kustomize build`. */
    buildOptions: string[];
    versions: ToolVersion[];
    timeoutMs: number;
    /** 0 is as many as there are cores. */
    concurrency: number;
    requireSandbox: boolean;
    cacheBytes: { memory: number; disk: number };
  };
  /** Files of keys, absolute. */
  decryption: { age: string[]; pgp: string[] };
  git: {
    implementation: GitImplementation;
    timeoutMs: number;
    fetchTimeoutMs: number;
    maxPackBytes: number;
    localRepositories: "allowed" | "refused";
  };
  limits: { requestsInFlight: number; objectsPerApplication: number };
  log: { level: "debug" | "info" | "warn" | "error" };
}

export interface ServerTls {
  certificate: ServerCertificate;
  minVersion: "TLSv1.2" | "TLSv1.3";
  http2: "offered" | "off";
}

/** Where the certificate of the API comes from; files are absolute. */
export type ServerCertificate =
  | { by: "nothing" }
  | { by: "files"; certFile: string; keyFile: string }
  | { by: "self-signed" };

/** A program that sources choose by its version. */
export interface ToolVersion {
  tool: "kustomize" | "helm";
  /** As sources say it. */
  version: string;
  /** Absolute. */
  program: string;
  buildOptions: string[];
}

export interface HealthConfig {
  pods: boolean;
  /** Files of scripts, absolute. */
  customizations: string[];
  /** What stands in them. */
  scripts: Customizations;
  checks: CelCheck[];
}

export interface ClusterConfig {
  name: string;
  /** As manifests name it, without a last slash. */
  server: string;
  /** Absolute; undefined is the service account of our own Pod. */
  kubeconfig: string | undefined;
  context: string | undefined;
  /** Empty is all of them. */
  namespaces: string[];
  /** Whether kinds without a namespace are looked at, where `namespaces` names some. */
  clusterResources: boolean;
  /** "": everybody's applications may use it. */
  project: string;
  labels: Record<string, string>;
}
