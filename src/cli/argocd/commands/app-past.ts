/** What was deployed, and the way back. */
import type { Application, RevisionHistory } from "../../../core/model/application.ts";
import { sourcesOf } from "../../../core/model/application.ts";
import { appPath } from "../../app-path.ts";
import { CliError } from "../../cli-error.ts";
import { EXIT } from "../../exit-codes.ts";
import { oneApp } from "../../select-apps.ts";
import { isBusy, nameOf } from "../../words/app-words.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { type FollowOutput, followApps, printEnds, rowsFor } from "../follow.ts";
import { tabTable } from "../words/tab-table.ts";
import { selection } from "./app-get.ts";
import { refuseBad } from "./app-sync.ts";

export interface HistoryOptions {
  appNamespace?: string;
  output?: "id" | "wide";
}

/** The oldest first. */
export async function appHistory(
  context: ArgoContext,
  name: string,
  options: HistoryOptions,
): Promise<number> {
  const app = await oneApp(await context.client(), name, selection(options));
  const history = app.status?.history ?? [];
  if (options.output === "id") {
    context.print(history.map(({ id }) => String(id)));
    return ARGO_EXIT.done;
  }
  const bySource = new Map<string, string[][]>();
  for (const entry of history)
    sources(entry, app).forEach((source, at) => {
      const revision = entry.revisions?.[at] ?? entry.revision ?? "";
      const target = source.targetRevision || "HEAD";
      const rows = bySource.get(source.repoURL) ?? [];
      rows.push([
        String(entry.id),
        entry.deployedAt.replace("T", " ").replace("Z", " +0000 UTC"),
        revision.length > 7 && revision !== target
          ? `${target} (${revision.slice(0, 7)})`
          : revision || target,
      ]);
      bySource.set(source.repoURL, rows);
    });
  for (const [repoURL, rows] of bySource)
    context.print(tabTable([["SOURCE", repoURL], ["ID", "DATE", "REVISION"], ...rows]));
  return ARGO_EXIT.done;
}

function sources({ source, sources: several }: RevisionHistory, { spec }: Application) {
  return several ?? (source === undefined ? sourcesOf(spec) : [source]);
}

export interface RollbackOptions {
  appNamespace?: string;
  prune?: true;
  timeout: number;
  output?: FollowOutput;
}

/** To a deployment by its id; without one to the one before. */
export async function appRollback(
  context: ArgoContext,
  name: string,
  id: number | undefined,
  options: RollbackOptions,
): Promise<number> {
  const client = await context.client();
  const app = await oneApp(client, name, selection(options));
  const history = app.status?.history ?? [];
  const entry = id === undefined ? history.at(-2) : history.find((one) => one.id === id);
  if (entry === undefined)
    throw new CliError(
      EXIT.notFound,
      id === undefined
        ? `${nameOf(app)} has no deployment before the last one.`
        : `Application '${app.metadata.name}' does not have deployment id '${id}' in history.`,
      [`See them: argocd app history ${nameOf(app)}`],
    );
  const { path } = appPath(app, "/rollback");
  const started = await client.send<Application>("POST", path, {
    body: {
      appNamespace: app.metadata.namespace,
      project: app.spec.project,
      id: entry.id,
      prune: options.prune === true,
    },
  });
  const [ended] = await followApps(context, client, new Map([[nameOf(app), started]]), {
    timeoutMs: options.timeout,
    resources: [],
    isDone: (now) => !isBusy(now),
    rows: rowsFor(options.output),
  });
  if (ended === undefined) return ARGO_EXIT.done;
  await printEnds(context, client, [ended], options.output);
  if (ended.status?.hold !== undefined)
    context.note(`It is held there, and is not synced by itself until: holdfast app unhold ${nameOf(ended)}`);
  refuseBad(ended, { isWhole: false });
  return ARGO_EXIT.done;
}
