import type { Acting } from "../model/acting.ts";
import type { Home, Inhabitants } from "../model/home-contents.ts";
import type { GroupVersionKind, KubeObject } from "../model/kube-object.ts";
import type { LiveObject } from "../model/live-object.ts";
import type { NodeLookup } from "../model/node-room.ts";
import type { ObjectRef, RefKey } from "../model/object-ref.ts";
import type { OwnPodLookup } from "../model/own-pod.ts";
import type { ExecAsk, ExecSession } from "../model/pod-exec.ts";
import type { PodLogAsk, PodLogLine } from "../model/pod-log.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import type { ObjectWatch, ObjectWatchListener } from "./object-watch.ts";

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
  /** `any`: its objects may be in namespaces that the cluster does not have. */
  namespaces?: "any";
  /** Another text whenever the definition of a custom kind is another one. Absent: not known, or not a custom kind. */
  schema?: string;
}

/**
 * `absent`: the server was asked and does not serve it. `unreachable`: nothing is known about it; with
 * `group`, the server answers and that one API group could not be discovered (its APIService is down), which
 * concerns its kinds alone.
 */
export type KindLookup =
  | { is: "known"; info: KindInfo }
  | { is: "absent" }
  | { is: "unreachable"; why: string; group?: string };

/**
 * What became of following some kinds. A kind that cannot be watched is that kind's problem, never the
 * cluster's.
 */
export interface Followed {
  /** `group/Kind` -> sentence. */
  failed: Map<string, string>;
}

/** One change in the live cache. */
export interface LiveChange {
  key: RefKey;
  change: "added" | "modified" | "deleted" | "resynced";
  /**
   * Tracking names of the applications that own this object or an ancestor of it, before and after the
   * change.
   */
  apps: readonly string[];
  /** Whether the object itself bears a tracking id (otherwise it is a descendant). */
  tracked: boolean;
}

/**
 * The way to the API server, judged by everything that is asked of it and by its watches; a server that says
 * nothing is asked by a small request of its own every few seconds.
 *
 * - `starting`: it was not heard yet.
 * - `connected`: it answers. `since`: when it first did, after it had not.
 * - `unreachable`: it refuses connections or our credentials, says that it is not ready, or took a request and
 *   did not answer it in time. `since`: when it was heard last (or first asked, where it never was), so that what
 *   the cache shows was true then and is not known to be true now. Said at most 15 seconds after `since`, and
 *   until it answers again.
 *
 * What concerns one kind (a list that fails or hangs, a missing permission) is in `Followed.failed` and never
 * here. Times are milliseconds since 1970.
 */
export type Connection =
  | { is: "connected"; since: number }
  /** `fix`: what would mend it, where that is known. */
  | { is: "unreachable"; since: number; why: string; fix?: string }
  | { is: "starting" };

/**
 * For whom requests are made, and how pressing they are: `heal` goes before `asked`, by a person, and
 * that before `sync`; owners take turns.
 */
export interface Errand {
  /** An application's key. */
  owner: string;
  urgency: "heal" | "asked" | "sync";
  /** Asked before each write, each delete and each dry run of one; reads are always our own. Default: ourselves. */
  as?(): Acting;
  /**
   * Asked right before a write is sent, and before it is sent again: it may have waited for its turn, for a pause or for a
   * server that refused connections. What it throws is thrown to whoever asked for the write.
   */
  stillMeant?(): void;
}

/** How much a live cache holds: objects, and the kinds of these. */
export interface CacheSize {
  objects: number;
  kinds: number;
  /** When a kind that is followed was listed whole last, in milliseconds since 1970; absent: none was yet. */
  listedAt?: number;
}

/** How many requests a cluster has at once: fewer than `most` where it refuses them or gets slower. */
export interface RequestPlaces {
  now: number;
  most: number;
  /** Requests that wait for a place. */
  waiting: number;
}

/**
 * One destination cluster: discovery, live cache, writes. Its field manager is `holdfast`. The methods of
 * `ClusterObjects` ask on behalf of the application that tracks the object.
 */
