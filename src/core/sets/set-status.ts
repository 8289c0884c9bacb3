import { filled } from "../../lib/defined.ts";
import type { GeneratedApplications } from "../generate/generated.ts";
import { healthOf } from "../health/health-of.ts";
import type { ApplicationSet } from "../model/application-set.ts";
import type { ApplicationSetStatus, SetCondition } from "../model/application-set-status.ts";
import { type Problem, showProblem } from "../model/problem.ts";
import type { SetPlan } from "./plan-set.ts";
import type { Rollout } from "./rollout.ts";
import { some } from "./rollout-steps.ts";
import type { ShownResources } from "./set-resources.ts";

export interface SetStatusInput {
  /** With the status that it had. */
  set: ApplicationSet;
  generated: GeneratedApplications;
  plan: Pick<SetPlan, "open" | "problems">;
  rollout: Rollout;
  /** Of the plan, what could not be carried out, a sentence each. */
  failures: readonly string[];
  /** Its applications, as they are after the plan. */
  resources: ShownResources;
  /** RFC 3339 in UTC, without fractions. */
  now: string;
}

/** A set's status in Argo CD's shape. What did not change keeps its times. */
export function setStatus(input: SetStatusInput): ApplicationSetStatus {
  const { set, rollout, resources, now } = input;
  const before = set.status;
  const since = new Map(
    before?.conditions?.map(({ type, status, lastTransitionTime }) => [
      `${type} ${status}`,
      lastTransitionTime,
    ]),
  );
  const conditions = conditionsOf(input).map(
    (condition): SetCondition => ({
      ...condition,
      lastTransitionTime: since.get(`${condition.type} ${condition.status}`) ?? now,
    }),
  );
  return {
    conditions,
    applicationStatus: rollout.applicationStatus,
    resources: resources.resources,
    resourcesCount: resources.count,
    health: healthNow(set, conditions, now),
  };
}

type Said = Omit<SetCondition, "lastTransitionTime">;

function conditionsOf({ generated, plan, rollout, failures }: SetStatusInput): Said[] {
  const errors = [
    { reason: "ApplicationGenerationFromParamsError", said: errorsIn(generated.problems) },
    { reason: "ApplicationValidationError", said: errorsIn(plan.problems) },
    { reason: "UpdateApplicationError", said: failures },
  ].filter(({ said }) => said.length > 0);
  const [first] = errors;
  const all = some(errors.flatMap(({ said }) => said));
  const ready = "ApplicationSetUpToDate";
  const generatedAll = `All ${generated.applications.length} applications were generated`;
  const open = plan.open.filter((step) => step.do === "held" && step.by !== "policy").length;
  return [
    first === undefined
      ? { type: "ErrorOccurred", status: "False", reason: ready, message: generatedAll }
      : { type: "ErrorOccurred", status: "True", reason: first.reason, message: all },
    generated.is === "whole"
      ? { type: "ParametersGenerated", status: "True", reason: "ParametersGenerated", message: generatedAll }
      : {
          type: "ParametersGenerated",
          status: "False",
          reason: "ApplicationGenerationFromParamsError",
          message: some(errorsIn(generated.problems)),
        },
    first !== undefined
      ? { type: "ResourcesUpToDate", status: "False", reason: first.reason, message: all }
      : open > 0
        ? { type: "ResourcesUpToDate", status: "False", reason: "ApplicationsHeld", message: sayHeld(plan) }
        : { type: "ResourcesUpToDate", status: "True", reason: ready, message: sayDone(plan) },
    ...rollout.conditions,
  ];
}

function errorsIn(problems: readonly Problem[]): string[] {
  return problems.filter(({ severity }) => severity === "error").map(showProblem);
}

function sayHeld({ open }: Pick<SetPlan, "open">): string {
  const held = open.flatMap((step) =>
    step.do === "held" && step.by !== "policy" ? [`${step.key} is not ${step.wanted}d: ${step.why}`] : [],
  );
  return some(held);
}

function sayDone({ open }: Pick<SetPlan, "open">): string {
  const kept = open.filter((step) => step.do === "held").length;
  const all = "All applications are as the set wants them";
  return kept === 0 ? all : `${all}, but for ${kept} that its policy leaves as they are`;
}

function healthNow(
  { apiVersion, kind, metadata, status }: ApplicationSet,
  conditions: readonly SetCondition[],
  now: string,
): NonNullable<ApplicationSetStatus["health"]> {
  const { health } = healthOf({ apiVersion, kind, metadata, status: { conditions } });
  const said = health ?? { status: "Unknown", message: "" };
  const isSame = status?.health?.status === said.status;
  return {
    status: said.status,
    ...filled({ message: said.message }),
    lastTransitionTime: (isSame ? status?.health?.lastTransitionTime : undefined) ?? now,
  };
}
