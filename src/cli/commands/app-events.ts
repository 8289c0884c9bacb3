import { parseApiVersion } from "../../core/model/kube-object.ts";
import { defined } from "../../lib/defined.ts";
import { appPath } from "../app-path.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { ObjectSelection } from "../objects/choose-objects.ts";
import { isKind } from "../objects/kind-names.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { oneApp } from "../select-apps.ts";
import { table } from "../terminal/table.ts";
import { destinationOf, nameOf } from "../words/app-words.ts";
import { EVENT_COLUMNS, eventRow, type KubeEvent, lastOf } from "../words/event-rows.ts";

export interface AppEventsOptions extends ObjectSelection {
  output?: "json" | "yaml" | "wide";
}

/** What Kubernetes tells of its objects, the newest last, as a person reads on. */
export async function appEvents(
  context: CliContext,
  name: string,
  { output, kind, group, namespace, resourceName, ...chosen }: AppEventsOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, chosen);
  const { path, query } = appPath(app, "/events");
  const { items } = await client.get<{ items: KubeEvent[] }>(path, query);
  const objects = defined({ kind, group, namespace, resourceName });
  const sorted = items
    .filter((event) => isOf(event, objects))
    .toSorted((a, b) => (lastOf(a) < lastOf(b) ? -1 : 1));
  const usual = destinationOf(app).namespace;
  if (output === "json") printJsonList(context, "EventList", { items: sorted });
  else if (output === "yaml") printYamlDocuments(context, sorted);
  else if (sorted.length === 0)
    context.note(
      `Kubernetes has no events of ${items.length === 0 ? nameOf(app) : `these objects of ${nameOf(app)}`}: it keeps them for an hour.`,
    );
  else
    context.print(
      table(
        context.out,
        EVENT_COLUMNS,
        sorted.map((event) => eventRow(event, usual, context.now())),
        { fit: output === "wide" ? "whole" : "terminal" },
      ),
    );
  return EXIT.done;
}

/** Whether it is of an object that the flags mean; by what is left out, of any. */
function isOf(
  { involvedObject = {} }: KubeEvent,
  {
    kind,
    group,
    namespace,
    resourceName,
  }: Pick<ObjectSelection, "kind" | "group" | "namespace" | "resourceName">,
): boolean {
  return (
    (kind === undefined || isKind(kind, involvedObject.kind ?? "")) &&
    (group === undefined ||
      involvedObject.apiVersion === undefined ||
      parseApiVersion(involvedObject.apiVersion).group === group) &&
    (namespace === undefined || (involvedObject.namespace ?? "") === namespace) &&
    (resourceName === undefined || involvedObject.name === resourceName)
  );
}
