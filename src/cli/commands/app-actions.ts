import { appPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { table } from "../terminal/table.ts";
import { nameOf, objectName } from "../words/app-words.ts";
import { count } from "../words/count.ts";
import type { TreeNode } from "./app-tree.ts";

/** Flags that choose objects of an application; argocd's names. */
export interface ObjectSelection extends SelectionOptions {
  kind?: string;
  group?: string;
  namespace?: string;
  resourceName?: string;
}

export interface AppActionsListOptions extends ObjectSelection {
  output?: "json" | "yaml" | "wide";
}

export interface AppActionsRunOptions extends ObjectSelection {
  all?: boolean;
  param?: { name: string; value: string }[];
}

/** As the API has it. */
interface Action {
  name: string;
  disabled: boolean;
  params: { name: string; description?: string; value?: string }[];
  description?: string;
  why?: string;
}

interface Done {
  group: string;
  kind: string;
  namespace: string;
  name: string;
  did: "changed" | "created";
  fields: string[];
}

/** Requests at once where many objects are asked. */
const AT_ONCE = 8;

/** What can be done to the objects of an application now. */
export async function appActionsList(
  context: CliContext,
  name: string,
  options: AppActionsListOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options);
  const usual = app.spec.destination.namespace ?? "";
  const nodes = await chosenNodes(client, app, options);
  if ([options.kind, options.group, options.namespace, options.resourceName].some((one) => one !== undefined))
    refuseNone(app, nodes);
  const items = await offeredBy(client, app, nodes);
  const offering = items.filter(({ actions }) => actions.length > 0);
  if (options.output === "json")
    printJsonList(context, "Actions", { application: nameOf(app), items: offering });
  else if (options.output === "yaml") printYamlDocuments(context, [offering]);
  else {
    const rows = offering.flatMap((node) =>
      node.actions.map(({ name: action, disabled, params, description = "", why = "" }) => [
        objectName(node, usual),
        [action, ...params.map(({ name: of, value }) => `--param ${of}=${value ?? "…"}`)].join(" "),
        disabled ? `not now: ${why}` : description,
      ]),
    );
    const columns = [{ head: "OBJECT" }, { head: "ACTION" }, { head: "WHAT IT DOES", least: 16, shrinks: 1 }];
    if (rows.length > 0)
      context.print(
        table(context.out, columns, rows, { fit: options.output === "wide" ? "whole" : "terminal" }),
      );
    context.note(
      rows.length === 0
        ? `None of the ${count(nodes.length, "object")} of ${nameOf(app)} has an action.`
        : `${count(rows.length, "action")} of ${nameOf(app)}`,
    );
  }
  return EXIT.done;
}

/** Does something to one object, or with `--all` to each that is meant, and prints what was written. */
export async function appActionsRun(
  context: CliContext,
  name: string,
  action: string,
  options: AppActionsRunOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options);
  const usual = app.spec.destination.namespace ?? "";
  const nodes = await chosenNodes(client, app, options);
  refuseNone(app, nodes);
  // Of several, those are meant that have such an action; where none has, the refusal of the first says what it has.
  const having =
    nodes.length === 1
      ? nodes
      : (await offeredBy(client, app, nodes)).filter(({ actions }) =>
          actions.some((one) => one.name === action),
        );
  const meant = having.length === 0 ? nodes.slice(0, 1) : having;
  if (meant.length > 1 && options.all !== true)
    throw new CliError(
      EXIT.usage,
      `${count(meant.length, "object")} of ${nameOf(app)} are meant: ${meant.map((node) => objectName(node, usual)).join(", ")}.`,
      ["Choose one with --kind, --resource-name and --namespace, or take them all with --all."],
    );
  const { path, query } = appPath(app, "/resource/actions/v2");
  for (const { group, kind, namespace, name: of } of meant) {
    const { done } = await client.send<{ done: Done[] }>("POST", path, {
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
    const object = objectName({ kind, namespace, name: of }, usual);
    context.print(
      `${context.out.symbols.done} ${nameOf(app)}: ${action} ${object}: ${done.length === 0 ? "nothing to change" : done.map((one) => saying(one, usual)).join("; ")}`,
    );
  }
  return EXIT.done;
}

type Offering = Pick<TreeNode, "group" | "kind" | "namespace" | "name"> & { actions: Action[] };

async function offeredBy(
  client: Client,
  app: Parameters<typeof appPath>[0],
  nodes: readonly TreeNode[],
): Promise<Offering[]> {
  const items: Offering[] = [];
  const { path, query } = appPath(app, "/resource/actions");
  for (let at = 0; at < nodes.length; at += AT_ONCE)
    items.push(
      ...(await Promise.all(
        nodes.slice(at, at + AT_ONCE).map(async ({ group, kind, namespace, name: of }) => {
          const asked = { ...query, group, kind, namespace, resourceName: of };
          const { actions } = await client.get<{ actions: Action[] }>(path, asked);
          return { group, kind, namespace, name: of, actions };
        }),
      )),
    );
  return items;
}

/** @throws {CliError} where the flags mean nothing that there is */
function refuseNone(app: Parameters<typeof appPath>[0], nodes: readonly TreeNode[]): void {
  if (nodes.length > 0) return;
  throw new CliError(EXIT.notFound, `${nameOf(app)} has no such object.`, [
    `See what there is: holdfast app resources ${nameOf(app)}`,
  ]);
}

function saying(done: Done, usual: string): string {
  return done.did === "created" ? `made ${objectName(done, usual)}` : `set ${done.fields.join(", ")}`;
}

/** Live objects of the tree that the flags mean; without a kind only those that Git wants, not what descends from them. */
async function chosenNodes(
  client: Client,
  app: Parameters<typeof appPath>[0],
  { kind, group, namespace, resourceName }: ObjectSelection,
): Promise<TreeNode[]> {
  const { path, query } = appPath(app, "/resource-tree");
  const { nodes } = await client.get<{ nodes: TreeNode[] }>(path, query);
  const isMeant = (given: string | undefined, has: string): boolean =>
    given === undefined || given.toLowerCase() === has.toLowerCase();
  return nodes.filter(
    (node) =>
      node.uid !== undefined &&
      (kind !== undefined || resourceName !== undefined || (node.parentRefs ?? []).length === 0) &&
      isMeant(kind, node.kind) &&
      (group === undefined || group === node.group) &&
      (namespace === undefined || namespace === node.namespace) &&
      (resourceName === undefined || resourceName === node.name),
  );
}
