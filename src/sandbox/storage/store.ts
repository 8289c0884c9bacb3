import { isObject, type KubeJson } from "../json.ts";

/** One change, as watchers see it. `before` serves selectors: an object that leaves one is a deletion there. */
export interface StoreEvent {
  table: string;
  type: "ADDED" | "MODIFIED" | "DELETED";
  object: KubeJson;
  before: KubeJson | undefined;
  resourceVersion: number;
}

export type Listener = (event: StoreEvent) => void;

/** How many changes a watch can resume across; older ones answer 410. */
const defaultHistory = 4_000;

/** `namespace/name`; cluster-scoped objects have an empty namespace. */
export function storeKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}

/**
 * All objects, by table and key, with one resourceVersion that counts every write. Objects are replaced, never changed:
 * whoever holds one holds a snapshot.
 */
export class ObjectStore {
  readonly #tables = new Map<string, Map<string, KubeJson>>();
  readonly #log: StoreEvent[] = [];
  readonly #history: number;
  readonly #listeners = new Set<Listener>();
  readonly #byTable = new Map<string, Set<Listener>>();
  readonly #onClosed = new Map<string, Set<() => void>>();
  readonly #byUid = new Map<string, { table: string; key: string }>();
  readonly #children = new Map<string, Set<string>>();
  #resourceVersion = 1;
  /** The oldest resourceVersion from which a watch can still resume. */
  #oldest = 1;

  constructor(history: number = defaultHistory) {
    this.#history = history;
  }

  resourceVersion(): number {
    return this.#resourceVersion;
  }

  get(table: string, key: string): KubeJson | undefined {
    return this.#tables.get(table)?.get(key);
  }

  /** In the order of keys, as the real server lists. @param namespace undefined for all */
  list(table: string, namespace?: string): KubeJson[] {
    const rows = this.#tables.get(table);
    if (rows === undefined) return [];
    const keys = [...rows.keys()]
      .filter((key) => namespace === undefined || key.startsWith(`${namespace}/`))
      .sort();
    return keys.flatMap((key) => rows.get(key) ?? []);
  }

  tables(): string[] {
    return [...this.#tables.keys()];
  }

  byUid(uid: string): { table: string; object: KubeJson } | undefined {
    const place = this.#byUid.get(uid);
    const object = place === undefined ? undefined : this.get(place.table, place.key);
    return place === undefined || object === undefined ? undefined : { table: place.table, object };
  }

  /** Objects that name this uid as an owner. */
  childrenOf(uid: string): { table: string; object: KubeJson }[] {
    return [...(this.#children.get(uid) ?? [])].flatMap((child) => this.byUid(child) ?? []);
  }

  /** @returns the object as stored, with its new resourceVersion */
  put(table: string, object: KubeJson): KubeJson {
    const key = storeKey(object.metadata.namespace, object.metadata.name);
    let rows = this.#tables.get(table);
    if (rows === undefined) {
      rows = new Map();
      this.#tables.set(table, rows);
    }
    const before = rows.get(key);
    const resourceVersion = ++this.#resourceVersion;
    const stored: KubeJson = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(resourceVersion) },
    };
    rows.set(key, stored);
    this.#unlink(before);
    this.#link(table, key, stored);
    this.#publish({
      table,
      type: before === undefined ? "ADDED" : "MODIFIED",
      object: stored,
      before,
      resourceVersion,
    });
    return stored;
  }

  /** What was stored once, as it was then; nobody is told. Whatever is written from now on is newer. */
  restore(table: string, object: KubeJson): void {
    const key = storeKey(object.metadata.namespace, object.metadata.name);
    const rows = this.#tables.get(table) ?? new Map<string, KubeJson>();
    this.#tables.set(table, rows);
    this.#unlink(rows.get(key));
    rows.set(key, object);
    this.#link(table, key, object);
    this.#resourceVersion = Math.max(this.#resourceVersion, Number(object.metadata.resourceVersion ?? 0));
  }

  /** Undoes what was not kept in the end; nobody is told. */
  forget(table: string, key: string): void {
    this.#unlink(this.get(table, key));
    this.#tables.get(table)?.delete(key);
  }

  remove(table: string, object: KubeJson): void {
    const key = storeKey(object.metadata.namespace, object.metadata.name);
    const before = this.get(table, key);
    if (before === undefined) return;
    const resourceVersion = ++this.#resourceVersion;
    this.#tables.get(table)?.delete(key);
    this.#unlink(before);
    const last: KubeJson = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(resourceVersion) },
    };
    this.#publish({ table, type: "DELETED", object: last, before, resourceVersion });
  }

  /** Every change from now on, in order, before the write returns. @param table undefined for all */
  subscribe(table: string | undefined, listener: Listener): () => void {
    let listeners = this.#listeners;
    if (table !== undefined) {
      listeners = this.#byTable.get(table) ?? new Set();
      this.#byTable.set(table, listeners);
    }
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Tells when a table is served no more. */
  onClosed(table: string, listener: () => void): () => void {
    const listeners = this.#onClosed.get(table) ?? new Set();
    this.#onClosed.set(table, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Ends every watch of a table: its definition went. */
  close(table: string): void {
    for (const listener of [...(this.#onClosed.get(table) ?? [])]) listener();
  }

  /** Changes of a table after `resourceVersion`; undefined where they are forgotten. */
  since(table: string, resourceVersion: number): StoreEvent[] | undefined {
    if (resourceVersion < this.#oldest) return undefined;
    return this.#log.filter((event) => event.resourceVersion > resourceVersion && event.table === table);
  }

  /** Forgets the history, as a compaction does: watches from before answer 410. */
  compact(): void {
    this.#log.length = 0;
    this.#oldest = this.#resourceVersion;
  }

  #publish(event: StoreEvent): void {
    this.#log.push(event);
    if (this.#log.length > this.#history * 1.25) {
      const dropped = this.#log.splice(0, this.#log.length - this.#history);
      this.#oldest = dropped.at(-1)?.resourceVersion ?? this.#oldest;
    }
    for (const listener of this.#byTable.get(event.table) ?? []) listener(event);
    for (const listener of this.#listeners) listener(event);
  }

  #link(table: string, key: string, { metadata }: KubeJson): void {
    if (metadata.uid === undefined) return;
    this.#byUid.set(metadata.uid, { table, key });
    for (const owner of ownerUids(metadata)) {
      const children = this.#children.get(owner) ?? new Set();
      children.add(metadata.uid);
      this.#children.set(owner, children);
    }
  }

  #unlink(object: KubeJson | undefined): void {
    const uid = object?.metadata.uid;
    if (object === undefined || uid === undefined) return;
    this.#byUid.delete(uid);
    for (const owner of ownerUids(object.metadata)) {
      const children = this.#children.get(owner);
      children?.delete(uid);
      if (children?.size === 0) this.#children.delete(owner);
    }
  }
}

export function ownerUids(metadata: KubeJson["metadata"]): string[] {
  const owners = metadata["ownerReferences"];
  if (!Array.isArray(owners)) return [];
  return owners.flatMap((owner) =>
    isObject(owner) && typeof owner["uid"] === "string" ? [owner["uid"]] : [],
  );
}
