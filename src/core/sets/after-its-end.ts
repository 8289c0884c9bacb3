import type { ApplicationSet } from "../model/application-set.ts";
import { isRolling } from "./rollout-steps.ts";

/** Whether its applications stay when the set is deleted, as its policy keeps them from being deleted. Source: Argo CD. */
export function staysBehind({ spec }: Pick<ApplicationSet, "spec">): boolean {
  const policy = spec.syncPolicy?.applicationsSync;
  return policy === "create-only" || policy === "create-update";
}

/**
 * Whether what one set leaves is for another that has its name from now on: what the policy of the first keeps from being
 * deleted is nothing for one whose policy does not.
 */
export function takesOver(left: Pick<ApplicationSet, "spec">, by: Pick<ApplicationSet, "spec">): boolean {
  return !staysBehind(left) || staysBehind(by);
}

/** Whether a cluster that deletes the set at once would delete its applications otherwise than it says. Source: Argo CD. */
export function waitsForItsEnd(set: Pick<ApplicationSet, "spec">): boolean {
  const isReverse = set.spec.strategy?.deletionOrder?.toLowerCase() === "reverse";
  return staysBehind(set) || (isReverse && isRolling(set));
}
