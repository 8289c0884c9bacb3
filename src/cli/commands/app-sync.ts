import type { Application } from "../../core/model/application.ts";
import type { Operation, SyncRequest, SyncResource } from "../../core/model/operation.ts";
import { defined } from "../../lib/defined.ts";
import { appPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type FollowOptions, followSyncs } from "../follow-syncs.ts";
import type { Client } from "../http/client.ts";
import { Refused } from "../http/refusal.ts";
import { asCliError, reportError } from "../report-error.ts";
import { revisionsFor } from "../revisions-for.ts";
import { chosenApps, type SelectionOptions } from "../select-apps.ts";
import { isSelected } from "../wait-conditions.ts";
import { isBusy, nameOf, revisionOf } from "../words/app-words.ts";
import { differences, diffSummary, hooksThatRun, printDiff, sidesOf } from "./app-diff.ts";

export interface AppSyncOptions extends SelectionOptions, FollowOptions {
  prune?: boolean;
  confirm?: number;
  revision?: string;
  revisions?: string[];
  sourcePositions?: number[];
  sourceNames?: string[];
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
  const followed = await followSyncs(context, client, started, options);
  return worst === EXIT.done ? followed : worst;
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
    ...revisionsFor(app, options),
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
  options: AppSyncOptions,
): Promise<boolean> {
  for (const app of apps) {
    const { revision, revisions, sourcePositions } = options;
    const sides = sidesOf(app, defined({ revision, revisions, sourcePositions }));
    const { items } = await differences(client, app, sides);
    const isTold = sides === undefined && items.length > 0;
    const runs = isTold ? await hooksThatRun(client, app, syncBody(app, options)) : [];
    printDiff(context, items, "fields");
    context.note(
      diffSummary(app, items, { sides, runs, prune: options.prune === true ? "asked" : "not asked" }),
    );
  }
  return options.yes === true || confirm(context, `Sync ${apps.map(nameOf).join(", ")}?`);
}

/** Another operation is in its way: how to go on. What else is a conflict, such as a pause, says so itself. */
function refusedSync(cause: unknown, app: Application): unknown {
  if (!(cause instanceof Refused) || cause.body.details?.reason !== "conflict" || !isBusy(app)) return cause;
  return new CliError(
    EXIT.conflict,
    `Cannot sync ${nameOf(app)}: ${cause.message.charAt(0).toLowerCase()}${cause.message.slice(1)}`,
    [
      `Wait for it: holdfast app wait ${nameOf(app)} --operation. Or end it: holdfast app terminate ${nameOf(app)}`,
    ],
    { cause },
  );
}
