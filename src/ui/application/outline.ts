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
  const all = roots.reduce((sum, root) => sum + 1 + countIn(root), 0);
  const lines: OutlineLine[] = [];
  const add = ({ children, uid: _, ...item }: Item, level: number): void => {
    const isOpen =
      children.length > 0 &&
      (folds.get(item.id) ?? (all <= FEW || children.some(isUnwell) ? "open" : "closed")) === "open";
    lines.push({
      ...item,
      level,
      inside: children.reduce((sum, child) => sum + 1 + countIn(child), 0),
      isOpen,
    });
    if (isOpen) for (const child of children) add(child, level + 1);
  };
  for (const root of roots) add(root, 1);
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
  for (const node of nodes) {
    const item = items.get(idOf(node));
    const parent = (node.parentRefs ?? []).map(({ uid }) => byUid.get(uid)).find((one) => one !== undefined);
    // Nobody's child is its own ancestor, whatever somebody wrote into an object.
    if (item === undefined || parent === undefined || isAbove(item, parent)) continue;
    parent.children.push(item);
    below.add(item);
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

function isAbove(item: Item, of: Item): boolean {
  return item === of || item.children.some((child) => isAbove(child, of));
}

function countIn({ children }: Item): number {
  return children.reduce((sum, child) => sum + 1 + countIn(child), 0);
}

function isUnwell({ health, children }: Item): boolean {
  return !WELL.has(health?.status) || children.some(isUnwell);
}

/** What is not well first, then by kind and name. */
function inOrder(a: Item, b: Item): number {
  const unwell =
    Number(isUnwell(b) || b.sync === "OutOfSync") - Number(isUnwell(a) || a.sync === "OutOfSync");
  return unwell || compare(a.kind, b.kind) || compare(a.namespace, b.namespace) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
