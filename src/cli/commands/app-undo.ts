import type { Application } from "../../core/model/application.ts";
import type { DeletedRun, UndoAnswer, UndoableObject } from "../../core/model/undo-answer.ts";
import { ago } from "../../lib/ago.ts";
import { ownPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printApplication, printJsonList, printYamlDocuments } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { createProgress } from "../sync-progress.ts";
import { plainText } from "../terminal/plain-text.ts";
import { table } from "../terminal/table.ts";
import { untilApps } from "../until-apps.ts";
import { isBusy, nameOf, objectName, shortRevision } from "../words/app-words.ts";
import { count } from "../words/count.ts";
import { whoOf } from "../words/deployment-words.ts";
import { syncRows } from "../words/sync-rows.ts";
import { rowLines } from "../words/sync-summary.ts";

export interface AppUndoOptions extends SelectionOptions {
  list?: true;
  dryRun?: true;
  yes?: true;
  output?: "json" | "yaml" | "wide" | "name";
}

/** Makes again what was deleted: shows it, asks, and follows the operation to its end. */
export async function appUndo(
  context: CliContext,
  name: string,
  run: number | undefined,
  options: AppUndoOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options);
  const asked = run === undefined ? {} : { run: String(run) };
  const answer = await client.get<UndoAnswer>(ownPath(app, "/undo"), asked);
  const { runs, objects } = answer;
  const goesOn = options.yes === true || options.dryRun === true;
  // A document is for a program, which is not asked: without a flag that says so nothing is made.
  if (isDocument(options) && (options.list === true || !goesOn)) return print(context, app, answer, options);
  if (options.list === true) return list(context, app, runs, options);
  const meant = runs.find((one) => one.run === answer.run);
  if (meant === undefined)
    throw new CliError(
      EXIT.notFound,
      run === undefined
        ? `Nothing that was deleted of ${nameOf(app)} is kept.`
        : `Nothing that run ${run} deleted of ${nameOf(app)} is kept.`,
      runs.length === 0
        ? ["What is pruned is kept for 7 days, or as long as prune.keepFor in the config says."]
        : [`See what is: holdfast app undo ${nameOf(app)} --list`],
    );
  if (!isDocument(options)) context.print(planLines(context, app, meant, objects, options));
  const possible = objects.filter(({ can }) => can === "yes");
  if (objects.every(({ can }) => can === "is-there")) {
    context.note("There is nothing to make again.");
    return EXIT.done;
  }
  if (possible.length === 0)
    throw new CliError(EXIT.conflict, "None of them can be made again now.", [
      runs.length > 1
        ? `See other runs: holdfast app undo ${nameOf(app)} --list`
        : `Each line of holdfast app undo ${nameOf(app)} says why.`,
    ]);
  const what = `Make ${count(possible.length, "object")} of ${nameOf(app)} again?`;
  if (!goesOn && !(await confirm(context, what))) {
    context.note("Nothing was made.");
    return EXIT.done;
  }
  const started = await client.send<Application>("POST", ownPath(app, "/undo"), {
    body: {
      run: meant.run,
      objects: possible.map(({ id }) => id),
      ...(options.dryRun === true ? { dryRun: true } : {}),
    },
  });
  return follow(context, started, options);
}

const WORDS: Record<UndoableObject["can"], string> = {
  yes: "is made again",
  no: "cannot be",
  "is-there": "need not be",
};

function isDocument({ output }: AppUndoOptions): boolean {
  return output !== undefined && output !== "wide";
}

/** What is kept, as the API says it. */
function print(
  context: CliContext,
  app: Application,
  answer: UndoAnswer,
  { output }: AppUndoOptions,
): ExitCode {
  const { objects } = answer;
  if (output === "json") printJsonList(context, "Undo", { application: nameOf(app), ...answer });
  else if (output === "yaml") printYamlDocuments(context, [{ application: nameOf(app), ...answer }]);
  else if (objects.length > 0)
    context.print(objects.map((one) => objectName(one, app.spec.destination.namespace ?? "")));
  return EXIT.done;
}

