/**
 * What the engine needs of the outside world. Types only: adapters implement them, daemon.ts wires them,
 * and every port has one contract suite in test/conformance that each implementation passes.
 *
 * Rule of the empty answer: a read that failed throws or says `unreachable`; it is never "nothing there".
 */
import type { AppKey, Application, ApplicationStatus, Source } from "./model/application.ts";
import type { ObjectRecord } from "./model/comparison.ts";
import type { RenderedDocument } from "./model/desired-object.ts";
import type { Health } from "./model/health.ts";
import type { JsonPatchOp } from "./model/json-patch.ts";
import type { GroupVersionKind, KubeObject } from "./model/kube-object.ts";
import type { LiveObject } from "./model/live-object.ts";
import type { ObjectRef, RefKey } from "./model/object-ref.ts";
import type { Operation, OperationState } from "./model/operation.ts";
import type { Propagation } from "./model/plan.ts";
import type { Problem } from "./model/problem.ts";
import type { Secret } from "./model/secret.ts";

// ---------------------------------------------------------------- time, chance, words

export interface Clock {
  /** Milliseconds since 1970: for what is shown and what must outlast a restart. It steps when somebody sets the machine's clock. */
  now(): number;
  /** Milliseconds since some moment of this process: for pauses and deadlines. It never steps. */
  monotonic(): number;
  /** Resolves after `ms`, rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** One JSON line a call: a constant message, the rest as fields. Never a secret. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  with(fields: Record<string, unknown>): Log;
}

// ---------------------------------------------------------------- Git

declare const commitBrand: unique symbol;
/** A full object id, 40 (or 64) hex digits. */
export type CommitSha = string & { readonly [commitBrand]: true };

/** How to reach one repository. Credentials belong to `url`'s origin and are sent nowhere else. */
export interface RepositoryAccess {
  url: string;
  username?: string;
  password?: Secret;
  bearerToken?: Secret;
  sshPrivateKey?: Secret;
  /** Lines of a known_hosts file. Without them ssh refuses unknown hosts. */
  sshKnownHosts?: string;
  /** PEM; in place of the system's certificate authorities. */
  ca?: string;
  implementation?: "auto" | "isomorphic" | "system";
}

/** `latest`: one ls-refs (coalesced with others under way). `known`: the last answer where there is one. */
export type Freshness = "latest" | "known";

export interface Resolved {
  commit: CommitSha;
  /** What it was resolved through: `refs/heads/main`, `refs/tags/v1.2.3`, or "" for a SHA. */
  ref: string;
}

export interface TreeEntry {
  name: string;
  kind: "file" | "folder" | "link" | "submodule";
  oid: string;
}

/**
 * One commit's files, read from the object store without a checkout. Paths are relative to the repository's root,
 * with `/`, normalised; "" is the root. Reads never follow a link out of the repository.
 */
export interface SourceTree {
  readonly commit: CommitSha;
  /** Object id of the file or folder there, undefined where there is none. Answers from memory once a folder was read. */
  oid(path: string): Promise<string | undefined>;
  entry(path: string): Promise<TreeEntry | undefined>;
  /** @throws {Failure} git-path where `path` is no folder */
  list(path: string): Promise<TreeEntry[]>;
  /** Content of a file; links are followed while they stay inside the repository. @throws {Failure} git-path, path-outside-source */
  read(path: string): Promise<Uint8Array>;
  /** What a link says, as stored. Where this is missing, sources that hold links cannot be rendered. @throws {Failure} git-path where `path` is no link */
  readLink?(path: string): Promise<string>;
}

export interface CommitInfo {
  commit: CommitSha;
  author: string;
  /** RFC 3339. */
  date: string;
  /** First line. */
  subject: string;
  message: string;
}

export interface Git {
  /**
   * @param options.asOf with `latest`: milliseconds since 1970; a request sent then or later is new enough. Absent: now.
   * @throws {Failure} git-unreachable, git-auth (both with `retryAfterMs`), git-revision, tool-missing
   */
  resolve(
    repository: RepositoryAccess,
    revision: string,
    options: { freshness: Freshness; tagPrefix?: string; asOf?: number },
  ): Promise<Resolved>;
  /** Fetches the commit where it is not there yet. @throws {Failure} */
  tree(repository: RepositoryAccess, commit: CommitSha, signal?: AbortSignal): Promise<SourceTree>;
  info(repository: RepositoryAccess, commit: CommitSha): Promise<CommitInfo>;
  /** Every request made, for metrics and tests. */
  onRequest(listener: (request: GitRequest) => void): void;
  stop(): Promise<void>;
}

export interface GitRequest {
  url: string;
  type: "ls-remote" | "fetch";
  tookMs: number;
  failed: boolean;
}

// ---------------------------------------------------------------- rendering

/** One source at its commit. Sources that are a `ref` only are given too: others read from them. */
export interface SourceAtCommit {
  source: Source;
  commit: CommitSha;
  tree: SourceTree;
}

export interface RenderAsk {
  app: Application;
  sources: SourceAtCommit[];
  cluster: { kubeVersion: string; apiVersions: readonly string[] };
  /** Skips the cache ("hard refresh"). */
  cache: "use" | "renew";
}

/** A file or folder; `source` is the index of the source in whose tree it lies. */
export interface RenderedInput {
  source: number;
  path: string;
}

export interface Rendered {
  /** Equal keys are equal documents: the engine does no work where the key is the one it has. */
  key: string;
  /** By source, in the order of `sources`. */
  documents: { source: number; documents: RenderedDocument[] }[];
  /** Renderer's name by source, in Argo CD's words: `Helm`, `Kustomize`, `Directory`; "" for a ref-only source. */
  sourceTypes: string[];
  problems: Problem[];
  /**
   * Everything in the sources' trees that the key depends on: while none of it changes, another commit has the same key.
   * `unknown`: the commit itself is part of what was rendered, or nobody can say.
   */
  inputs: readonly RenderedInput[] | "unknown";
  /** Whether a renderer ran. */
  from: "cache" | "renderer";
}

export interface Renderers {
  /** @throws {Failure} git-path, path-outside-source, render, render-timeout, tool-missing, manifest */
  render(ask: RenderAsk, signal?: AbortSignal): Promise<Rendered>;
}

// ---------------------------------------------------------------- cluster

export interface ClusterFacts {
  /** `v1.36.2`. */
  kubeVersion: string;
  /** `v1`, `apps/v1`, `apps/v1/Deployment`, … as Helm's --api-versions takes them; sorted. */
  apiVersions: readonly string[];
}

export interface KindInfo {
  group: string;
  version: string;
  kind: string;
  /** Plural, as in paths. */
  resource: string;
  scope: "namespaced" | "cluster";
  verbs: readonly string[];
}

/**
 * `absent`: the server was asked and does not serve it. `unreachable`: nothing is known about it; with `group`, the
 * server answers and that one API group could not be discovered (its APIService is down), which concerns its kinds alone.
 */
export type KindLookup =
  | { is: "known"; info: KindInfo }
  | { is: "absent" }
  | { is: "unreachable"; why: string; group?: string };
export type Lookup =
  | { is: "found"; live: LiveObject; object: KubeObject }
  | { is: "absent" }
  | { is: "unreachable"; why: string }
  | { is: "forbidden"; why: string };

/** What became of following some kinds. A kind that cannot be watched is that kind's problem, never the cluster's. */
export interface Followed {
  /** `group/Kind` -> sentence. */
  failed: Map<string, string>;
}

export type WriteMode = "dry-run" | "write";

/** What the server said to one write. */
export type WriteOutcome =
  | { is: "done"; live: LiveObject; object: KubeObject; warnings: string[] }
  /** The server judged it: the user's problem unless `status` is 409 or 429. `message` never holds a Secret's values. */
  | {
      is: "refused";
      status: number;
      reason: string;
      message: string;
      causes: { field: string; reason: string; message: string }[];
    }
  | { is: "unreachable"; why: string; retryAfterMs?: number };

export type DeleteOutcome = { is: "deleted" } | { is: "absent" } | Exclude<WriteOutcome, { is: "done" }>;

export type { JsonPatchOp };

/** One change in the live cache. */
export interface LiveChange {
  key: RefKey;
  change: "added" | "modified" | "deleted" | "resynced";
  /** Tracking names of the applications that own this object or an ancestor of it, before and after the change. */
  apps: readonly string[];
  /** Whether the object itself bears a tracking id (otherwise it is a descendant). */
  tracked: boolean;
}

/**
 * The way to the API server, judged by everything that is asked of it and by its watches; a server that says nothing is
 * asked by a small request of its own every few seconds.
 *
 * - `starting`: it was not heard yet.
 * - `connected`: it answers. `since`: when it first did, after it had not.
 * - `unreachable`: it refuses connections or our credentials, says that it is not ready, or took a request and did not
 *   answer it in time. `since`: when it was heard last (or first asked, where it never was), so that what the cache shows
 *   was true then and is not known to be true now. Said at most 15 seconds after `since`, and until it answers again.
 *
 * What concerns one kind (a list that fails or hangs, a missing permission) is in `Followed.failed` and never here.
 * Times are milliseconds since 1970.
 */
export type Connection =
  | { is: "connected"; since: number }
  | { is: "unreachable"; since: number; why: string }
  | { is: "starting" };

/** For whom requests are made, and how pressing they are: `heal` goes before `sync`, and owners take turns. */
export interface Errand {
  /** An application's key. */
  owner: string;
  urgency: "heal" | "sync";
}

/** One object at a time. */
export interface ClusterObjects {
  /**
   * One GET at `apiVersion`, managedFields included in `object`. Also the answer to whether a Namespace exists, for who
   * may get it: `forbidden` says neither yes nor no.
   */
  read(ref: ObjectRef, apiVersion: string): Promise<Lookup>;
  /** Server-side apply by force. A write updates the cache before it resolves. */
  apply(object: KubeObject, mode: WriteMode): Promise<WriteOutcome>;
  /** POST. */
  create(object: KubeObject, mode: WriteMode): Promise<WriteOutcome>;
  /** PUT; `object.metadata.resourceVersion` is the precondition where set. */
  replace(object: KubeObject, mode: WriteMode): Promise<WriteOutcome>;
  /** JSON patch. A failed `test` is refused with 422 or 409. */
  patch(ref: ObjectRef, apiVersion: string, patch: readonly JsonPatchOp[]): Promise<WriteOutcome>;
  /** DELETE with the uid as precondition. */
  delete(
    ref: ObjectRef,
    apiVersion: string,
    options: { uid: string; propagation: Propagation },
    mode: WriteMode,
  ): Promise<DeleteOutcome>;
}

/**
 * One destination cluster: discovery, live cache, writes. Its field manager is `holdfast`. The methods of
 * `ClusterObjects` ask on behalf of the application that tracks the object.
 */
export interface Cluster extends ClusterObjects {
  readonly name: string;
  /** As manifests name it. */
  readonly server: string;
  connection(): Connection;
  /** Called when `connection()` is another state than before. @returns ends it */
  onConnectionChange(listener: (connection: Connection) => void): () => void;
  /** @throws {Failure} cluster-unreachable, cluster-auth */
  facts(): Promise<ClusterFacts>;
  /** From memory: undefined until it answered once. */
  kubeVersion(): string | undefined;
  /** What is served now: an unknown kind is asked for anew, at most once a second. */
  kind(gvk: GroupVersionKind): Promise<KindLookup>;
  /** Another number whenever a kind came, went, or changed its scope, versions, verbs or path. 0: never discovered. */
  kindsGeneration(): number;
  /**
   * `group/version` -> why its kinds could not be listed, for groups whose API server does not answer. What was known of
   * them is kept; that they lack a kind is not known.
   */
  undiscovered(): ReadonlyMap<string, string>;
  /**
   * Watches the kinds (and those that descend from them) as long as `owner` wants them, and resolves when all of
   * them are listed. A second call replaces the first of the same owner. Cheap when nothing new is asked.
   * @param kinds a version of "" stands for the one that the server prefers
   * @param namespaces where the owner's objects live, for servers that forbid cluster-wide watches
   */
  follow(owner: string, kinds: readonly GroupVersionKind[], namespaces: readonly string[]): Promise<Followed>;
  unfollow(owner: string): void;
  /**
   * Discovers and lists anew what `owner` follows, whatever the watches said, and resolves when the cache shows the new
   * lists. Calls of several owners share them. `failed`: kinds that are known as before only.
   */
  relist(owner: string): Promise<Followed>;

