import type { LiveObject } from "../core/model/live-object.ts";
import type { RefKey } from "../core/model/object-ref.ts";
import { isOlder } from "../core/model/resource-version.ts";
import type { CacheSize, LiveChange } from "../core/ports/cluster.ts";
import { defined } from "../lib/defined.ts";
import { isTracked } from "./observe.ts";
import type { Order } from "./stream-types.ts";

/** How far up the chain of owners an application is looked for. */
const MAX_DEPTH = 8;

/** More deletions than can happen while one answer is on its way. */
const REMEMBERED_DEAD = 4096;

const NO_KEYS: ReadonlySet<RefKey> = new Set();

/** `group/Kind` of a key. */
function kindOf(key: RefKey): string {
  return key.slice(0, key.indexOf("/", key.indexOf("/") + 1));
}

function addTo<K>(sets: Map<K, Set<RefKey>>, at: K, key: RefKey): void {
  const set = sets.get(at);
  if (set === undefined) sets.set(at, new Set([key]));
  else set.add(key);
}

function removeFrom<K>(sets: Map<K, Set<RefKey>>, at: K, key: RefKey): void {
  const set = sets.get(at);
  if (set?.delete(key) === true && set.size === 0) sets.delete(at);
}

/** The application that tracks the object itself. */
function trackerOf(live: LiveObject): string | undefined {
  return isTracked(live) ? live.tracking?.app : undefined;
}

/** Whether what is known stands against what is said now. */
function countsMore(before: LiveObject, now: LiveObject, order: Order): boolean {
  if (order === "as-it-is" || !isOlder(now.resourceVersion, before.resourceVersion)) return false;
  return order === "by-version" || isOlder(order.listed, before.resourceVersion);
}

/**
 * Whether one state of an object is told with other content: by a server whose watches still go by the schema that the
 * kind had before. What our own write was answered with is the better one then.
 */
function showsMore(now: LiveObject, before: LiveObject): boolean {
  return (
    now.apiVersion === before.apiVersion &&
    now.detail === before.detail &&
    before.contentHash !== "" &&
    now.contentHash !== "" &&
    now.contentHash !== before.contentHash
  );
}

/**
 * Everything that is known to be live, by key, by application and by owner. Nothing here ever looks at all objects.
 *
 * Answers to our own writes and watch events arrive in any order; of two states of one object the newer stays, and an
 * object that we deleted does not come back by an event that was on its way.
 */
export class LiveIndex {
  /** `group/Kind` -> objects. */
  readonly #byKind = new Map<string, Map<RefKey, LiveObject>>();
  readonly #byApp = new Map<string, Set<RefKey>>();
  /** uid of an owner -> keys of what it owns. */
  readonly #byOwner = new Map<string, Set<RefKey>>();
  readonly #keyByUid = new Map<string, RefKey>();
  /** Name of a node -> keys of the Pods that take of its room. */
  readonly #byNode = new Map<string, Set<RefKey>>();
  /** uid of a deleted owner whose dependants are still there -> the applications that it belonged to. */
  readonly #lateOwners = new Map<string, readonly string[]>();
  /**
   * uids that are gone -> when, by `mark`: an answer or an event that was on its way brings none of them back, a list
   * that was asked for later does (the server's history is another one then). Oldest first.
   */
  readonly #gone = new Map<string, number>();
  #marks = 0;
  /** Keys of what is to be taken in anew, also at the version that is known. */
  readonly #doubted = new Set<RefKey>();
  readonly #listeners = new Set<(change: LiveChange) => void>();

  #listedAt: number | undefined;

  get(key: RefKey): LiveObject | undefined {
    return this.#byKind.get(kindOf(key))?.get(key);
  }

