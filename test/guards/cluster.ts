/** A cluster of a few objects in memory, that keeps a list of what is written to it. It merges nothing: it is there for the guards. */
import { observe } from "../../src/cluster/observe.ts";
import { FIELD_MANAGER } from "../../src/core/model/field-manager.ts";
import type { Home, Inhabitants } from "../../src/core/model/home-contents.ts";
import { type FieldsV1, gvkOf, type KubeObject } from "../../src/core/model/kube-object.ts";
import type { LiveObject } from "../../src/core/model/live-object.ts";
import { type RefKey, refKey, refOf } from "../../src/core/model/object-ref.ts";
import type { Cluster, Connection, KindInfo, LiveChange } from "../../src/core/ports/cluster.ts";
import type { DeleteOutcome, WriteMode, WriteOutcome } from "../../src/core/ports/cluster-objects.ts";
import { defined } from "../../src/lib/defined.ts";
import { hashValue } from "../../src/lib/hash.ts";
import { isMapping } from "../../src/lib/is-mapping.ts";
import { SERVER } from "../lib/engine-rig.ts";

/** Kind -> its scope; there are no others. */
const SCOPES: Readonly<Record<string, KindInfo["scope"]>> = {
  ConfigMap: "namespaced",
  PersistentVolumeClaim: "namespaced",
  Namespace: "cluster",
  CustomResourceDefinition: "cluster",
};

export interface Deed {
  verb: "apply" | "delete" | "other";
  key: RefKey;
  /** Precondition of a delete. */
  uid?: string;
  /** What a delete took away. */
  gone?: KubeObject;
}

export class GuardedCluster implements Cluster {
  readonly name = "in-cluster";
  readonly server = SERVER;
  /** What was written, dry runs left out, in order. */
  readonly deeds: Deed[] = [];
  /** uids of what was made or taken by an apply: what may be recorded. */
  readonly applied = new Set<string>();
  /** `group/Kind` that cannot be watched now. */
  unseen: string | undefined;
  #connection: Connection = { is: "connected", since: 0 };
  readonly #objects = new Map<RefKey, KubeObject>();
  readonly #listeners = new Set<(change: LiveChange) => void>();
  readonly #kindListeners = new Set<(owners: readonly string[]) => void>();
  readonly #connectionListeners = new Set<(connection: Connection) => void>();
  readonly #owners = new Set<string>();
  #last = 0;

  // ------------------------------------------------------------ what others do to it

