import type { Application } from "../core/model/application.ts";
import type { ApplicationSetCondition, ApplicationSetStatus } from "../core/model/application-set-status.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import type { ManagedSet } from "./managed-set.ts";

/** What a set says of itself. Conditions keep their time for as long as they say the same. */
export function statusOf(
  { generation, problems }: ManagedSet,
  _applications: readonly (Application | undefined)[],
  { before, now }: { before: ApplicationSetStatus | undefined; now: string },
): ApplicationSetStatus {
  const all: readonly Problem[] = [...(generation?.made.problems ?? []), ...problems];
  const errors = all.filter(({ severity }) => severity === "error");
  const message = errors.map(showProblem).join("; ");
  const condition = (
    type: ApplicationSetCondition["type"],
    status: "True" | "False",
    reason: string,
    text: string,
  ): ApplicationSetCondition => {
    const old = before?.conditions?.find((one) => one.type === type);
    const isSame = old?.status === status && old.reason === reason && old.message === text;
    return { type, status, reason, message: text, lastTransitionTime: isSame ? old.lastTransitionTime : now };
  };
  return {
    conditions: [
      condition(
        "ErrorOccurred",
        errors.length > 0 ? "True" : "False",
        "Looked",
        message || "nothing went wrong",
      ),
    ],
  };
}
