import type { Application } from "../../core/model/application.ts";
import { sourcesOf } from "../../core/model/application.ts";
import { revisionOf, standsAt } from "../../core/model/listed-words.ts";
import type { Problem } from "../../core/model/problem.ts";
import { age } from "../../lib/ago.ts";
import { withRelativeTimes } from "../../lib/relative-times.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { followApps } from "../http/follow-apps.ts";
import { asManifest, CLI_VERSION, printJsonList, printYamlDocuments } from "../print-object.ts";
import { foundBy, listApps, listQuery, type SelectionOptions } from "../select-apps.ts";
import { Region } from "../terminal/region.ts";
import { type Column, table } from "../terminal/table.ts";
import type { Cell, Terminal } from "../terminal/terminal.ts";
import {
  deployedAt,
  destinationOf,
  healthOf,
  isBusy,
  nameOf,
  placeOf,
  policyOf,
  syncOf,
} from "../words/app-words.ts";
import { count } from "../words/count.ts";
import { cause, urgency, why } from "../words/why.ts";

export interface AppListOptions extends SelectionOptions {
  /** Words, any case: `degraded`, `Progressing`. */
  health?: string[];
  sync?: string[];
  cluster?: string;
  path?: string;
  output?: "json" | "yaml" | "wide" | "name" | "table";
  headers: boolean;
  /** Of tables; other outputs are by name. */
  sort: "worst" | "name";
  watch?: true;
}

export async function appList(context: CliContext, options: AppListOptions): Promise<ExitCode> {
  if (options.watch === true) return watchApps(context, options);
  const client = await context.client();
  // What the line finds is told beside all that there is.
  const { query: _, ...asked } = options;
  const all = await listApps(client, asked, { changed: "awaited" });
  const apps = all.filter(await wantedBy(client, options));
  switch (options.output) {
    case "json":
      printJsonList(context, "ApplicationList", { items: apps });
      return EXIT.done;
    case "yaml":
      printYamlDocuments(context, apps.map(asManifest));
      return EXIT.done;
    case "name":
      context.print(apps.map(nameOf));
      return EXIT.done;
    default:
      if (apps.length > 0) context.print(appTable(context.out, apps, options, context.now()));
      context.note(
        all.length === 0 && isNarrowed(options)
          ? "No application fits, or you may not see it."
          : summary(context.err, { shown: apps, all, server: client.url }),
      );
      await noteProblems(context, client);
      return EXIT.done;
  }
}

/** A manifest that cannot be read is in no list: without a word it would seem forgotten. */
async function noteProblems(context: CliContext, client: Client): Promise<void> {
  const { items } = await client.get<{ items: Problem[] }>("/api/holdfast/v1/problems");
  const errors = items.filter(({ severity }) => severity === "error").length;
  const { symbols, paint } = context.err;
  if (errors > 0)
    context.note(
      `${paint("bad", symbols.failed)} ${count(errors, "problem")} in the files of applications   ${paint("dim", "(holdfast status explains)")}`,
    );
}

const COLUMNS: readonly Column[] = [
  { head: "NAME", least: 20, shrinks: 4 },
  { head: "PROJECT", least: 10, shrinks: 2, hides: 1 },
  { head: "SYNC" },
  { head: "HEALTH" },
  { head: "REVISION", least: 12, shrinks: 3, hides: 3 },
  { head: "AGE", hides: 2 },
  { head: "WHY", least: 20, wants: 40, shrinks: 1 },
];
const WIDE: readonly Column[] = [
  ...COLUMNS.slice(0, -1),
  { head: "POLICY" },
  { head: "CLUSTER" },
  { head: "NAMESPACE" },
  { head: "SOURCE" },
  { head: "COMPARED WITH" },
  { head: "WHY" },
];

/** AGE counts from the last deployment. */
export function appTable(
  terminal: Terminal,
  apps: readonly Application[],
  { output, headers, sort }: Pick<AppListOptions, "output" | "headers" | "sort">,
  nowMs: number,
): string[] {
  const sorted = sort === "worst" ? worstFirst(apps) : apps;
  const rowOf = (app: Application, name: string): Cell[] => {
    const first: Cell[] = [
      name,
      app.spec.project,
      terminal.state(syncOf(app)),
      terminal.state(healthOf(app)),
      standsAt(app),
      age(deployedAt(app), nowMs),
    ];
    const because = withRelativeTimes(cause(app), nowMs);
    if (output !== "wide") return [...first, because];
    const { cluster, namespace } = destinationOf(app);
    return [
      ...first,
      policyOf(app),
      cluster,
      namespace,
      sourcesOf(app.spec).map(placeOf).join(", "),
      revisionOf(app),
      because,
    ];
  };
  const heads = headers ? "shown" : "none";
  const rows = sorted.map((app) => rowOf(app, nameOf(app)));
  const whole = table(terminal, output === "wide" ? WIDE : COLUMNS, rows, { heads, fit: "whole" });
  if (output === "wide" || whole.every((line) => widthOf(line) <= terminal.width)) return whole;
  // Where there is no room, a namespace that all of them have in common is the first to go.
  const isOne = new Set(sorted.map(({ metadata }) => metadata.namespace)).size === 1;
  const fitted = isOne ? sorted.map((app) => rowOf(app, app.metadata.name)) : rows;
  return table(terminal, COLUMNS, fitted, { heads });
}

