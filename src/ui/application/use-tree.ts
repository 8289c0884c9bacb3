/** What the cluster has of an application, for the panel beside it. */
import type { Application } from "../../core/model/application.ts";
import { useAsked } from "../components/asked.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { type Item, type TreeNode, treeOf } from "./outline.ts";
import { argoPathOf } from "./paths.ts";

export interface Tree {
  nodes: readonly TreeNode[];
  /** Everything, in the order in which it is listed. */
  items: readonly Item[];
}

/** As the API has it. */
interface Answered {
  nodes: TreeNode[];
  orphanedNodes?: TreeNode[];
}

/** Whoever goes from one object to the next has it at once. */
let last: { key: string; tree: Tree } | undefined;

/** undefined until it is known; then what was known last. */
export function useTree(app: Application): Tree | undefined {
  const { resources = [], sync, health, reconciledAt } = app.status ?? {};
  const answer = useAsked(
    async (signal): Promise<Tree> => {
      const path = argoPathOf(app, "resource-tree");
      const { nodes, orphanedNodes = [] } = await ask<Answered>("GET", path, { signal });
      // What is no application's is found by its address, and is in no list.
      return { nodes: [...nodes, ...orphanedNodes], items: flat(treeOf(resources, nodes)) };
    },
    [keyOf(app), reconciledAt, JSON.stringify([resources, sync, health])],
  );
  if (answer.is === "answered") last = { key: keyOf(app), tree: answer.value };
  return last?.key === keyOf(app) ? last.tree : undefined;
}

/** Each once, though what Git wants may be owned as well. No call within a call: owners of owners may be many. */
function flat(roots: readonly Item[]): Item[] {
  const seen = new Set<Item>();
  const waiting = [...roots].reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const child of next.children.toReversed()) waiting.push(child);
  }
  return [...seen];
}

/** All that an object owns, and what that owns. */
export function below(item: Item): Item[] {
  return flat([item]).slice(1);
}
