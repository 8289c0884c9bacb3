/** Which objects of an application flags mean, as argocd reads them. */
import type { Application } from "../../../core/model/application.ts";
import { appPath } from "../../app-path.ts";
import { CliError } from "../../cli-error.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Client, Query } from "../../http/client.ts";
import { isKind } from "../../objects/kind-names.ts";
import { nameOf } from "../../words/app-words.ts";
import type { TreeNode } from "../words/tree-lines.ts";

export interface ObjectFlags {
  appNamespace?: string;
  project?: string;
  kind: string;
  group?: string;
  namespace?: string;
  resourceName?: string;
  all?: true;
}

/** One that is in the cluster. */
export type LiveNode = TreeNode & { uid: string; version?: string };

/** Live objects of the tree that the flags mean. */
export async function meant(
  client: Client,
  app: Application,
  options: Partial<ObjectFlags>,
): Promise<LiveNode[]> {
  const { path, query } = appPath(app, "/resource-tree");
  const { nodes } = await client.get<{ nodes: (TreeNode & { version?: string })[] | null }>(path, query);
  return (nodes ?? []).filter(
    (node): node is LiveNode =>
      node.uid !== undefined &&
      (options.kind === undefined || isKind(options.kind, node.kind)) &&
      (options.group === undefined || options.group === (node.group ?? "")) &&
      (options.namespace === undefined || options.namespace === (node.namespace ?? "")) &&
      (options.resourceName === undefined || options.resourceName === node.name),
  );
}

/** @throws {CliError} notFound; usage where there are several and `--all` does not say so */
export function refuseNoneOrSeveral(
  app: Application,
  objects: readonly LiveNode[],
  { kind, resourceName, all }: ObjectFlags,
): void {
  if (objects.length === 0)
    throw new CliError(
      EXIT.notFound,
      `${nameOf(app)} has no ${kind}${resourceName === undefined ? "" : ` ${resourceName}`} in its cluster.`,
      [`See what there is: argocd app resources ${nameOf(app)}`],
    );
  if (objects.length > 1 && all !== true)
    throw new CliError(EXIT.usage, "Several objects are meant.", [
      "Say which with --resource-name, or --all.",
    ]);
}

/** The path of one, and how its query names it. */
export function objectPath(app: Application, node: LiveNode): { path: string; query: Query } {
  const { path, query } = appPath(app, "/resource");
  const { group = "", version = "", kind, namespace = "", name } = node;
  return { path, query: { ...query, group, version, kind, namespace, resourceName: name } };
}
