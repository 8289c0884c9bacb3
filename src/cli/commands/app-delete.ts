import type { Application } from "../../core/model/application.ts";
import { appPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { chosenApps, type SelectionOptions } from "../select-apps.ts";
import { createProgress } from "../sync-progress.ts";
import { plainText } from "../terminal/plain-text.ts";
import { untilApps } from "../until-apps.ts";
import { isBeingDeleted, nameOf } from "../words/app-words.ts";
import { andMore, count } from "../words/count.ts";
import { syncRows } from "../words/sync-rows.ts";
import { rowLines } from "../words/sync-summary.ts";
import { why } from "../words/why.ts";

export interface AppDeleteOptions extends SelectionOptions {
  cascade: boolean;
  propagationPolicy?: "foreground" | "background";
  skipHooks?: true;
  yes?: true;
  wait?: boolean;
}

/** Deletes applications and, unless told otherwise, everything they made in their clusters. */
export async function appDelete(
  context: CliContext,
  names: string[],
  options: AppDeleteOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const apps = await chosenApps(client, names, options);
  const objects = apps.reduce((sum, app) => sum + (app.status?.resources ?? []).length, 0);
  const what = `${andMore(apps.map(nameOf), 5)}${options.cascade ? ` and ${count(objects, "object")} in the cluster` : "; the objects in the cluster stay"}`;
  if (options.yes !== true && !(await confirm(context, `Delete ${what}?`))) {
    context.note("Nothing was deleted.");
    return EXIT.done;
  }
  /** By name: sentences of which each names its application. */
  const said = new Map<string, string>();
  for (const app of apps) {
    const { path, query } = appPath(app);
    const { message } = await client.send<{ message?: string }>("DELETE", path, {
      query: {
        ...query,
        cascade: options.cascade ? "true" : "false",
        propagationPolicy: options.propagationPolicy,
        hooks: options.skipHooks === true ? "skip" : undefined,
      },
    });
    if (message !== undefined) said.set(nameOf(app), plainText(message));
  }
  // Only what was seen to be gone is called gone.
  const there = await uidsThere(client);
  for (const app of apps)
    context.print(
      isThere(app, there)
        ? `${context.out.symbols.state("Running")} ${said.get(nameOf(app)) ?? `${nameOf(app)}: deletion has begun`}`
        : sayGone(context, app, there.has(nameOf(app)) ? "made-anew" : "gone"),
    );
  return options.wait === true ? untilGone(context, apps) : EXIT.done;
}

async function untilGone(context: CliContext, apps: readonly Application[]): Promise<ExitCode> {
  const client = await context.client();
  const progress = createProgress(context);
  // Those that went before the stream was open are told by no event.
  const there = await uidsThere(client);
  const left = new Map(apps.filter((app) => isThere(app, there)).map((app) => [nameOf(app), app]));
  const failed = new Map<string, Application>();
  const anew = new Set<string>();
  const outcome = await untilApps(context, client, left, {
    timeoutMs: context.limitMs(0),
    // It stays as it is until somebody says how it goes on.
    isDone(app) {
      const name = nameOf(app);
      if (app.metadata.uid !== left.get(name)?.metadata.uid) {
        if (!anew.has(name)) context.print(sayGone(context, app, "made-anew"));
        anew.add(name);
        return true;
      }
      const isStopped = isBeingDeleted(app) && app.status?.operationState?.phase === "Failed";
      if (isStopped) failed.set(name, app);
      else failed.delete(name);
      return isStopped;
    },
    gone(app) {
      failed.delete(nameOf(app));
      context.print([...rowLines(context.out, syncRows(app)), sayGone(context, app, "gone")]);
    },
    update: progress.update,
  }).finally(progress.end);
  if (outcome.is === "interrupted")
    throw new CliError(EXIT.interrupted, "Detached: the deletion goes on in the daemon.");
  if (outcome.is === "timed-out")
    throw new CliError(
      EXIT.timedOut,
      `Not gone after ${context.limitMs(0) / 1_000} s: ${outcome.late.map(nameOf).join(", ")}.`,
      outcome.late.map((app) => `holdfast app get ${nameOf(app)} tells what holds it`),
    );
  for (const app of failed.values())
    context.print([
      ...rowLines(context.out, syncRows(app)),
      `${context.out.paint("bad", context.out.symbols.failed)} ${nameOf(app)}: ${plainText(why(app))}`,
    ]);
  return failed.size > 0 ? EXIT.differs : EXIT.done;
}

/** Whoever renders it makes another one of its name at once, where that one heals itself. */
function sayGone({ out }: CliContext, app: Application, is: "gone" | "made-anew"): string {
  const more = is === "gone" ? "" : ", and another one of its name was made since, by whoever renders it";
  return `${out.symbols.done} ${nameOf(app)}: is gone${more}`;
}

export function isThere(app: Application, there: ReadonlyMap<string, string | undefined>): boolean {
  return there.has(nameOf(app)) && there.get(nameOf(app)) === app.metadata.uid;
}

/** By name. */
export async function uidsThere(client: Client): Promise<Map<string, string | undefined>> {
  const { items } = await client.get<{ items: Application[] }>("/api/v1/applications", {
    fields: "items.metadata.name,items.metadata.namespace,items.metadata.uid",
  });
  return new Map(items.map((app) => [nameOf(app), app.metadata.uid]));
}
