/** What is said of an Application that cannot be read as one, where its user looks. Pure. */
import type { Application, ApplicationStatus, Condition } from "../../core/model/application.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { type Parsed, type Problem, showProblem } from "../../core/model/problem.ts";
import { isMapping } from "../../lib/is-mapping.ts";

/**
 * Of one that could never be read: nothing is known of it but what is wrong. What stands there of its objects stays: it
 * may be all that tells of them.
 */
export function unreadableStatus(object: KubeObject, problems: readonly Problem[]): ApplicationStatus {
  const spec = isMapping(object["spec"]) ? object["spec"] : {};
  const destination = isMapping(spec["destination"]) ? spec["destination"] : {};
  const standing = isMapping(object["status"]) ? (object["status"] as Partial<ApplicationStatus>) : {};
  return {
    ...standing,
    sync: { status: "Unknown", comparedTo: { destination } },
    health: { status: "Unknown" },
    conditions: problems.filter(({ severity }) => severity === "error").map(conditionOf),
  };
}

/** Of one that could be read before it was edited: it goes on as it was, and that is said. */
export function withProblems(
  status: ApplicationStatus,
  read: Parsed<Application> | undefined,
): ApplicationStatus {
  if (read === undefined || read.ok) return status;
  const said = read.problems.filter(({ severity }) => severity === "error").map(conditionOf);
  const known = new Set(status.conditions?.map(({ message }) => message));
  const more = said.filter(({ message }) => !known.has(message));
  return more.length === 0 ? status : { ...status, conditions: [...more, ...(status.conditions ?? [])] };
}

function conditionOf({ object: _, ...problem }: Problem): Condition {
  return { type: "InvalidSpecError", message: showProblem(problem) };
}
