import type { Application } from "../../core/model/application.ts";
import type { Operation, SyncRequest, SyncResource } from "../../core/model/operation.ts";
import { defined } from "../../lib/defined.ts";
import { appPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { Refused } from "../http/refusal.ts";
import { asManifest, printJson, printYamlDocuments } from "../print-object.ts";
import { asCliError, reportError } from "../report-error.ts";
import { chosenApps, type SelectionOptions } from "../select-apps.ts";
import { createProgress } from "../sync-progress.ts";
import { untilApps } from "../until-apps.ts";
import { isSelected, missing, type WaitWord } from "../wait-conditions.ts";
import { healthOf, isBusy, nameOf, revisionOf } from "../words/app-words.ts";
import { aboutCommit, type CommitFacts } from "../words/commit-words.ts";
import { notPruned, syncRows } from "../words/sync-rows.ts";
import { endLine, rowLines } from "../words/sync-summary.ts";
import { differences, diffSummary, printDiff } from "./app-diff.ts";

export interface AppSyncOptions extends SelectionOptions {
  prune?: boolean;
  confirm?: number;
  dryRun?: boolean;
  revision?: string;
  revisions?: string[];
  resource?: SyncResource[];
  force?: boolean;
  replace?: boolean;
  serverSide?: boolean;
  applyOutOfSyncOnly?: boolean;
  strategy?: "apply" | "hook";
  retryLimit?: number;
  retryBackoffDuration?: string;
  retryBackoffMaxDuration?: string;
  retryBackoffFactor?: number;
  info?: { name: string; value: string }[];
  preview?: true;
  yes?: true;
  async?: boolean;
  /** `sync`: until the operation has ended. `health`: and until the application is Healthy. */
  wait: "health" | "sync" | "none";
  /** 0: no limit. */
  timeout: number;
  output?: "json" | "yaml";
}

export async function appSync(
  context: CliContext,
  names: string[],
  options: AppSyncOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const apps = await chosenApps(client, names, options);
  refuseStrayResources(apps, options);
  if (options.preview === true && !(await previewed(context, client, apps, options))) return EXIT.done;

  const started = new Map<string, Application>();
  let worst: ExitCode = EXIT.done;
  for (const app of apps) {
    context.note(`Syncing ${nameOf(app)} to ${targetOf(app, options)}`);
    try {
      const { path } = appPath(app, "/sync");
      started.set(
        nameOf(app),
        await client.send<Application>("POST", path, { body: syncBody(app, options) }),
      );
    } catch (cause) {
      // One that is refused does not keep the others.
      const error = refusedSync(cause, app);
      if (apps.length === 1 || !(cause instanceof Refused)) throw error;
      reportError(context.err, asCliError(error, context.signal), { trace: "hidden" });
      worst = worst === EXIT.done ? asCliError(error, context.signal).code : worst;
    }
  }
  if (options.async === true || options.wait === "none") {
    printApps(context, [...started.values()], options);
    if (options.output === undefined)
      context.print(
        [...started.keys()].map(
          (name) => `${name}: asked for. Follow it with: holdfast app wait ${name} --operation`,
        ),
      );
    return worst;
  }

  const wanted = new Set<WaitWord>(
    options.wait === "health" && options.dryRun !== true ? ["operation", "health"] : ["operation"],
  );
  const hasFailed = ({ status }: Application): boolean =>
    status?.operationState?.phase === "Failed" || status?.operationState?.phase === "Error";
  const progress = createProgress(context);
  const outcome = await untilApps(context, client, started, {
    timeoutMs: options.timeout,
    isDone: (app) =>
      !isBusy(app) && (hasFailed(app) || missing(app, wanted).length === 0 || healthOf(app) === "Degraded"),
    update: progress.update,
  }).finally(progress.end);
  if (outcome.is === "interrupted") throw detached([...started.keys()]);

  for (const app of outcome.apps) {
    if (options.output === undefined)
      await printResult(context, client, app, wanted.has("health") ? context.now() : undefined);
  }
  printApps(context, outcome.apps, options);
  if (outcome.is === "timed-out")
    throw new CliError(
      EXIT.timedOut,
      `Not done after ${options.timeout / 1_000} s: ${outcome.late.map(nameOf).join(", ")}.`,
      [`The sync goes on. ${resumeHint(outcome.late.map(nameOf))}`],
    );
  const isBad = (app: Application): boolean =>
    hasFailed(app) || notPruned(app) > 0 || (wanted.has("health") && healthOf(app) !== "Healthy");
  return worst !== EXIT.done ? worst : outcome.apps.some(isBad) ? EXIT.differs : EXIT.done;
}

/** A name with a slip would sync nothing, and succeed. What another revision holds is not known here. */
function refuseStrayResources(
  apps: readonly Application[],
  { resource = [], revision, revisions }: AppSyncOptions,
): void {
  const known = apps.flatMap(({ status }) => status?.resources ?? []);
  if (known.length === 0 || revision !== undefined || revisions !== undefined) return;
  const stray = resource.find(
    (selector) => selector.exclude !== true && !known.some((one) => isSelected(one, [selector])),
  );
  if (stray === undefined) return;
  const { group, kind, namespace, name } = stray;
  throw new CliError(
    EXIT.notFound,
    `No object of ${apps.map(nameOf).join(", ")} fits ${group}:${kind}:${namespace === undefined ? "" : `${namespace}/`}${name}.`,
    [`See them: holdfast app resources ${apps.map(nameOf)[0] ?? ""} -o wide`],
  );
}

/** The body of a sync as Argo CD's API takes it. */
export function syncBody(app: Application, options: AppSyncOptions): Record<string, unknown> {
  const {
    revision,
    revisions,
    dryRun,
    prune,
    confirm: confirmPrune,
    resource: resources,
    force,
    strategy,
    info: infos,
    retryLimit,
  } = options;
  const retryStrategy: Operation["retry"] =
    retryLimit === undefined
      ? undefined
      : {
          limit: retryLimit,
          backoff: {
            ...defined({
              duration: options.retryBackoffDuration,
              maxDuration: options.retryBackoffMaxDuration,
              factor: options.retryBackoffFactor,
            }),
          },
        };
  const chosen: SyncRequest["syncStrategy"] =
    strategy === "apply"
      ? { apply: { force: force === true } }
      : force === true || strategy === "hook"
        ? { hook: { force: force === true } }
        : undefined;
  return {
    appNamespace: app.metadata.namespace,
    project: app.spec.project,
    revision,
    revisions,
    dryRun,
    resources,
    infos,
    retryStrategy,
    confirmPrune,
    // A count is an approval of a prune: it would mean nothing without one.
    prune: prune ?? (confirmPrune === undefined ? undefined : true),
    strategy: chosen,
    syncOptions: syncOptions(app, options),
  };
}

/** Options of a request take the place of the application's own, so that those are sent along. */
function syncOptions(
  app: Application,
  { replace, serverSide, applyOutOfSyncOnly }: AppSyncOptions,
): { items: string[] } | undefined {
  const asked = [
    ...(replace === true ? ["Replace=true"] : []),
    ...(serverSide === true ? ["ServerSideApply=true"] : []),
    ...(applyOutOfSyncOnly === true ? ["ApplyOutOfSyncOnly=true"] : []),
  ];
  if (asked.length === 0) return undefined;
  const names = asked.map((option) => `${option.split("=", 1)[0]}=`);
  return {
    items: [
      ...(app.spec.syncPolicy?.syncOptions ?? []).filter(
        (option) => !names.some((name) => option.startsWith(name)),
      ),
      ...asked,
    ],
  };
}

function targetOf(app: Application, { revision, revisions }: AppSyncOptions): string {
  return revision ?? revisions?.join(", ") ?? revisionOf(app, {});
}

async function previewed(
  context: CliContext,
  client: Client,
  apps: readonly Application[],
  { yes }: AppSyncOptions,
): Promise<boolean> {
  for (const app of apps) {
    const items = await differences(client, app);
    printDiff(context, items, "fields");
    context.note(diffSummary(app, items));
  }
  return yes === true || confirm(context, `Sync ${apps.map(nameOf).join(", ")}?`);
}

/** A conflict with the way on. */
function refusedSync(cause: unknown, app: Application): unknown {
  if (!(cause instanceof Refused) || cause.body.details?.reason !== "conflict") return cause;
  return new CliError(
    EXIT.conflict,
    `Cannot sync ${nameOf(app)}: ${cause.message.charAt(0).toLowerCase()}${cause.message.slice(1)}`,
    [
      `Wait for it: holdfast app wait ${nameOf(app)} --operation. Or end it: holdfast app terminate ${nameOf(app)}`,
    ],
    { cause },
  );
}

function detached(names: readonly string[]): CliError {
  return new CliError(EXIT.interrupted, "Detached: the sync goes on in the daemon.", [resumeHint(names)]);
}

function resumeHint(names: readonly string[]): string {
  return `Follow it again with: holdfast app wait ${names.join(" ")} --operation. End it with: holdfast app terminate ${names[0] ?? ""}`;
}

async function printResult(
  context: CliContext,
  client: Client,
  app: Application,
  healthyAtMs: number | undefined,
): Promise<void> {
  const state = app.status?.operationState;
  const revision = state?.syncResult?.revision ?? state?.syncResult?.revisions?.[0];
  const [commit, runId] = await Promise.all([commitOf(client, app, revision), lastRun(client, app)]);
  context.print([
    `${nameOf(app)} at ${revisionOf(app, state?.syncResult ?? app.status?.sync ?? {})}${aboutCommit(commit, context.now())}`,
    ...rowLines(context.out, syncRows(app)),
    endLine(context.out, app, { runId, url: client.url, healthyAtMs }),
  ]);
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

async function lastRun(client: Client, app: Application): Promise<number | undefined> {
  const runs = await client
    .get<{ items: { id: number }[] }>("/api/holdfast/v1/runs", { app: nameOf(app), limit: "1" })
    .catch(nothingWhenRefused);
  return runs?.items[0]?.id;
}

function nothingWhenRefused(cause: unknown): undefined {
  if (cause instanceof CliError) return undefined;
  throw cause;
}

function printApps(context: CliContext, apps: readonly Application[], { output }: AppSyncOptions): void {
  if (output === "json")
    printJson(
      context,
      apps.length === 1 ? apps[0] : { apiVersion: "cli/v1", kind: "ApplicationList", items: apps },
    );
  if (output === "yaml") printYamlDocuments(context, apps.map(asManifest));
}
