import type { LiveObject } from "../../core/model/live-object.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Compared } from "../compare/compared.ts";
import { imagesOf } from "./tree.ts";

/** Deployment, ReplicaSet, Pod, and what an operator may put between. */
const DEEPEST = 6;

/**
 * Images that an application has in its cluster: those of its objects' templates as they are there, and those of its Pods.
 * What Git wants and was never delivered is not among them, nor is what only an old ReplicaSet remembers.
 */
export function deployedImages({ comparison, snapshot }: Compared): string[] {
  const { cluster } = snapshot;
  const found = new Set<string>();
  for (const { is, key } of comparison.differences) {
    const live = is === "foreign" ? undefined : cluster.get(key);
    if (live === undefined) continue;
    for (const image of imagesOf(live.object)) found.add(image);
    addPods(live, cluster, found, 0);
  }
  return [...found].sort();
}

function addPods(
  { uid }: LiveObject,
  cluster: Pick<Cluster, "childrenOf">,
  found: Set<string>,
  depth: number,
): void {
  if (depth > DEEPEST) return;
  for (const child of cluster.childrenOf(uid)) {
    if (child.ref.kind === "Pod") for (const image of imagesOf(child.object)) found.add(image);
    addPods(child, cluster, found, depth + 1);
  }
}
