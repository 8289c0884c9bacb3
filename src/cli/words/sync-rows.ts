import type { Application, ResourceStatus } from "../../core/model/application.ts";
import type { ResourceResult } from "../../core/model/operation.ts";
import { defined } from "../../lib/defined.ts";
import { isSelected } from "../wait-conditions.ts";
import { changeOf, isBeingDeleted, isBusy, isDryRun, keyOf, objectName } from "./app-words.ts";
import { deletionRows } from "./deletion-rows.ts";
import { type HookResult, hookDetail, hookPhaseOf, isHookResult, isRun } from "./hook-words.ts";
import type { SyncRow } from "./sync-row.ts";

/** What a sync did so far, and, while it goes on, what it has still to do; in the order in which it works. */
export function syncRows(app: Application): SyncRow[] {
  if (isBeingDeleted(app)) return deletionRows(app);
  const usual = app.spec.destination.namespace ?? "";
  const resources = app.status?.resources ?? [];
  const byKey = new Map(resources.map((resource) => [keyOf(resource), resource]));
  const operation = app.status?.operationState;
  const isRehearsal = isDryRun(operation);
  const all = operation?.syncResult?.resources ?? [];
  const results = new Map(
    all.filter((result) => !isHookResult(result)).map((result) => [keyOf(result), result]),
  );
  const rows = [
    ...all.filter(isHookResult).map((result) => hookRow(result, usual)),
    ...[...results.values()].map((result) =>
      // A rehearsal tells nothing of how an object is, and goes in the waves that a sync would.
      doneRow(result, isRehearsal ? waveAlone(byKey.get(keyOf(result))) : byKey.get(keyOf(result)), usual),
    ),
  ];
  if (isBusy(app) && operation?.operation.sync?.resources === undefined) {
    rows.push(
      ...resources
        .filter((resource) => resource.status === "OutOfSync" && !results.has(keyOf(resource)))
        .map(
          (resource): SyncRow => ({
            ...placeOf(resource, "Sync", usual),
            state: "Waiting",
            done: "waiting",
            detail: "",
          }),
        ),
    );
  }
  return rows.sort((a, b) => a.order - b.order);
}

/** Where no sync runs: the objects that are not as they should be. */
export function unwellRows(app: Application): SyncRow[] {
  const usual = app.spec.destination.namespace ?? "";
  return (app.status?.resources ?? [])
    .flatMap((resource): SyncRow[] => {
      const { status, health } = resource;
      const change = changeOf(resource);
      const isWell = change === undefined && (health === undefined || health.status === "Healthy");
      return isWell
        ? []
        : [
            {
              ...placeOf(resource, "Sync", usual),
              state: health?.status ?? status ?? "Unknown",
              done: change === undefined ? "" : `to ${change}`,
              detail: health?.message ?? "",
            },
          ];
    })
    .sort((a, b) => a.order - b.order);
}

/** Objects that were to be pruned, and that a guard keeps until a person says more. */
export function notPruned({ status }: Application): number {
  return (status?.operationState?.syncResult?.resources ?? []).filter(
    (result) => result.status === "PruneSkipped" && result.hookPhase === "Failed",
  ).length;
}

/** How many objects a sync found as they should be: it does not touch them, so that they are no rows of it. */
export function untouched(app: Application): number {
  const operation = app.status?.operationState;
  const chosen = operation?.operation.sync?.resources;
  const touched = new Set((operation?.syncResult?.resources ?? []).map(keyOf));
  return (app.status?.resources ?? []).filter(
    (resource) =>
      resource.status === "Synced" &&
      !touched.has(keyOf(resource)) &&
      (chosen === undefined || isSelected(resource, chosen)),
  ).length;
}

function hookRow(result: HookResult, usual: string): SyncRow {
  const phase = hookPhaseOf(result);
  const type = result.hookType === "Sync" ? "Sync hook" : result.hookType;
  // An object may be a hook of several phases.
  const place = { ...placeOf(result, type, usual), key: `${result.hookType} ${keyOf(result)}` };
  if (!isRun(result)) return { ...place, ...notAsked(result) };
  return {
    ...place,
    state: phase,
    done: { Running: "running", Succeeded: "completed", Failed: "failed" }[phase],
    detail: hookDetail(result),
  };
}

function waveAlone(
  resource: Pick<ResourceStatus, "syncWave"> | undefined,
): Pick<ResourceStatus, "syncWave" | "health"> | undefined {
  return resource === undefined ? undefined : defined({ syncWave: resource.syncWave });
}

function doneRow(
  result: ResourceResult,
  resource: Pick<ResourceStatus, "syncWave" | "health"> | undefined,
  usual: string,
): SyncRow {
  const place = placeOf(
    { ...result, ...defined({ syncWave: resource?.syncWave }) },
    result.syncPhase ?? "Sync",
    usual,
  );
  const [first = "", ...rest] = result.message.split(". ");
  switch (result.status) {
    case "SyncFailed":
      return { ...place, state: "Failed", done: "failed", detail: result.message };
    case "Pruned":
      return {
        ...place,
        // Argo CD's field for how what was done gets on: a deletion that was accepted and not seen done.
        state: result.hookPhase === "Running" ? "Going" : "Pruned",
        done: first,
        detail: rest.join(". "),
      };
    case "PruneSkipped":
      return { ...place, state: "PruneSkipped", done: "not pruned", detail: result.message };
    case undefined:
      return { ...place, ...notAsked(result) };
    default: {
      const health = resource?.health;
      // What was written is there: a status that misses it is from before.
      const isUnwell = health !== undefined && health.status !== "Healthy" && health.status !== "Missing";
      return {
        ...place,
        state: isUnwell ? health.status : "Synced",
        done: first,
        detail: [...rest, isUnwell ? (health.message ?? "") : ""].filter((text) => text !== "").join(". "),
      };
    }
  }
}

/** Of a rehearsal: nothing has answered for it yet. */
function notAsked({ message }: ResourceResult): Pick<SyncRow, "state" | "done" | "detail"> {
  const [done = "", ...rest] = message.split(". ");
  return { state: "NotAsked", done, detail: rest.join(". ") };
}

/** Where the lanes of a phase begin; those of waves are around 0. */
const FIRST: Readonly<Record<string, number>> = {
  PreSync: -1_000_000,
  "Sync hook": 1_000_000,
  PostSync: 2_000_000,
  SyncFail: 3_000_000,
};

function placeOf(
  resource: { group?: string; kind: string; namespace?: string; name: string; syncWave?: number },
  phase: string,
  usual: string,
): Pick<SyncRow, "key" | "lane" | "order" | "name"> {
  const wave = resource.syncWave ?? 0;
  const order = (FIRST[phase] ?? 0) + wave;
  return {
    key: keyOf(resource),
    lane: phase === "Sync" ? `wave ${wave}` : phase,
    order,
    name: objectName(resource, usual),
  };
}
