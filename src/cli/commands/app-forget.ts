import { appPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { chosenApps, type SelectionOptions } from "../select-apps.ts";
import { untilApps } from "../until-apps.ts";
import { isThere, uidsThere } from "../until-gone.ts";
import { nameOf } from "../words/app-words.ts";
import { andMore, count } from "../words/count.ts";

export interface AppForgetOptions extends SelectionOptions {
  yes?: true;
}

/** The daemon lets go at once, whatever a cluster does not answer. */
const WITHIN_MS = 60_000;

/** Lets go of applications: nothing in a cluster is touched, and no cluster is asked. */
export async function appForget(
  context: CliContext,
  names: string[],
  options: AppForgetOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const apps = await chosenApps(client, names, options);
  const objects = apps.reduce((sum, app) => sum + (app.status?.resources ?? []).length, 0);
  const question = `Forget ${andMore(apps.map(nameOf), 5)}? ${count(objects, "object")} in the cluster ${objects === 1 ? "stays" : "stay"} as ${objects === 1 ? "it is" : "they are"}, and no hook runs.`;
  if (options.yes !== true && !(await confirm(context, question))) {
    context.note("Nothing was forgotten.");
    return EXIT.done;
  }
  for (const app of apps) {
    const { path, query } = appPath(app);
    await client.send("DELETE", path, { query: { ...query, cascade: "false" } });
  }
  const gone = (name: string): void =>
    context.print(
      `${context.out.symbols.done} ${name}: is forgotten; what it had in the cluster stays as it is`,
    );
  const there = await uidsThere(client);
  for (const app of apps) if (!isThere(app, there)) gone(nameOf(app));
  const left = new Map(apps.filter((app) => isThere(app, there)).map((app) => [nameOf(app), app]));
  const outcome = await untilApps(context, client, left, {
    timeoutMs: context.limitMs(WITHIN_MS),
    // Another one of its name, made by whoever renders it.
    isDone: (app) => app.metadata.uid !== left.get(nameOf(app))?.metadata.uid,
    gone: (app) => gone(nameOf(app)),
    update: () => undefined,
  });
  if (outcome.is === "interrupted")
    throw new CliError(EXIT.interrupted, "Detached: the daemon lets go of them.");
  if (outcome.is === "timed-out")
    throw new CliError(
      EXIT.timedOut,
      `Not let go of after ${context.limitMs(WITHIN_MS) / 1_000} s: ${outcome.late.map(nameOf).join(", ")}.`,
      outcome.late.map((app) => `holdfast app get ${nameOf(app)} tells what holds it`),
    );
  return EXIT.done;
}
