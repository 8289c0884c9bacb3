import { conventionHealth, usualHealth } from "../families/conventions.ts";
import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import { fieldsAt, textAt } from "../read.ts";
import { degraded, everyKind, type HealthRule, type RuleTable } from "../verdict.ts";

/** A connector that runs may have tasks that do not. */
const failedTasks: HealthRule = (object) => {
  const [first] = Object.entries(fieldsAt(object, "status", "failedTasks") ?? {});
  return first === undefined
    ? undefined
    : degraded(
        "status.failedTasks is not empty",
        `Task ${first[0]} failed: ${textAt(first[1], "trace").split("\n")[0] ?? ""}`,
      );
};
const connectorState = byPhase({
  at: ["status.connectorState"],
  words: {
    Degraded: ["FAILED"],
    Suspended: ["PAUSED", "STOPPED"],
    Progressing: ["UNASSIGNED", "RESTARTING"],
  },
  message: ["status.trace"],
});

/** What is made inside a cluster is there once it was created. */
const made = byPhase({
  at: ["status.state", "status.phase"],
  words: { Healthy: ["CREATED"], Degraded: ["ERROR"] },
  message: ["status.errorMessage"],
});

export const confluent: RuleTable = {
  "platform.confluent.io/Connector": reported(failedTasks, connectorState, usualHealth),
  ...everyKind(
    "platform.confluent.io",
    "ClusterLink KafkaTopic Schema SchemaExporter",
    reported(made, conventionHealth),
  ),
};
