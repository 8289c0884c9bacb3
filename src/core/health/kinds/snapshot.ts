import { reported } from "../families/reported.ts";
import { at, textAt } from "../read.ts";
import { degraded, everyKind, type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

const snapshotHealth: HealthRule = (object) => {
  const error = textAt(object, "status", "error", "message");
  if (at(object, "status", "readyToUse") === true)
    return healthy("status.readyToUse is true", "Ready to use");
  if (error !== "") return degraded("status.error is set", error);
  return at(object, "status", "readyToUse") === false
    ? progressing("status.readyToUse is false", "Waiting for the snapshot to become usable")
    : undefined;
};

export const snapshot: RuleTable = {
  ...everyKind("snapshot.storage.k8s.io", "VolumeSnapshot VolumeSnapshotContent", reported(snapshotHealth)),
  "groupsnapshot.storage.k8s.io/VolumeGroupSnapshot": reported(snapshotHealth),
};
