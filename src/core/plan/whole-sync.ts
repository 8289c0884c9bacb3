import type { FailedSyncs } from "../model/failed-syncs.ts";
import type { Operation, OperationState } from "../model/operation.ts";

/** Whether all that Git wants is written: no rehearsal, no part that a person chose, nothing that Git does not say. */
export function isWhole({ sync, initiatedBy }: Operation): boolean {
  if (sync === undefined || sync.dryRun === true || sync.undo !== undefined) return false;
  // A heal is a part that nobody chose.
  return initiatedBy?.automated === true || (sync.resources ?? []).length === 0;
}

/** What is known of failed syncs where only the last operation is: of an earlier release, or of a first look. */
export function failedAsShown(last: OperationState | undefined): FailedSyncs | undefined {
  if (last === undefined || (last.phase !== "Failed" && last.phase !== "Error") || !isWhole(last.operation))
    return undefined;
  const { message, finishedAt, startedAt, retryCount } = last;
  return {
    tries: Math.max(1, retryCount ?? 0),
    revisions: revisionsAsked(last.operation),
    message,
    endedAt: finishedAt ?? startedAt,
  };
}

/** Commits that a request names, by source; empty where it is for the newest. */
export function revisionsAsked({ sync }: Operation): readonly string[] {
  return sync?.revisions ?? (sync?.revision === undefined ? [] : [sync.revision]);
}
