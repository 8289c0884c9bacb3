import { byPhase } from "../families/phase.ts";
import { firstOf, reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

/** `Unavailable` is a fault of a place that should be there, not a step on the way. */
export const velero: RuleTable = {
  "velero.io/BackupStorageLocation": reported(
    byPhase({
      at: ["status.phase"],
      words: { Healthy: ["Available"], Degraded: ["Unavailable"] },
      message: ["status.message"],
    }),
  ),
  "velero.io/VolumeSnapshotLocation": firstOf(
    byPhase({ at: ["status.phase"], words: { Healthy: ["Available"], Degraded: ["Unavailable"] } }),
  ),
};