const widthOf = (line: string): number => Bun.stringWidth(line);

/** Those that need a look first; those that are equally well stay in their order. */
function worstFirst(apps: readonly Application[]): Application[] {
  const rank = new Map(apps.map((app) => [app, urgency(app)]));
  return [...apps].sort((a, b) => (rank.get(b) ?? 0) - (rank.get(a) ?? 0));
}

/** `2 of 214 applications · 198 healthy · 14 suspended`, and where to read on. */
export function summary(
  { symbols, paint }: Terminal,
  {
    shown,
    all,
    server,
  }: {
    shown: readonly Application[];
    all: readonly Application[];
    /** Where the daemon's page is. */
    server: string;
  },
): string {
  if (all.length === 0)
    return `There are no applications yet, or you may see none. What makes one: its manifest, in a folder that the config names or applied to the home cluster; holdfast app create; or the page, at ${server}/new/application`;
  const counts = (["Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"] as const).flatMap(
    (word) => {
      const many = all.filter((app) => healthOf(app) === word).length;
      return many === 0 ? [] : [`${many} ${word.toLowerCase()}`];
    },
  );
  const outOfSync = all.filter((app) => syncOf(app) === "OutOfSync").length;
  if (outOfSync > 0) counts.push(`${outOfSync} out of sync`);
  const many =
    shown.length === all.length
      ? `${all.length} application${all.length === 1 ? "" : "s"}`
      : `${shown.length} of ${all.length} applications`;
  const [trouble] = shown
    .filter((app) => why(app) !== "" && !isBusy(app))
    .sort((a, b) => urgency(b) - urgency(a));
  const hint =
    trouble === undefined ? "" : `   ${paint("dim", `(holdfast app get ${nameOf(trouble)} explains)`)}`;
  return [many, ...counts].join(` ${symbols.dot} `) + hint;
}

function isNarrowed({ selector, project = [], repo, appNamespace }: AppListOptions): boolean {
  return selector !== undefined || project.length > 0 || repo !== undefined || appNamespace !== undefined;
}

async function wantedBy(
  client: Client,
  { health = [], sync = [], cluster, path, ...line }: AppListOptions,
): Promise<(app: Application) => boolean> {
  const isFound = await foundBy(client, line);
  return (app: Application): boolean => {
    const { destination } = app.spec;
    return (
      isFound(app) &&
      (health.length === 0 || health.some((word) => word.toLowerCase() === healthOf(app).toLowerCase())) &&
      (sync.length === 0 || sync.some((word) => word.toLowerCase() === syncOf(app).toLowerCase())) &&
      (cluster === undefined ||
        destination.name === cluster ||
        destination.server === cluster ||
        destinationOf(app).cluster === cluster) &&
      (path === undefined || sourcesOf(app.spec).some((source) => source.path === path))
    );
  };
}

/** On a terminal the table is drawn again; elsewhere each change is a line, with `-o json` an NDJSON event. */
async function watchApps(context: CliContext, options: AppListOptions): Promise<ExitCode> {
  const client = await context.client();
  const isWanted = await wantedBy(client, options);
  const { out, signal } = context;
  const apps = new Map<string, Application>();
  const region =
    out.canRedraw && (options.output ?? "table") !== "json" && options.output !== "name"
      ? new Region(out)
      : undefined;
  const said = new Map<string, string>();
  const draw = (): void => {
    const all = [...apps.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    const shown = all.filter(isWanted);
    region?.show([
      ...appTable(out, shown, options, context.now()),
      summary(out, { shown, all, server: client.url }),
    ]);
  };
  // Ages go on although nothing happens.
  const ticking = region === undefined ? undefined : setInterval(draw, 5_000);
  try {
    for await (const { type, application } of followApps(client, listQuery(options), {
      signal,
      note: context.note,
    })) {
      const name = nameOf(application);
      if (type === "DELETED") apps.delete(name);
      else apps.set(name, application);
      if (region !== undefined) draw();
      else if (type === "DELETED" ? said.has(name) : isWanted(application)) {
        const line = changeLine(type, application, options);
        if (options.output === "json")
          context.print(
            JSON.stringify({ apiVersion: CLI_VERSION, kind: "ApplicationEvent", type, application }),
          );
        else if (said.get(name) !== line)
          context.print(options.output === "name" ? name : `${timestamp(context.now())} ${line}`);
        if (type === "DELETED") said.delete(name);
        else said.set(name, line);
      }
    }
    return EXIT.done;
  } catch (cause) {
    // Ctrl-C is how a watch ends.
    if (signal.aborted) return EXIT.interrupted;
    throw cause;
  } finally {
    clearInterval(ticking);
  }
}

function changeLine(type: string, app: Application, { output }: AppListOptions): string {
  if (output === "name") return nameOf(app);
  const reason = why(app);
  return type === "DELETED"
    ? `${nameOf(app)} deleted`
    : `${nameOf(app)} ${syncOf(app)} ${healthOf(app)} ${standsAt(app)}${reason === "" ? "" : ` ${JSON.stringify(reason)}`}`;
}
