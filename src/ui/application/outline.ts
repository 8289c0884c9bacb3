/** What an application consists of, as lines of a tree: what Git wants, and below it what came of that. */
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
}

export interface OutlineLine {
  /** `apps/Deployment/shop/web`: of the address, and for keys. */
  id: string;
  group: string;
  kind: string;
  namespace: string;
  name: string;
  /** 1 for what Git wants, 2 for what came of it. */
  level: number;
  sync: string | undefined;
  health: { status: string; message?: string } | undefined;
  /** `2/2`, `rev:3`. */
  info: string;
  createdAt: string | undefined;
  /** To prune, kept, or a hook: beside the state. */
  remark: string;
  /** Lines below it, all of them. */
  inside: number;
  isOpen: boolean;
}

/** Nobody reads more at once; what is well is folded above it. */
const FEW = 60;
const WELL = new Set(["Healthy", "Suspended", undefined]);

/** An object and what it owns, of one tree for the outline and the graph. */
export interface Item extends Omit<OutlineLine, "level" | "inside" | "isOpen"> {
  uid: string | undefined;
  children: Item[];
}

/**
 * @param folds what somebody opened or closed, by id; the rest is open where something within is not well, or where all is
 *   little
 */
export function outlineOf(
  resources: readonly ResourceStatus[],
  nodes: readonly TreeNode[],
  folds: ReadonlyMap<string, "open" | "closed">,
): OutlineLine[] {
  const roots = treeOf(resources, nodes);
  const below = withinEach(roots);
  const isOpenAtFirst = below.size <= FEW;
  const lines: OutlineLine[] = [];
  const waiting = roots.map((item) => ({ item, level: 1 })).reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { level } = next;
    const { children, uid: _, ...item } = next.item;
    const isWorse = (child: Item): boolean => below.get(child)?.isUnwell === true;
    const isOpen =
      children.length > 0 &&
      (folds.get(item.id) ?? (isOpenAtFirst || children.some(isWorse) ? "open" : "closed")) === "open";
    lines.push({ ...item, level, inside: below.get(next.item)?.inside ?? 0, isOpen });
    if (isOpen) for (const child of children.toReversed()) waiting.push({ item: child, level: level + 1 });
  }
  return lines;
}

/** What Git wants and what belongs to nobody, each with what came of it, in the order in which it is shown. */
export function treeOf(resources: readonly ResourceStatus[], nodes: readonly TreeNode[]): Item[] {
  const items = new Map<string, Item>();
  const byUid = new Map<string, Item>();
  for (const node of nodes) {
    const id = idOf(node);
    const item: Item = {
      id,
      ...{ group: node.group, kind: node.kind, namespace: node.namespace, name: node.name },
      ...{ uid: node.uid, sync: undefined, health: node.health, createdAt: node.createdAt },
      info: (node.info ?? []).map(({ value }) => value).join(" · "),
      remark: "",
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
  } of resources) {
    const id = idOf({ group, kind, namespace, name });
    const known = items.get(id);
    const item: Item = known ?? {
      ...{ id, group, kind, namespace, name, uid: undefined, createdAt: undefined, info: "", children: [] },
      ...{ sync: undefined, health: undefined, remark: "" },
    };
    item.sync = status ?? "Unknown";
    item.health = health ?? item.health;
    item.remark =
      requiresPruning === true
        ? "to prune"
        : kept !== undefined
          ? `not in Git, stays by ${kept}`
          : hook === true
            ? "hook"
            : "";
    roots.push(item);
    below.add(item);
  }
  for (const item of items.values()) if (!below.has(item)) roots.push(item);
  const inOrder = orderBy(withinEach(roots));
  for (const item of items.values()) item.children.sort(inOrder);
  return roots.sort(inOrder);
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

interface Within {
  /** Objects below it, all of them. */
  inside: number;
  /** It is not well, or one below it is not. */
  isUnwell: boolean;
}

/** Of each object of these trees. No call within a call: owners of owners may be many thousands. */
function withinEach(roots: readonly Item[]): Map<Item, Within> {
  // What Git wants may be owned as well, and then is a root too: it is looked at below its owner.
  const all = new Set(roots);
  const owned = new Set<Item>();
  for (const { children } of all)
    for (const child of children) {
      all.add(child);
      owned.add(child);
    }
  const walk = roots.filter((root) => !owned.has(root));
  for (const { children } of walk) for (const child of children) walk.push(child);
  const within = new Map<Item, Within>();
  for (const item of walk.reverse()) {
    let inside = 0;
    let isUnwell = !WELL.has(item.health?.status);
    for (const child of item.children) {
      const below = within.get(child);
      inside += 1 + (below?.inside ?? 0);
      isUnwell ||= below?.isUnwell === true;
    }
    within.set(item, { inside, isUnwell });
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

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
