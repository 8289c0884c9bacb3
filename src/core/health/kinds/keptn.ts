import { errorHealth } from "../families/flags.ts";
import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import { at, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, type RuleTable } from "../verdict.ts";

const value: HealthRule = (object) => {
  const text = textAt(object, "status", "value");
  return text === "" ? undefined : healthy("status.value is set", `Value ${text}`);
};

/** An analysis is over when it is Completed; whether it was good stands beside it. */
const analysis: HealthRule = (object) => {
  if (textAt(object, "status", "state") !== "Completed") return phase(object);
  if (at(object, "status", "pass") === true) return healthy("status.pass is true", "Passed");
  if (at(object, "status", "warning") === true)
    return healthy("status.warning is true", "Passed with a warning");
  return degraded("status.pass is not true", "The objectives were not met");
};
const phase = byPhase({ at: ["status.state"] });

export const keptn: RuleTable = {
  "metrics.keptn.sh/KeptnMetric": reported(errorHealth, value),
  "metrics.keptn.sh/Analysis": reported(analysis),
};
