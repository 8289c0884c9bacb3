/**
 * Kinds whose controllers always report, in the ways that most kinds share: silence means "not looked at yet".
 * A kind needs no more than its line here.
 */
const lists: Readonly<Record<string, string>> = {
  "acme.cert-manager.io": "Order Challenge",
  "awx.ansible.com": "AWX AWXBackup AWXRestore",
  "bitnami.com": "SealedSecret",
  "certmanager.k8s.io": "Certificate Issuer ClusterIssuer",
  "cert-manager.io": "Certificate Issuer ClusterIssuer CertificateRequest",
  "clickhouse-keeper.altinity.com": "ClickHouseKeeperInstallation",
  "clickhouse.altinity.com": "ClickHouseInstallation",
  "coralogix.com":
    "Alert AlertScheduler ApiKey ArchiveLogsTarget ArchiveMetricsTarget CustomRole Dashboard DashboardsFolder Events2Metric GlobalRouter Group Integration OutboundWebhook Preset RecordingRuleGroupSet RuleGroup SLO Scope TCOLogsPolicies TCOTracesPolicies ViewFolder View",
  "core.humio.com":
    "HumioAction HumioAggregateAlert HumioAlert HumioBootstrapToken HumioCluster HumioExternalCluster HumioFilterAlert HumioIngestToken HumioParser HumioRepository HumioScheduledSearch HumioView",
  "datadoghq.com": "DatadogMetric DatadogSLO DatadogDashboard DatadogGenericResource",
  "external-secrets.io":
    "ExternalSecret ClusterExternalSecret SecretStore ClusterSecretStore PushSecret ClusterPushSecret",
  "jaegertracing.io": "Jaeger",
  "k8s.keycloak.org": "Keycloak KeycloakRealmImport",
  "k8s.mariadb.com": "Connection Database Grant MariaDB MaxScale User ExternalMariaDB",
  "kafka.strimzi.io":
    "Kafka KafkaBridge KafkaConnect KafkaConnector KafkaMirrorMaker KafkaMirrorMaker2 KafkaTopic KafkaUser",
  "karpenter.sh": "NodeClaim NodePool",
  "kiali.io": "Kiali",
  "kyverno.io": "Policy ClusterPolicy",
  "lifecycle.keptn.sh":
    "KeptnAppVersion KeptnEvaluation KeptnTask KeptnWorkloadInstance KeptnWorkloadVersion",
  "mariadb.mmontes.io": "Connection Database Grant MariaDB User",
  "mongodb.com": "MongoDB MongoDBOpsManager MongoDBUser",
  "mongodbcommunity.mongodb.com": "MongoDBCommunity",
  "objectbucket.io": "ObjectBucket ObjectBucketClaim",
  "openfaas.com": "Function",
  "platform.confluent.io":
    "Connect ControlCenter Kafka KafkaRestProxy KRaftController KsqlDB SchemaRegistry Zookeeper ClusterLink KafkaTopic KafkaRestClass Schema ConfluentRolebinding",
  "ray.io": "RayCluster RayJob RayService",
  "serving.kserve.io": "InferenceGraph TrainedModel",
  "services.cloud.sap.com": "ServiceBinding ServiceInstance",
  "trident.netapp.io": "TridentOrchestrator",
  "velero.io": "Backup Restore",
};

export const reportingKinds: readonly string[] = Object.entries(lists).flatMap(([group, kinds]) =>
  kinds
    .split(" ")
    .filter((kind) => kind !== "")
    .map((kind) => `${group}/${kind}`),
);
