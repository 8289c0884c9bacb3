/**
 * The last sync, beside a dry run that came after it. `operationState` tells of the dry run, as Argo CD has it and whoever
 * waits for one reads it; what is said of the application is said by the sync, because a dry run changed nothing.
 */
import { defined } from "../../lib/defined.ts";
import type { OperationState } from "./operation.ts";

type State = Pick<OperationState, "phase" | "finishedAt"> & { operation: { sync?: { dryRun?: boolean } } };

interface Told<S> {
  operationState?: S;
  lastSync?: S;
}

export function isDryRun(state: Pick<State, "operation"> | undefined): boolean {
  return state?.operation.sync?.dryRun === true;
}

/** What a status keeps beside its operation. @param before what was shown last @param now of the running or last operation */
export function syncBefore<S extends State>(before: Told<S> | undefined, now: S | undefined): S | undefined {
  if (!isDryRun(now)) return undefined;
  const known = before?.operationState;
  return isDryRun(known) ? before?.lastSync : known;
}

/** What runs or the last sync, whatever is rehearsed or was since; undefined: there was none. */
export function lastSyncOf<S extends State>(status: Told<S> | undefined): S | undefined {
  const state = status?.operationState;
  return isDryRun(state) ? status?.lastSync : state;
}

/** The operation that tells how an application stands: what runs now, else the last sync; undefined: there was none. */
export function tellingState<S extends State>(status: Told<S> | undefined): S | undefined {
  const state = status?.operationState;
  const isOver = state !== undefined && state.phase !== "Running" && state.phase !== "Terminating";
  return isOver ? lastSyncOf(status) : state;
}

/** The application as it stands without a dry run, one that goes on too. */
export function withoutDryRun<S extends State, A extends { status?: Told<S> }>(app: A): A {
  const { status } = app;
  const state = lastSyncOf(status);
  if (status === undefined || state === status.operationState) return app;
  const { operationState: _, lastSync: __, ...rest } = status;
  return { ...app, status: { ...rest, ...defined({ operationState: state }) } };
}
