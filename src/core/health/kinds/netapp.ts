import { byConditions } from "../families/by-conditions.ts";
import { conditionHealth } from "../families/conventions.ts";
import { errorHealth } from "../families/flags.ts";
import { byPhase } from "../families/phase.ts";
import { firstOf, reported } from "../families/reported.ts";
import { at, textAt } from "../read.ts";
import { type HealthRule, healthy, type RuleTable, suspended } from "../verdict.ts";

/** Backups, snapshots and their parts: jobs with a state; an error's text stands beside it. */
const job = reported(
  firstOf(
    byPhase({
      at: ["status.state"],
      words: {
        Progressing: ["Running", "Pending", "New"],
        Healthy: ["Completed", "Available", "Ready", "Exists"],
      },
      message: ["status.error"],
    }),
    errorHealth,
    conditionHealth,
  ),
);

/** A hook has no controller state: it is on or off. */
const hook: HealthRule = (object) => {
  const enabled = at(object, "spec", "enabled");
  if (enabled === true) return healthy("spec.enabled is true", "Enabled");
  return enabled === false ? suspended("spec.enabled is false", "Disabled") : undefined;
};

const trident = reported(
  byPhase({
    at: ["status.status"],
    words: {
      Healthy: ["Installed", "Updated"],
      Progressing: ["Installing", "Uninstalling", "Updating", "Uninstalled"],
      Degraded: ["Error", "Failed"],
    },
    other: "Progressing",
    message: ["status.message"],
    say: (word, object) => textAt(object, "status", "message") || word,
  }),
);

const jobs = [
  "AppVault",
  "Backup",
  "BackupInplaceRestore",
  "BackupRestore",
  "ExecHooksRun",
  "KopiaVolumeBackup",
  "KopiaVolumeRestore",
  "PVCCopy",
  "PVCErase",
  "ResourceBackup",
  "ResourceDelete",
  "ResourceRestore",
  "ResourceSummaryUpload",
  "ResticVolumeBackup",
  "ResticVolumeRestore",
  "ShutdownSnapshot",
  "Snapshot",
  "SnapshotInplaceRestore",
  "SnapshotRestore",
];

export const netapp: RuleTable = {
  ...Object.fromEntries(
    ["astra.netapp.io", "protect.trident.netapp.io"].flatMap((group) => [
      ...jobs.map((kind) => [`${group}/${kind}`, job] as const),
      [`${group}/Application`, reported(byConditions({ good: ["Ready"] }))] as const,
      [`${group}/ExecHook`, firstOf(hook, reported())] as const,
      [`${group}/Schedule`, firstOf(hook, reported(conditionHealth))] as const,
    ]),
  ),
  "trident.netapp.io/TridentOrchestrator": trident,
};
