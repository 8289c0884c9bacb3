import { byConditions } from "../families/by-conditions.ts";
import { reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

/** One-off jobs, and scheduled ones: between two runs those are as well as a CronJob is. */
const job = reported(
  byConditions({
    good: ["Complete"],
    no: "Progressing",
    reasons: {
      Healthy: ["CronJobScheduled", "CronJobSuccess"],
      Degraded: ["JobFailed", "CronJobFailed"],
      Progressing: ["JobNotComplete", "CronJobRunning", "JobRunning"],
    },
  }),
);

export const mariadb: RuleTable = Object.fromEntries(
  ["k8s.mariadb.com", "mariadb.mmontes.io"].flatMap((group) =>
    ["Backup", "Restore", "SqlJob", "PhysicalBackup"].map((kind) => [`${group}/${kind}`, job]),
  ),
);
