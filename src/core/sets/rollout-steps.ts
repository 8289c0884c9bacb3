import type { ApplicationSet, RolloutStep } from "../model/application-set.ts";

/** The steps of a rollout; none where the set has none. */
function stepsOf({ spec }: Pick<ApplicationSet, "spec">): RolloutStep[] {
  return spec.strategy?.type === "RollingSync" ? (spec.strategy.rollingSync?.steps ?? []) : [];
}

/** Whether the set says when each of its applications is synced. */
export function isRolling(set: Pick<ApplicationSet, "spec">): boolean {
  return stepsOf(set).length > 0;
}
