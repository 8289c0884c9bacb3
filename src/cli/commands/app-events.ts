import { appPath } from "../app-path.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { table } from "../terminal/table.ts";
import { destinationOf, nameOf } from "../words/app-words.ts";
import { EVENT_COLUMNS, eventRow, type KubeEvent, lastOf } from "../words/event-rows.ts";

export interface AppEventsOptions extends Pick<SelectionOptions, "appNamespace"> {
  output?: "json" | "yaml" | "wide";
}

/** What Kubernetes tells of its objects, the newest last, as a person reads on. */
export async function appEvents(
  context: CliContext,
  name: string,
  { output, ...chosen }: AppEventsOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, chosen);
  const { path, query } = appPath(app, "/events");
  const { items } = await client.get<{ items: KubeEvent[] }>(path, query);
  const sorted = items.toSorted((a, b) => (lastOf(a) < lastOf(b) ? -1 : 1));
  const usual = destinationOf(app).namespace;
  if (output === "json") printJsonList(context, "EventList", { items: sorted });
  else if (output === "yaml") printYamlDocuments(context, sorted);
  else if (sorted.length === 0)
    context.note(`Kubernetes has no events of ${nameOf(app)}: it keeps them for an hour.`);
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
