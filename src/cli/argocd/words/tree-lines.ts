/** `argocd app get -o tree`. Source: its documentation. */
import type { Application } from "../../../core/model/application.ts";
import { tabTable } from "./tab-table.ts";

/** A node of `GET …/resource-tree`. */
export interface TreeNode {
  group?: string;
  kind: string;
  namespace?: string;
  name: string;
  uid?: string;
  parentRefs?: readonly { uid?: string; group?: string; kind?: string; namespace?: string; name?: string }[];
  health?: { status?: string; message?: string };
}

export function treeLines({ status }: Application, nodes: readonly TreeNode[]): string[] {
  const synced = new Map((status?.resources ?? []).map((one) => [keyOf(one), one.status ?? ""]));
  const children = new Map<string, TreeNode[]>();
  const keys = new Set(nodes.map(keyOf));
  const roots: TreeNode[] = [];
  for (const node of nodes) {
    const parents = (node.parentRefs ?? [])
      .map((parent) => keyOf({ kind: "", name: "", ...parent }))
      .filter((key) => keys.has(key));
    if (parents.length === 0) roots.push(node);
    for (const parent of parents) children.set(parent, [...(children.get(parent) ?? []), node]);
  }
  const rows: string[][] = [["KIND/NAME", "STATUS", "HEALTH", "MESSAGE"]];
  const seen = new Set<string>();
  const add = (node: TreeNode, before: string, below: string): void => {
    const key = keyOf(node);
    rows.push([
      `${before}${node.kind}/${node.name}`,
      synced.get(key) ?? "",
      node.health?.status ?? "",
      node.health?.message ?? "",
    ]);
    // Two objects that own each other would have no end.
    if (seen.has(key)) return;
    seen.add(key);
    const kids = children.get(key) ?? [];
    kids.forEach((kid, at) => {
      const isLast = at === kids.length - 1;
      add(kid, `${below}${isLast ? "└─" : "├─"}`, `${below}${isLast ? "  " : "│ "}`);
    });
  };
  for (const root of roots) add(root, "", "");
  return tabTable(rows);
}

function keyOf({
  group = "",
  kind,
  namespace = "",
  name,
}: {
  group?: string;
  kind: string;
  namespace?: string;
  name: string;
}): string {
  return `${group}/${kind}/${namespace}/${name}`;
}
