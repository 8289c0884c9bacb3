import { appPath } from "../app-path.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import {
  ALL,
  chosenNodes,
  type ObjectSelection,
  refuseNone,
  refuseSeveral,
} from "../objects/choose-objects.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { oneApp } from "../select-apps.ts";
import { table } from "../terminal/table.ts";
import { nameOf, objectName } from "../words/app-words.ts";
import { count } from "../words/count.ts";
import type { TreeNode } from "./app-tree.ts";

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
  if (options.all !== true) refuseSeveral(app, meant, ALL);
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

function saying(done: Done, usual: string): string {
  return done.did === "created" ? `made ${objectName(done, usual)}` : `set ${done.fields.join(", ")}`;
}
