import { cite, conditionsOf, isTrue } from "../conditions.ts";
import { byConditions } from "../families/by-conditions.ts";
import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import { at, count, fieldsAt, join, listAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable, type Verdict } from "../verdict.ts";

/** Strimzi's rebalances: the one True condition names the step; a proposal waits for a person's approval. */
const rebalance = byConditions({
  good: ["Ready", "ProposalReady", "Rebalancing", "PendingProposal", "New"],
  needs: "first",
  bad: ["NotReady"],
  held: ["Stopped", "ReconciliationPaused"],
});
const rebalanceHealth: HealthRule = (object) => {
  const step = conditionsOf(object).find(
    (condition) =>
      isTrue(condition) && /^(ProposalReady|Rebalancing|PendingProposal|New)$/.test(condition.type),
  );
  if (step === undefined) return rebalance(object);
  return step.type === "ProposalReady"
    ? {
        status: "Suspended",
        message: "The proposal is ready; approve it with annotation strimzi.io/rebalance=approve",
        because: cite(step),
      }
    : progressing(cite(step), step.message || step.type);
};

/** Why a connector or one of its tasks failed, which can be Ready all the same. */
function failedConnector(connector: unknown, path: string): Verdict | undefined {
  const parts = [at(connector, "connector"), ...listAt(connector, "tasks")];
  const index = parts.findIndex((part) => textAt(part, "state") === "FAILED");
  if (index < 0) return undefined;
  const [name, part] = [
    textAt(connector, "name"),
    index === 0 ? "the connector" : `task ${textAt(parts[index], "id") || index - 1}`,
  ];
  const why = textAt(parts[index], "trace").split("\n")[0] ?? "";
  return degraded(
    `${path}: ${part} is FAILED`,
    join([name === "" ? `${part} failed` : `${name}: ${part} failed`, why]),
  );
}
const connectorTasks: HealthRule = (object) =>
  failedConnector(at(object, "status", "connectorStatus"), "status.connectorStatus");
const mirrorConnectors: HealthRule = (object) => {
  for (const connector of listAt(object, "status", "connectors")) {
    const verdict = failedConnector(connector, `status.connectors ${textAt(connector, "name")}`);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
};
const conditions = byConditions({
  good: ["Ready"],
  bad: ["NotReady"],
  held: ["ReconciliationPaused"],
  no: "Degraded",
});

/** Koperator: the brokers' state and that of Cruise Control's topic. */
const koperator: HealthRule = (object) => {
  const verdict = koperatorState(object);
  const topic = textAt(object, "status", "cruiseControlTopicStatus");
  if (verdict?.status !== "Healthy") return verdict;
  if (topic !== "" && topic !== "CruiseControlTopicReady")
    return progressing(`status.cruiseControlTopicStatus is ${topic}`, `Cruise Control: ${topic}`);
  return brokers(object) ?? verdict;
};

/** Under a cluster that runs: brokers whose configuration was not taken, or whose last move failed. */
const brokers: HealthRule = (object) => {
  for (const [id, broker] of Object.entries(fieldsAt(object, "status", "brokersState") ?? {})) {
    const [configuration, move] = [
      textAt(broker, "configurationState"),
      textAt(broker, "gracefulActionState", "cruiseControlState"),
    ];
    if (configuration === "ConfigOutOfSync")
      return degraded(
        `status.brokersState.${id}.configurationState is ${configuration}`,
        `Broker ${id} does not run its newest configuration`,
      );
    if (/(Failed|Error)$/.test(move))
      return degraded(
        `status.brokersState.${id}.gracefulActionState.cruiseControlState is ${move}`,
        `Broker ${id}: ${join([move, textAt(broker, "gracefulActionState", "errorMessage")])}`,
      );
  }
  return undefined;
};
const koperatorState = byPhase({
  at: ["status.state"],
  words: { Healthy: ["ClusterRunning"], Progressing: ["ClusterReconciling", "ClusterRollingUpgrading"] },
  message: ["status.message"],
});

/** Its brokers' Pods are the Kafka object's matter; that it has node ids says that it was taken up. */
const nodePool: HealthRule = (object) => {
  const nodes = listAt(object, "status", "nodeIds").length;
  return at(object, "status", "nodeIds") === undefined
    ? undefined
    : healthy("status.nodeIds is set", count(nodes, "node"));
};

export const kafka: RuleTable = {
  "kafka.strimzi.io/KafkaNodePool": reported(conditionsBad, nodePool),
  "kafka.strimzi.io/KafkaRebalance": reported(rebalanceHealth),
  "kafka.strimzi.io/KafkaConnector": reported(conditionsBad, connectorTasks, conditions),
  "kafka.strimzi.io/KafkaMirrorMaker2": reported(conditionsBad, mirrorConnectors, conditions),
  "kafka.banzaicloud.io/KafkaCluster": reported(koperator),
};

function conditionsBad(object: Parameters<HealthRule>[0]): ReturnType<HealthRule> {
  const verdict = conditions(object);
  return verdict?.status === "Healthy" ? undefined : verdict;
}
