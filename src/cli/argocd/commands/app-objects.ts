/** What an application consists of. */
import { appPath } from "../../app-path.ts";
import { CliError } from "../../cli-error.ts";
import { EXIT } from "../../exit-codes.ts";
import { printYamlDocuments } from "../../print-object.ts";
import { revisionsFor } from "../../revisions-for.ts";
import { oneApp } from "../../select-apps.ts";
import { nameOf } from "../../words/app-words.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { tabTable } from "../words/tab-table.ts";
import { type TreeNode, treeLines } from "../words/tree-lines.ts";
import { selection } from "./app-get.ts";

export interface ResourcesOptions {
  appNamespace?: string;
  project?: string;
  orphaned?: true;
  output?: "tree" | "wide";
}

export async function appResources(
  context: ArgoContext,
  name: string,
  options: ResourcesOptions,
): Promise<number> {
  const client = await context.client();
  const app = await oneApp(client, name, selection(options));
  const { path, query } = appPath(app, "/resource-tree");
  const { nodes, orphanedNodes } = await client.get<{
    nodes: TreeNode[] | null;
    orphanedNodes: TreeNode[] | null;
  }>(path, query);
  if (options.output === "tree") {
    context.print(treeLines(app, options.orphaned === true ? (orphanedNodes ?? []) : (nodes ?? [])));
    return ARGO_EXIT.done;
  }
  const own = (nodes ?? []).filter(({ parentRefs }) => (parentRefs ?? []).length === 0);
  const row =
    (orphaned: "No" | "Yes") =>
    ({ group = "", kind, namespace = "", name: of }: TreeNode) => [group, kind, namespace, of, orphaned];
  context.print(
    tabTable([
      ["GROUP", "KIND", "NAMESPACE", "NAME", "ORPHANED"],
      ...(options.orphaned === true ? [] : own.map(row("No"))),
      ...(orphanedNodes ?? []).map(row("Yes")),
    ]),
  );
  return ARGO_EXIT.done;
}

export interface ManifestsOptions {
  appNamespace?: string;
  source: "git" | "live";
  revision?: string;
  revisions?: string[];
  sourcePositions?: number[];
  sourceNames?: string[];
}

export async function appManifests(
  context: ArgoContext,
  name: string,
  options: ManifestsOptions,
): Promise<number> {
  const client = await context.client();
  const app = await oneApp(client, name, selection(options));
  if (options.source === "live") {
    const { path, query } = appPath(app, "/managed-resources");
    const { items } = await client.get<{ items: { liveState: string }[] | null }>(path, query);
    printDocuments(
      context,
      (items ?? []).map(({ liveState }) => JSON.parse(liveState) as unknown).filter((live) => live !== null),
    );
    return ARGO_EXIT.done;
  }
  const { path, query } = appPath(app, "/manifests");
  const { revisions, sourcePositions } = revisionsFor(app, options);
  const { manifests } = await client.get<{ manifests: string[] | null }>(path, {
    ...query,
    revision: options.revision,
    revisions,
    sourcePositions: sourcePositions?.map(String),
  });
  printDocuments(
    context,
    (manifests ?? []).map((text) => JSON.parse(text) as unknown),
  );
  return ARGO_EXIT.done;
}

/** A line of dashes before each, as there. */
function printDocuments(context: ArgoContext, objects: readonly unknown[]): void {
  for (const object of objects) {
    context.print("---");
    printYamlDocuments(context, [object]);
  }
}

export interface ObjectFlags {
  appNamespace?: string;
  kind: string;
  group?: string;
  namespace?: string;
  resourceName?: string;
  all?: true;
}

interface Action {
  name: string;
  disabled?: boolean;
}

