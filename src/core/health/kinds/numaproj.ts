import { cite, conditionsOf, tell } from "../conditions.ts";
import { current } from "../families/by-conditions.ts";
import { byPhase } from "../families/phase.ts";
import { firstOf, reported } from "../families/reported.ts";
import { textAt } from "../read.ts";
import { degraded, everyKind, type HealthRule, progressing, type RuleTable } from "../verdict.ts";

/** Paused is a state that these pipelines reach and keep by design. */
const phase = byPhase({
  at: ["status.phase"],
  words: {
    Healthy: ["Running", "Paused", "Succeeded", "Completed", "Deployed"],
    Degraded: ["Failed"],
    Progressing: ["Pending", "Pausing", "Deleting"],
    Unknown: ["Unknown"],
  },
  message: ["status.message"],
});

const failed: HealthRule = (object) =>
  textAt(object, "status", "phase") === "Failed" ? phase(object) : undefined;

/**
 * Every condition of these kinds is good when True, but for pausing and upgrading, which say so elsewhere. A rollout's
 * child may be on its way; what Numaflow says itself, under the phase Running, is about parts that should be there.
 */
const conditions: HealthRule = (object) => {
  const wrong = conditionsOf(object).find(
    ({ type, status }) => status === "False" && !/Pausing|Paused/.test(type),
  );
  if (wrong === undefined) return undefined;
  const started =
    object.apiVersion.startsWith("numaflow.") && textAt(object, "status", "phase") === "Running";
  return wrong.reason === "Progressing" && !started
    ? progressing(cite(wrong), tell(wrong))
    : current(object, wrong, "Degraded");
};

/** Numaplane marks what its progressive upgrades think of a child. */
const assessed: HealthRule = (object) => {
  if (object.metadata.labels?.["numaplane.numaproj.io/progressive-result-state"] === "failed")
    return degraded("label progressive-result-state is failed", "The progressive upgrade failed");
  const upgrading = textAt(object, "status", "upgradeInProgress");
  return upgrading === ""
    ? undefined
    : progressing(`status.upgradeInProgress is ${upgrading}`, `A ${upgrading} upgrade is under way`);
};

const numaHealth = firstOf(reported(failed, assessed, conditions, phase));

export const numaproj: RuleTable = {
  ...everyKind(
    "numaflow.numaproj.io",
    "InterStepBufferService MonoVertex Pipeline Vertex ServingPipeline",
    numaHealth,
  ),
  ...everyKind(
    "numaplane.numaproj.io",
    "ISBServiceRollout MonoVertexRollout NumaflowControllerRollout NumaflowController PipelineRollout",
    numaHealth,
  ),
};
