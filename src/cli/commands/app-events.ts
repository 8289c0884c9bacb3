import type { KubeObject } from "../../core/model/kube-object.ts";
import { age } from "../../lib/ago.ts";
import { appPath } from "../app-path.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { type Column, table } from "../terminal/table.ts";
import { destinationOf, nameOf, objectName } from "../words/app-words.ts";

export interface AppEventsOptions extends Pick<SelectionOptions, "appNamespace"> {
  output?: "json" | "yaml" | "wide";
}

/** As Kubernetes has it; whoever writes one may leave anything out. */
interface KubeEvent extends KubeObject {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  series?: { count?: number; lastObservedTime?: string };
  involvedObject?: { kind?: string; namespace?: string; name?: string };
}

const COLUMNS: readonly Column[] = [
  { head: "LAST" },
  { head: "TYPE" },
  { head: "REASON", least: 10, shrinks: 3 },
  { head: "OBJECT", least: 12, shrinks: 2 },
  { head: "COUNT", hides: 1 },
  { head: "MESSAGE", least: 16, shrinks: 1 },
];

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
        COLUMNS,
        sorted.map((event) => rowOf(event, usual, context.now())),
        { fit: output === "wide" ? "whole" : "terminal" },
      ),
    );
  return EXIT.done;
}

/** RFC 3339; "" where it does not say. */
function lastOf({ series, lastTimestamp, eventTime, metadata }: KubeEvent): string {
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? "";
}

function rowOf(event: KubeEvent, usual: string, nowMs: number): string[] {
  const { kind = "", namespace = "", name = "" } = event.involvedObject ?? {};
  const many = event.series?.count ?? event.count ?? 1;
  return [
    age(lastOf(event) || undefined, nowMs),
    event.type ?? "",
    event.reason ?? "",
    kind === "" ? name : objectName({ kind, namespace, name }, usual),
    String(many),
    (event.message ?? "").replaceAll(/\s+/g, " ").trim(),
  ];
}
