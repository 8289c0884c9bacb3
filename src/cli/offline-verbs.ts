import type { Verification } from "../core/model/activity.ts";
import type { AdoptionReport, ArgoBelongings, TakeableApplication } from "../core/model/adoption-report.ts";
import type { Application } from "../core/model/application.ts";
import type { HealthStatus } from "../core/model/health.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Secret } from "../core/model/secret.ts";

/**
 * What needs no daemon, or is one. main.ts passes the work in, because the command line itself talks HTTP only.
 * Every function may throw a Failure: its code becomes the exit code.
 */
export interface OfflineVerbs {
  /** Runs until the signal or SIGTERM ends it. */
  serve(ask: { config?: string; signal: AbortSignal }): Promise<Ended>;
  demo(ask: {
    dir?: string;
    listen?: string;
    /** So many beside the three. */
    apps?: number;
    signal: AbortSignal;
    say: (text: string) => void;
  }): Promise<Ended>;
  /** @returns what was done, for people: the first line is what happened, the others what to look at */
  demoAction(
    action: DemoAction,
    ask: { dir?: string; app?: string; signal: AbortSignal },
  ): Promise<{ lines: string[] }>;
  /**
   * Without files: the config. A file is what its content says it is; folders are read with all that is below them.
   * What generators of ApplicationSets ask is taken from `source`, a folder in place of every repository, and `clusters`,
   * a file of them.
   */
  validate(
    files: readonly string[],
    ask: { config?: string; source?: string; clusters?: string; signal?: AbortSignal },
  ): Promise<Validation>;
  /**
   * Renders an Application, or those that ApplicationSets make, as the daemon would, without a cluster. Errors are among
   * the problems, or thrown. `applications`: how many were rendered.
   */
  render(ask: {
    app: string;
    source?: string;
    clusters?: string;
    config?: string;
    signal: AbortSignal;
  }): Promise<{ documents: KubeObject[]; problems: Problem[]; applications: number }>;
  /**
   * The applications of the ApplicationSets of a file, from files alone. Errors are among the problems; they keep no
   * other application from being made.
   * @throws {Failure} config where the file, or the file of clusters, cannot be read
   */
  appsetGenerate(ask: {
    file: string;
    source?: string;
    clusters?: string;
    config?: string;
    signal: AbortSignal;
  }): Promise<{ applications: Application[]; problems: Problem[] }>;
  /** Judges each object of a YAML or JSON text; users' own checks count where a config is named. @param file as problems name it */
  health(
    text: string,
    file: string,
    ask?: { config?: string; signal?: AbortSignal },
  ): Promise<JudgedObject[]>;
  /** The definitions of our kinds, in the order in which a cluster is to get them. */
  definitions(): KubeObject[];
  /**
   * What a daemon cannot learn again, in one file, while it runs.
   * @param ask `to`: a file that is not there, or standard output
   * @throws {Failure} config, store
   */
  backup(ask: BackupAsk): Promise<BackupReport>;
  /** Puts a backup in the place of what a data folder holds. @throws {Failure} config, conflict, store */
  restore(ask: RestoreAsk): Promise<RestoreReport>;
  /** What an installation in a cluster consists of. Nothing is read or asked. @throws {Failure} invalid-spec */
  install(ask: InstallAsk): Promise<Installation>;
  /** What the words of a range mean in the Git checkout of the current folder, and the address that it was made from. */
  localRange(ask: {
    base: string;
    head: string;
    signal: AbortSignal;
  }): Promise<{ base: string; head: string; repository?: string }>;
  /**
   * The account that a cluster lends the daemon, as whoever runs this command may make it or take it away. Nothing is asked
   * of the cluster yet.
   */
  clusterAccount(ask: ClusterAccountAsk): Promise<ClusterAccount>;
  /** Whether a policy permits it, and which line says so. @param policy default: the built-in one alone */
  rbacCan(ask: RbacAsk): Promise<RbacAnswer>;
  /** What cannot be read in a policy, and what does not say what it seems to. */
  rbacValidate(policy: PolicyFile, options: { defaultRole?: string }): Promise<Problem[]>;
  /**
   * Leaves a password for an account where the daemon of this host takes it. @param ask.password default: one is made
   * @throws {Failure} where the account or the password cannot be one, or the data folder cannot be written
   */
  resetPassword(ask: {
    account?: string;
    password?: Secret;
    data?: string;
    config?: string;
  }): Promise<{ account: string; folder: string; made?: Secret }>;
  /**
   * Reads the activity where it is kept, with no daemon in between, and writes nothing.
   * @param ask `data`: the data folder; `file`: all of it as `activity export` wrote it
   * @throws {Failure} store where it cannot be read; config where a line of the file is no entry
   */
  activityVerify(ask: {
    from: { data: string } | { file: string };
    noted?: { seq?: number; hash: string };
    signal: AbortSignal;
  }): Promise<Verification>;
  doctor(ask: { config?: string; signal: AbortSignal }): Promise<Check[]>;
  /** Looks at the applications of an Argo CD, and writes nothing. */
  adopt(ask: AdoptAsk): Promise<AdoptionReport>;
  /** What that Argo CD has now, and whether it has let go of each. */
  takeable(ask: TakeableAsk): Promise<TakeableApplication[]>;
  /** Projects and clusters of that Argo CD. */
  belongings(ask: TakeableAsk): Promise<ArgoBelongings>;
  /** Writes what that Argo CD has as files of a home of its own, and nothing to any cluster. */
  adoptExport(ask: AdoptExportAsk): Promise<AdoptionExport>;
  /** Must be quick: nothing is started or asked. */
  version(): BuildFacts;
}

