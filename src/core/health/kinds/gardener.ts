import type { HealthStatus } from "../../model/health.ts";
import { conditionHealth } from "../families/conventions.ts";
import { byPhase } from "../families/phase.ts";
import { firstOf, reported } from "../families/reported.ts";
import type { HealthRule, RuleTable } from "../verdict.ts";

const states: Readonly<Record<string, HealthStatus>> = {
  healthy: "Healthy",
  progressing: "Progressing",
  unhealthy: "Degraded",
  unknown: "Unknown",
};

const operation = byPhase({
  at: ["status.lastOperation.state"],
  words: { Progressing: ["Processing", "Pending"], Degraded: ["Error", "Failed", "Aborted"] },
  message: ["status.lastOperation.description"],
});
const unfinished: HealthRule = (object) => {
  const verdict = operation(object);
  return verdict?.status === "Healthy" ? undefined : verdict;
};
const operated = firstOf(unfinished, conditionHealth, operation);

/** Gardener sums up in a label what conditions and the last operation say; within minutes of a change they differ. */
const shoot: HealthRule = (object) => {
  const word = object.metadata.labels?.["shoot.gardener.cloud/status"] ?? "";
  const status = states[word];
  const said = operated(object);
  if (status === undefined) return said;
  return {
    status,
    message: said?.status === status && said.message !== "" ? said.message : `The cluster is ${word}`,
    because: `label shoot.gardener.cloud/status is ${word}`,
  };
};

export const gardener: RuleTable = {
  "core.gardener.cloud/Shoot": reported(shoot),
  "core.gardener.cloud/Seed": reported(operated),
  "core.gardener.cloud/BackupBucket": reported(operated),
  "core.gardener.cloud/BackupEntry": reported(operated),
  "seedmanagement.gardener.cloud/ManagedSeed": reported(operated),
};
