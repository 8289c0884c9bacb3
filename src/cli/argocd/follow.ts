/** Following applications as `argocd app sync` and `app wait` do: a row for each object that changes, until it is there. */

import type { Application } from "../../core/model/application.ts";
import type { SyncResource } from "../../core/model/operation.ts";
import { defined } from "../../lib/defined.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { printJson, printYamlDocuments } from "../print-object.ts";
import { type Outcome, untilApps } from "../until-apps.ts";
import { isSelected } from "../wait-conditions.ts";
import { nameOf } from "../words/app-words.ts";
import type { ArgoContext } from "./argo-context.ts";
import { summaryOf } from "./commands/app-get.ts";
import { operationLines, resourceLines } from "./words/app-facts.ts";
import { cellsOf, RESOURCE_HEADS, resourceRows } from "./words/resource-rows.ts";

export type FollowOutput = "json" | "yaml" | "wide" | "tree";

interface Follow {
  /** 0: no limit. */
  timeoutMs: number;
  /** Empty: all of them. */
  resources: readonly SyncResource[];
  isDone(app: Application): boolean;
  gone?(app: Application): void;
  /** Of objects that change. */
  rows: "shown" | "hidden";
}

/**
 * @returns each as it was seen last, all of them done
 * @throws {CliError} timedOut with argocd's sentence, and interrupted
 */
export async function followApps(
  context: ArgoContext,
  client: Client,
  apps: ReadonlyMap<string, Application>,
  { timeoutMs, resources, isDone, gone, rows }: Follow,
): Promise<Application[]> {
  const isSilent = rows === "hidden";
  const print = isSilent ? () => undefined : rowPrinter(context, resources);
  const outcome: Outcome = await untilApps(context, client, apps, {
    timeoutMs,
    isDone,
    update: print,
    ...defined({ gone }),
  });
  if (outcome.is === "interrupted")
    throw new CliError(EXIT.interrupted, "Interrupted: what runs goes on in the daemon.");
  if (outcome.is === "timed-out") {
    if (!isSilent) for (const app of outcome.late) await printEnd(context, client, app);
    throw new CliError(
      EXIT.timedOut,
      outcome.late
        .map(
          (app) => `timed out (${timeoutMs / 1_000}s) waiting for app "${nameOf(app)}" match desired state`,
        )
        .join("\n"),
    );
  }
  return outcome.apps;
}

/** What a program reads is not mixed with rows for people. */
export function rowsFor(output: FollowOutput | undefined): Follow["rows"] {
  return output === "json" || output === "yaml" ? "hidden" : "shown";
}

/** What argocd prints of each at the end. */
export async function printEnds(
  context: ArgoContext,
  client: Client,
  apps: readonly Application[],
  output: FollowOutput | undefined,
): Promise<void> {
  if (output === "json") for (const app of apps) printJson(context, app);
  else if (output === "yaml") printYamlDocuments(context, apps);
  else for (const app of apps) await printEnd(context, client, app);
}

async function printEnd(context: ArgoContext, client: Client, app: Application): Promise<void> {
  context.print(["", ...(await summaryOf(client, app)), ...operationLines(app), ...resourceLines(app)]);
}

/** Least widths of argocd's columns: rows come one by one, so that none can be made wider by a later one. */
const WIDTHS = [29, 5, 10, 10, 20, 8, 7, 10, 0];

/** A row each time when what it says changed. */
function rowPrinter(context: ArgoContext, resources: readonly SyncResource[]): (app: Application) => void {
  const said = new Map<string, string>();
  let hasHeads = false;
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padStart(at === 0 ? 0 : (WIDTHS[at] ?? 0)).padEnd(at === 0 ? 29 : 0))
      .join("  ")
      .trimEnd();
  return (app) => {
    for (const row of resourceRows(app)) {
      if (resources.length > 0 && !isSelected({ version: "", ...plain(row) }, resources)) continue;
      const cells = cellsOf(row);
      const text = cells.join("\t");
      const key = `${nameOf(app)} ${row.key}`;
      if (said.get(key) === text) continue;
      said.set(key, text);
      if (!hasHeads) context.print(line(["TIMESTAMP", ...RESOURCE_HEADS]));
      hasHeads = true;
      context.print(line([stamp(context.now()), ...cells.map((cell) => cell.replaceAll(/\s+/g, " "))]));
    }
  };
}

function plain({
  group,
  kind,
  namespace,
  name,
}: {
  group: string;
  kind: string;
  namespace: string;
  name: string;
}) {
  return { group, kind, namespace, name };
}

function stamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}+00:00`;
}
