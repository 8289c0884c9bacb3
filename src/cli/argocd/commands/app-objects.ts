/** What an application consists of. */
import { appPath } from "../../app-path.ts";
import { printYamlDocuments } from "../../print-object.ts";
import { revisionsFor } from "../../revisions-for.ts";
import { oneApp } from "../../select-apps.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { meant, type ObjectFlags, refuseNoneOrSeveral } from "../flags/object-flags.ts";
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
  const tree = await client.get<{
    nodes: TreeNode[] | null;
    orphanedNodes: TreeNode[] | null;
  }>(path, query);
  // What Git wants and the cluster has not is in ours, and not in Argo CD's.
  const nodes = (tree.nodes ?? []).filter(({ uid }) => uid !== undefined);
  const orphanedNodes = tree.orphanedNodes ?? [];
  if (options.output === "tree") {
    context.print(treeLines(app, options.orphaned === true ? orphanedNodes : nodes));
    return ARGO_EXIT.done;
  }
  const own = nodes.filter(({ parentRefs }) => (parentRefs ?? []).length === 0);
  const row =
    (orphaned: "No" | "Yes") =>
    ({ group = "", kind, namespace = "", name: of }: TreeNode) => [group, kind, namespace, of, orphaned];
  context.print(
    tabTable([
      ["GROUP", "KIND", "NAMESPACE", "NAME", "ORPHANED"],
      ...(options.orphaned === true ? [] : own.map(row("No"))),
      ...orphanedNodes.map(row("Yes")),
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
  for (const { group = "", kind, namespace = "", name: of } of await meant(client, app, options)) {
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
  const objects = await meant(client, app, options);
  refuseNoneOrSeveral(app, objects, options);
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
