import { byConditions } from "../families/by-conditions.ts";
import { reported } from "../families/reported.ts";
import { type HealthRule, type RuleTable, suspended } from "../verdict.ts";

const paused: HealthRule = (object) => {
  const note = object.metadata.annotations?.["autoscaling.keda.sh/paused"];
  return note === "true"
    ? suspended("annotation autoscaling.keda.sh/paused is true", "Scaling is paused")
    : undefined;
};

/** Fallback: a trigger cannot be asked, and a fixed number of replicas stands in. */
const conditions = byConditions({ good: ["Ready"], bad: ["Fallback"], held: ["Paused"] });

export const keda: RuleTable = {
  "keda.sh/ScaledObject": reported(conditions, paused),
  "keda.sh/ScaledJob": reported(conditions, paused),
};
