import { type Application, type RevisionHistory, sourcesOf } from "../../core/model/application.ts";
import { changeOf, type ToldDeployment } from "../../core/model/commit-lines.ts";
import {
  DRIFT_KINDS,
  type DriftLine,
  type DriftTransition,
  driftBy,
  driftLines,
  driftWords,
  isAfterDeployment,
} from "../../core/model/drift-lines.ts";
import { type FaredDeployment, faredWords } from "../../core/model/fared.ts";
import { revisionsIn } from "../../core/model/hold.ts";
import { sourceKind } from "../../core/model/source.ts";
import { showPart } from "../../core/model/taken-part.ts";
import { ago } from "../../lib/ago.ts";
import { defined } from "../../lib/defined.ts";
import { withRelativeTimes } from "../../lib/relative-times.ts";
import { ownPath } from "../app-path.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { CLI_VERSION, printJsonList, printYamlDocuments } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { table } from "../terminal/table.ts";
import { nameOf, placeOf, shortRevision } from "../words/app-words.ts";
import { artifactSaid } from "../words/artifact-words.ts";
import { count } from "../words/count.ts";
import { causeOf, standingOf, whoOf } from "../words/deployment-words.ts";
import { undoHint } from "../words/undo-hint.ts";

export interface AppHistoryOptions extends SelectionOptions {
  output?: "json" | "yaml" | "wide" | "id";
}

/** As the daemon tells it: with how it fared, who made its commits, and which changed it, one for each source. */
type Deployment = FaredDeployment & ToldDeployment;

/** What was deployed, the newest first. */
export async function appHistory(
  context: CliContext,
  name: string,
  options: AppHistoryOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options);
  const [{ items }, changes] = await Promise.all([
    client.get<{ items: Deployment[] }>(ownPath(app, "/history")),
    changesIn(client, nameOf(app), options.output),
  ]);
  const entries = [...items].sort((a, b) => b.id - a.id);
  switch (options.output) {
    case "json":
      printJsonList(context, "History", told(app, entries, changes));
      return EXIT.done;
    case "yaml":
      printYamlDocuments(context, [
        { apiVersion: CLI_VERSION, kind: "History", ...told(app, entries, changes) },
      ]);
      return EXIT.done;
    case "id":
      context.print(entries.map(({ id }) => String(id)));
      return EXIT.done;
    default: {
      const subjects = options.output === "wide" ? await subjectsOf(entries) : subjectsTold(entries);
      // What nobody knows takes no room.
      const isKnown = entries.some(({ fared }) => fared !== undefined);
      const columns = [
        { head: "ID" },
        { head: "" },
        { head: "WHEN" },
        { head: "REVISION" },
        { head: "BY", least: 8, shrinks: 3 },
        { head: "CAUSE", least: 10, shrinks: 2 },
        ...(isKnown ? [{ head: "FARED", least: 12, shrinks: 2 }] : []),
        {
          head: `${subjects === undefined ? "SOURCE" : "COMMIT"} OR CHANGE`,
          least: changes.length > 0 ? 32 : 16,
          shrinks: 1,
        },
      ];
      const deployments = entries.map((entry, at) => [
        String(entry.id),
        standingOf(entry, entries, app.status?.hold) ?? "",
        ago(entry.deployedAt, context.now()),
        revisionsIn(entry).map(shortRevision).join(", "),
        whoOf(entry),
        causeOf(entry),
        ...(isKnown ? [faredWords(entry.fared) || "not known"] : []),
        subjects === undefined ? sourcesIn(entry, app.spec).map(placeOf).join(", ") : (subjects[at] ?? ""),
      ]);
      const lines = changes.map((change) => [
        ...["-", "", ago(change.found.at, context.now()), ""],
        ...[driftBy(change), "drift", ...(isKnown ? [""] : [])],
        withRelativeTimes(driftWords(change), context.now()) + timesWords(change, context.now()),
      ]);
      const changed = changes.map((change, at) => ({
        ...{ atMs: Date.parse(change.found.at), row: lines[at] ?? [] },
        isAfter: isAfterDeployment(change),
      }));
      // The newest first, as on the page.
      const rows = [
        ...changed.filter(({ isAfter }) => isAfter),
        ...entries.map(({ deployedAt }, at) => ({
          atMs: Date.parse(deployedAt),
          row: deployments[at] ?? [],
        })),
        ...changed.filter(({ isAfter }) => !isAfter),
      ]
        .sort((a, b) => b.atMs - a.atMs)
        .map(({ row }) => row);
      if (rows.length > 0)
        context.print(
          table(context.out, columns, rows, { fit: options.output === "wide" ? "whole" : "terminal" }),
        );
      if (options.output === "wide")
        for (const { id, taken = [] } of entries)
          if (taken.length > 0) context.note(`${id} took ${taken.map(showPart).join(", ")}`);
      context.note(
        entries.length === 0
          ? `${nameOf(app)} was not deployed yet.`
          : `${count(entries.length, "deployment")} of ${nameOf(app)}. Syncs that failed too: holdfast runs --app ${nameOf(app)}. To go back: holdfast app rollback ${nameOf(app)} ID`,
      );
      const undo = app.status?.undo;
      if (undo !== undefined) context.note(undoHint(app, undo, context.now()));
      return EXIT.done;
    }
  }

  /** Those that came with the answer; undefined where there are none. */
  function subjectsTold(entries: readonly Deployment[]): string[] | undefined {
    const subjects = entries.map(changeWords);
    return subjects.some((subject) => subject !== "") ? subjects : undefined;
  }

  async function subjectsOf(entries: readonly Deployment[]): Promise<string[]> {
    return Promise.all(
      entries.map(async (entry) => {
        const [about] = entry.commits;
        const change = changeWords(entry);
        if (change !== "") return change;
        // A commit that was pushed over is gone from the repository; its deployment is still history.
        if (about?.is === "unknown") return `(${about.why})`;
        const [revision = ""] = revisionsIn(entry);
        const [source] = sourcesIn(entry, app.spec);
        if (source === undefined || sourceKind(source) === "git") return "";
        return (await artifactSaid(client, app, source, revision))?.description?.split("\n", 1)[0] ?? "";
      }),
    );
  }
}

