import type { Application } from "../../../core/model/application.ts";
import type { SyncResource } from "../../../core/model/operation.ts";
import { CliError } from "../../cli-error.ts";
import { EXIT } from "../../exit-codes.ts";
import { isUnseen } from "../../http/refusal.ts";
import { chosenApps, type SelectionOptions } from "../../select-apps.ts";
import { missing, type WaitWord } from "../../wait-conditions.ts";
import { isBusy, nameOf } from "../../words/app-words.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { type FollowOutput, followApps, printEnds, rowsFor } from "../follow.ts";
import { untilGone } from "../until-gone.ts";

export interface WaitOptions extends SelectionOptions {
  sync?: true;
  health?: true;
  operation?: true;
  suspended?: true;
  degraded?: true;
  delete?: true;
  resource?: SyncResource[];
  timeout: number;
  output?: FollowOutput;
}

export async function appWait(context: ArgoContext, names: string[], options: WaitOptions): Promise<number> {
  const client = await context.client();
  const wanted = wantedOf(options);
  const resources = options.resource ?? [];
  const apps = await chosen();
  if (wanted.has("deleted")) {
    await untilGone(context, client, apps, { timeoutMs: options.timeout });
    return ARGO_EXIT.done;
  }
  const before = new Map(apps.map((app) => [nameOf(app), app]));
  const wasDegraded = new Set(apps.filter((app) => isDegraded(app) && !isBusy(app)).map(nameOf));
  const failed = new Map<string, string>();
  const ended = await followApps(context, client, before, {
    timeoutMs: options.timeout,
    resources,
    rows: rowsFor(options.output),
    isDone(app) {
      const name = nameOf(app);
      failed.delete(name);
      if (missing(app, wanted, resources).length === 0) return true;
      if (isBusy(app) || !isDegraded(app)) wasDegraded.delete(name);
      const became = wanted.has("health") && !wanted.has("degraded") && !isBusy(app) && isDegraded(app);
      if (!became || wasDegraded.has(name)) return false;
      failed.set(name, `application '${app.metadata.name}' health state has transitioned to Degraded`);
      return true;
    },
    gone(app) {
      failed.set(nameOf(app), `application '${app.metadata.name}' was deleted while it was waited for`);
    },
  });
  await printEnds(context, client, ended, options.output);
  if (failed.size > 0) throw new CliError(EXIT.differs, [...failed.values()].join("\n"));
  return ARGO_EXIT.done;

  /** Nothing is left to wait for where it is gone already. */
  async function chosen(): Promise<Application[]> {
    try {
      return await chosenApps(client, names, options);
    } catch (cause) {
      const isGone = isUnseen(cause) || (cause instanceof CliError && cause.code === EXIT.notFound);
      if (!wanted.has("deleted") || !isGone) throw cause;
      context.print(names.map((name) => `application '${name}' deleted`));
      return [];
    }
  }
}

/**
 * Without a flag sync, health and the operation; suspended and degraded are alternatives of health. While an operation
 * runs, Synced and Healthy are what was so before it: `app sync --async` and `app wait --sync` would wait for nothing.
 */
function wantedOf(options: WaitOptions): Set<WaitWord> {
  const words: WaitWord[] = (["sync", "health", "operation", "suspended", "degraded"] as const).filter(
    (word) => options[word] === true,
  );
  if (options.delete === true) words.push("deleted");
  const isAnswer = options.suspended === true || options.degraded === true;
  if ((options.sync === true || options.health === true) && !isAnswer) words.push("operation");
  return new Set(words.length === 0 ? ["sync", "health", "operation"] : words);
}

function isDegraded({ status }: Application): boolean {
  return status?.health.status === "Degraded";
}
