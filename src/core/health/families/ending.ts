import type { PhaseDialect } from "./phase.ts";

const names =
  /(Job|Run|Backup|Restore|Recovery|Build|Task|Snapshot|Migration|Import|Export|Scan|Upgrade|Operation|OpsRequest|Workflow|Experiment|Execution|Test|Restart|Switchover|Transfer)$/;

/** Whether objects of a kind are done when they have ended, by its name. */
export function ends(kind: string): boolean {
  return names.test(kind) && !schedules(kind);
}

/** Whether a kind starts others by the clock: `Schedule`, `ScheduledBackup`, `CronTask`. */
export function schedules(kind: string): boolean {
  return /^(Scheduled|Cron|Recurring)[A-Z]|(Schedule|Cron(Job|Task|Workflow))$/.test(kind);
}

/** There, to be scheduled or to wait for the next time is all there is to reach. */
export const scheduleWords: NonNullable<PhaseDialect["words"]> = {
  Healthy: ["scheduled", "waiting"],
};

/** There, what runs is under way. */
export const endingWords: NonNullable<PhaseDialect["words"]> = {
  Progressing: ["running", "active", "executing"],
};
