import { isMapping } from "../../../lib/is-mapping.ts";
import { cite, conditionsOf, findCondition, isTrue } from "../conditions.ts";
import { listAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

/** Karmada's bindings: applied everywhere, and what the member clusters think of the object. */
const bindingHealth: HealthRule = (object) => {
  const applied = findCondition(conditionsOf(object), "FullyApplied");
  const members = listAt(object, "status", "aggregatedStatus").filter(isMapping);
  const sick = members
    .filter((member) => textAt(member, "health") === "Unhealthy")
    .map((member) => textAt(member, "clusterName"));
  if (sick.length > 0)
    return degraded("status.aggregatedStatus has health Unhealthy", `Unhealthy on ${sick.join(", ")}`);
  if (applied === undefined || !isTrue(applied) || members.length === 0) {
    return progressing(
      applied === undefined ? "no condition FullyApplied" : cite(applied),
      applied === undefined || isTrue(applied)
        ? "Waiting for the member clusters to report"
        : applied.message,
    );
  }
  const waiting = members.find((member) => textAt(member, "applied") === "false");
  if (waiting !== undefined)
    return progressing(
      "status.aggregatedStatus has applied false",
      `Not applied on ${textAt(waiting, "clusterName")}`,
    );
  return healthy("condition FullyApplied is True and no member is unhealthy");
};

export const karmada: RuleTable = {
  "work.karmada.io/ResourceBinding": bindingHealth,
  "work.karmada.io/ClusterResourceBinding": bindingHealth,
};
