import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import { at, fieldsAt, numberAt, textAt } from "../read.ts";
import { type HealthRule, progressing, type RuleTable } from "../verdict.ts";

const state = byPhase({
  at: ["status.applicationState.state"],
  words: {
    Healthy: ["RUNNING", "COMPLETED"],
    Progressing: [
      "NEW",
      "SUBMITTED",
      "SUCCEEDING",
      "PENDING_RERUN",
      "INVALIDATING",
      "SUSPENDING",
      "RESUMING",
    ],
    Degraded: ["FAILED", "FAILING", "SUBMISSION_FAILED"],
    Suspended: ["SUSPENDED"],
    Unknown: ["UNKNOWN"],
  },
  other: "Progressing",
  message: ["status.applicationState.errorMessage"],
});

/** How many executors must run: fixed, or the least that dynamic allocation keeps, by the spec or by Spark's own settings. */
function executorsNeeded(object: unknown): number {
  const conf = fieldsAt(object, "spec", "sparkConf") ?? {};
  if (at(object, "spec", "dynamicAllocation", "enabled") === true)
    return numberAt(object, "spec", "dynamicAllocation", "minExecutors") ?? 0;
  const dynamic = ["spark.dynamicAllocation", "spark.streaming.dynamicAllocation"].find(
    (name) => textAt(conf, `${name}.enabled`) === "true",
  );
  if (dynamic !== undefined) return numberAt(conf, `${dynamic}.minExecutors`) ?? 0;
  return numberAt(object, "spec", "executor", "instances") ?? 0;
}

const application: HealthRule = (object) => {
  const verdict = state(object);
  if (textAt(object, "status", "applicationState", "state") !== "RUNNING") return verdict;
  const running = Object.values(fieldsAt(object, "status", "executorState") ?? {}).filter(
    (word) => word === "RUNNING",
  ).length;
  const needed = executorsNeeded(object);
  return running < needed
    ? progressing("fewer executors run than wanted", `${running} of ${needed} executors are running`)
    : verdict;
};

const scheduled = byPhase({
  at: ["status.scheduleState"],
  words: { Healthy: ["Scheduled"], Degraded: ["FailedValidation"], Progressing: ["Validating"] },
  message: ["status.reason"],
});

export const spark: RuleTable = {
  "sparkoperator.k8s.io/SparkApplication": reported(application),
  "sparkoperator.k8s.io/ScheduledSparkApplication": reported(scheduled),
};
