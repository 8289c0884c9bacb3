import type { OperationState } from "../../core/model/operation.ts";
import { ago, took } from "../../lib/ago.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { oneApp } from "../select-apps.ts";
import { table } from "../terminal/table.ts";
import { isDryRun, nameOf, shortRevision } from "../words/app-words.ts";

export interface EntriesOptions {
  app?: string;
  limit: number;
  output?: "json" | "yaml";
}

interface Run {
  id: number;
  app: string;
  cause: string;
  state: OperationState;
}

/** Every sync and why it ran, the newest first. */
export async function runs(context: CliContext, options: EntriesOptions): Promise<ExitCode> {
  const items = await entries<Run>(context, "runs", options);
  if (options.output !== undefined) return printEntries(context, "RunList", items, options.output);
  const rows = items.map(({ id, app, cause, state }) => [
    String(id),
    app,
    isDryRun(state) ? "dry run" : cause,
    context.out.state(state.phase),
    ago(state.startedAt, context.now()),
    state.finishedAt === undefined ? "" : took(Date.parse(state.finishedAt) - Date.parse(state.startedAt)),
    shortRevision(state.syncResult?.revision ?? state.syncResult?.revisions?.[0] ?? ""),
    state.message,
  ]);
  const columns = [
    { head: "RUN" },
    { head: "APPLICATION", least: 16, shrinks: 2 },
    { head: "CAUSE", hides: 2 },
    { head: "PHASE" },
    { head: "STARTED" },
    { head: "TOOK", hides: 1 },
    { head: "REVISION", hides: 3 },
    { head: "MESSAGE", least: 16, shrinks: 1 },
  ];
  if (rows.length > 0) context.print(table(context.out, columns, rows));
  else context.note("No sync ran yet.");
  return EXIT.done;
}

interface AuditItem {
  seq?: number;
  at: string;
  actor: string;
  action: string;
  app?: string;
  details: Record<string, unknown>;
}

/** Who did what, the newest first. */
export async function audit(context: CliContext, options: EntriesOptions): Promise<ExitCode> {
  const items = await entries<AuditItem>(context, "audit", options);
  if (options.output !== undefined) return printEntries(context, "AuditList", items, options.output);
  const rows = items.map(({ at, actor, action, app = "", details }) => [
    at,
    actor,
    action,
    app,
    Object.keys(details).length === 0 ? "" : JSON.stringify(details),
  ]);
  const columns = [
    { head: "AT" },
    { head: "WHO" },
    { head: "DID", least: 10, shrinks: 3 },
    { head: "APPLICATION", least: 16, shrinks: 2 },
    { head: "DETAILS", least: 16, shrinks: 1, hides: 1 },
  ];
  if (rows.length > 0) context.print(table(context.out, columns, rows));
  else context.note("Nobody did anything yet.");
  return EXIT.done;
}

async function entries<T>(
  context: CliContext,
  what: "runs" | "audit",
  { app, limit }: EntriesOptions,
): Promise<T[]> {
  const client = await context.client();
  const itemsOf = async (name: string | undefined): Promise<T[]> =>
    (await client.get<{ items: T[] }>(`/api/holdfast/v1/${what}`, { app: name, limit: String(limit) })).items;
  if (app === undefined) return itemsOf(undefined);
  try {
    return await itemsOf(nameOf(await oneApp(client, app)));
  } catch (cause) {
    if (!(cause instanceof CliError) || cause.code !== EXIT.notFound || !app.includes("/")) throw cause;
    // One that is gone has left its entries, and how it went is what people ask about.
    const left = await itemsOf(app);
    if (left.length === 0) throw cause;
    return left;
  }
}

function printEntries(
  context: CliContext,
  kind: string,
  items: readonly unknown[],
  output: "json" | "yaml",
): ExitCode {
  if (output === "json") printJsonList(context, kind, { items });
  else printYamlDocuments(context, [items]);
  return EXIT.done;
}