export interface Cluster extends ClusterObjects {
  readonly name: string;
  /** As manifests name it. */
  readonly server: string;
  /** Applications of this project alone may use it; absent: everybody's. */
  readonly project?: string;
  /** There is no such cluster: it stands for the one that manifests take for granted, and no list of clusters shows it. */
  readonly is?: "a-stand-in";
  connection(): Connection;
  /** Called when `connection()` is another state than before. @returns ends it */
  onConnectionChange(listener: (connection: Connection) => void): () => void;
  /** @throws {Failure} cluster-unreachable, cluster-auth */
  facts(): Promise<ClusterFacts>;
  /** From memory: undefined until it answered once. */
  kubeVersion(): string | undefined;
  /** What is served now: an unknown kind is asked for anew, at most once a second. */
  kind(gvk: GroupVersionKind): Promise<KindLookup>;
  /**
   * Another number whenever a kind came, went, or changed its scope, versions, verbs or path. 0: never
   * discovered.
   */
  kindsGeneration(): number;
  /**
   * `group/version` -> why its kinds could not be listed, for groups whose API server does not answer. What
   * was known of them is kept; that they lack a kind is not known.
   */
  undiscovered(): ReadonlyMap<string, string>;
  /**
   * Watches the kinds (and those that descend from them) as long as `owner` wants them, and resolves when all
   * of them are listed. A second call replaces the first of the same owner. Cheap when nothing new is asked.
   * @param kinds a version of "" stands for the one that the server prefers
   * @param namespaces where the owner's objects live, for servers that forbid cluster-wide watches
   */
  follow(owner: string, kinds: readonly GroupVersionKind[], namespaces: readonly string[]): Promise<Followed>;
  unfollow(owner: string): void;
  /** Whether the daemon runs in this cluster, and on what; from memory, and looked for by `follow`. */
  ownPod(): OwnPodLookup;
  /**
   * Discovers and lists anew what `owner` follows, whatever the watches said, and resolves when the cache
   * shows the new lists. Calls of several owners share them. `failed`: kinds that are known as before only.
   */
  relist(owner: string): Promise<Followed>;

  /** From the cache; kinds that are followed only. */
  get(key: RefKey): LiveObject | undefined;
  trackedBy(app: string): LiveObject[];
  childrenOf(uid: string): LiveObject[];
  onChange(listener: (change: LiveChange) => void): () => void;
  /**
   * Kinds that owners follow came, went, changed their scope, or turned from seen to unseen or back; or the
   * cluster is not the one that it was. Owners as `follow` named them.
   */
  onKindsChange(listener: (owners: readonly string[]) => void): () => void;

  /**
   * Who lives in a Namespace, or is of a definition's kind, by metadata alone: by lists in pages. Never throws: what could
   * not be read is said.
   * @param passedOver kinds that are not looked for in a Namespace, as `groupKind` writes them
   * @param age `now`: something is deleted by it, and every kind is read. `lately`: from the live cache where that shows it
   */
  inhabitants(home: Home, passedOver: ReadonlySet<string>, age: "now" | "lately"): Promise<Inhabitants>;

  /** The same objects, asked for on this errand. */
  for(errand: Errand): ClusterObjects;
  /** Kubernetes Events about one object, newest first. @throws {Failure} cluster-unreachable, forbidden */
  eventsOf(ref: ObjectRef, uid: string | undefined): Promise<KubeObject[]>;
  /** From memory: what was learnt of a node. */
  node(name: string): NodeLookup;
  /** Reads those of which nothing is known of now, some at a time; never throws: why one cannot be read is then known of it. */
  learnNodes(names: readonly string[]): Promise<void>;
  /** From the cache. `some`: not all Pods of the cluster are followed. */
  podsOn(node: string): { are: "all" | "some"; pods: readonly LiveObject[] };
  /**
   * What a container of a Pod wrote, read as fast as it is asked for; until its end, the Pod's, or the signal.
   * @throws {Failure} while it is read: not-found, forbidden, refused, cluster-unreachable where it was cut
   */
  logs(
    pod: { namespace: string; name: string },
    ask: PodLogAsk,
    signal: AbortSignal,
  ): AsyncIterable<PodLogLine>;
  /**
   * A program on a terminal in a container of a Pod, until it ends, it is closed, or the signal.
   * @throws {Failure} not-found, forbidden, refused, cluster-unreachable
   */
  exec(pod: { namespace: string; name: string }, ask: ExecAsk, signal: AbortSignal): Promise<ExecSession>;
  /**
   * Whole objects of one kind, for who reads them as records; beside the live cache, which holds none. The listener is
   * told from the next turn of the event loop on.
   * @param where no namespaces: everywhere; a selector as the API takes it; `name`: that one alone
   */
  watch(
    gvk: GroupVersionKind,
    where: { namespaces: readonly string[]; labelSelector?: string; name?: string },
    listener: ObjectWatchListener,
  ): ObjectWatch;
  size(): CacheSize;
  /** Our own requests so far, by verb (`list`, `watch`, `get`, `apply`, `apply-dry-run`, `create`, …). */
  requests(): Record<string, number>;
  places(): RequestPlaces;
  stop(): Promise<void>;
}
