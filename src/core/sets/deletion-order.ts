import type { AppKey } from "../model/application.ts";
import type { ApplicationSet } from "../model/application-set.ts";
import type { SetChild } from "../ports/sets-home.ts";
import { stepOf, stepsOf } from "./rollout-steps.ts";

export interface DeletionOrder {
  /** To be deleted now; those that are going already are not among them. */
  now: SetChild[];
  /** Those that go later, each with what it waits for. */
  later: { key: AppKey; why: string }[];
}

/**
 * Which applications of a set go first when it is deleted: with `deletionOrder: Reverse` those of the last step, and the
 * others when they are gone; what no step selects goes last. Source of the order: Argo CD, which deletes them one by one.
 *
 * @param own what is left of them
 */
export function deletionOrder(set: ApplicationSet, own: readonly SetChild[]): DeletionOrder {
  const isReverse = set.spec.strategy?.deletionOrder?.toLowerCase() === "reverse";
  const stepAt = ({ app }: SetChild): number => (isReverse ? (stepOf(set, app) ?? -1) : 0);
  const last = Math.max(...own.map(stepAt));
  const first = own.filter((child) => stepAt(child) === last);
  return {
    now: first.filter(({ isGoing }) => !isGoing),
    later: own
      .filter((child) => stepAt(child) < last)
      .map(({ key }) => ({
        key,
        why: `it goes after step ${last + 1} of ${stepsOf(set).length}, of which ${first.length} ${first.length === 1 ? "is" : "are"} left`,
      })),
  };
}
