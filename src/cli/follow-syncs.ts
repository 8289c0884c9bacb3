import type { Application } from "../core/model/application.ts";
import type { ChangeAbout } from "../core/model/commit-about.ts";
import { changeAt, type ToldHistory } from "../core/model/commit-lines.ts";
import type { OperationState } from "../core/model/operation.ts";
import { appPath, ownPath } from "./app-path.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Client } from "./http/client.ts";
import { asManifest, printJson, printYamlDocuments } from "./print-object.ts";
import { createProgress } from "./sync-progress.ts";
import { untilApps } from "./until-apps.ts";
import { missing, type WaitWord } from "./wait-conditions.ts";
import { healthOf, isBusy, nameOf, revisionOf, shortRevision } from "./words/app-words.ts";
import { aboutRevision, type CommitFacts } from "./words/commit-words.ts";
import { notPruned, syncRows } from "./words/sync-rows.ts";
import { endLine, rowLines } from "./words/sync-summary.ts";

export interface FollowOptions {
  async?: boolean;
  dryRun?: boolean;
  /** `sync`: until the operation has ended. `health`: and until the application is Healthy. */
  wait: "health" | "sync" | "none";
  output?: "json" | "yaml";
}

/**
 * Shows how operations get on that were just asked for, and what came of each.
 * @param started by name, as the daemon answered
 * @throws {CliError} where it takes too long, or somebody interrupts
 */
export async function followSyncs(
  context: CliContext,
  client: Client,
  started: ReadonlyMap<string, Application>,
  options: FollowOptions,
): Promise<ExitCode> {
  if (options.async === true || options.wait === "none") {
    printApps(context, [...started.values()], options);
    if (options.output === undefined)
      context.print(
        [...started.keys()].map(
          (name) => `${name}: asked for. Follow it with: holdfast app wait ${name} --operation`,
        ),
      );
    return EXIT.done;
  }

  const wanted = new Set<WaitWord>(
    options.wait === "health" && options.dryRun !== true ? ["operation", "health"] : ["operation"],
  );
  const progress = createProgress(context);
  const outcome = await untilApps(context, client, started, {
    timeoutMs: context.limitMs(0),
    isDone: (app) =>
      !isBusy(app) && (endedBadly(app) || missing(app, wanted).length === 0 || healthOf(app) === "Degraded"),
    update: progress.update,
  }).finally(progress.end);
  if (outcome.is === "interrupted") throw detached(outcome.late, wanted);

  for (const app of outcome.apps) {
    if (options.output === undefined)
      await printResult(context, client, app, wanted.has("health") ? context.now() : undefined);
  }
  printApps(context, outcome.apps, options);
  if (outcome.is === "timed-out")
    throw new CliError(
      EXIT.timedOut,
      `Not done after ${context.limitMs(0) / 1_000} s: ${outcome.late.map(nameOf).join(", ")}.`,
      howItGoesOn(outcome.late, wanted),
    );
  const isBad = (app: Application): boolean =>
    endedBadly(app) || notPruned(app) > 0 || (wanted.has("health") && healthOf(app) !== "Healthy");
  return outcome.apps.some(isBad) ? EXIT.differs : EXIT.done;
}

function endedBadly({ status }: Application): boolean {
  return status?.operationState?.phase === "Failed" || status?.operationState?.phase === "Error";
}

function detached(late: readonly Application[], wanted: ReadonlySet<WaitWord>): CliError {
  return new CliError(
    EXIT.interrupted,
    late.some(isBusy) ? "Detached: the sync goes on in the daemon." : "Detached.",
    howItGoesOn(late, wanted).map((line) => line.replace("The sync goes on. ", "")),
  );
}

/** A sync that runs, and one that has ended with an application that is not well yet, are followed in other ways. */
function howItGoesOn(late: readonly Application[], wanted: ReadonlySet<WaitWord>): string[] {
  const running = late.filter(isBusy).map(nameOf);
  const ended = late.filter((app) => !isBusy(app));
  return [
    ...(running.length === 0
      ? []
      : [
          `The sync goes on. Follow it again with: holdfast app wait ${running.join(" ")} --operation. End it with: holdfast app terminate ${running[0] ?? ""}`,
        ]),
    ...ended.map((app) => {
      const name = nameOf(app);
      const next =
        healthOf(app) === "Suspended"
          ? `It goes on when somebody lets it: holdfast app actions list ${name}. To wait for a pause as well: holdfast app wait ${name} --health --suspended`
          : `Wait on with: holdfast app wait ${name} --health`;
      return `The sync of ${name} has ended; what is missing is ${missing(app, wanted).join(", ")}. ${next}`;
    }),
  ];
}