/** All that the table has, for programs. */
function told(
  app: Application,
  items: readonly Deployment[],
  changes: readonly DriftLine[],
): Record<string, unknown> {
  return {
    application: nameOf(app),
    ...defined({ hold: app.status?.hold }),
    items,
    changes: changes.map(({ found, end }) => ({ ...found, end })),
  };
}

/** What others changed in the cluster, the newest first. Whoever asks for deployments alone waits for no more. */
async function changesIn(
  client: Client,
  app: string,
  output: AppHistoryOptions["output"],
): Promise<DriftLine[]> {
  if (output === "id") return [];
  const { items } = await client.get<{ items: DriftTransition[] }>("/api/holdfast/v1/transitions", {
    ...{ app, kind: DRIFT_KINDS.join(","), limit: "1000" },
  });
  return driftLines(items).lines;
}

/** What went to and fro is one line. */
function timesWords({ found: { count: times, first } }: DriftLine, nowMs: number): string {
  return times > 1 ? ` (${times} times since ${ago(first, nowMs)})` : "";
}

/** A deployment is of a branch's tip, which may be a commit of others: the one that changed the application is told. */
function changeWords(entry: Deployment): string {
  const known = changeOf(entry, 0);
  if (known === undefined) return "";
  const { subject, author } = known.about;
  const id = known.commit === revisionsIn(entry)[0] ? "" : `${shortRevision(known.commit)} `;
  const who = known.is === "change" ? author.replace(/\s*<[^>]*>$/, "") : "";
  return `${id}${subject}${who === "" ? "" : ` (${who})`}`;
}

function sourcesIn(
  { source, sources }: RevisionHistory,
  spec: Parameters<typeof sourcesOf>[0],
): ReturnType<typeof sourcesOf> {
  return sources ?? (source === undefined ? sourcesOf(spec) : [source]);
}
