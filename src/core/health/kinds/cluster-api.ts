import { cite, conditionsOf, findCondition, tell } from "../conditions.ts";
import { numberAt } from "../read.ts";
import { reported } from "../families/reported.ts";
import { degraded, healthy, type HealthRule, type RuleTable } from "../verdict.ts";

/** It watches machines: its state is theirs. */
const healthCheck: HealthRule = (object) => {
  const [wanted, good] = [numberAt(object, "status", "expectedMachines"), numberAt(object, "status", "currentHealthy")];
  const allowed = findCondition(conditionsOf(object), "RemediationAllowed");
  if (allowed?.status === "False") return degraded(cite(allowed), tell(allowed));
  if (wanted === undefined) return undefined;
  return (good ?? 0) < wanted ? degraded("status.currentHealthy < status.expectedMachines", `${good ?? 0} of ${wanted} machines are healthy`)
    : healthy("every expected machine is healthy", `${wanted} machines are healthy`);
};

export const clusterApi: RuleTable = { "cluster.x-k8s.io/MachineHealthCheck": reported(healthCheck) };