function planLines(
  context: CliContext,
  app: Application,
  meant: DeletedRun,
  objects: readonly UndoableObject[],
  { output }: AppUndoOptions,
): string[] {
  const usual = app.spec.destination.namespace ?? "";
  const whose = meant.application === "this" ? "" : ", the one before of that name,";
  const heads = output === "wide" ? [{ head: "GROUP" }, { head: "VERSION" }] : [];
  return [
    `Run ${meant.run} deleted ${count(objects.length, "object")} of ${nameOf(app)}${whose} ${ago(meant.at, context.now())}. Kept until ${meant.until}:`,
    ...table(
      context.out,
      [...heads, { head: "OBJECT" }, { head: "" }, { head: "", least: 16, shrinks: 1 }],
      objects.map((one) => [
        ...(output === "wide" ? [one.group, one.version] : []),
        objectName(one, usual),
        WORDS[one.can],
        plainText(one.why),
      ]),
      output === "wide" ? { fit: "whole" } : { fit: "terminal", heads: "none" },
    ),
  ];
}

function list(
  context: CliContext,
  app: Application,
  runs: readonly DeletedRun[],
  { output }: AppUndoOptions,
): ExitCode {
  if (runs.length > 0)
    context.print(
      table(
        context.out,
        [
          { head: "RUN" },
          { head: "DELETED" },
          { head: "OBJECTS" },
          { head: "KEPT UNTIL" },
          { head: "REVISION" },
          { head: "BY", least: 8, shrinks: 2 },
          { head: "CAUSE", least: 10, shrinks: 1 },
        ],
        runs.map(({ run, at, until, objects, application, sync }) => [
          String(run),
          ago(at, context.now()),
          String(objects),
          until,
          (sync?.revisions ?? []).map(shortRevision).join(", "),
          sync === undefined ? "" : whoOf(sync),
          `${sync?.cause ?? ""}${application === "this" ? "" : " of the one before of that name"}`.trim(),
        ]),
        { fit: output === "wide" ? "whole" : "terminal" },
      ),
    );
  context.note(
    runs.length === 0
      ? `Nothing that was deleted of ${nameOf(app)} is kept.`
      : `Undo one of them: holdfast app undo ${nameOf(app)} RUN`,
  );
  return EXIT.done;
}

async function follow(context: CliContext, started: Application, options: AppUndoOptions): Promise<ExitCode> {
  const { output } = options;
  const client = await context.client();
  const name = nameOf(started);
  const progress = createProgress(context);
  const outcome = await untilApps(context, client, new Map([[name, started]]), {
    timeoutMs: context.limitMs(0),
    isDone: (app) => !isBusy(app),
    update: progress.update,
  }).finally(progress.end);
  const hint = `Follow it again with: holdfast app wait ${name} --operation`;
  if (outcome.is === "interrupted")
    throw new CliError(EXIT.interrupted, "Detached: the undo goes on in the daemon.", [hint]);
  if (outcome.is === "timed-out")
    throw new CliError(EXIT.timedOut, `Not done after ${context.limitMs(0) / 1_000} s. The undo goes on.`, [
      hint,
    ]);
  const [app = started] = outcome.apps;
  const state = app.status?.operationState;
  const results = state?.syncResult?.resources ?? [];
  const isGood = state?.phase === "Succeeded" && !results.some(({ status }) => status === "SyncFailed");
  const { symbols, paint } = context.out;
  if (output === "json" || output === "yaml" || output === "name") printApplication(context, app, output);
  else
    context.print([
      ...rowLines(context.out, syncRows(app)),
      `${paint(isGood ? "good" : "bad", isGood ? symbols.done : symbols.failed)} ${name}: ${plainText(state?.message ?? "nothing is known of it")}`,
    ]);
  return isGood ? EXIT.done : EXIT.differs;
}
