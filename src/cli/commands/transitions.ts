import { changersOf, changesWords } from "../../core/model/drift-change.ts";
import { TRANSITION_KINDS, type Transition, type TransitionKind } from "../../core/model/transition.ts";
import { defined } from "../../lib/defined.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { table } from "../terminal/table.ts";
import { shortRevision } from "../words/app-words.ts";
import { type Moment, timeOf, wholeName } from "./activity.ts";

const PATH = "/api/holdfast/v1/transitions";
/** The most that the daemon gives at once. */
const PAGE = 1_000;

export interface TransitionsOptions {
  app?: string;
  cluster?: string;
  kind?: string;
  since?: Moment;
  until?: Moment;
  limit: number;
  output?: "json" | "yaml";
}

/** What became of applications and clusters, the newest first. */
export async function transitions(
  context: CliContext,
  { app, cluster, kind, since, until, limit, output }: TransitionsOptions,
): Promise<ExitCode> {
  for (const one of kind?.split(",") ?? [])
    if (!TRANSITION_KINDS.includes(one.trim() as TransitionKind))
      throw new CliError(EXIT.usage, `--kind: there is no ${one.trim() === "" ? '""' : one.trim()}.`, [
        `There are ${TRANSITION_KINDS.join(", ")}.`,
      ]);
  const client = await context.client();
  const query = defined({
    ...{ cluster, kind, since: timeOf(context, since), until: timeOf(context, until) },
    app: app === undefined ? undefined : await wholeName(client, app),
  });
  const items: Transition[] = [];
  for (let cursor: string | undefined; items.length < limit; ) {
    const page = await client.get<{ items: Transition[]; cursor?: string }>(PATH, {
      ...query,
      ...defined({ cursor }),
      limit: String(Math.min(limit - items.length, PAGE)),
    });
    items.push(...page.items);
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  if (output === "json") printJsonList(context, "TransitionList", { items });
  else if (output === "yaml") printYamlDocuments(context, [items]);
  else if (items.length === 0) context.note("Nothing of that kind changed yet.");
  else {
    const columns = [
      { head: "AT" },
      { head: "OF", least: 16, shrinks: 2 },
      { head: "WHAT" },
      { head: "REVISION", hides: 1 },
      { head: "BY", hides: 2 },
      { head: "WHY", least: 16, shrinks: 1 },
    ];
    context.print(table(context.out, columns, items.map(row)));
  }
  return EXIT.done;
}

function row({
  at,
  app,
  cluster,
  kind,
  count,
  revisions = [],
  cause,
  by,
  run,
  why = "",
  changes = [],
}: Transition): string[] {
  return [
    at,
    app ?? `cluster ${cluster ?? ""}`,
    count > 1 ? `${kind} (${count} times)` : kind,
    revisions.map(shortRevision).join(", "),
    by?.replace(/^user:/, "") ?? cause ?? "",
    changes.length === 0
      ? why || (run === undefined ? "" : `run ${run}`)
      : [changesWords(changes), changersOf(changes)].filter((part) => part !== "").join(", by "),
  ];
}
