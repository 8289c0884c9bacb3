import type { AppKey } from "../../core/model/application.ts";
import type { OperationState } from "../../core/model/operation.ts";
import type { Log } from "../../core/ports/log.ts";
import { defined } from "../../lib/defined.ts";

/** A line of a log is read beside others: what is longer stands in the run. */
const LONGEST = 600;

/**
 * One line for each operation that ended, and for each try of one that is tried again.
 * @param run absent where it was refused before it began
 */
export function logEnd(
  log: Log,
  app: AppKey,
  state: OperationState,
  run?: { id: number; cause: string; tookMs: number },
): void {
  const { phase, message, operation, syncResult } = state;
  const { revision, revisions = revision === undefined ? undefined : [revision] } = syncResult ?? {};
  const fields = {
    app,
    ...defined({ run: run?.id, cause: run?.cause, tookMs: run?.tookMs }),
    mode: operation.sync?.dryRun === true ? "dry-run" : "write",
    ...defined({ commits: revisions, by: operation.initiatedBy?.username }),
    said: message.length > LONGEST ? `${message.slice(0, LONGEST)}…` : message,
  };
  if (phase === "Succeeded") log.info("sync succeeded", fields);
  else if (phase === "Running") log.warn("sync failed and is tried again", fields);
  else log.warn("sync failed", fields);
}
