import { cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { byConditions } from "../families/by-conditions.ts";
import { ifReported, reported } from "../families/reported.ts";
import {
  degraded,
  everyKind,
  type HealthRule,
  healthy,
  progressing,
  type RuleTable,
  unknown,
} from "../verdict.ts";

/** The topology operator's kinds. */
const topology = ifReported(byConditions({ good: ["Ready"] }), (object) =>
  object["status"] === undefined || object["status"] === null
    ? progressing("no status", `Waiting for the operator to report on this ${object.kind}`)
    : unknown("no condition Ready", `The operator says nothing about this ${object.kind}`),
);

const cluster: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  const reconciled = findCondition(conditions, "ReconcileSuccess");
  if (reconciled?.status === "False") return degraded(cite(reconciled), tell(reconciled));
  const parts = ["ClusterAvailable", "AllReplicasReady"].map((type) => findCondition(conditions, type));
  if (parts.every((part) => part === undefined)) return undefined;
  const short = parts.find((part) => part === undefined || !isTrue(part));
  if (parts.includes(undefined) || short !== undefined)
    return progressing(
      short === undefined ? "a condition is absent" : cite(short),
      short === undefined ? "Waiting for the cluster to form" : tell(short),
    );
  const warnings = findCondition(conditions, "NoWarnings");
  return healthy(
    "conditions ClusterAvailable and AllReplicasReady are True",
    warnings?.status === "False" ? `Warning: ${tell(warnings)}` : "",
  );
};

const kinds =
  "Binding Exchange Federation OperatorPolicy Permission Policy Queue SchemaReplication Shovel SuperStream TopicPermission User Vhost";

export const rabbitmq: RuleTable = {
  ...everyKind("rabbitmq.com", kinds, topology),
  "rabbitmq.com/RabbitmqCluster": reported(cluster),
};
