import type { Application } from "../../core/model/application.ts";
import { ownPath } from "../app-path.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { asManifest, printJson, printYamlDocuments } from "../print-object.ts";
import { chosenApps, type SelectionOptions } from "../select-apps.ts";
import { appTable } from "./app-list.ts";

export interface AppRefreshOptions extends SelectionOptions {
  hard?: boolean;
  output?: "json" | "yaml";
}

/** Asks Git and the cluster now, and prints what came of it. */
export async function appRefresh(
  context: CliContext,
  names: string[],
  options: AppRefreshOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const chosen = await chosenApps(client, names, options);
  const apps = await Promise.all(
    chosen.map((app) =>
      client.send<Application>("POST", ownPath(app, "/refresh"), {
        query: { hard: options.hard === true ? "true" : undefined },
      }),
    ),
  );
  const [only] = apps;
  if (options.output === "json")
    printJson(
      context,
      apps.length === 1 ? only : { apiVersion: "cli/v1", kind: "ApplicationList", items: apps },
    );
  else if (options.output === "yaml") printYamlDocuments(context, apps.map(asManifest));
  else context.print(appTable(context.out, apps, { headers: true, sort: "worst" }, context.now()));
  return EXIT.done;
}
