import { cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { byPhase } from "../families/phase.ts";
import { firstOf, reported } from "../families/reported.ts";
import { at, numberAt, textAt } from "../read.ts";
import {
  degraded,
  everyKind,
  type HealthRule,
  healthy,
  progressing,
  type RuleTable,
  suspended,
} from "../verdict.ts";

const hibernated: HealthRule = (object) => {
  if (object.metadata.annotations?.["cnpg.io/hibernation"] === "on")
    return suspended("annotation cnpg.io/hibernation is on", "Hibernated");
  const condition = findCondition(conditionsOf(object), "cnpg.io/hibernation");
  return condition !== undefined && isTrue(condition)
    ? suspended(cite(condition), tell(condition))
    : undefined;
};

/** CloudNativePG names its phase by a sentence. */
const phase = byPhase({
  at: ["status.phase"],
  words: {
    Healthy: ["Cluster in healthy state"],
    Degraded: [
      "Failing over",
      "Cluster cannot proceed to reconciliation due to an unknown plugin being required",
      "Cluster cannot proceed to reconciliation due to an error while interacting with plugins",
      "Cluster has incomplete or invalid image catalog",
      "Cluster is unrecoverable and needs manual intervention",
      "Unable to create required cluster objects",
      "Cluster cannot execute instance online upgrade due to missing architecture binary",
      "Not enough disk space",
    ],
    Suspended: ["Waiting for user action", "Cluster upgrade delayed"],
  },
  other: "Progressing",
  message: ["status.phaseReason"],
  say: (word) => (word === "Cluster in healthy state" ? "" : word),
});

const job = reported(
  byPhase({
    at: ["status.phase"],
    words: {
      Healthy: ["completed"],
      Degraded: ["failed", "walArchivingFailing"],
      Progressing: ["new", "pending", "started", "running", "finalizing"],
    },
    message: ["status.error"],
  }),
);

const pooler: HealthRule = (object) => {
  const [wanted, existing] = [
    numberAt(object, "spec", "instances") ?? 1,
    numberAt(object, "status", "instances"),
  ];
  if (existing === undefined) return undefined;
  return existing < wanted
    ? progressing("status.instances < spec.instances", `${existing} of ${wanted} instances exist`)
    : healthy("every instance exists", `${existing} of ${wanted} instances exist`);
};

/** Things inside PostgreSQL: made there, or not and why. */
const applied: HealthRule = (object) => {
  const flag = at(object, "status", "applied");
  if (flag === true) return healthy("status.applied is true", textAt(object, "status", "message"));
  return flag === false
    ? degraded("status.applied is false", textAt(object, "status", "message") || "PostgreSQL refused it")
    : undefined;
};

export const cnpg: RuleTable = {
  "postgresql.cnpg.io/Cluster": firstOf(hibernated, reported(phase)),
  "postgresql.cnpg.io/Backup": job,
  "postgresql.cnpg.io/Pooler": reported(pooler),
  ...everyKind("postgresql.cnpg.io", "Database Publication Subscription", reported(applied)),
  "postgresql.cnpg.io/ScheduledBackup": () => undefined,
};
