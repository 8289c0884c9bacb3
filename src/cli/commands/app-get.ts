import {
  type Application,
  type ResourceStatus,
  type Source,
  sourcesOf,
} from "../../core/model/application.ts";
import { type CommitLine, commitLines, type ToldHistory } from "../../core/model/commit-lines.ts";
import { lastSyncOf, withoutDryRun } from "../../core/model/last-sync.ts";
import type { OperationState } from "../../core/model/operation.ts";
import { isPaused } from "../../core/model/paused.ts";
import { rolledBack } from "../../core/model/rolled-back.ts";
import { showPart } from "../../core/model/taken-part.ts";
import { ago } from "../../lib/ago.ts";
import { withRelativeTimes } from "../../lib/relative-times.ts";
import { ownPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { printApplication, printJson, printYamlDocuments } from "../print-object.ts";
import { positionOf } from "../revisions-for.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { plainText } from "../terminal/plain-text.ts";
import { type Column, table } from "../terminal/table.ts";
import { type Cell, painted, type Terminal } from "../terminal/terminal.ts";
import {
  changeOf,
  deployedAt,
  destinationOf,
  healthOf,
  isBeingDeleted,
  isDryRun,
  nameOf,
  objectName,
  placeOf,
  policyOf,
  revisionOf,
  shortRevision,
  syncOf,
} from "../words/app-words.ts";
import { artifactFactsOf } from "../words/artifact-words.ts";
import { count } from "../words/count.ts";
import { type HookResult, hookDetail, hookPhaseOf, hookResults } from "../words/hook-words.ts";
import { pageOf } from "../words/page-address.ts";
import { syncRows } from "../words/sync-rows.ts";
import { rowLines } from "../words/sync-summary.ts";
import { undoHint } from "../words/undo-hint.ts";
import { type Reason, reasons } from "../words/why.ts";
import { type ToldWindows, verdictWords, windowInZone, windowNow } from "../words/window-words.ts";
import { type Origin, writtenIn } from "../words/written-in.ts";
import { printTree } from "./app-tree.ts";

export interface AppGetOptions extends SelectionOptions {
  refresh?: boolean;
  hardRefresh?: boolean;
  showOperation?: true;
  /** From 1: only that source is told of. */
  sourcePosition?: number;
  sourceName?: string;
  output?: "json" | "yaml" | "wide" | "name" | "tree";
}

export async function appGet(context: CliContext, name: string, options: AppGetOptions): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options, { refresh: refreshOf(options) });
  switch (options.output) {
    case "json":
    case "yaml":
    case "name":
      printApplication(context, app, options.output);
      return EXIT.done;
    case "tree":
      return printTree(context, app);
    default: {
      const { origin } = await client.get<{ origin: Origin }>(ownPath(app));
      const about = await artifactFactsOf(client, app, context.now());
      const windows = await windowsOf(client, app);
      const history = await client.get<ToldHistory>(ownPath(app, "/history"));
      context.print(
        details(
          context.out,
          app,
          { origin, about, windows, commits: commitLines(app, history) },
          options,
          context.now(),
          client.url,
        ),
      );
      return EXIT.done;
    }
  }
}

/** What to ask the daemon for before it answers. */
export function refreshOf({
  refresh,
  hardRefresh,
}: {
  refresh?: boolean;
  hardRefresh?: boolean;
}): "normal" | "hard" | undefined {
  return hardRefresh === true ? "hard" : refresh === true ? "normal" : undefined;
}

/** What is told of it beside the application itself. */
interface Beside {
  origin: Origin;
  about?: readonly (readonly [string, string])[];
  windows?: ToldWindows;
  /** That changed it, and that it is at. */
  commits?: readonly CommitLine[];
}

