import { healthOf } from "../../core/health/health-of.ts";
import { withDescendants } from "../../core/health/rollout.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { suspendedHookWords } from "../../core/model/suspended-hook.ts";
import type { Cluster } from "../../core/ports/cluster.ts";

/**
 * What it or its Pods have to say of a hook that does not get on, or has failed: that somebody suspended it, else a Pod
 * that cannot start, else one that has no node, else one that failed.
 * It is no end: a Job goes on trying, as often as it is told to, and may complete.
 * @returns undefined where they have nothing to say
 */
export function hookTrouble(
  live: LiveObject,
  cluster: Pick<Cluster, "childrenOf">,
): { is: "cannot-start" | "no-node" | "failed" | "suspended"; text: string } | undefined {
  if (healthOf(live.object).health?.status === "Suspended")
    return { is: "suspended", text: suspendedHookWords(live.object) };
  const children = cluster.childrenOf(live.uid).map(({ object }) => object);
  const stuck = withDescendants({ status: "Progressing", message: "" }, live.object, children);
  if (stuck.status === "Degraded") return { is: "cannot-start", text: stuck.message };
  if (stuck.message !== "") return { is: "no-node", text: stuck.message };
  for (const child of children) {
    const health = child.kind === "Pod" ? healthOf(child).health : undefined;
    if (health?.status === "Degraded")
      return { is: "failed", text: `Pod ${child.metadata.name} ${health.message}` };
  }
  return undefined;
}
