import { cite, conditionsOf, tell } from "../conditions.ts";
import { reported } from "../families/reported.ts";
import { numberAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

const solr: HealthRule = (object) => {
  const wanted = numberAt(object, "spec", "replicas") ?? 3;
  const [ready, updated] = [
    numberAt(object, "status", "readyReplicas"),
    numberAt(object, "status", "upToDateNodes"),
  ];
  if (ready === undefined && updated === undefined) return undefined;
  if ((ready ?? 0) < wanted)
    return progressing("status.readyReplicas < spec.replicas", `${ready ?? 0} of ${wanted} nodes are ready`);
  return (updated ?? wanted) < wanted
    ? progressing("status.upToDateNodes < spec.replicas", `${updated} of ${wanted} nodes are up to date`)
    : healthy("every node is ready and up to date", `${ready} of ${wanted} nodes are ready`);
};

/** Pravega's ZooKeeper operator. */
const zookeeper: HealthRule = (object) => {
  const failing = conditionsOf(object).find(({ type, status }) => type === "Error" && status === "True");
  if (failing !== undefined) return degraded(cite(failing), tell(failing));
  const wanted = numberAt(object, "spec", "replicas") ?? numberAt(object, "status", "replicas") ?? 3;
  const ready = numberAt(object, "status", "readyReplicas");
  if (ready === undefined) return undefined;
  if (ready < wanted || ready === 0)
    return progressing(
      "status.readyReplicas < spec.replicas",
      `${ready} of ${wanted} members have joined the ensemble`,
    );
  return healthy("every member is ready", `${ready} of ${wanted} members are ready`);
};

export const apache: RuleTable = {
  "solr.apache.org/SolrCloud": reported(solr),
  "zookeeper.pravega.io/ZookeeperCluster": reported(zookeeper),
};
