import { cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { clusterApiHealth } from "../families/cluster-api.ts";
import { conditionHealth } from "../families/conventions.ts";
import { reported } from "../families/reported.ts";
import { numberAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

/** It watches machines: its state is theirs. */
const healthCheck: HealthRule = (object) => {
  const [wanted, good] = [
    numberAt(object, "status", "expectedMachines"),
    numberAt(object, "status", "currentHealthy"),
  ];
  const allowed = findCondition(conditionsOf(object), "RemediationAllowed");
  if (allowed?.status === "False") return degraded(cite(allowed), tell(allowed));
  if (wanted === undefined) return undefined;
  return (good ?? 0) < wanted
    ? degraded(
        "status.currentHealthy < status.expectedMachines",
        `${good ?? 0} of ${wanted} machines are healthy`,
      )
    : healthy("every expected machine is healthy", `${wanted} machines are healthy`);
};

/** Provisioned is a cluster's aim; a machine becomes a node after it. */
const machine: HealthRule = (object) => {
  const verdict = clusterApiHealth(object);
  return verdict?.status === "Healthy" && textAt(object, "status", "phase") === "Provisioned"
    ? progressing("status.phase is Provisioned", "Waiting for the machine to become a node")
    : verdict;
};

/** An external autoscaler is at work all day: what the pool's conditions say counts. */
const pool: HealthRule = (object) => {
  const ready = findCondition(conditionsOf(object), "Ready");
  const scaling = textAt(object, "status", "phase") === "Scaling";
  if (!scaling || ready === undefined || !isTrue(ready)) return machine(object);
  const verdict = conditionHealth(object);
  return verdict?.status === "Healthy"
    ? healthy(`status.phase is Scaling, ${cite(ready)}`, "An external autoscaler scales the pool")
    : verdict;
};

export const clusterApi: RuleTable = {
  "cluster.x-k8s.io/Machine": machine,
  "machine.openshift.io/Machine": reported(machine),
  "cluster.x-k8s.io/MachinePool": reported(pool),
  "cluster.x-k8s.io/MachineHealthCheck": reported(healthCheck),
};