export interface BackupAsk {
  to: { is: "file"; file: string } | { is: "stdout" };
  /** The data folder; default: that of the config. */
  data?: string;
  config?: string;
}

export interface BackupReport {
  /** Absolute; "" for standard output. */
  file: string;
  /** Below the data folder. */
  paths: readonly string[];
  bytes: number;
  schema: number;
}

export interface RestoreAsk {
  /** `-`: standard input, which can be read once. */
  file: string;
  data?: string;
  config?: string;
  /**
   * `check`: everything is looked at and nothing written, so that no folder is needed. `prepare`: the same before a
   * restore, whose folder is named.
   */
  doing: "check" | "prepare" | "restore";
}

export interface RestoreReport {
  /** Absent where a check is told none. */
  folder?: string;
  paths: readonly string[];
  /** RFC 3339, when the backup was made; "" for a copy that an upgrade kept. */
  made: string;
  /** Of the Holdfast that made it; "" where that is not known. */
  version: string;
  /** Where what was there before is now. */
  before?: string;
}

export const INSTALL_RIGHTS = ["all", "namespaces", "read"] as const;

/** What is absent is as it is installed, where it is. */
export interface InstallAsk {
  /** Default: argocd. */
  namespace?: string;
  /** Default: all. */
  rights?: (typeof INSTALL_RIGHTS)[number];
  /** Of `namespaces`: where it may deliver. */
  namespaces?: readonly string[];
  /** Of `namespaces`: `GROUP/KINDS`; default: what teams usually deploy. */
  kinds?: readonly string[];
  image?: string;
  /** As `5Gi`. */
  storage?: string;
  storageClass?: string;
  /** Whether the definitions of applications are part of it. Default: true. */
  definitions?: boolean;
}

export interface Installation {
  /** In the order in which a cluster is to get them. */
  objects: readonly KubeObject[];
  /**
   * Looks at each object in the cluster of a context. Nothing is written yet.
   * @throws {Failure} conflict where somebody else's stands in its place; as a cluster refuses
   */
  into(ask: { kubeconfig?: string; context?: string; signal: AbortSignal }): Promise<InstallSteps>;
}

export interface InstallSteps {
  /** Sentences of what it may then, and of what stays as somebody made it; lines of YAML that begin with `+ ` among them. */
  said: readonly string[];
  /** That is named, or that is there; undefined: the one that nobody publishes. */
  image: string | undefined;
  /** `Kind namespace/name`, in order. */
  steps: readonly ({ object: string } & InstallOutlook)[];
  /** @param did called after each that was written @throws {Failure} as the cluster refuses; what was written stays */
  apply(did: (object: string, how: "created" | "changed" | "removed") => void): Promise<void>;
  stop(): void;
}

