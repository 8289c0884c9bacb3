import type { Application } from "../../../core/model/application.ts";
import type { SyncResource } from "../../../core/model/operation.ts";
import { defined } from "../../../lib/defined.ts";
import { appPath } from "../../app-path.ts";
import { CliError } from "../../cli-error.ts";
import { type AppSyncOptions, syncBody } from "../../commands/app-sync.ts";
import { confirm } from "../../confirm.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Client } from "../../http/client.ts";
import { chosenApps, type SelectionOptions } from "../../select-apps.ts";
import { isSelected } from "../../wait-conditions.ts";
import { isBusy, nameOf } from "../../words/app-words.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { type FollowOutput, followApps, printEnds, rowsFor } from "../follow.ts";
import { differencesOf, printDifferences } from "../words/differences.ts";

export interface SyncOptions
  extends SelectionOptions,
    Omit<AppSyncOptions, "wait" | "output" | "preview" | "yes" | "confirm"> {
  label?: string[];
  previewChanges?: true;
  assumeYes?: true;
  /** Milliseconds; 0: no limit. */
  timeout: number;
  output?: FollowOutput;
}

/** One after the other, as there. */
export async function appSync(context: ArgoContext, names: string[], options: SyncOptions): Promise<number> {
  const client = await context.client();
  if (names.length === 0 && options.selector === undefined && (options.project ?? []).length === 0)
    throw new CliError(EXIT.usage, "No application is named.", [
      "Name one or more, or choose with -l or --project.",
    ]);
  const apps = await chosenApps(client, names, options);
  for (const app of apps) await syncOne(context, client, app, options);
  return ARGO_EXIT.done;
}

async function syncOne(
  context: ArgoContext,
  client: Client,
  app: Application,
  options: SyncOptions,
): Promise<void> {
  const resource = [...(options.resource ?? []), ...(await labelled(client, app, options.label ?? []))];
  refuseStray(app, options.resource ?? [], options);
  if (options.previewChanges === true) {
    printDifferences(context, await differencesOf(client, app));
    if (options.assumeYes !== true && !(await confirm(context, `Sync ${nameOf(app)}?`))) return;
  }
  const { path } = appPath(app, "/sync");
  const chosen = resource.length === 0 ? {} : { resource };
  const started = await client.send<Application>("POST", path, {
    body: syncBody(app, { ...options, ...chosen, wait: "sync" } as AppSyncOptions),
  });
  if (options.async === true) return;
  const [ended] = await followApps(context, client, new Map([[nameOf(app), started]]), {
    timeoutMs: options.timeout,
    resources: [],
    isDone: (now) => !isBusy(now),
    rows: rowsFor(options.output),
  });
  if (ended === undefined) return;
  await printEnds(context, client, [ended], options.output);
  refuseBad(ended, { isWhole: resource.length === 0, prune: options.prune });
}

/** @throws {CliError} where the operation did not succeed, or a whole sync left objects that only a prune removes */
export function refuseBad(
  app: Application,
  { isWhole, prune }: { isWhole: boolean; prune?: boolean | undefined },
): void {
  const { operationState, resources = [], sync } = app.status ?? {};
  const phase = operationState?.phase ?? "Error";
  if (phase !== "Succeeded")
    throw new CliError(EXIT.differs, `Operation has completed with phase: ${phase}`, [
      ...(operationState?.message ? [operationState.message] : []),
    ]);
  const skipped = (operationState?.syncResult?.resources ?? []).filter(
    ({ status }) => status === "PruneSkipped",
  );
  const isDryRun = operationState?.operation.sync?.dryRun === true;
  if (!isWhole || isDryRun || sync?.status === "Synced" || skipped.length === 0) return;
  const stays = resources.filter(({ requiresPruning }) => requiresPruning === true).length;
  throw new CliError(EXIT.differs, `${stays || skipped.length} resources require pruning`, [
    prune === true
      ? `A guard holds them: holdfast app sync ${nameOf(app)} --prune --confirm COUNT approves of it`
      : `Prune them: argocd app sync ${nameOf(app)} --prune`,
  ]);
}

/** A name with a slip would sync nothing, and succeed. What another revision holds is not known here. */
function refuseStray(
  app: Application,
  wanted: readonly SyncResource[],
  { revision, revisions }: SyncOptions,
): void {
  const known = app.status?.resources ?? [];
  if (known.length === 0 || revision !== undefined || revisions !== undefined) return;
  const stray = wanted.find(
    (one) => one.exclude !== true && !known.some((object) => isSelected(object, [one])),
  );
  if (stray === undefined) return;
  const { group, kind, namespace, name } = stray;
  throw new CliError(
    EXIT.notFound,
    `No object of ${nameOf(app)} fits ${group}:${kind}:${namespace === undefined ? "" : `${namespace}/`}${name}.`,
    [`See them: argocd app resources ${nameOf(app)}`],
  );
}

/** The objects in Git that bear all these labels. */
async function labelled(
  client: Client,
  app: Application,
  labels: readonly string[],
): Promise<SyncResource[]> {
  if (labels.length === 0) return [];
  const wanted = labels.map((text): [string, string] => {
    const at = text.indexOf("=");
    if (at < 1) throw new CliError(EXIT.usage, `--label ${text}: write key=value.`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  const { path, query } = appPath(app, "/manifests");
  const { manifests } = await client.get<{ manifests: string[] | null }>(path, query);
  const objects = (manifests ?? []).map(
    (text) =>
      JSON.parse(text) as {
        apiVersion: string;
        kind: string;
        metadata: { name: string; namespace?: string; labels?: Record<string, string> };
      },
  );
  const fitting = objects.filter(({ metadata }) =>
    wanted.every(([key, value]) => metadata.labels?.[key] === value),
  );
  if (fitting.length === 0)
    throw new CliError(EXIT.notFound, `No object of ${nameOf(app)} has the labels ${labels.join(", ")}.`);
  return fitting.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    group: apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "",
    kind,
    name,
    ...defined({ namespace }),
  }));
}
