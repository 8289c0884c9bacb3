import type { ApplicationImages } from "../../core/model/image-update.ts";
import { rulesOf, stateWords, writeBackWords } from "../../core/model/image-words.ts";
import { ago } from "../../lib/ago.ts";
import { ownPath } from "../app-path.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { table } from "../terminal/table.ts";

export interface ImageListOptions extends SelectionOptions {
  output?: "json" | "yaml" | "wide";
}

const COLUMNS = [
  { head: "APPLICATION" },
  { head: "IMAGE", least: 16, shrinks: 2 },
  { head: "STRATEGY", hides: 2 },
  { head: "RUNS", least: 8, shrinks: 3 },
  { head: "CHOSEN", least: 8, shrinks: 3 },
  { head: "STATE" },
  { head: "CHECKED", hides: 1 },
];

/** Images that are kept up to date; of one application also why other tags are not chosen. */
export async function imageList(
  context: CliContext,
  name: string | undefined,
  options: ImageListOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const items =
    name === undefined
      ? (await client.get<{ items: ApplicationImages[] }>("/api/holdfast/v1/images")).items
      : [await client.get<ApplicationImages>(ownPath(await oneApp(client, name, options), "/images"))];
  if (options.output === "json") {
    printJsonList(context, "ImageList", { items });
    return EXIT.done;
  }
  if (options.output === "yaml") {
    printYamlDocuments(context, items);
    return EXIT.done;
  }
  const rows = items.flatMap(({ app, images, checkedAt }) =>
    images.map((look) => [
      ...[app, look.image, rulesOf(look), look.current ?? "–", look.chosen ?? "–", stateWords(look)],
      checkedAt === undefined ? "not yet" : ago(checkedAt, context.now()),
    ]),
  );
  if (rows.length > 0)
    context.print(
      table(context.out, COLUMNS, rows, { fit: options.output === "wide" ? "whole" : "terminal" }),
    );
  else
    context.note(
      "No application has images kept up to date, or none was looked at yet. The annotation argocd-image-updater.argoproj.io/image-list asks for it.",
    );
  for (const one of items) {
    if (name !== undefined) tellMore(context, one);
    for (const problem of one.problems) context.note(`${one.app}: ${problem}`);
  }
  return EXIT.done;
}

function tellMore(context: CliContext, one: ApplicationImages): void {
  for (const { image, candidates, candidateCount, out, why, is } of one.images) {
    if (why !== undefined && is !== "failed") context.note(`${image}: ${why}`);
    const more = candidateCount > candidates.length ? ` and ${candidateCount - candidates.length} more` : "";
    if (candidates.length > 0) context.note(`${image} could be ${candidates.join(", ")}${more}`);
    for (const { why: reason, count, tags } of out)
      context.note(
        `  out, ${reason}: ${tags.join(", ")}${count > tags.length ? ` and ${count - tags.length} more` : ""}`,
      );
  }
  // Of one that could not be looked at nobody knows it.
  if (one.writeBack !== undefined) context.note(`Written to ${writeBackWords(one.writeBack)}.`);
  if (one.last !== undefined)
    context.note(
      `Last update ${ago(one.last.at, context.now())}: ${one.last.changes.join(", ")}${one.last.pullRequest === undefined ? "" : `, ${one.last.pullRequest}`}`,
    );
}