  /** As somebody else: another uid where it is new. */
  put(object: KubeObject, uid: "as-it-was" | "new" = "as-it-was"): void {
    const before = this.#objects.get(refKey(refOf(object)));
    this.#store({
      ...object,
      metadata: {
        ...object.metadata,
        uid: uid === "new" ? this.#next("uid") : (before?.metadata.uid ?? this.#next("uid")),
      },
    });
  }

  takeAway(key: RefKey): void {
    const before = this.get(key);
    this.#objects.delete(key);
    this.#tell(key, "deleted", before);
  }

  object(key: RefKey): KubeObject | undefined {
    return this.#objects.get(key);
  }

  goAway(): void {
    this.#connection = { is: "unreachable", since: 0, why: "the test took it away" };
    for (const listener of this.#connectionListeners) listener(this.#connection);
  }

  /** A kind cannot be watched any more. */
  unsee(kind: string): void {
    this.unseen = kind;
    for (const listener of this.#kindListeners) listener([...this.#owners]);
  }

  // ------------------------------------------------------------ the port

  connection = (): Connection => this.#connection;
  onConnectionChange(listener: (connection: Connection) => void): () => void {
    this.#connectionListeners.add(listener);
    return () => this.#connectionListeners.delete(listener);
  }
  facts = async () => ({ kubeVersion: "v1.36.2", apiVersions: ["v1"] });
  kubeVersion = () => "v1.36.2";
  async kind({ group, version, kind }: { group: string; version: string; kind: string }) {
    const scope = SCOPES[kind];
    if (scope === undefined) return { is: "absent" } as const;
    const info = {
      group,
      version: version || "v1",
      kind,
      resource: `${kind.toLowerCase()}s`,
      scope,
      verbs: [],
    };
    return { is: "known", info } as const;
  }
  kindsGeneration = () => 1;
  undiscovered = () => new Map<string, string>();
  async follow(owner: string) {
    this.#owners.add(owner);
    return {
      failed: new Map(this.unseen === undefined ? [] : [[this.unseen, `${this.unseen} cannot be listed`]]),
    };
  }
  unfollow(owner: string): void {
    this.#owners.delete(owner);
  }
  relist = (owner: string) => this.follow(owner);
  get(key: RefKey): LiveObject | undefined {
    const object = this.#objects.get(key);
    return object === undefined ? undefined : observe(object, gvkOf(object), "by-tracking");
  }
  trackedBy(app: string): LiveObject[] {
    return [...this.#objects.keys()]
      .flatMap((key) => this.get(key) ?? [])
      .filter(({ tracking, ref }) => tracking?.app === app && tracking.ref.name === ref.name);
  }
  childrenOf = () => [];
  onChange(listener: (change: LiveChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  onKindsChange(listener: (owners: readonly string[]) => void): () => void {
    this.#kindListeners.add(listener);
    return () => this.#kindListeners.delete(listener);
  }
  /** What is in a Namespace or of a definition's kind, beside what is stored here; by the name that it goes by. */
  readonly inside = new Map<string, Inhabitants>();
  async inhabitants(home: Home): Promise<Inhabitants> {
    const stored = [...this.#objects.keys()].flatMap((key) => {
      const live = this.get(key);
      return live !== undefined && home.is === "namespace" && live.ref.namespace === home.name ? [live] : [];
    });
    const { objects = [], unread = [] } =
      this.inside.get(home.is === "namespace" ? home.name : home.kind) ?? {};
    return { objects: [...stored, ...objects], unread };
  }
  ownPod = () => ({ is: "elsewhere" }) as const;
  for = () => this;
  watch = (): never => {
    throw new Error("no application of these cases lives in a cluster");
  };
  eventsOf = async () => [];
  node = () => ({ is: "unknown", why: "there are none" }) as const;
  learnNodes = async () => undefined;
  podsOn = () => ({ are: "all", pods: [] }) as const;
  async *logs() {}
  async exec(): Promise<never> {
    throw new Error("nobody sits before a terminal here");
  }
  size = () => ({ objects: this.#objects.size, kinds: 1 });
  requests = () => ({});
  places = () => ({ now: 16, most: 16, waiting: 0 });
  stop = async () => undefined;

  async read(ref: Parameters<Cluster["read"]>[0]) {
    const object = this.#objects.get(refKey(ref));
    if (object === undefined) return { is: "absent" } as const;
    return { is: "found", live: observe(object, gvkOf(object), "whole"), object } as const;
  }

  /** The applied object whole, with its uid; one that says nothing new keeps its version. */
  async apply(object: KubeObject, mode: WriteMode): Promise<WriteOutcome> {
    const key = refKey(refOf(object));
    const before = this.#objects.get(key);
    if (mode === "write") this.deeds.push({ verb: "apply", key });
    const metadata = {
      ...object.metadata,
      uid: before?.metadata.uid ?? this.#next("uid"),
      managedFields: [
        {
          manager: FIELD_MANAGER,
          operation: "Apply" as const,
          apiVersion: object.apiVersion,
          time: "2027-01-01T00:00:00Z",
          fieldsV1: fieldsOf({ ...object, apiVersion: undefined, kind: undefined }),
        },
      ],
    };
    const after = { ...object, metadata };
    const isSame = before !== undefined && hashValue(said(before)) === hashValue(said(after));
    const stored =
      mode === "dry-run" || isSame
        ? {
            ...after,
            metadata: {
              ...metadata,
              ...(isSame ? versionOf(before) : { resourceVersion: "0", generation: 1 }),
            },
          }
        : this.#store(after);
    if (mode === "write") this.applied.add(metadata.uid);
    return { is: "done", object: stored, live: observe(stored, gvkOf(stored), "whole"), warnings: [] };
  }

  async delete(...[ref, , { uid }, mode]: Parameters<Cluster["delete"]>): Promise<DeleteOutcome> {
    const key = refKey(ref);
    const before = this.#objects.get(key);
    if (mode === "write") this.deeds.push({ verb: "delete", key, uid, ...defined({ gone: before }) });
    if (before === undefined) return { is: "absent" };
    if (before.metadata.uid !== uid)
      return { is: "refused", status: 409, reason: "Conflict", message: "another uid", causes: [] } as const;
    if (mode === "write") this.takeAway(key);
    return { is: "deleted" } as const;
  }

  create = (object: KubeObject, mode: WriteMode) => this.#other(refKey(refOf(object)), mode);
  replace = (object: KubeObject, mode: WriteMode) => this.#other(refKey(refOf(object)), mode);
  patch = (ref: Parameters<Cluster["patch"]>[0]) => this.#other(refKey(ref), "write");

  // ------------------------------------------------------------ its inside

  async #other(key: RefKey, mode: WriteMode): Promise<WriteOutcome> {
    if (mode === "write") this.deeds.push({ verb: "other", key });
    return {
      is: "refused",
      status: 405,
      reason: "MethodNotAllowed",
      message: "not in this test",
      causes: [],
    };
  }

  #store(object: KubeObject): KubeObject {
    const key = refKey(refOf(object));
    const before = this.#objects.get(key);
    const generation = Number(before?.metadata.generation ?? 0) + 1;
    const stored = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: this.#next(""), generation },
    };
    this.#objects.set(key, stored);
    this.#tell(key, before === undefined ? "added" : "modified", this.get(key));
    return stored;
  }

  #tell(key: RefKey, change: LiveChange["change"], live: LiveObject | undefined): void {
    const app = live?.tracking?.app;
    const told: LiveChange = {
      key,
      change,
      apps: app === undefined ? [] : [app],
      tracked: app !== undefined,
    };
    for (const listener of this.#listeners) listener(told);
  }

  #next(prefix: string): string {
    this.#last += 1;
    return `${prefix}${this.#last}`;
  }
}

function versionOf({ metadata: { resourceVersion = "", generation = 1 } }: KubeObject) {
  return { resourceVersion, generation };
}

/** An object without what counts its versions. */
function said({ metadata, ...content }: KubeObject): unknown {
  const { resourceVersion: _, generation: __, ...meta } = metadata;
  return { ...content, meta };
}

function fieldsOf(value: unknown): FieldsV1 {
  if (!isMapping(value) || Object.keys(value).length === 0) return {};
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, below]) => below !== undefined && name !== "name" && name !== "namespace")
      .map(([name, below]) => [`f:${name}`, fieldsOf(below)]),
  );
}
