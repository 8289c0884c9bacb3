import { cite, conditionsOf, findCondition, tell } from "../conditions.ts";
import { byConditions } from "../families/by-conditions.ts";
import { conventionHealth } from "../families/conventions.ts";
import { ifReported, reported } from "../families/reported.ts";
import { at, fieldsAt, textAt } from "../read.ts";
import { degraded, everyKind, type HealthRule, healthy, type RuleTable } from "../verdict.ts";

/** The reason of Ready False is the step at which it failed, but for those that only say that it is not there yet. */
const atlas = byConditions({
  good: ["Ready"],
  vocabulary: "ignored",
  reasons: { Progressing: ["Reconciling", "GettingDevDB"], Suspended: ["ApprovalPending"] },
});

/** A cluster is there when it is well formed; stopping it gracefully takes it down on purpose. */
const infinispan = byConditions({
  good: ["WellFormed"],
  held: ["GracefulShutdown"],
  busy: ["Upgrade"],
  no: "Progressing",
});

/** Beside the conflict, the pool's conditions are counts: their status is Unknown for good. */
const addressPool = ifReported(byConditions({ good: [], bad: ["cilium.io/PoolConflict"] }), (object) =>
  conditionsOf(object).length === 0
    ? undefined
    : healthy("condition cilium.io/PoolConflict is not True", "No conflict with another pool"),
);

/** Karpenter's pools and node classes are Ready or misconfigured; a claim is on its way to a node. */
const nodePool = byConditions({ good: ["Ready"], reasons: { Degraded: ["NotReady"] } });
/** Before 1.0 they wrote what they had found, and no condition for good. */
const foundOnly: HealthRule = (object) =>
  /\/v1beta1$/.test(object.apiVersion) && Object.keys(fieldsAt(object, "status") ?? {}).length > 0
    ? healthy("the status lists what was found; v1beta1 may have no conditions")
    : undefined;
const nodeClaim = byConditions({
  good: ["Ready"],
  reasons: { Progressing: ["UnhealthyDependents", "ReconcilingDependents"] },
});
/** A claim that was a node and is not ready any more has lost it. */
const lostNode: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  const [ready, initialized] = ["Ready", "Initialized"].map((type) => findCondition(conditions, type));
  return ready?.status === "False" && initialized?.status === "True"
    ? degraded(`${cite(ready)}, ${cite(initialized)}`, tell(ready))
    : undefined;
};

/** KEDA's Fallback: a trigger cannot be asked, and a fixed number of replicas stands in. */
const scaled = byConditions({ good: ["Ready"], bad: ["Fallback"], held: ["Paused"] });

const keycloak = byConditions({
  good: ["Ready"],
  bad: ["HasErrors"],
  busy: ["RollingUpdate"],
  no: "Progressing",
});
/** The older operator stays in the phase "reconciling" for good; ready tells. */
const readyWhileReconciling: HealthRule = (object) =>
  textAt(object, "status", "phase") === "reconciling" && at(object, "status", "ready") === true
    ? healthy("status.phase is reconciling, status.ready is true")
    : undefined;
const realmImport = byConditions({
  good: ["Done"],
  bad: ["HasErrors"],
  busy: ["Started"],
  no: "Progressing",
});

/** MariaDB's one-off jobs, and scheduled ones: between two runs those are as well as a CronJob is. */
const mariadbJob = byConditions({
  good: ["Complete"],
  no: "Progressing",
  reasons: {
    Healthy: ["CronJobScheduled", "CronJobSuccess"],
    Degraded: ["JobFailed", "CronJobFailed"],
    Progressing: ["JobNotComplete", "CronJobRunning", "JobRunning"],
  },
});
const mariadbJobs = "Backup Restore SqlJob PhysicalBackup";

/** prometheus-operator: Available (which may say Degraded in place of True) and Reconciled. */
const prometheus = byConditions({ good: ["Available", "Reconciled"], needs: "any" });

/** Kinds whose conditions alone tell how they are; what their types and reasons mean is all that differs. */
export const conditionKinds: RuleTable = {
  ...everyKind("db.atlasgo.io", "AtlasSchema AtlasMigration", reported(atlas)),
  "bitnami.com/SealedSecret": reported(byConditions({ good: ["Synced"] })),
  "cilium.io/CiliumLoadBalancerIPPool": addressPool,
  "helm.cattle.io/HelmChart": reported(byConditions({ good: ["JobCreated"], bad: ["Failed"] })),
  "infinispan.org/Infinispan": reported(infinispan),
  "karpenter.k8s.aws/EC2NodeClass": reported(nodePool, foundOnly),
  "karpenter.azure.com/AKSNodeClass": reported(nodePool),
  "karpenter.sh/NodePool": reported(nodePool, foundOnly),
  "karpenter.sh/NodeClaim": reported(lostNode, nodeClaim),
  ...everyKind("keda.sh", "ScaledObject ScaledJob", reported(scaled)),
  "k8s.keycloak.org/Keycloak": reported(keycloak),
  "k8s.keycloak.org/KeycloakRealmImport": reported(realmImport),
  ...everyKind(
    "keycloak.org",
    "Keycloak KeycloakRealm KeycloakClient KeycloakUser KeycloakBackup",
    reported(readyWhileReconciling, conventionHealth),
  ),
  // A queue takes work or does not; why not is the reason.
  ...everyKind(
    "kueue.x-k8s.io",
    "ClusterQueue LocalQueue AdmissionCheck",
    reported(byConditions({ good: ["Active"] })),
  ),
  ...everyKind("k8s.mariadb.com", mariadbJobs, reported(mariadbJob)),
  ...everyKind("mariadb.mmontes.io", mariadbJobs, reported(mariadbJob)),
  // The group's other kinds are configuration without a state.
  ...everyKind(
    "monitoring.coreos.com",
    "Alertmanager Prometheus PrometheusAgent ThanosRuler",
    reported(prometheus),
  ),
  // Ready is False only where the item could not be read.
  "onepassword.com/OnePasswordItem": reported(byConditions({ good: ["Ready"] })),
  // SpinKube's Progressing says True only while it rolls out, unlike a Deployment's.
  "core.spinkube.dev/SpinApp": reported(byConditions({ good: ["Available"], busy: ["Progressing"] })),
};
