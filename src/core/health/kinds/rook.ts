import { isMapping } from "../../../lib/is-mapping.ts";
import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import { count, fieldsAt, join, numberAt, textAt } from "../read.ts";
import { degraded, everyKind, type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

/** What Ceph itself says comes first; the operator's phase tells how far it is. */
const cephCluster: HealthRule = (object) => {
  const ceph = textAt(object, "status", "ceph", "health");
  const state = textAt(object, "status", "state");
  const phase = textAt(object, "status", "phase");
  const say = join([ceph, details(object), textAt(object, "status", "message")], " - ");
  if (ceph === "HEALTH_ERR" || /^(Error|Failure)$/.test(state) || phase === "Failure")
    return degraded(`Ceph says ${ceph || "nothing"}, status.phase is ${phase || "absent"}`, say);
  if (phase !== "" && phase !== "Ready" && phase !== "Connected")
    return progressing(`status.phase is ${phase}`, say || phase);
  if (state !== "" && state !== "Created" && state !== "Connected" && state !== "Updated")
    return progressing(`status.state is ${state}`, say || state);
  if (ceph === "HEALTH_OK") return healthy("status.ceph.health is HEALTH_OK", say);
  if (ceph === "HEALTH_WARN") return degraded("status.ceph.health is HEALTH_WARN", say);
  return undefined;
};

/** The checks that Ceph complains about. */
const details = (object: unknown): string =>
  Object.values(fieldsAt(object, "status", "ceph", "details") ?? {})
    .map((check) => textAt(check, "message"))
    .filter((text) => text !== "")
    .join("; ");

const store = byPhase({
  at: ["status.phase"],
  words: {
    Healthy: ["Ready", "Connected", "Created"],
    Degraded: ["Failure", "Failed", "ReconcileFailed", "Error"],
    Progressing: ["Progressing", "Connecting", "Deleting", "Updating"],
  },
  message: ["status.message"],
  say: (word, object) =>
    join(
      [
        word,
        textAt(object, "status", "info", "endpoint") || textAt(object, "status", "info", "secureEndpoint"),
      ],
      ", endpoint ",
    ),
});

const cassandra: HealthRule = (object) => {
  const racks = Object.entries(fieldsAt(object, "status", "racks") ?? {}).filter(([, rack]) =>
    isMapping(rack),
  );
  if (racks.length === 0) return undefined;
  const short = racks.find(
    ([, rack]) => (numberAt(rack, "readyMembers") ?? 0) < (numberAt(rack, "members") ?? 0),
  );
  if (short !== undefined)
    return progressing(
      "readyMembers < members",
      `Rack ${short[0]}: ${numberAt(short[1], "readyMembers") ?? 0} of ${numberAt(short[1], "members") ?? 0} members are ready`,
    );
  return healthy("every rack's members are ready", `${count(racks.length, "rack")} ready`);
};

export const rook: RuleTable = {
  "ceph.rook.io/CephCluster": reported(cephCluster),
  ...everyKind(
    "ceph.rook.io",
    "CephBlockPool CephBucketNotification CephClient CephFilesystem CephFilesystemMirror CephFilesystemSubVolumeGroup CephNFS CephObjectRealm CephObjectStore CephObjectStoreUser CephObjectZone CephObjectZoneGroup CephRBDMirror CephBlockPoolRadosNamespace",
    reported(store),
  ),
  "cassandra.rook.io/Cluster": reported(cassandra),
};