  /** From the cache; kinds that are followed only. */
  get(key: RefKey): LiveObject | undefined;
  trackedBy(app: string): LiveObject[];
  childrenOf(uid: string): LiveObject[];
  onChange(listener: (change: LiveChange) => void): () => void;
  /**
   * Kinds that owners follow came, went, changed their scope, or turned from seen to unseen or back; or the cluster is
   * not the one that it was. Owners as `follow` named them.
   */
  onKindsChange(listener: (owners: readonly string[]) => void): () => void;

  /** The same objects, asked for on this errand. */
  for(errand: Errand): ClusterObjects;
  /** Kubernetes Events about one object, newest first. @throws {Failure} cluster-unreachable, forbidden */
  eventsOf(ref: ObjectRef, uid: string | undefined): Promise<KubeObject[]>;
  /** How much the live cache holds: objects, and kinds that are watched. For metrics. */
  size(): { objects: number; kinds: number };
  /** Our own requests so far, by verb (`list`, `watch`, `get`, `apply`, `apply-dry-run`, `create`, …). */
  requests(): Record<string, number>;
  stop(): Promise<void>;
}

// ---------------------------------------------------------------- store

/** What the store keeps of one application, whatever its origin. */
export interface AppState {
  key: AppKey;
  /** Ours, made once; an application that is deleted and made again has another. */
  uid: string;
  status?: ApplicationStatus;
  /** Asked for and not started. */
  operation?: Operation;
  /** Set by a person's approval of a blocked prune. */
  approval?: PruneApproval;
  /** Of an application that lives in a file: as it was read last, so that its leaving is noticed after a restart too. */
  last?: { app: Application; file: string; folder?: string };
  /** The application's last known manifest, kept while its objects are being deleted. */
  deleting?: {
    app: Application;
    since: string;
    cascade: "foreground" | "background" | "none";
    asked: "by-person" | "by-file";
  };
}

/** Whether what is stored stays stored. */
export type StoreCondition =
  | { is: "sound" }
  /** `lost`: its files are gone or others are in their place. `failing`: it cannot be written now, as on a full disk. */
  | { is: "lost" | "failing"; object: string; why: string; fix: string };

/** Bound to what the person saw; any change voids it. */
export interface PruneApproval {
  revision: string;
  candidatesHash: string;
  by: string;
  at: string;
}

export interface AuditEntry {
  /** Assigned by the store, rising without gaps. */
  seq?: number;
  /** RFC 3339. */
  at: string;
  /** `user:…`, `daemon`, `file:…`. */
  actor: string;
  action: string;
  app?: AppKey;
  /** Everything a person needs to understand it, as JSON. No secrets. */
  details: Record<string, unknown>;
}

/** One sync, from request to end. `id` rises without gaps over all applications. */
export interface SyncRun {
  id: number;
  app: AppKey;
  /** Why it ran: `manual`, `automated`, `self-heal`, `retry`, `deletion`. */
  cause: string;
  state: OperationState;
}

/** Durable memory. Every call is atomic and on disk when it returns; a full disk throws {Failure} store. */
export interface Store {
  /** Applications made through the API (those of files live in their files). */
  applications(): Application[];
  putApplication(app: Application): void;
  deleteApplication(key: AppKey): void;

