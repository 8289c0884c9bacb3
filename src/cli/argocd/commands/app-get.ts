import type { Application } from "../../../core/model/application.ts";
import { defined } from "../../../lib/defined.ts";
import { appPath } from "../../app-path.ts";
import type { Client } from "../../http/client.ts";
import { printJson, printYamlDocuments } from "../../print-object.ts";
import { oneApp } from "../../select-apps.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import {
  conditionLines,
  operationLines,
  parameterLines,
  resourceLines,
  summaryLines,
  type Windows,
} from "../words/app-facts.ts";
import { type TreeNode, treeLines } from "../words/tree-lines.ts";

export interface AppGetOptions {
  appNamespace?: string;
  project?: string;
  refresh?: true;
  hardRefresh?: true;
  showOperation?: true;
  showParams?: true;
  output?: "json" | "yaml" | "wide" | "tree";
}

export async function appGet(context: ArgoContext, name: string, options: AppGetOptions): Promise<number> {
  const client = await context.client();
  const app = await oneApp(client, name, selection(options), { refresh: refreshWord(options) });
  switch (options.output) {
    case "json":
      printJson(context, app);
      return ARGO_EXIT.done;
    case "yaml":
      printYamlDocuments(context, [app]);
      return ARGO_EXIT.done;
    default:
      context.print(await summaryOf(client, app));
      if (options.showOperation === true) context.print(operationLines(app));
      if (options.showParams === true) context.print(parameterLines(app));
      if (options.output === "tree") {
        const { path, query } = appPath(app, "/resource-tree");
        const { nodes } = await client.get<{ nodes: TreeNode[] | null }>(path, query);
        context.print(["", ...treeLines(app, nodes ?? [])]);
      } else context.print(resourceLines(app));
      return ARGO_EXIT.done;
  }
}

export function selection({ appNamespace, project }: { appNamespace?: string; project?: string }) {
  return {
    ...defined({ appNamespace }),
    ...(project === undefined || project === "" ? {} : { project: [project] }),
  };
}

export function refreshWord({ refresh, hardRefresh }: Pick<AppGetOptions, "refresh" | "hardRefresh">) {
  return hardRefresh === true ? "hard" : refresh === true ? "normal" : undefined;
}

/** Facts and conditions of an application, with its windows. */
export async function summaryOf(client: Client, app: Application): Promise<string[]> {
  const { path, query } = appPath(app, "/syncwindows");
  const windows = await client.get<Windows>(path, query);
  return [...summaryLines(app, windows, client.url), ...conditionLines(app)];
}
