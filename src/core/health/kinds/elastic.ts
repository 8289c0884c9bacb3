import { elasticHealth } from "../families/elastic.ts";
import { textAt } from "../read.ts";
import { type HealthRule, progressing, type RuleTable } from "../verdict.ts";

/** Logstash reports no counts before its first health. */
const logstash: HealthRule = (object) =>
  textAt(object, "status", "health") === ""
    ? progressing("no status.health", "Waiting for Logstash to report its health")
    : elasticHealth(object);

export const elastic: RuleTable = {
  ...Object.fromEntries(
    ["beat", "elasticsearch", "kibana", "apm", "enterprisesearch", "agent", "maps"].map((name, at) => [
      `${name}.k8s.elastic.co/${["Beat", "Elasticsearch", "Kibana", "ApmServer", "EnterpriseSearch", "Agent", "ElasticMapsServer"][at]}`,
      elasticHealth,
    ]),
  ),
  "logstash.k8s.elastic.co/Logstash": logstash,
};