export function details(
  terminal: Terminal,
  app: Application,
  { origin, about = [], windows, commits = [] }: Beside,
  options: AppGetOptions,
  nowMs: number,
  url: string,
): string[] {
  const { cluster, namespace } = destinationOf(app);
  const { status } = app;
  const back = rolledBack(app);
  const facts: Fact[] = [
    ["Application", nameOf(app)],
    ["Project", app.spec.project],
    ["Written in", writtenIn(origin)],
    ["Destination", namespace === "" ? cluster : `${cluster}, namespace ${namespace}`],
    ...sourceFacts(app, options),
    ...commitFacts(commits, nowMs),
    ...about,
    ["Sync", terminal.state(syncOf(app)), policyWords(app)],
    ...(back === undefined ? [] : [["Rolled back", back.text, ago(back.at, nowMs)] as const]),
    ...windowFacts(windows),
    ["Health", terminal.state(healthOf(app))],
    ["Looked at", status?.reconciledAt === undefined ? "not yet" : ago(status.reconciledAt, nowMs)],
    ...lastSync(terminal, app, nowMs, options.showOperation === true),
    ...(status?.undo === undefined ? [] : [["Undo", undoHint(app, status.undo, nowMs)] as const]),
    ["Page", pageOf(url, app)],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const lines = facts.map(([name, ...cells]) =>
    [
      terminal.paint("dim", name.padEnd(width)),
      ...cells.map((cell) => painted(terminal, typeof cell === "string" ? plainText(cell) : cell)),
    ]
      .join("   ")
      .trimEnd(),
  );
  const said = reasons(app);
  if (said.length > 0) lines.push("", ...said.map((reason) => reasonLine(terminal, reason, nowMs)));
  const steps = isBeingDeleted(app) ? rowLines(terminal, syncRows(app)) : [];
  if (steps.length > 0) return [...lines, "", ...steps];
  const resources = status?.resources ?? [];
  if (resources.length > 0) lines.push("", ...resourceTable(terminal, resources, namespace, options.output));
  const hooks = hookResults(withoutDryRun(app));
  if (hooks.length > 0) lines.push("", ...hookTable(terminal, hooks, namespace, options.output));
  return lines;
}

/** A name, and what stands behind it. */
type Fact = readonly [string, ...Cell[]];

/** Several sources are numbered as `--source-position` takes them. */
function sourceFacts(app: Application, { sourcePosition, sourceName }: AppGetOptions): Fact[] {
  const sources = sourcesOf(app.spec);
  const place = (source: Source, at: number): string =>
    sources.length === 1
      ? placeOf(source)
      : `${at + 1}${source.name ? ` ${source.name}` : ""}: ${placeOf(source)}`;
  const chosen = sourceName === undefined ? sourcePosition : positionOf(app, sourceName);
  const source = chosen === undefined ? undefined : sources[chosen - 1];
  if (chosen === undefined)
    return [
      ...sources.map((one, at) => [at === 0 ? "Source" : "", place(one, at)] as const),
      ["Revision", revisionOf(app)],
    ];
  if (source === undefined)
    throw new CliError(EXIT.usage, `${nameOf(app)} has no source ${chosen}.`, [
      `Its ${count(sources.length, "source")} ${sources.length === 1 ? "is" : "are"} counted from 1.`,
    ]);
  const { revision, revisions = [revision ?? ""] } = app.status?.sync ?? {};
  const { helm, kustomize, directory, plugin } = source;
  const blocks = Object.entries({ helm, kustomize, directory, plugin }).filter(
    ([, block]) => block !== undefined,
  );
  return [
    ["Source", place(source, chosen - 1)],
    ["Revision", revisionOf(only(app, source), { revision: revisions[chosen - 1] ?? "" })],
    ...blocks.map(([name, block]) => [`  ${name}`, JSON.stringify(block)] as const),
  ];
}

/** By what they are; where the branch is stands in the line of the revision. */
const COMMIT_NAMES: Partial<Record<CommitLine["is"], string>> = { deployed: "Deployed", tip: "Git is at" };

/** A branch may have moved on with commits of others: who changed this is who made the one that did. */
function commitFacts(commits: readonly CommitLine[], nowMs: number): Fact[] {
  return commits.map(({ is, lead, commit, about: { subject, author, date } }): Fact => {
    const name = COMMIT_NAMES[is] ?? `${lead.charAt(0).toUpperCase()}${lead.slice(1)}`;
    const who = [author.replace(/\s*<[^>]*>$/, ""), date === "" ? "" : ago(date, nowMs)];
    return [name, shortRevision(commit), subject, who.filter((word) => word !== "").join(", ")];
  });
}

function only(app: Application, source: Source): Application {
  const { sources: _, ...spec } = app.spec;
  return { ...app, spec: { ...spec, source } };
}

function policyWords({ spec, metadata }: Application): string {
  const words =
    { Manual: "by hand", Auto: "automated", "Auto-Prune": "automated, prunes" }[
      policyOf({ spec } as Application)
    ] ?? "";
  const heals = spec.syncPolicy?.automated?.selfHeal === true ? ", self-heals" : "";
  return `${words}${heals}${isPaused({ metadata }) ? ", paused" : ""}`;
}

/** Where its project has windows for it; without any there is nothing to say. */
function windowFacts(told: ToldWindows | undefined): Fact[] {
  if (told === undefined || told.windows.length === 0) return [];
  return [
    ["SyncWindow", verdictWords(told)],
    ...told.windows.map(
      (told, at) =>
        [at === 0 ? "Assigned windows" : "", `${windowInZone(told.window)} (${windowNow(told)})`] as const,
    ),
  ];
}

async function windowsOf(client: Client, app: Application): Promise<ToldWindows> {
  const { name, namespace } = app.metadata;
  const { holdfast } = await client.get<{ holdfast: ToldWindows }>(
    `/api/v1/applications/${name}/syncwindows`,
    { appNamespace: namespace },
  );
  return holdfast;
}

function whoOf(by: OperationState["operation"]["initiatedBy"]): string {
  return by?.automated === true ? "by policy" : by?.username ? `by ${by.username}` : "";
}

/** What runs or the last sync, and a dry run that came after it. */
function lastSync(terminal: Terminal, app: Application, nowMs: number, whole: boolean): Fact[] {
  const last = app.status?.operationState;
  const told = lastSyncOf(app.status);
  const runs = [told, ...(last === told ? [] : [last])].flatMap((state) =>
    state === undefined ? [] : runFacts(terminal, app, state, nowMs, whole),
  );
  const deployed = deployedAt(app);
  if (!isDryRun(last) || (told !== undefined && told !== last) || deployed === undefined) return runs;
  const by = whoOf(app.status?.history?.at(-1)?.initiatedBy);
  return [...runs, ["Deployed", [ago(deployed, nowMs), by].filter((part) => part !== "").join(" ")]];
}

function runFacts(
  terminal: Terminal,
  app: Application,
  state: OperationState,
  nowMs: number,
  whole: boolean,
): Fact[] {
  const when = state.finishedAt ?? state.startedAt;
  const who = whoOf(state.operation.initiatedBy);
  const what = state.finishedAt === undefined || isBeingDeleted(app) ? "" : endOf(app, state);
  const short: Fact = [
    isBeingDeleted(app) ? "Deletion" : isDryRun(state) ? "Last dry run" : "Last sync",
    terminal.state(state.phase),
    `${[ago(when, nowMs), who].filter((part) => part !== "").join(" ")}${what}`,
  ];
  if (!whole) return [short];
  return [
    short,
    ["  started", state.startedAt],
    ["  finished", state.finishedAt ?? "not yet"],
    ["  revision", state.syncResult?.revision ?? state.syncResult?.revisions?.join(", ") ?? ""],
    ...(state.syncResult?.taken ?? []).map((part, at): Fact => [at === 0 ? "  took" : "", showPart(part)]),
    ["  message", state.message],
  ];
}

/** What a dry run found, what a sync that succeeded put back on its way, and why one failed that no reason tells. */
function endOf(app: Application, state: OperationState): string {
  const { message, phase } = state;
  if (isDryRun(state)) return `: ${message.replace(/^dry run: /, "")}`;
  const told =
    phase === "Succeeded"
      ? message.replace(/^successfully synced \(\d+ applied\)\.? ?/, "")
      : reasons(app).some(({ text }) => text.includes(message))
        ? ""
        : message;
  return told === "" ? "" : `: ${told}`;
}

const RANK = { trouble: "bad", change: "behind", note: "dim" } as const;

function reasonLine({ paint, symbols }: Terminal, { words, text, weight }: Reason, nowMs: number): string {
  const sign = weight === "trouble" ? symbols.failed : weight === "change" ? symbols.dot : symbols.warning;
  return `${paint(RANK[weight], `${sign} ${words}`)}  ${plainText(withRelativeTimes(text, nowMs))}`;
}

const COLUMNS: readonly Column[] = [
  { head: "KIND", least: 12, shrinks: 3 },
  { head: "NAME", least: 16, shrinks: 2 },
  { head: "SYNC" },
  { head: "HEALTH" },
  { head: "WHY", least: 20, shrinks: 1 },
];
const WIDE: readonly Column[] = [{ head: "GROUP" }, { head: "VERSION" }, { head: "WAVE" }, ...COLUMNS];

/** One line an object: those that need a look first. @param usual the namespace that is not printed */
export function resourceTable(
  terminal: Terminal,
  resources: readonly ResourceStatus[],
  usual: string,
  output: string | undefined,
): string[] {
  const rows = [...resources]
    .sort((a, b) => urgency(b) - urgency(a))
    .map((resource): Cell[] => {
      const { group = "", version, kind, namespace = "", name, status, health, syncWave = 0 } = resource;
      const change = changeOf(resource);
      const because = [
        change === undefined ? "" : `to ${change}`,
        resource.kept === undefined ? "" : `not in Git, stays by ${resource.kept}`,
        health?.message ?? "",
        resource.requiresDeletionConfirmation === true ? "deletion asks first" : "",
      ]
        .filter((part) => part !== "")
        .join("; ");
      const cells: Cell[] = [
        kind,
        namespace === "" || namespace === usual ? name : `${namespace}/${name}`,
        resource.hook === true ? "hook" : status === undefined ? "" : terminal.state(status),
        health === undefined ? "" : terminal.state(health.status),
        because,
      ];
      return output === "wide" ? [group, version, String(syncWave), ...cells] : cells;
    });
  return table(terminal, output === "wide" ? WIDE : COLUMNS, rows, {
    fit: output === "wide" ? "whole" : "terminal",
  });
}

const HOOK_COLUMNS: readonly Column[] = [
  { head: "HOOK", least: 16, shrinks: 2 },
  { head: "PHASE" },
  { head: "STATUS" },
  { head: "WHY", least: 20, shrinks: 1 },
];

/** One line a hook of the running or last sync, in the order in which they were started. */
function hookTable(
  terminal: Terminal,
  hooks: readonly HookResult[],
  usual: string,
  output: string | undefined,
): string[] {
  const rows = hooks.map((hook): Cell[] => [
    objectName(hook, usual),
    hook.hookType,
    terminal.state(hookPhaseOf(hook)),
    hookDetail(hook),
  ]);
  return table(terminal, HOOK_COLUMNS, rows, { fit: output === "wide" ? "whole" : "terminal" });
}

function urgency({ status, health }: ResourceStatus): number {
  if (health?.status === "Degraded" || health?.status === "Unknown") return 3;
  return status === "OutOfSync"
    ? 2
    : health?.status === "Progressing" || health?.status === "Missing"
      ? 1
      : 0;
}

export async function appResources(
  context: CliContext,
  name: string,
  options: SelectionOptions & { output?: "json" | "yaml" | "wide" },
): Promise<ExitCode> {
  const app = await oneApp(await context.client(), name, options);
  const resources = app.status?.resources ?? [];
  if (options.output === "json")
    printJson(context, { apiVersion: "cli/v1", kind: "ResourceList", items: resources });
  else if (options.output === "yaml") printYamlDocuments(context, [resources]);
  else {
    if (resources.length > 0)
      context.print(
        resourceTable(context.out, resources, app.spec.destination.namespace ?? "", options.output),
      );
    context.note(`${count(resources.length, "object")} of ${nameOf(app)}`);
  }
  return EXIT.done;
}
