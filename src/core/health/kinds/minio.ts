import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import { textAt } from "../read.ts";
import { degraded, type HealthRule, type RuleTable } from "../verdict.ts";

/** The operator names its state by a sentence: an activity starts with its verb, everything else but one is a complaint. */
const state = byPhase({
  at: ["status.currentState"],
  words: { Healthy: ["Initialized"] },
  other: "Degraded",
});

const tenant: HealthRule = (object) => {
  const verdict = state(object);
  return verdict?.status === "Healthy" && textAt(object, "status", "healthStatus") === "red"
    ? degraded(
        "status.healthStatus is red",
        textAt(object, "status", "healthMessage") || "Too many drives or servers are offline",
      )
    : verdict;
};

export const minio: RuleTable = {
  "minio.min.io/Tenant": reported(tenant),
  "job.min.io/MinIOJob": reported(
    byPhase({
      at: ["status.phase"],
      words: { Healthy: ["Success"], Degraded: ["Error"], Progressing: ["Running"] },
      message: ["status.message"],
    }),
  ),
};
