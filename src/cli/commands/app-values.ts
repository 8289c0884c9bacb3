import { sourcesOf } from "../../core/model/application.ts";
import {
  type ApplicationValues,
  fromWords,
  isChanged,
  valuePath,
  valueWords,
} from "../../core/model/source-values.ts";
import { ownPath } from "../app-path.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { table } from "../terminal/table.ts";
import { nameOf, placeOf, shortRevision } from "../words/app-words.ts";
import { count } from "../words/count.ts";

export interface AppValuesOptions extends SelectionOptions {
  changed?: boolean;
  output?: "json" | "wide";
}

/** What the tools of its sources are given as values or set, and where each comes from; what is secret the daemon does not tell. */
export async function appValues(
  context: CliContext,
  name: string,
  options: AppValuesOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options);
  const { places, sources } = await client.get<ApplicationValues>(ownPath(app, "/values"));
  const shown = sources.map((source) => ({
    ...source,
    values:
      options.changed === true ? source.values.filter((one) => isChanged(one, source.layers)) : source.values,
  }));
  if (options.output === "json") {
    printJsonList(context, "Values", { application: nameOf(app), places, items: shown });
    return EXIT.done;
  }
  const columns = [
    { head: "VALUE", least: 16, shrinks: 2 },
    { head: "IS", least: 12, shrinks: 3 },
    { head: "FROM", least: 16, shrinks: 1 },
    ...(options.output === "wide" ? [{ head: "WAS", least: 12, shrinks: 3 }] : []),
  ];
  for (const { source, layers, values, total, charts } of shown) {
    const rows = values.map((one) => [
      valuePath(one.path),
      one.is === "deleted" ? "(deleted)" : valueWords(one),
      fromWords(one, layers),
      ...(options.output === "wide"
        ? [one.was.map((was) => `${valueWords(was)} (${fromWords(was, layers)})`).join(", ")]
        : []),
    ]);
    if (rows.length > 0)
      context.print(
        table(context.out, columns, rows, { fit: options.output === "wide" ? "whole" : "terminal" }),
      );
    const written = sourcesOf(app.spec)[source];
    const { revision = "" } = places[source] ?? {};
    context.note(
      `${count(rows.length, "value")} of ${total} of ${written === undefined ? nameOf(app) : placeOf(written)} at ${shortRevision(revision)}`,
    );
    for (const layer of layers)
      if (layer.state === "absent" && "path" in layer)
        context.note(`There is no ${layer.path}, and there need not be`);
    if (charts.length > 0)
      context.note(`Defaults of the charts that it uses are not among these: ${charts.join(", ")}`);
  }
  if (sources.length === 0)
    context.note(
      `No source of ${nameOf(app)} is a chart or a kustomization: see holdfast app manifests ${nameOf(app)}`,
    );
  return EXIT.done;
}
