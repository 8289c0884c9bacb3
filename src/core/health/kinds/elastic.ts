import { elasticHealth } from "../families/elastic.ts";
import { textAt } from "../read.ts";
import { type HealthRule, progressing, type RuleTable } from "../verdict.ts";

/** Logstash reports no counts before its first health. */
const logstash: HealthRule = (object) =>
  textAt(object, "status", "health") === ""
    ? progressing("no status.health", "Waiting for Logstash to report its health")
    : elasticHealth(object);

export const elastic: RuleTable = {
  "beat.k8s.elastic.co/Beat": elasticHealth,
  "elasticsearch.k8s.elastic.co/Elasticsearch": elasticHealth,
  "kibana.k8s.elastic.co/Kibana": elasticHealth,
  "apm.k8s.elastic.co/ApmServer": elasticHealth,
  "enterprisesearch.k8s.elastic.co/EnterpriseSearch": elasticHealth,
  "agent.k8s.elastic.co/Agent": elasticHealth,
  "maps.k8s.elastic.co/ElasticMapsServer": elasticHealth,
  "logstash.k8s.elastic.co/Logstash": logstash,
};
