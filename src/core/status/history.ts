import { defined } from "../../lib/defined.ts";
import type { Application, DeployCause, RevisionHistory } from "../model/application.ts";
import type { Operation, OperationState, SyncSource } from "../model/operation.ts";

/** Argo CD keeps so many where the application says nothing. */
const DEFAULT_LIMIT = 10;

/**
 * The history after an operation ended. Full syncs that succeeded are in it; a person's sync of some objects, a dry run
 * and a failure are not, and neither is a heal of what was deployed last, also where the branch has moved on by commits
 * that change nothing of it: that stays deployed since it was, and a fight over a field pushes out no revision that one
 * might go back to.
 */
export function historyAfter(
  before: readonly RevisionHistory[],
  state: OperationState,
  app: Application,
): RevisionHistory[] {
  const limit = app.spec.revisionHistoryLimit ?? DEFAULT_LIMIT;
  const sync = state.operation.sync;
  const automated = state.operation.initiatedBy?.automated === true;
  const partial = (sync?.resources ?? []).length > 0;
  if (state.phase !== "Succeeded" || sync === undefined || sync.dryRun === true || (partial && !automated))
    return trimmed(before, limit);
  const last = before.at(-1);
  // What differs by Git is synced as a whole.
  if (partial && last !== undefined) return trimmed(before, limit);
  const entry: RevisionHistory = {
    id: last === undefined ? 0 : last.id + 1,
    ...sourceOf(state.syncResult ?? sync, app),
    deployStartedAt: state.startedAt,
    deployedAt: state.finishedAt ?? state.startedAt,
    ...defined({ initiatedBy: state.operation.initiatedBy }),
    cause: causeOf(state.operation),
    ...defined({ reason: reasonOf(state.operation) }),
  };
  return trimmed([...before, entry], limit);
}

/** Names of notes that an operation bears, beside those of whoever asked for it. */
export const INFO = { rollback: "rollback", reason: "reason" } as const;

/** The deployment that an operation goes back to; undefined where it does not. */
export function rollbackOf(operation: Operation): number | undefined {
  const id = infoOf(operation, INFO.rollback);
  return id !== undefined && /^\d+$/.test(id) ? Number(id) : undefined;
}

/** Why, in the words of whoever asked for it. */
export function reasonOf(operation: Operation): string | undefined {
  return infoOf(operation, INFO.reason);
}

function infoOf({ info = [] }: Operation, wanted: string): string | undefined {
  return info.find(({ name }) => name === wanted)?.value;
}

function causeOf(operation: Operation): DeployCause {
  if (operation.initiatedBy?.automated === true)
    return (operation.sync?.resources ?? []).length > 0 ? "self-heal" : "automated";
  const id = rollbackOf(operation);
  return id === undefined ? "manual" : `rollback to ${id}`;
}

function trimmed(history: readonly RevisionHistory[], limit: number): RevisionHistory[] {
  return limit <= 0 ? [] : history.slice(-limit);
}

/** The entry must tell what to go back to, so the sources as they were are part of it. */
function sourceOf(
  { revision, revisions, source, sources, taken }: SyncSource,
  { spec }: Application,
): SyncSource {
  const many = spec.sources !== undefined && spec.sources.length > 0;
  if (revisions !== undefined || many) {
    const all = sources ?? spec.sources;
    return {
      revisions: revisions ?? (revision === undefined ? [] : [revision]),
      ...defined({ sources: all, taken }),
    };
  }
  const one = source ?? spec.source;
  return defined({ revision, source: one, taken });
}
