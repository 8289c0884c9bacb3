import type { Application } from "../../core/model/application.ts";
import type { ResourceResult } from "../../core/model/operation.ts";
import { keyOf, objectName } from "./app-words.ts";
import type { SyncRow } from "./sync-row.ts";

/** The steps of a deletion: its hooks, its objects from the last wave to the first, and its hooks again. */
export function deletionRows({ spec, status }: Application): SyncRow[] {
  const usual = spec.destination.namespace ?? "";
  const waves = new Map(
    (status?.resources ?? []).map((resource) => [keyOf(resource), resource.syncWave ?? 0]),
  );
  return (status?.operationState?.syncResult?.resources ?? [])
    .map((result): SyncRow => {
      const { syncPhase = "Sync" } = result;
      const wave = waves.get(keyOf(result)) ?? 0;
      return {
        key: `${syncPhase} ${keyOf(result)}`,
        lane: syncPhase === "Sync" ? `wave ${wave}` : syncPhase,
        order: syncPhase === "PreDelete" ? -1_000_000 : syncPhase === "PostDelete" ? 1_000_000 : -wave,
        name: objectName(result, usual),
        ...stepOf(result),
      };
    })
    .sort((a, b) => a.order - b.order);
}

function stepOf({
  status,
  hookType,
  hookPhase,
  message,
}: ResourceResult): Pick<SyncRow, "state" | "done" | "detail"> {
  if (hookType !== undefined) {
    if (hookPhase === "Succeeded") return { state: "Synced", done: "completed", detail: "" };
    if (hookPhase === "Failed") return { state: "Failed", done: "failed", detail: message };
    return { state: "Running", done: "started", detail: "" };
  }
  switch (status) {
    case "Pruned":
      return hookPhase === "Running"
        ? { state: "Going", done: message, detail: "" }
        : { state: "Pruned", done: message, detail: "" };
    case "PruneSkipped":
      return hookPhase === "Failed"
        ? { state: "PruneSkipped", done: "asks first", detail: message }
        : { state: "PruneSkipped", done: "stays", detail: message };
    default:
      return { state: "Waiting", done: "waiting", detail: "" };
  }
}
