import type { PhaseDialect } from "./phase.ts";

const names =
  /(Job|Run|Backup|Restore|Recovery|Build|Task|Snapshot|Migration|Import|Export|Scan|Upgrade|Operation|OpsRequest|Workflow|Experiment|Execution|Test|Restart|Switchover|Transfer)$/;

/** Whether objects of a kind are done when they have ended, by its name. */
export function ends(kind: string): boolean {
  return names.test(kind);
}

/** There, what runs is under way. */
export const endingWords: NonNullable<PhaseDialect["words"]> = {
  Progressing: ["running", "active", "executing"],
};
