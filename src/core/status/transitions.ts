import type { AppEvent } from "../model/app-event.ts";
import type { ApplicationStatus } from "../model/application.ts";
import type { OperationState } from "../model/operation.ts";
import { identity } from "./conditions.ts";

/** What happened between two states of one application, in the order in which one would tell it. */
export function transitions(before: ApplicationStatus | undefined, after: ApplicationStatus): AppEvent[] {
  const events: AppEvent[] = before === undefined ? [{ is: "created" }] : [];
  events.push(...operationEvents(before?.operationState, after.operationState));
  const deployed = after.history?.at(-1);
  const last = before?.history?.at(-1);
  if (deployed !== undefined && (last === undefined || deployed.id > last.id))
    events.push({ is: "deployed", entry: deployed });
  if (before !== undefined && before.sync.status !== after.sync.status)
    events.push({ is: "sync-changed", from: before.sync.status, to: after.sync.status });
  if (before !== undefined && before.health.status !== after.health.status) {
    events.push({
      is: "health-changed",
      from: before.health.status,
      to: after.health.status,
      message: after.health.message ?? "",
    });
  }
  const had = new Set((before?.conditions ?? []).map(identity)),
    has = new Set((after.conditions ?? []).map(identity));
  for (const condition of after.conditions ?? [])
    if (!had.has(identity(condition))) events.push({ is: "condition-appeared", condition });
  for (const condition of before?.conditions ?? [])
    if (!has.has(identity(condition))) events.push({ is: "condition-gone", condition });
  return events;
}

function operationEvents(before: OperationState | undefined, after: OperationState | undefined): AppEvent[] {
  if (after === undefined) return [];
  const another = before?.startedAt !== after.startedAt || (before.retryCount ?? 0) > (after.retryCount ?? 0);
  const started: AppEvent[] = another ? [{ is: "operation-started", state: after }] : [];
  if (
    after.finishedAt === undefined ||
    (!another && before?.finishedAt === after.finishedAt && before.phase === after.phase)
  )
    return started;
  const how =
    after.phase === "Succeeded"
      ? "succeeded"
      : after.phase === "Failed" || after.phase === "Error"
        ? "failed"
        : "retrying";
  return [...started, { is: "operation-ended", state: after, how }];
}