  size(): CacheSize {
    let objects = 0;
    for (const kind of this.#byKind.values()) objects += kind.size;
    return { objects, kinds: this.#byKind.size, ...defined({ listedAt: this.#listedAt }) };
  }

  /** A list came to its end. @param at milliseconds since 1970 */
  listed(at: number): void {
    this.#listedAt = at;
  }

  /** Whether it is at this very state. */
  knows(
    key: RefKey,
    { uid = "", resourceVersion = "" }: { uid?: string; resourceVersion?: string },
  ): boolean {
    const known = this.get(key);
    if (this.#doubted.has(key)) return false;
    return known !== undefined && known.resourceVersion === resourceVersion && known.uid === uid;
  }

  trackedBy(app: string): LiveObject[] {
    return this.#all(this.#byApp.get(app));
  }

  childrenOf(uid: string): LiveObject[] {
    return this.#all(this.#byOwner.get(uid));
  }

  /** Pods that take of a node's room. */
  podsOn(node: string): LiveObject[] {
    return this.#all(this.#byNode.get(node));
  }

  /** @param kind `group/Kind` */
  keysOf(kind: string): RefKey[] {
    return [...(this.#byKind.get(kind)?.keys() ?? [])];
  }

  ofKind({ group, kind }: { group: string; kind: string }): LiveObject[] {
    return [...(this.#byKind.get(`${group}/${kind}`)?.values() ?? [])];
  }

  onChange(listener: (change: LiveChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A moment in the order of what was taken in. */
  mark(): number {
    return ++this.#marks;
  }

  /** Takes in a state of an object, unless one is known that counts more. */
  put(live: LiveObject, change: "event" | "resync", order: Order = "by-version"): void {
    const goneAt = this.#gone.get(live.uid);
    if (goneAt !== undefined) {
      if (order === "by-version" || (order !== "as-it-is" && goneAt >= order.since)) return;
      this.#gone.delete(live.uid);
    }
    const before = this.get(live.key);
    if (before !== undefined && this.knows(live.key, live) && !showsMore(live, before)) return;
    if (before !== undefined && countsMore(before, live, order)) return;
    const appsBefore = before === undefined ? [] : this.#appsOf(before);
    if (before !== undefined) this.#unlink(before);
    this.#link(live);
    this.#tell(
      live,
      before === undefined ? "added" : change === "resync" ? "resynced" : "modified",
      appsBefore,
      this.#appsOf(live),
      before,
    );
  }

  /** What the watch says: gone. An event about an earlier object of the same name is dropped. */
  deleted(key: RefKey, uid: string, resourceVersion: string): void {
    this.#bury(uid);
    const before = this.get(key);
    if (before === undefined || (before.uid !== uid && isOlder(resourceVersion, before.resourceVersion)))
      return;
    this.#remove(before);
  }

  /** What our own DELETE says. */
  deletedByUs(key: RefKey, uid: string): void {
    this.#bury(uid);
    const before = this.get(key);
    if (before?.uid === uid) this.#remove(before);
  }

  /**
   * Ends a listing: what it did not name is gone, unless we wrote it after the listing.
   * @param covers which keys of the kind the listing spoke of
   */
  retain(
    kind: string,
    listed: ReadonlySet<RefKey>,
    listVersion: string,
    order: Order,
    covers: (live: LiveObject) => boolean,
  ): void {
    for (const live of [...(this.#byKind.get(kind)?.values() ?? [])]) {
      if (listed.has(live.key) || !covers(live)) continue;
      if (order !== "as-it-is" && isOlder(listVersion, live.resourceVersion)) continue;
      this.#remove(live);
    }
  }

  /** Tells the applications that track objects of a kind that what is known of it may have become old, or is fresh again. */
  recheck(kind: string): void {
    for (const live of [...(this.#byKind.get(kind)?.values() ?? [])]) {
      const apps = this.#appsOf(live);
      if (apps.length > 0) this.#tell(live, "resynced", apps, apps, live);
    }
  }

  /** What is known of a kind may be wrong although its versions are right: the next state of each object counts, an equal one too. */
  doubt(kind: string): void {
    for (const key of this.keysOf(kind)) this.#doubted.add(key);
  }

  /** Forgets what nobody follows any more of a kind, without telling anyone. */
  drop(kind: string, which: (live: LiveObject) => boolean = () => true): void {
    for (const live of [...(this.#byKind.get(kind)?.values() ?? [])]) if (which(live)) this.#unlink(live);
    if (this.#byKind.get(kind)?.size === 0) this.#byKind.delete(kind);
  }

  #bury(uid: string): void {
    this.#gone.set(uid, this.#marks);
    if (this.#gone.size > REMEMBERED_DEAD)
      for (const oldest of this.#gone.keys()) return void this.#gone.delete(oldest);
  }

  #all(keys: ReadonlySet<RefKey> = NO_KEYS): LiveObject[] {
    const found: LiveObject[] = [];
    for (const key of keys) {
      const live = this.get(key);
      if (live !== undefined) found.push(live);
    }
    return found;
  }

  #link(live: LiveObject): void {
    const kind = kindOf(live.key);
    this.#doubted.delete(live.key);
    const ofKind = this.#byKind.get(kind);
    if (ofKind === undefined) this.#byKind.set(kind, new Map([[live.key, live]]));
    else ofKind.set(live.key, live);
    this.#keyByUid.set(live.uid, live.key);
    this.#lateOwners.delete(live.uid);
    const app = trackerOf(live);
    if (app !== undefined) addTo(this.#byApp, app, live.key);
    for (const owner of live.owners) addTo(this.#byOwner, owner, live.key);
    if (live.load !== undefined) addTo(this.#byNode, live.load.node, live.key);
  }

  #unlink(live: LiveObject): void {
    this.#doubted.delete(live.key);
    this.#byKind.get(kindOf(live.key))?.delete(live.key);
    if (this.#keyByUid.get(live.uid) === live.key) this.#keyByUid.delete(live.uid);
    const app = trackerOf(live);
    if (app !== undefined) removeFrom(this.#byApp, app, live.key);
    if (live.load !== undefined) removeFrom(this.#byNode, live.load.node, live.key);
    for (const owner of live.owners) {
      removeFrom(this.#byOwner, owner, live.key);
      if (!this.#byOwner.has(owner)) this.#lateOwners.delete(owner);
    }
  }

  #remove(live: LiveObject): void {
    const apps = this.#appsOf(live);
    this.#unlink(live);
    // Dependants go after their owner; their going concerns its applications too.
    if (apps.length > 0 && this.#byOwner.has(live.uid)) this.#lateOwners.set(live.uid, apps);
    this.#tell(live, "deleted", apps, [], live);
  }

  /** Trackers of the object or of any ancestor. */
  #appsOf(live: LiveObject): readonly string[] {
    const own = trackerOf(live);
    if (live.owners.length === 0) return own === undefined ? [] : [own];
    const apps = new Set<string>(own === undefined ? [] : [own]);
    this.#climb(live.owners, apps, MAX_DEPTH);
    return [...apps];
  }

  #climb(owners: readonly string[], apps: Set<string>, depth: number): void {
    if (depth === 0) return;
    for (const uid of owners) {
      const key = this.#keyByUid.get(uid);
      const owner = key === undefined ? undefined : this.get(key);
      if (owner === undefined) {
        for (const app of this.#lateOwners.get(uid) ?? []) apps.add(app);
        continue;
      }
      const app = trackerOf(owner);
      if (app !== undefined) apps.add(app);
      this.#climb(owner.owners, apps, depth - 1);
    }
  }

  #tell(
    live: LiveObject,
    change: LiveChange["change"],
    before: readonly string[],
    after: readonly string[],
    earlier: LiveObject | undefined,
  ): void {
    if (this.#listeners.size === 0) return;
    const apps =
      before.length === 0 ? after : after.length === 0 ? before : [...new Set([...before, ...after])];
    const tracked =
      trackerOf(live) !== undefined || (earlier !== undefined && trackerOf(earlier) !== undefined);
    for (const listener of this.#listeners) listener({ key: live.key, change, apps, tracked });
  }
}
