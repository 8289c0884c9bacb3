import { cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { byPhase } from "../families/phase.ts";
import { firstOf, reported } from "../families/reported.ts";
import { usualHealth } from "../families/usual.ts";
import { suspended, type HealthRule, type RuleTable } from "../verdict.ts";

const hibernated: HealthRule = (object) => {
  if (object.metadata.annotations?.["cnpg.io/hibernation"] === "on") return suspended("annotation cnpg.io/hibernation is on", "Hibernated");
  const condition = findCondition(conditionsOf(object), "cnpg.io/hibernation");
  return condition !== undefined && isTrue(condition) ? suspended(cite(condition), tell(condition)) : undefined;
};

/** CloudNativePG names its phase by a sentence. */
const phase = byPhase({
  at: ["status.phase"],
  words: {
    Healthy: ["Cluster in healthy state"],
    Degraded: ["Failing over", "Cluster cannot proceed to reconciliation due to an unknown plugin being required", "Cluster cannot proceed to reconciliation due to an error while interacting with plugins",
      "Cluster has incomplete or invalid image catalog", "Cluster is unrecoverable and needs manual intervention", "Unable to create required cluster objects",
      "Cluster cannot execute instance online upgrade due to missing architecture binary", "Not enough disk space"],
    Suspended: ["Waiting for user action", "Cluster upgrade delayed"],
  },
  other: "Progressing",
  message: ["status.phaseReason"],
  say: (word) => word === "Cluster in healthy state" ? "" : word,
});

const job = reported(byPhase({
  at: ["status.phase"],
  words: { Healthy: ["completed"], Degraded: ["failed", "walArchivingFailing"], Progressing: ["new", "pending", "started", "running", "finalizing"] },
  message: ["status.error"],
}));

export const cnpg: RuleTable = {
  "postgresql.cnpg.io/Cluster": firstOf(hibernated, reported(phase)),
  "postgresql.cnpg.io/Backup": job,
  "postgresql.cnpg.io/Pooler": usualHealth,
  "postgresql.cnpg.io/ScheduledBackup": () => undefined,
};