/** `kept`: somebody else's, used as it is. `remove`: rights that it is not to have any more. `foreign` is refused before anybody sees it. */
export type InstallOutlook =
  | { is: "create" | "unchanged" | "kept" | "foreign" | "remove" }
  /** As `spec.replicas: 1 -> 2`. */
  | { is: "change"; fields: readonly string[] };

export interface TakeableAsk {
  /** Default: as kubectl finds it. */
  kubeconfig?: string;
  /** Default: the kubeconfig's current one. */
  context?: string;
  /** Argo CD's own. */
  namespace: string;
  signal: AbortSignal;
}

export interface AdoptAsk extends TakeableAsk {
  /** A daemon's, whose repositories, tools and renderers count too. */
  config?: string;
  /** How long is waited until everything was looked at. */
  timeoutMs: number;
}

export interface AdoptExportAsk extends TakeableAsk {
  /** Empty, or not there yet. */
  dir: string;
  /** `namespace/name`; absent: all of them. */
  names?: readonly string[];
}

export interface AdoptionExport {
  /** Absolute. */
  dir: string;
  /** Relative to it; the config is the last. */
  files: readonly string[];
  /** What is not as it was, object by object, with what to do; sentences without a full stop. */
  left: readonly string[];
}

/** `policy.csv`, or a ConfigMap `argocd-rbac-cm` in YAML. */
export interface PolicyFile {
  file: string;
  text: string;
}

export interface RbacAsk {
  policy?: PolicyFile;
  /** AppProjects, whose roles count in them. */
  projects: readonly PolicyFile[];
  defaultRole?: string;
  /** `claims`: of a token, as JSON. */
  who: { is: "named"; name: string; groups: readonly string[] } | { is: "claims"; claims: PolicyFile };
  action: string;
  resource: string;
  object: string;
}

export type RbacAnswer =
  | { is: "yes" | "no"; why: string }
  /** The question, or the policy, makes no sense. */
  | { is: "invalid"; problems: Problem[] };

export interface ClusterAccountAsk {
  /** Default: as kubectl finds it. */
  kubeconfig?: string;
  context: string;
  systemNamespace: string;
  /** One that is there; default: one of its own is made. */
  serviceAccount?: string;
  /** Empty: the whole cluster. */
  namespaces: readonly string[];
  signal: AbortSignal;
}

export interface ClusterAccount {
  /** Of the context. */
  server: string;
  /** `config` of the API's cluster without who asks: authorities, name of the certificate, proxy. */
  address: Record<string, unknown>;
  /** What `grant` makes, each as `Kind namespace/name`. */
  makes: readonly string[];
  /** `namespace/name`. */
  account: string;
  /**
   * Makes all of it, or leaves it as it is where it is there, and proves the token by a request.
   * @returns `config` of the API's cluster, with the token
   */
  grant(): Promise<Record<string, unknown>>;
  /** Takes away what `grant` makes. @returns what went */
  revoke(): Promise<string[]>;
}

export type Ended = { is: "done" } | { is: "config-problems"; problems: Problem[] };

export const DEMO_ACTIONS = ["commit", "edit", "break", "heal"] as const;
export type DemoAction = (typeof DEMO_ACTIONS)[number];

export interface Validation {
  files: ValidatedFile[];
  /** Files of folders that hold something else. */
  passedOver: number;
  /** Those of the files that have something to render, which was not tried. */
  unrendered: string[];
}

export interface ValidatedFile {
  file: string;
  kind:
    | "config"
    | "Application"
    | "AppProject"
    | "ApplicationSet"
    | "ImageUpdater"
    | "Kustomization"
    | "unknown";
  problems: Problem[];
  /** ApplicationSets that stand in it; absent where there is none that can be read. */
  sets?: ValidatedSet[];
}

/** `makes`: its applications, as far as they can be made; `unknown`: why that cannot be said here, a clause. */
export type ValidatedSet = { name: string } & ({ makes: string[] } | { unknown: string });

export interface JudgedObject {
  /** undefined: the object shows no evidence of health and does not count. */
  status: HealthStatus | undefined;
  message: string;
  rule: string;
  because: string;
}

export interface Check {
  name: string;
  state: "ok" | "warning" | "failed";
  text: string;
  fix?: string;
}

/** Empty where it is not known. */
export interface BuildFacts {
  version: string;
  commit: string;
  buildDate: string;
  bun: string;
  platform: string;
  helm: string;
  kustomize: string;
}
