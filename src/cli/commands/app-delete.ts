import { appPath } from "../app-path.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { chosenApps, type SelectionOptions } from "../select-apps.ts";
import { plainText } from "../terminal/plain-text.ts";
import { isThere, sayGone, uidsThere, untilGone } from "../until-gone.ts";
import { nameOf } from "../words/app-words.ts";
import { andMore, count } from "../words/count.ts";

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
  return options.wait === true ? untilGone(context, client, apps) : EXIT.done;
}
