import { sharedResource } from "../compare/index.ts";
import type { Condition } from "../model/application.ts";
import type { Comparison } from "../model/comparison.ts";
import { show } from "../model/object-ref.ts";
import { type Problem, showProblem } from "../model/problem.ts";

/** Conditions with times: one that was there before, word for word, keeps its time. Equal ones are merged. */
export function withTimes(
  conditions: readonly Condition[],
  before: readonly Condition[] | undefined,
  now: string,
): Condition[] {
  const times = new Map(
    (before ?? []).map((condition) => [identity(condition), condition.lastTransitionTime]),
  );
  const unique = new Map(conditions.map((condition) => [identity(condition), condition]));
  return [...unique.values()].map(({ type, message, ...condition }) => ({
    type,
    message,
    lastTransitionTime: times.get(identity({ type, message })) ?? condition.lastTransitionTime ?? now,
  }));
}

function identity({ type, message }: Pick<Condition, "type" | "message">): string {
  return `${type} ${message}`;
}

/** What a comparison has to say in words: objects that nothing is known of, objects of others, findings in manifests. */
export function conditionsOf({ differences, problems }: Comparison): Condition[] {
  const found = differences.flatMap((difference): Condition[] => {
    if (difference.is === "unknown")
      return [{ type: "ComparisonError", message: `${show(difference.desired.ref)}: ${difference.why}` }];
    return difference.is === "foreign"
      ? [{ type: "SharedResourceWarning", message: sharedResource(difference) }]
      : [];
  });
  return [...found, ...problems.map(conditionOfProblem)];
}

function conditionOfProblem(problem: Problem): Condition {
  return {
    type: problem.severity === "error" ? "ComparisonError" : "ManifestWarning",
    message: showProblem(problem),
  };
}
