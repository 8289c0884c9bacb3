/** The lines of `argocd app get`, which a sync and a rollback print at their end too. */

import { type Application, isAutomated, type Source, sourcesOf } from "../../../core/model/application.ts";
import { took } from "../../../lib/ago.ts";
import { nameOf } from "../../words/app-words.ts";
import { pageOf } from "../../words/page-address.ts";
import { healthLine, serverOf, syncLine } from "./app-words.ts";
import { cellsOf, RESOURCE_HEADS, resourceRows } from "./resource-rows.ts";
import { factLine, tabTable } from "./tab-table.ts";

/** As `GET …/syncwindows` answers. */
export interface Windows {
  canSync?: boolean;
  activeWindows?: readonly WindowFacts[] | null;
  assignedWindows?: readonly WindowFacts[] | null;
}
interface WindowFacts {
  kind?: string;
  schedule?: string;
  duration?: string;
  manualSync?: boolean;
}

/** @param url of the server, without a last slash */
export function summaryLines(app: Application, windows: Windows, url: string): string[] {
  const { spec } = app;
  const isSeveral = (spec.sources ?? []).length > 0;
  const assigned = windows.assignedWindows ?? [];
  return [
    factLine("Name:", nameOf(app)),
    factLine("Project:", spec.project),
    factLine("Server:", serverOf(app)),
    factLine("Namespace:", spec.destination.namespace ?? ""),
    factLine("URL:", pageOf(url, app)),
    isSeveral ? "Sources:" : "Source:",
    ...sourcesOf(spec).flatMap(sourceLines),
    factLine("SyncWindow:", windowWord(windows)),
    ...(assigned.length === 0
      ? []
      : [
          factLine(
            "Assigned Windows:",
            assigned.map(({ kind, schedule, duration }) => `${kind}:${schedule}:${duration}`).join(","),
          ),
        ]),
    factLine("Sync Policy:", policyLine(app)),
    factLine("Sync Status:", syncLine(app)),
    factLine("Health Status:", healthLine(app)),
  ];
}

function sourceLines({ repoURL, targetRevision, path, chart, ref, helm, kustomize }: Source): string[] {
  return [
    factLine("- Repo:", repoURL),
    factLine("  Target:", targetRevision ?? ""),
    ...(chart ? [factLine("  Chart:", chart)] : []),
    ...(path ? [factLine("  Path:", path)] : []),
    ...(ref ? [factLine("  Ref:", ref)] : []),
    ...(helm?.valueFiles?.length ? [factLine("  Helm Values:", helm.valueFiles.join(","))] : []),
    ...(kustomize?.namePrefix ? [factLine("  Name Prefix:", kustomize.namePrefix)] : []),
  ];
}

function windowWord({ canSync, activeWindows, assignedWindows }: Windows): string {
  if (canSync === false) return "Sync Denied";
  const isHeld = (activeWindows ?? []).some(({ kind }) => kind === "deny");
  const waits =
    (assignedWindows ?? []).some(({ kind }) => kind === "allow") && (activeWindows ?? []).length === 0;
  return isHeld || waits ? "Manual Allowed" : "Sync Allowed";
}

function policyLine({ spec }: Application): string {
  if (!isAutomated(spec)) return "Manual";
  return spec.syncPolicy?.automated?.prune === true ? "Automated (Prune)" : "Automated";
}

export function operationLines({ status }: Application): string[] {
  const state = status?.operationState;
  if (state === undefined) return [];
  const { phase, startedAt, finishedAt, message, syncResult, operation } = state;
  const ends = finishedAt === undefined ? undefined : Date.parse(finishedAt) - Date.parse(startedAt);
  return [
    "",
    ...(operation.sync === undefined
      ? []
      : [
          factLine("Operation:", "Sync"),
          factLine("Sync Revision:", syncResult?.revision ?? syncResult?.revisions?.join(", ") ?? ""),
        ]),
    factLine("Phase:", phase),
    factLine("Start:", startedAt),
    factLine("Finished:", finishedAt ?? ""),
    factLine("Duration:", ends === undefined ? "" : took(ends)),
    ...(message === "" ? [] : [factLine("Message:", message)]),
  ];
}

export function conditionLines({ status }: Application): string[] {
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) return [];
  return [
    "",
    ...tabTable([
      ["CONDITION", "MESSAGE", "LAST TRANSITION"],
      ...conditions.map(({ type, message, lastTransitionTime = "" }) => [type, message, lastTransitionTime]),
    ]),
  ];
}

export function resourceLines(app: Application): string[] {
  const rows = resourceRows(app);
  return rows.length === 0 ? [] : ["", ...tabTable([RESOURCE_HEADS, ...rows.map(cellsOf)])];
}

/** Parameters of Helm sources. */
export function parameterLines(app: Application): string[] {
  const parameters = sourcesOf(app.spec).flatMap(({ helm }) => helm?.parameters ?? []);
  return parameters.length === 0
    ? []
    : ["", ...tabTable([["NAME", "VALUE"], ...parameters.map(({ name, value = "" }) => [name, value])])];
}