export async function appActionsList(
  context: ArgoContext,
  name: string,
  options: Partial<ObjectFlags> & { output?: "json" | "yaml" | "wide" },
): Promise<number> {
  const client = await context.client();
  const app = await oneApp(client, name, selection(options));
  const rows: string[][] = [];
  const { path, query } = appPath(app, "/resource/actions");
  for (const { group = "", kind, namespace = "", name: of } of await meant(context, name, options)) {
    const { actions } = await client.get<{ actions: Action[] | null }>(path, {
      ...query,
      group,
      kind,
      namespace,
      resourceName: of,
    });
    for (const { name: action, disabled } of actions ?? [])
      rows.push([group, kind, of, action, String(disabled === true)]);
  }
  if (options.output === "json")
    context.print(
      JSON.stringify(
        rows.map(([group, kind, of, action, disabled]) => ({
          group,
          kind,
          name: of,
          action,
          disabled: disabled === "true",
        })),
        undefined,
        2,
      ),
    );
  else context.print(tabTable([["GROUP", "KIND", "NAME", "ACTION", "DISABLED"], ...rows]));
  return ARGO_EXIT.done;
}

export async function appActionsRun(
  context: ArgoContext,
  name: string,
  action: string,
  options: ObjectFlags & { param?: { name: string; value: string }[] },
): Promise<number> {
  const client = await context.client();
  const app = await oneApp(client, name, selection(options));
  const objects = await meant(context, name, options);
  if (objects.length === 0) throw noObject(nameOf(app), options);
  if (objects.length > 1 && options.all !== true)
    throw new CliError(EXIT.usage, "Several objects are meant.", [
      "Say which with --resource-name, or --all.",
    ]);
  const { path, query } = appPath(app, "/resource/actions/v2");
  for (const { group = "", kind, namespace = "", name: of } of objects)
    await client.send("POST", path, {
      query,
      body: {
        group,
        kind,
        namespace,
        resourceName: of,
        action,
        resourceActionParameters: options.param ?? [],
      },
    });
  return ARGO_EXIT.done;
}

/** `DELETE …/resource`: of the cluster, not of Git. */
export async function appDeleteResource(
  context: ArgoContext,
  name: string,
  options: ObjectFlags & { force?: true; orphan?: true },
): Promise<number> {
  const client = await context.client();
  const app = await oneApp(client, name, selection(options));
  const objects = await meant(context, name, options);
  if (objects.length === 0) throw noObject(nameOf(app), options);
  if (objects.length > 1 && options.all !== true)
    throw new CliError(EXIT.usage, "Several objects are meant.", [
      "Say which with --resource-name, or --all.",
    ]);
  const { path, query } = appPath(app, "/resource");
  for (const { group = "", version = "", kind, namespace = "", name: of } of objects) {
    await client.send("DELETE", path, {
      query: {
        ...query,
        group,
        version,
        kind,
        namespace,
        resourceName: of,
        force: options.force === true ? "true" : undefined,
        orphan: options.orphan === true ? "true" : undefined,
      },
    });
    context.print(`Resource '${of}' deleted`);
  }
  return ARGO_EXIT.done;
}

function noObject(app: string, { kind, resourceName }: ObjectFlags): CliError {
  return new CliError(
    EXIT.notFound,
    `${app} has no ${kind}${resourceName === undefined ? "" : ` ${resourceName}`} in its cluster.`,
    [`See what there is: argocd app resources ${app}`],
  );
}

/** Live objects of the tree that the flags mean. */
async function meant(
  context: ArgoContext,
  name: string,
  options: Partial<ObjectFlags>,
): Promise<(TreeNode & { version?: string })[]> {
  const client = await context.client();
  const app = await oneApp(client, name, selection(options));
  const { path, query } = appPath(app, "/resource-tree");
  const { nodes } = await client.get<{ nodes: (TreeNode & { version?: string })[] | null }>(path, query);
  return (nodes ?? []).filter(
    ({ uid, group = "", kind, namespace = "", name: of }) =>
      uid !== undefined &&
      (options.kind === undefined || options.kind === kind) &&
      (options.group === undefined || options.group === group) &&
      (options.namespace === undefined || options.namespace === namespace) &&
      (options.resourceName === undefined || options.resourceName === of),
  );
}
