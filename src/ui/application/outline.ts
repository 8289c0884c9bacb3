/** What an application consists of, as a tree: what Git wants, and below it what came of that. */
import type { ResourceStatus } from "../../core/model/application.ts";

/** As the API's `resource-tree` has it. */
export interface TreeNode {
  group: string;
  kind: string;
  namespace: string;
  name: string;
  uid?: string;
  parentRefs?: { uid: string }[];
  info?: { name: string; value: string }[];
  images?: string[];
  health?: { status: string; message?: string };
  createdAt?: string;
  /** Whom it leads to, as far as its kind says. */
  networkingInfo?: Networking;
}

interface Ref {
  group: string;
  kind: string;
  namespace: string;
  name: string;
}

/** As Argo CD writes it, and `sourceRefs`: what leads to it, such as the Gateways of a route. */
export interface Networking {
  /** Of a Pod. */
  labels?: Readonly<Record<string, string>>;
  /** Of a Service: those Pods that have all of them. */
  targetLabels?: Readonly<Record<string, string>>;
  targetRefs?: readonly Ref[];
  /** By what each of them is led to: hosts, paths and ports. */
  targetWords?: readonly (readonly string[])[];
  sourceRefs?: readonly Ref[];
  /** Of a Service that is reached from outside the cluster: by what. */
  opens?: string;
  /** Of a Service: `80 to 8080`. */
  ports?: readonly string[];
}

/** An object and what it owns, of one tree for the outline and the graph. */
export interface Item extends Ref {
  /** `apps/Deployment/shop/web`: of the address, and for keys. */
  id: string;
  uid: string | undefined;
  sync: string | undefined;
  health: { status: string; message?: string } | undefined;
  /** `2/2`, `rev:3`. */
  info: string;
  createdAt: string | undefined;
  /** To prune, kept, or a hook: beside the state. */
  remark: string;
  /** As Git or the cluster has it; undefined where Git does not have it. */
  wave: number | undefined;
  images: readonly string[];
  /** Of its own containers; undefined: none is known. */
  restarts: number | undefined;
  /** Where a Pod runs; "" where none was found for it yet. */
  node: string | undefined;
  networking: Networking | undefined;
  /** No column of a graph before this one has it; from 1. */
  column?: number;
  children: Item[];
}

/** What is well, or says nothing about it. */
const WELL: ReadonlySet<string | undefined> = new Set(["Healthy", "Suspended", undefined]);

/** Needs a look: not well, not as in Git, or about to go. */
export function isProblem({ health, sync, remark }: Pick<Item, "health" | "sync" | "remark">): boolean {
  return !WELL.has(health?.status) || sync === "OutOfSync" || remark === "to prune";
}

/** What Git wants and what belongs to nobody, each with what came of it, in the order in which it is shown. */
export function treeOf(
  resources: readonly ResourceStatus[],
  nodes: readonly TreeNode[],
  orphans: readonly TreeNode[] = [],
): Item[] {
  const items = new Map<string, Item>();
  const byUid = new Map<string, Item>();
  const strays = new Set(orphans);
  for (const node of [...orphans, ...nodes]) {
    const id = idOf(node);
    const item: Item = {
      id,
      ...{ group: node.group, kind: node.kind, namespace: node.namespace, name: node.name },
      ...{ uid: node.uid, sync: undefined, health: node.health, createdAt: node.createdAt },
      ...about(node),
      remark: strays.has(node) ? "orphaned" : "",
      wave: undefined,
      children: [],
    };
    items.set(id, item);
    if (node.uid !== undefined) byUid.set(node.uid, item);
  }
  const below = new Set<Item>();
  const tops = new Tops();
  for (const node of nodes) {
    const item = items.get(idOf(node));
    const parent = (node.parentRefs ?? []).map(({ uid }) => byUid.get(uid)).find((one) => one !== undefined);
    // Nobody's child is its own ancestor, whatever somebody wrote into an object.
    if (item === undefined || parent === undefined || below.has(item) || tops.of(parent) === item) continue;
    parent.children.push(item);
    below.add(item);
    tops.put(item, parent);
  }
  const roots: Item[] = [];
  for (const {
    group = "",
    kind,
    namespace = "",
    name,
    status,
    health,
    requiresPruning,
    kept,
    hook,
    syncWave,
  } of resources) {
    const id = idOf({ group, kind, namespace, name });
    const known = items.get(id);
    const item: Item = known ?? {
      ...{ id, group, kind, namespace, name, uid: undefined, createdAt: undefined, info: "", children: [] },
      ...{ sync: undefined, health: undefined, remark: "", wave: undefined },
      ...{ images: [], restarts: undefined, node: undefined, networking: undefined },
    };
    item.sync = status ?? "Unknown";
    item.wave = syncWave ?? 0;
    item.health = health ?? item.health;
    item.remark =
      requiresPruning === true
        ? "to prune"
        : kept !== undefined
          ? `not in Git, stays by ${kept}`
          : hook === true
            ? "hook"
            : "";
    // What Git wants and another object owns stands below its owner alone.
    if (!below.has(item)) roots.push(item);
    below.add(item);
  }
  for (const item of items.values()) if (!below.has(item)) roots.push(item);
  const inOrder = orderBy(withinEach(roots));
  for (const item of items.values()) item.children.sort(inOrder);
  return roots.sort(inOrder);
}

