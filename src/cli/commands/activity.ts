import { type ActivityEntry, parseHead, sayHead, type Verification } from "../../core/model/activity.ts";
import { deedWords, objectKindWord, outcomeWord, requestedWords } from "../../core/model/deed-words.ts";
import { show } from "../../core/model/object-ref.ts";
import { defined } from "../../lib/defined.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client, Query } from "../http/client.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { oneApp } from "../select-apps.ts";
import { table } from "../terminal/table.ts";
import { nameOf } from "../words/app-words.ts";
import { count } from "../words/count.ts";

const PATH = "/api/holdfast/v1/activity";
/** The most that the daemon gives at once. */
const PAGE = 1_000;

export interface ActivityFilter {
  /** Milliseconds since 1970, or so many before now. */
  since?: Moment;
  until?: Moment;
  actor?: string;
  action?: string;
  app?: string;
  project?: string;
  outcome?: ActivityEntry["outcome"]["is"];
  text?: string;
}

export type Moment = { at: number } | { ago: number };

export interface ActivityListOptions extends ActivityFilter {
  limit: number;
  output?: "json" | "yaml";
}

/** Who did what, the newest first. */
export async function activityList(
  context: CliContext,
  { limit, output, ...filter }: ActivityListOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const query = await queryOf(context, client, filter);
  const items: ActivityEntry[] = [];
  for (let cursor: string | undefined; items.length < limit; ) {
    const size = String(Math.min(limit - items.length, PAGE));
    const page = await client.get<{ items: ActivityEntry[]; cursor?: string }>(PATH, {
      ...query,
      ...defined({ cursor }),
      limit: size,
    });
    items.push(...page.items);
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  if (output === "json") printJsonList(context, "ActivityList", { items });
  else if (output === "yaml") printYamlDocuments(context, [items]);
  else if (items.length === 0) context.note("Nobody did anything of that kind.");
  else {
    const columns = [
      { head: "ENTRY" },
      { head: "AT" },
      { head: "WHO", least: 8, shrinks: 4 },
      { head: "DID", least: 10, shrinks: 3 },
      { head: "WHAT", least: 12, shrinks: 2 },
      { head: "OUTCOME" },
      { head: "WHY", least: 12, shrinks: 1, hides: 1 },
    ];
    const rows = items.map((entry) => [
      String(entry.seq),
      entry.at,
      entry.actor,
      entry.count === undefined ? deedWords(entry) : `${deedWords(entry)} (${entry.count} times)`,
      objectOf(entry),
      outcomeWord(entry),
      [entry.outcome.is === "done" ? undefined : entry.outcome.why, entry.reason]
        .filter((text) => text !== undefined)
        .join("; "),
    ]);
    context.print(table(context.out, columns, rows));
    const which = query["app"] === undefined ? "" : ` --app ${query["app"]}`;
    context.note(
      `What became of it, and what was changed in clusters: holdfast activity transitions${which}`,
    );
  }
  return EXIT.done;
}

export async function activityShow(
  context: CliContext,
  seq: number,
  { output = "yaml" }: { output?: "json" | "yaml" },
): Promise<ExitCode> {
  const entry = await (await context.client()).get<ActivityEntry>(`${PATH}/${seq}`);
  if (output === "json") printJsonList(context, "ActivityEntry", { ...entry });
  else printYamlDocuments(context, [entry]);
  if (outcomeWord(entry) === "asked for") context.note(askedFor(entry));
  return EXIT.done;
}

/** The entry was chained when it was asked for, and stays as it was. */
function askedFor({ app, action, at }: ActivityEntry): string {
  const which = app === undefined ? "" : ` --app ${app}`;
  return action === "sync"
    ? `"done" is that it was asked for. What came of it: holdfast runs${which}`
    : `"done" is that it was asked for. What came of it: holdfast activity list${which} --since ${at}`;
}

/** One entry a line, the oldest first. */
export async function activityExport(context: CliContext, filter: ActivityFilter): Promise<ExitCode> {
  const client = await context.client();
  const query = { ...(await queryOf(context, client, filter)), format: "ndjson" };
  for await (const line of client.lines(PATH, query, context.signal)) if (line !== "") context.print([line]);
  return EXIT.done;
}

export interface ActivityVerifyOptions {
  data?: string;
  file?: string;
  anchor?: string;
  output?: "json";
}

export async function activityVerify(
  context: CliContext,
  { data, file, anchor, output }: ActivityVerifyOptions,
): Promise<ExitCode> {
  const noted = anchor === undefined ? undefined : parseHead(anchor);
  if (anchor !== undefined && noted === undefined)
    throw new CliError(EXIT.usage, `--anchor: ${anchor} is no head.`, [
      "Write what activity verify printed: SEQ:HASH, or the hash alone.",
    ]);
  if (data !== undefined && file !== undefined)
    throw new CliError(EXIT.usage, "--data and --file name two places: verify one after the other.");
  const from = data !== undefined ? { data } : file !== undefined ? { file } : undefined;
  const { signal, host } = context;
  const verification =
    from === undefined
      ? await (await context.client()).get<Verification>(`${PATH}/verify`, defined({ anchor }))
      : await host.verbs.activityVerify({ from, signal, ...defined({ noted }) });
  if (output === "json") printJsonList(context, "ActivityVerification", { ...verification });
  else sayVerification(context, verification);
  return verification.is === "whole" ? EXIT.done : EXIT.differs;
}

function sayVerification(context: CliContext, verification: Verification): void {
  const verified = count(verification.verified, "entry", "entries");
  if (verification.is === "broken") {
    const { seq, why } = verification;
    context.print(`Broken at entry ${seq}: ${why}. Before that: ${verified} as written.`);
    context.note("Compare with an export, or with a copy of the data folder, from before.");
    return;
  }
  const { first, head } = verification;
  if (head === undefined) return context.print("There are no entries yet.");
  context.print([`${verified} as written, from ${first} to ${head.seq}.`, `Head: ${sayHead(head)}`]);
  context.note(
    "Note the head elsewhere: --anchor compares with it later, and an end that was cut off shows.",
  );
}

async function queryOf(
  context: CliContext,
  client: Client,
  { since, until, app, ...same }: ActivityFilter,
): Promise<Query> {
  return defined({
    ...same,
    since: timeOf(context, since),
    until: timeOf(context, until),
    app: app === undefined ? undefined : await wholeName(client, app),
  });
}

/** RFC 3339. */
export function timeOf({ now }: Pick<CliContext, "now">, moment: Moment | undefined): string | undefined {
  return moment && timestamp("at" in moment ? moment.at : now() - moment.ago);
}

/** One that is gone has left its entries, and is named whole. */
export async function wholeName(client: Client, app: string): Promise<string> {
  try {
    return nameOf(await oneApp(client, app));
  } catch (cause) {
    if (cause instanceof CliError && cause.code === EXIT.notFound && app.includes("/")) return app;
    throw cause;
  }
}

function objectOf({ object, project, details }: ActivityEntry): string {
  if (object === undefined) return project === undefined ? requestedWords(details) : `project ${project}`;
  const name = object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`;
  return [
    `${objectKindWord(object.kind)} ${name}`,
    ...(object.live === undefined ? [] : [show(object.live)]),
  ].join(": ");
}
