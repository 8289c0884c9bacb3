import { childHealth } from "../families/children.ts";
import { conventionHealth } from "../families/conventions.ts";
import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import { join, textAt } from "../read.ts";
import { everyKind, type HealthRule, healthy, type RuleTable } from "../verdict.ts";

const druid = byPhase({
  at: ["status.druidNodeStatus.druidNodeConditionType"],
  words: {
    Healthy: ["DruidClusterReady"],
    Degraded: ["DruidNodeErrorState"],
    Progressing: ["DruidNodeRollingUpdate", "DruidNodePodNotReady"],
  },
  message: ["status.druidNodeStatus.reason"],
});

/** Google's certificates: a failed check of a domain is tried again and again, until somebody mends the DNS. */
const certificate = byPhase({
  at: ["status.certificateStatus"],
  words: { Healthy: ["Active"], Progressing: ["Provisioning"] },
  other: "Degraded",
});

const istio = byPhase({
  at: ["status.status"],
  words: {
    Healthy: ["HEALTHY"],
    Progressing: ["NONE", "UPDATING", "RECONCILING"],
    Degraded: ["ERROR", "ACTION_REQUIRED"],
  },
  message: ["status.message"],
});

const role = byPhase({
  at: ["status.state"],
  words: {
    Healthy: ["Ready"],
    Progressing: ["CreateInProgress", "DeleteInprogress"],
    Degraded: [
      "Error",
      "PolicyNotAllowed",
      "RolesMaxLimitReached",
      "RoleNameNotAvailable",
      "CreateError",
      "DeleteError",
    ],
  },
  say: (word, object) => join([word, textAt(object, "status", "errorDescription")]),
});

/** Nobody can say how robust a volume is that no Pod uses. */
const detached: HealthRule = (object) =>
  textAt(object, "status", "state") === "detached"
    ? healthy("status.state is detached", "Not attached to any node")
    : undefined;
const robustness = byPhase({
  at: ["status.robustness"],
  words: { Healthy: ["healthy"], Degraded: ["degraded", "faulted"], Progressing: ["unknown"] },
  say: (word) => `The volume is ${word}`,
});

/** NGINX Ingress Controller: taken, taken with a complaint, or refused. */
const nginx = byPhase({
  at: ["status.state"],
  words: { Healthy: ["Valid"], Degraded: ["Warning", "Invalid"] },
  message: ["status.message", "status.reason"],
});

/** Pulumi's operators before 2.0 wrote no conditions: the last update's state is all there is. */
const lastUpdate = byPhase({ at: ["status.lastUpdate.state"], message: ["status.lastUpdate.message"] });

/** Velero: `Unavailable` is a fault of a place that should be there, not a step on the way. */
const location = { Healthy: ["Available"], Degraded: ["Unavailable"] };

const postgresql = byPhase({
  at: ["status.PostgresClusterStatus"],
  words: {
    Healthy: ["Running"],
    Progressing: ["Creating", "Updating"],
    Degraded: ["CreateFailed", "UpdateFailed", "SyncFailed", "DeleteFailed", "Invalid"],
  },
});

/** Kinds whose state is one word of their own in one field. */
export const phaseKinds: RuleTable = {
  "druid.apache.org/Druid": reported(druid),
  "networking.gke.io/ManagedCertificate": reported(childHealth, certificate),
  "install.istio.io/IstioOperator": reported(istio),
  "iammanager.keikoproj.io/Iamrole": reported(role),
  "longhorn.io/Volume": reported(detached, robustness),
  "cr.kanister.io/ActionSet": reported(
    byPhase({ at: ["status.state"], words: { Progressing: ["running"] }, message: ["status.error.message"] }),
  ),
  ...everyKind("k8s.nginx.org", "VirtualServer VirtualServerRoute TransportServer Policy", reported(nginx)),
  "pulumi.com/Stack": reported(conventionHealth, lastUpdate),
  "velero.io/BackupStorageLocation": reported(
    byPhase({ at: ["status.phase"], words: location, message: ["status.message"] }),
  ),
  "velero.io/VolumeSnapshotLocation": byPhase({ at: ["status.phase"], words: location }),
  "acid.zalan.do/postgresql": reported(postgresql),
};
