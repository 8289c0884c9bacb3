/** Operations that wait: what a restart finds of them, and what of them would begin by itself. */
import type { Operation, OperationState } from "../../core/model/operation.ts";
import type { OperationSlot } from "../managed-application.ts";

/** What a restart finds of an application's operation. */
export function rememberedOperation(
  request: Operation | undefined,
  state: OperationState | undefined,
): OperationSlot {
  if (request?.sync !== undefined)
    return { is: "waiting", request: { ...request, sync: request.sync }, state };
  if (state === undefined) return { is: "none", state };
  return state.phase === "Running" && state.finishedAt !== undefined
    ? { is: "retrying", state }
    : { is: "ended", state };
}

/** The automated sync, decided here, that is to follow: a further try, or the one that a restart cut off. */
export function waitsByItself(operation: OperationSlot): Operation | undefined {
  const waiting =
    operation.is === "waiting"
      ? operation.request
      : operation.is === "retrying"
        ? operation.state.operation
        : undefined;
  const { automated, username } = waiting?.initiatedBy ?? {};
  // One that bears a name was decided elsewhere, by a rollout, and is no more and no less than what that one asked for.
  return automated === true && username === undefined ? waiting : undefined;
}

/** Of a sync that a restart cut off. */
export function hasRunningHook({ is, state }: OperationSlot): boolean {
  return (
    is === "waiting" &&
    (state?.syncResult?.resources ?? []).some(
      ({ hookType, hookPhase }) => hookType !== undefined && hookPhase === "Running",
    )
  );
}