/** Of these the columns are made, and the rest is words beside the name. */
const NOT_IN_WORDS = new Set(["Restart Count", "Node"]);

function about({ kind, group, info = [], images = [], networkingInfo }: TreeNode) {
  const said = (name: string): string | undefined => info.find((one) => one.name === name)?.value;
  const restarts = Number(said("Restart Count") ?? Number.NaN);
  const isPod = kind === "Pod" && group === "";
  return {
    info: infoWords(info),
    images,
    restarts: Number.isFinite(restarts) ? restarts : isPod ? 0 : undefined,
    node: isPod ? (said("Node") ?? "") : undefined,
    networking: networkingInfo,
  };
}

/** `Running · 1/1`, `Rev:3`. */
export function infoWords(info: NonNullable<TreeNode["info"]>): string {
  return info
    .filter(({ name }) => !NOT_IN_WORDS.has(name))
    .map(({ value }) => value)
    .join(" · ");
}

export function idOf({
  group,
  kind,
  namespace,
  name,
}: Pick<TreeNode, "group" | "kind" | "namespace" | "name">): string {
  return `${group}/${kind}/${namespace}/${name}`;
}

/** Whose tree each is in, without a walk from one owner to the next for each of a long chain. */
class Tops {
  readonly #above = new Map<Item, Item>();

  of(item: Item): Item {
    let top = item;
    for (let above = this.#above.get(top); above !== undefined; above = this.#above.get(top)) top = above;
    // Whoever is asked about next on this way has one step left.
    for (let at = item; at !== top; ) {
      const above = this.#above.get(at) ?? top;
      this.#above.set(at, top);
      at = above;
    }
    return top;
  }

  put(item: Item, below: Item): void {
    this.#above.set(item, below);
  }
}

export interface Within {
  /** Objects below it, all of them. */
  inside: number;
  /** It is not well, or one below it is not. */
  isUnwell: boolean;
  /** Its own and those of all below it; undefined: none is known. */
  restarts: number | undefined;
}

/** Each object once, an owner before what it owns. No call within a call: owners of owners may be many thousands. */
export function ownersFirst(roots: readonly Item[]): Item[] {
  const walk = [...roots];
  for (const { children } of walk) for (const child of children) walk.push(child);
  return walk;
}

export function withinEach(roots: readonly Item[]): Map<Item, Within> {
  const within = new Map<Item, Within>();
  for (const item of ownersFirst(roots).reverse()) {
    let inside = 0;
    let isUnwell = !WELL.has(item.health?.status);
    let { restarts } = item;
    for (const child of item.children) {
      const below = within.get(child);
      inside += 1 + (below?.inside ?? 0);
      isUnwell ||= below?.isUnwell === true;
      if (below?.restarts !== undefined) restarts = (restarts ?? 0) + below.restarts;
    }
    within.set(item, { inside, isUnwell, restarts });
  }
  return within;
}

/** What is not well first, then by kind and name. */
function orderBy(within: ReadonlyMap<Item, Within>): (a: Item, b: Item) => number {
  const isFirst = (item: Item): boolean => within.get(item)?.isUnwell === true || item.sync === "OutOfSync";
  return (a, b) =>
    Number(isFirst(b)) - Number(isFirst(a)) ||
    compare(a.kind, b.kind) ||
    compare(a.namespace, b.namespace) ||
    compare(a.name, b.name);
}

export function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
