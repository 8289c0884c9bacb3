import type { Application } from "../model/application.ts";
import type { ApplicationSet, RolloutStep } from "../model/application-set.ts";
import type { Problem } from "../model/problem.ts";

type Set = Pick<ApplicationSet, "spec">;

/** The steps of a rollout; none where the set has none. */
export function stepsOf({ spec }: Set): RolloutStep[] {
  return spec.strategy?.type === "RollingSync" ? (spec.strategy.rollingSync?.steps ?? []) : [];
}

/** Whether the set says when each of its applications is synced. */
export function isRolling(set: Set): boolean {
  return stepsOf(set).length > 0;
}

/**
 * Which step an application belongs to, from 0: the first one whose expressions all hold for its labels; undefined where
 * none does. A step without expressions takes all, and one that says NotIn those without the label too. Source: Argo CD.
 */
export function stepOf(set: Set, { metadata }: Pick<Application, "metadata">): number | undefined {
  const at = stepsOf(set).findIndex((step) => selects(step, metadata.labels ?? {}));
  return at < 0 ? undefined : at;
}

function selects({ matchExpressions = [] }: RolloutStep, labels: Readonly<Record<string, string>>): boolean {
  return matchExpressions.every(({ key, operator, values = [] }) => {
    const value = labels[key];
    const isAmong = value !== undefined && values.includes(value);
    switch (operator) {
      case "In":
        return isAmong;
      case "NotIn":
        return !isAmong;
      default:
        return false;
    }
  });
}

/**
 * How many applications of a step may be under way at once. A share is rounded down, and is one at least unless it is
 * `0%`; what cannot be read is one.
 *
 * @param of all applications of the step
 */
export function mostAtOnce({ maxUpdate }: RolloutStep, of: number): number {
  if (maxUpdate === undefined || maxUpdate === null) return Number.POSITIVE_INFINITY;
  if (typeof maxUpdate === "number") return Number.isInteger(maxUpdate) && maxUpdate >= 0 ? maxUpdate : 1;
  const share = /^(\d{1,3})%$/.exec(maxUpdate)?.[1];
  if (share === undefined) return /^\d+$/.test(maxUpdate) ? Number(maxUpdate) : 1;
  const percent = Number(share);
  return percent === 0 ? 0 : Math.max(1, Math.floor((of * percent) / 100));
}

/** What of a rollout is not as its writer thinks: applications that no step selects, or several do. */
export function stepProblems(set: Set, applications: readonly Application[]): Problem[] {
  const steps = stepsOf(set);
  const path = "spec.strategy.rollingSync.steps";
  if (set.spec.strategy?.type === "RollingSync" && steps.length === 0)
    return [
      { severity: "error", path, text: "RollingSync has no steps", fix: "Write steps, or another type" },
    ];
  const by = Map.groupBy(steps.length === 0 ? [] : applications, ({ metadata }) =>
    steps.flatMap((step, at) => (selects(step, metadata.labels ?? {}) ? [at + 1] : [])).join(" and "),
  );
  return [...by].flatMap(([selecting, found]): Problem[] => {
    const names = some(found.map(({ metadata }) => metadata.name));
    if (selecting === "")
      return [
        {
          severity: "warning",
          path,
          text: `no step selects ${names}, so that the rollout never syncs what it says of ${found.length === 1 ? "it" : "them"}`,
          fix: "Add a step that does; one without matchExpressions selects all",
        },
      ];
    if (!selecting.includes(" ")) return [];
    const [first] = selecting.split(" ");
    return [
      {
        severity: "warning",
        path,
        text: `steps ${selecting} select ${names}: step ${first} has ${found.length === 1 ? "it" : "them"}`,
        fix: "Write expressions that hold for one step alone",
      },
    ];
  });
}

const MOST = 3;

/** The first ones, and how many more there are. */
export function some(all: readonly string[]): string {
  const shown = all.slice(0, MOST).join(", ");
  return all.length > MOST ? `${shown} and ${all.length - MOST} more` : shown;
}