  states(): AppState[];
  putStates(states: readonly AppState[]): void;
  deleteState(key: AppKey): void;

  records(app: AppKey): ObjectRecord[];
  putRecords(app: AppKey, records: readonly ObjectRecord[]): void;
  deleteRecords(app: AppKey, keys: readonly RefKey[] | "all"): void;

  startRun(run: Omit<SyncRun, "id">): number;
  updateRun(id: number, state: OperationState): void;
  /** Newest first. */
  runs(filter: { app?: AppKey; limit: number; unfinished?: true }): SyncRun[];

  audit(entry: AuditEntry): number;
  /** Newest first. */
  audits(filter: { app?: AppKey; limit: number }): AuditEntry[];

  /** Small named values: installation facts, hashes of rendered output. */
  value(name: string): string | undefined;
  putValue(name: string, value: string | undefined): void;

  /**
   * Cheap, from a look at its files and from the last write. A store that is not sound refuses every write, and whoever
   * would change a cluster without writing anything down first asks here.
   */
  condition(): StoreCondition;
  /** Tries a small write; `condition` says what came of it. Never throws. */
  probe(): StoreCondition;

  /** Runs `work` as one transaction; throws through, rolled back. */
  atomically<T>(work: () => T): T;
  close(): void;
}

// ---------------------------------------------------------------- users' own health checks

/** What a user's own check says of one object. `health` undefined: no evidence either way. */
export interface CheckVerdict {
  health: Health | undefined;
  /** Which check, for people: `lua example.org/Widget`. */
  check: string;
}

/** Checks in Lua, CEL or TypeScript that go before the rules of core/health. */
export interface HealthChecks {
  /**
   * From memory, at once. undefined where no check is meant for the kind. An object that was not judged yet is judged
   * in the background and is Progressing meanwhile; one that changed keeps its last verdict until the new one is there.
   */
  said(object: KubeObject): CheckVerdict | undefined;
  /** Judges now and waits for it. */
  judge(object: KubeObject, signal?: AbortSignal): Promise<CheckVerdict | undefined>;
  /** The answer of `said` changed for these objects. */
  onChange(listener: (keys: readonly RefKey[]) => void): () => void;
  stop(): Promise<void>;
}
