import { cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { byConditions } from "../families/by-conditions.ts";
import { usualHealth } from "../families/conventions.ts";
import { staleGeneration } from "../families/generation.ts";
import { byPhase } from "../families/phase.ts";
import { firstOf, reported } from "../families/reported.ts";
import { at, count, listAt, numberAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable, suspended } from "../verdict.ts";

/** Runs that end: Running is under way here. */
const run = reported(
  byPhase({
    at: ["status.phase"],
    words: {
      Progressing: ["Pending", "Running"],
      Healthy: ["Successful", "Succeeded"],
      Degraded: ["Failed", "Error"],
      Unknown: ["Inconclusive"],
    },
    other: "Unknown",
    message: ["status.message"],
  }),
);

const applicationSetHealth = reported(
  byConditions({
    good: ["ResourcesUpToDate"],
    bad: ["ErrorOccurred"],
    busy: ["RolloutProgressing"],
  }),
);

const cronWorkflowHealth: HealthRule = (object) => {
  const failing = conditionsOf(object).find(
    (condition) => isTrue(condition) && /Error$/.test(condition.type),
  );
  if (failing !== undefined) return degraded(cite(failing), tell(failing));
  return healthy(
    "no condition reports an error",
    at(object, "spec", "suspend") === true ? "No further runs: suspended" : "",
  );
};

/** Controllers since 1.1 sum up in `phase`; older ones leave counts and conditions. */
const rolloutPhase = byPhase({
  at: ["status.phase"],
  words: { Suspended: ["Paused"] },
  message: ["status.message"],
  say: () => "",
});

const workloadSeen: HealthRule = (object) => {
  const wanted = Number(
    object.metadata.annotations?.["rollout.argoproj.io/workload-generation"] ?? Number.NaN,
  );
  const seen = numberAt(object, "status", "workloadObservedGeneration");
  return seen === undefined || Number.isNaN(wanted) || seen >= wanted
    ? undefined
    : progressing(
        "status.workloadObservedGeneration is behind",
        "Waiting for the controller to see the newest change of the workload it refers to",
      );
};

const olderRollout: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  const invalid = findCondition(conditions, "InvalidSpec");
  if (invalid !== undefined && isTrue(invalid)) return degraded(cite(invalid), tell(invalid));
  const rolling = findCondition(conditions, "Progressing");
  if (rolling?.reason === "RolloutAborted" || rolling?.reason === "ProgressDeadlineExceeded")
    return degraded(cite(rolling), tell(rolling));
  if (
    at(object, "spec", "paused") === true ||
    listAt(object, "status", "pauseConditions").length > 0 ||
    at(object, "status", "controllerPause") === true ||
    rolling?.reason === "RolloutPaused"
  ) {
    return suspended("the rollout is paused", "The rollout is paused");
  }
  if (at(object, "status") === undefined) return undefined;
  const wanted = numberAt(object, "spec", "replicas") ?? 1;
  const [updated, existing, available] = ["updatedReplicas", "replicas", "availableReplicas"].map(
    (field) => numberAt(object, "status", field) ?? 0,
  ) as [number, number, number];
  const hash = textAt(object, "status", "currentPodHash");
  const blueGreen = at(object, "spec", "strategy", "blueGreen") !== undefined;
  if (updated < wanted)
    return progressing(
      "status.updatedReplicas < spec.replicas",
      `${updated} of ${wanted} replicas run the newest revision`,
    );
  const active =
    textAt(object, "status", "blueGreen", "activeSelector") || textAt(object, "status", "activeSelector");
  if (blueGreen && active !== hash)
    return progressing(
      "the active service serves another revision",
      "Waiting for the active service to serve the newest revision",
    );
  if (available < updated)
    return progressing(
      "status.availableReplicas < status.updatedReplicas",
      `${available} of ${updated} replicas are available`,
    );
  if (!blueGreen && existing > updated)
    return progressing(
      "status.replicas > status.updatedReplicas",
      `${count(existing - updated, "replica")} of an older revision still to end`,
    );
  const stable = textAt(object, "status", "stableRS") || textAt(object, "status", "canary", "stableRS");
  if (!blueGreen && stable !== "" && stable !== hash)
    return progressing("the stable revision is another one", "Waiting for the canary to become stable");
  return healthy("every replica is updated and available");
};

const workflowHealth = byPhase({
  at: ["status.phase"],
  words: { Progressing: ["Pending", "Running"], Healthy: ["Succeeded"], Degraded: ["Failed", "Error"] },
  other: "Unknown",
  message: ["status.message"],
});

export const argoproj: RuleTable = {
  // What an Application thinks of its own objects is its own matter; a parent counts a child when a check of the user's says so.
  "argoproj.io/Application": () => undefined,
  "argoproj.io/AnalysisRun": run,
  "argoproj.io/Experiment": run,
  "argoproj.io/ApplicationSet": applicationSetHealth,
  "argoproj.io/CronWorkflow": cronWorkflowHealth,
  "argoproj.io/Rollout": firstOf(staleGeneration, workloadSeen, rolloutPhase, reported(olderRollout)),
  "argoproj.io/Workflow": firstOf(workflowHealth, reported()),
  "argoproj.io/EventBus": usualHealth,
  "argoproj.io/EventSource": usualHealth,
  "argoproj.io/Sensor": usualHealth,
};
