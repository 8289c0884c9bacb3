import type { Application } from "../../../core/model/application.ts";
import { appPath } from "../../app-path.ts";
import { CliError } from "../../cli-error.ts";
import { confirm } from "../../confirm.ts";
import { EXIT } from "../../exit-codes.ts";
import { chosenApps, oneApp, type SelectionOptions } from "../../select-apps.ts";
import { nameOf } from "../../words/app-words.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { untilGone } from "../until-gone.ts";
import { selection } from "./app-get.ts";

export interface DeleteOptions extends SelectionOptions {
  cascade: boolean;
  propagationPolicy?: "foreground" | "background";
  yes?: true;
  wait?: true;
}

export async function appDelete(
  context: ArgoContext,
  names: string[],
  options: DeleteOptions,
): Promise<number> {
  const client = await context.client();
  if (names.length === 0 && options.selector === undefined)
    throw new CliError(EXIT.usage, "No application is named.", ["Name one or more, or choose with -l."]);
  const apps = await chosenApps(client, names, options);
  const gone: Application[] = [];
  for (const app of apps) {
    const what = options.cascade ? "and all its resources" : "and leave its resources";
    if (options.yes !== true && !(await confirm(context, `Delete '${nameOf(app)}' ${what}?`))) {
      context.print(`The command to delete '${app.metadata.name}' was cancelled.`);
      continue;
    }
    const { path, query } = appPath(app);
    await client.send("DELETE", path, {
      query: {
        ...query,
        cascade: options.cascade ? "true" : "false",
        propagationPolicy: options.propagationPolicy,
      },
    });
    gone.push(app);
    if (options.wait !== true) context.print(`application '${app.metadata.name}' deleted`);
  }
  if (options.wait === true) await untilGone(context, client, gone, { timeoutMs: 0 });
  return ARGO_EXIT.done;
}

export async function appTerminate(
  context: ArgoContext,
  names: readonly string[],
  options: { appNamespace?: string },
): Promise<number> {
  const client = await context.client();
  for (const name of names) {
    const app = await oneApp(client, name, selection(options));
    const { path, query } = appPath(app, "/operation");
    await client.send("DELETE", path, { query });
    context.print(`Application '${app.metadata.name}' operation terminating`);
  }
  return ARGO_EXIT.done;
}

/** Approves of what a deletion asks about (`Delete=confirm`). */
export async function appConfirmDeletion(
  context: ArgoContext,
  name: string,
  options: { appNamespace?: string },
): Promise<number> {
  const client = await context.client();
  const app = await oneApp(client, name, selection(options));
  const { path, query } = appPath(app);
  const patch = {
    metadata: {
      annotations: { "argocd.argoproj.io/deletion-approved": new Date(context.now()).toISOString() },
    },
  };
  await client.send("PATCH", path, {
    query,
    body: { patch: JSON.stringify(patch), patchType: "merge", ...query },
  });
  context.print(`Application '${app.metadata.name}' updated successfully`);
  return ARGO_EXIT.done;
}