async function printResult(
  context: CliContext,
  client: Client,
  app: Application,
  healthyAtMs: number | undefined,
): Promise<void> {
  const state = app.status?.operationState;
  const revision = state?.syncResult?.revision ?? state?.syncResult?.revisions?.[0];
  // What could not be resolved or rendered is told by the name that was asked for, and not by what is there instead.
  const asked = endedBadly(app)
    ? (state?.operation.sync?.revision ?? state?.operation.sync?.revisions?.join(", "))
    : undefined;
  const [commit, change, runId] = await Promise.all([
    commitOf(client, app, revision),
    changeOf(client, app, revision),
    runOf(client, app),
  ]);
  // Whoever asked is a person: what a heal, or a newer commit, began meanwhile is not passed off as theirs.
  if (state?.operation.initiatedBy?.automated === true)
    context.note(
      `${nameOf(app)}: below is a sync by its policy, which came after the one that was asked for. Both: holdfast runs --app ${nameOf(app)}`,
    );
  context.print([
    `${nameOf(app)} at ${revision === undefined && asked !== undefined ? shortRevision(asked) : deliveredOf(app)}${aboutRevision(revision ?? "", change, commit, context.now())}`,
    ...rowLines(context.out, syncRows(app)),
    endLine(context.out, app, { runId, url: client.url, healthyAtMs }),
  ]);
}

/** What was delivered: of a commit that was asked for by itself, as a rollback does, no branch is said to be there. */
function deliveredOf(app: Application): string {
  const { operationState: state, sync } = app.status ?? {};
  const revision = state?.syncResult?.revision;
  const asked = state?.operation.sync?.revision;
  const isApart = asked !== undefined && asked === revision && asked !== sync?.revision;
  if (isApart && app.status?.hold === undefined) return shortRevision(asked);
  return revisionOf(app, state?.syncResult ?? sync ?? {});
}

/** undefined where it is not known: a nicety must not fail a sync. */
async function commitOf(
  client: Client,
  app: Application,
  revision: string | undefined,
): Promise<CommitFacts | undefined> {
  if (revision === undefined || revision === "") return undefined;
  const { path, query } = appPath(app, `/revisions/${encodeURIComponent(revision)}/metadata`);
  return client.get<CommitFacts>(path, query).catch(nothingWhenRefused);
}

async function changeOf(
  client: Client,
  app: Application,
  revision: string | undefined,
): Promise<ChangeAbout | undefined> {
  if (revision === undefined || revision === "") return undefined;
  const history = await client.get<ToldHistory>(ownPath(app, "/history")).catch(nothingWhenRefused);
  return history && changeAt(history, revision);
}

/** Others may have begun since. @returns undefined where the one that was seen is not among the newest */
async function runOf(client: Client, app: Application): Promise<number | undefined> {
  const seen = app.status?.operationState;
  const runs = await client
    .get<{ items: Run[] }>("/api/holdfast/v1/runs", { app: nameOf(app), limit: "5" })
    .catch(nothingWhenRefused);
  return runs?.items.find(
    ({ state }) =>
      state.startedAt === seen?.startedAt &&
      state.finishedAt === seen?.finishedAt &&
      state.message === seen?.message,
  )?.id;
}

interface Run {
  id: number;
  state: Pick<OperationState, "startedAt" | "finishedAt" | "message">;
}

function nothingWhenRefused(cause: unknown): undefined {
  if (cause instanceof CliError) return undefined;
  throw cause;
}

function printApps(context: CliContext, apps: readonly Application[], { output }: FollowOptions): void {
  if (output === "json")
    printJson(
      context,
      apps.length === 1 ? apps[0] : { apiVersion: "cli/v1", kind: "ApplicationList", items: apps },
    );
  if (output === "yaml") printYamlDocuments(context, apps.map(asManifest));
}
