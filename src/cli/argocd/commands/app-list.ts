import type { Application } from "../../../core/model/application.ts";
import { printJson, printYamlDocuments } from "../../print-object.ts";
import { listApps, type SelectionOptions } from "../../select-apps.ts";
import { nameOf } from "../../words/app-words.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { conditionsWord, firstSource, policyWord, serverOf } from "../words/app-words.ts";
import { tabTable } from "../words/tab-table.ts";

export interface AppListOptions extends SelectionOptions {
  cluster?: string;
  path?: string;
  output?: "wide" | "name" | "json" | "yaml";
}

export async function appList(context: ArgoContext, options: AppListOptions): Promise<number> {
  const all = await listApps(await context.client(), options);
  const apps = all.filter(
    (app) =>
      (options.cluster === undefined || isOn(app, options.cluster)) &&
      (options.path === undefined || firstSource(app).path === options.path),
  );
  switch (options.output) {
    case "json":
      printJson(context, apps);
      break;
    case "yaml":
      printYamlDocuments(context, [apps]);
      break;
    case "name":
      context.print(apps.map(nameOf));
      break;
    default:
      context.print(tabTable([HEADS, ...apps.map(cells)]));
  }
  return ARGO_EXIT.done;
}

const HEADS = [
  "NAME",
  "CLUSTER",
  "NAMESPACE",
  "PROJECT",
  "STATUS",
  "HEALTH",
  "SYNCPOLICY",
  "CONDITIONS",
  "REPO",
  "PATH",
  "TARGET",
];

function cells(app: Application): string[] {
  const { repoURL, path = "", targetRevision = "" } = firstSource(app);
  return [
    nameOf(app),
    serverOf(app),
    app.spec.destination.namespace ?? "",
    app.spec.project,
    app.status?.sync.status ?? "Unknown",
    app.status?.health.status ?? "Unknown",
    policyWord(app),
    conditionsWord(app),
    repoURL,
    path,
    targetRevision,
  ];
}

function isOn({ spec: { destination } }: Application, cluster: string): boolean {
  return destination.server === cluster || destination.name === cluster;
}
