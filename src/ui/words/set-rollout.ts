/** The steps of a rollout as lanes: which applications are in each, what waits for what, and what no step has. */
import type { ApplicationSet } from "../../core/model/application-set.ts";
import type { ApplicationRollout, ApplicationSetStatus } from "../../core/model/application-set-status.ts";

export interface StepLane {
  /** `Step 1`; `In no step`. */
  title: string;
  /** What selects its applications, in words; "" for what no step has. */
  selects: string;
  /** How many of it may be under way at once, in words; "" where all may. */
  atOnce: string;
  state: "done" | "running" | "waiting" | "none";
  /** Those that are not through first. */
  applications: readonly ApplicationRollout[];
}

const RANK: Readonly<Record<ApplicationRollout["status"], number>> = {
  ...{ Progressing: 0, Pending: 1, Waiting: 2, Healthy: 3 },
};

/** Empty where the set has no steps. */
export function stepLanes({
  spec,
  status,
}: Pick<ApplicationSet, "spec"> & { status?: ApplicationSetStatus }): StepLane[] {
  if (spec.strategy?.type !== "RollingSync") return [];
  const all = [...(status?.applicationStatus ?? [])].sort(
    (one, other) => RANK[one.status] - RANK[other.status] || (one.application < other.application ? -1 : 1),
  );
  const of = (step: string): ApplicationRollout[] => all.filter((one) => one.step === step);
  const lanes = (spec.strategy.rollingSync?.steps ?? []).map((step, at): StepLane => {
    const applications = of(String(at + 1));
    return {
      title: `Step ${at + 1}`,
      selects: selectWords(step.matchExpressions ?? []),
      atOnce: atOnceWords(step.maxUpdate),
      state: stateOf(applications),
      applications,
    };
  });
  const none = of("-1");
  if (none.length === 0) return lanes;
  return [
    ...lanes,
    {
      ...{ title: "In no step", selects: "", atOnce: "the rollout syncs none of these", state: "none" },
      applications: none,
    },
  ];
}

function stateOf(applications: readonly ApplicationRollout[]): StepLane["state"] {
  if (applications.length === 0) return "none";
  if (applications.every(({ status }) => status === "Healthy")) return "done";
  return applications.some(({ status }) => status === "Pending" || status === "Progressing")
    ? "running"
    : "waiting";
}

interface Expression {
  key?: unknown;
  operator?: unknown;
  values?: unknown;
}

function selectWords(expressions: readonly Expression[]): string {
  if (expressions.length === 0) return "all that no step before has";
  return expressions
    .map(({ key, operator, values }) => {
      const named = Array.isArray(values) ? values.map(String).join(", ") : "";
      if (operator === "In") return `${key} is ${named.replaceAll(", ", " or ")}`;
      if (operator === "NotIn") return `${key} is not ${named.replaceAll(", ", " nor ")}`;
      return `${key} ${operator} ${named}`.trim();
    })
    .join(", and ");
}

function atOnceWords(maxUpdate: unknown): string {
  if (maxUpdate === undefined || maxUpdate === null || maxUpdate === "100%") return "";
  if (maxUpdate === 0 || maxUpdate === "0" || maxUpdate === "0%")
    return "none by itself: a person syncs them";
  return `${maxUpdate} at once`;
}
