/** Which objects of an application flags mean. */
import type { Application } from "../../core/model/application.ts";
import { appPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import type { TreeNode } from "../commands/app-tree.ts";
import { EXIT } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import type { SelectionOptions } from "../select-apps.ts";
import { nameOf, objectName } from "../words/app-words.ts";
import { andMore, count } from "../words/count.ts";
import { isKind } from "./kind-names.ts";

/** Flags that choose objects of an application; argocd's names. */
export interface ObjectSelection extends SelectionOptions {
  kind?: string;
  group?: string;
  namespace?: string;
  resourceName?: string;
}

const CHOOSE = "Choose one with --kind, --resource-name and --namespace";
/** What to do where several are meant and a command takes several. */
export const ALL = `${CHOOSE}, or take them all with --all.`;

/** @throws {CliError} where the flags mean nothing that there is */
export function refuseNone(app: Application, nodes: readonly TreeNode[]): void {
  if (nodes.length > 0) return;
  throw new CliError(EXIT.notFound, `${nameOf(app)} has no such object.`, [
    `See what there is: holdfast app resources ${nameOf(app)}`,
  ]);
}

/** @throws {CliError} usage where there is more than one */
export function refuseSeveral(app: Application, nodes: readonly TreeNode[], instead: string): void {
  if (nodes.length < 2) return;
  const usual = app.spec.destination.namespace ?? "";
  const names = nodes.map((node) => objectName(node, usual));
  throw new CliError(
    EXIT.usage,
    `${count(nodes.length, "object")} of ${nameOf(app)} are meant: ${andMore(names, 10)}.`,
    [instead],
  );
}

/**
 * Live objects that the flags mean, where they say which.
 * @throws {CliError} notFound, usage where they say nothing
 */
export async function namedNodes(
  client: Client,
  app: Application,
  options: ObjectSelection,
): Promise<TreeNode[]> {
  if (options.kind === undefined && options.resourceName === undefined)
    throw new CliError(EXIT.usage, "Which object is meant?", [
      `Name it with --kind and --resource-name. What there is: holdfast app tree ${nameOf(app)}`,
    ]);
  const nodes = await chosenNodes(client, app, options);
  refuseNone(app, nodes);
  return nodes;
}

/**
 * The one live object that the flags mean.
 * @throws {CliError} notFound, usage where there are several
 */
export async function oneNode(client: Client, app: Application, options: ObjectSelection): Promise<TreeNode> {
  const nodes = await chosenNodes(client, app, options);
  refuseNone(app, nodes);
  refuseSeveral(app, nodes, `${CHOOSE}.`);
  return nodes[0] as TreeNode;
}

/** Live objects of the tree that the flags mean; without a kind only those that Git wants, not what descends from them. */
export async function chosenNodes(
  client: Client,
  app: Application,
  { kind, group, namespace, resourceName }: ObjectSelection,
): Promise<TreeNode[]> {
  const { path, query } = appPath(app, "/resource-tree");
  const { nodes } = await client.get<{ nodes: TreeNode[] }>(path, query);
  return nodes.filter(
    (node) =>
      node.uid !== undefined &&
      (kind !== undefined || resourceName !== undefined || (node.parentRefs ?? []).length === 0) &&
      (kind === undefined || isKind(kind, node.kind)) &&
      (group === undefined || group === node.group) &&
      (namespace === undefined || namespace === node.namespace) &&
      (resourceName === undefined || resourceName === node.name),
  );
}
