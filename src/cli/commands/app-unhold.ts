import type { Application } from "../../core/model/application.ts";
import type { ObjectRef } from "../../core/model/object-ref.ts";
import { ownPath } from "../app-path.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { printApplication, printJson, printYamlDocuments } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { nameOf, shortRevision } from "../words/app-words.ts";
import type { DiffItem } from "../words/object-diff.ts";
import { planWords, refusalLines } from "../words/plan-words.ts";
import { printDiff } from "./app-diff.ts";

export interface AppUnholdOptions extends SelectionOptions {
  dryRun?: true;
  output?: "json" | "yaml" | "name";
}

/** Lifts the hold of a rollback: the application follows what is written again. */
export async function appUnhold(
  context: CliContext,
  name: string,
  options: AppUnholdOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const found = await oneApp(client, name, options);
  if (options.dryRun === true) return tell(context, client, found, options);
  const app = await client.send<Application>("DELETE", ownPath(found, "/hold"));
  switch (options.output) {
    case "json":
    case "yaml":
    case "name":
      printApplication(context, app, options.output);
      return EXIT.done;
    default:
      context.print(
        `${context.out.symbols.done} ${nameOf(app)} follows Git again. What waited is synced as its policy says: holdfast app wait ${nameOf(app)}`,
      );
      return EXIT.done;
  }
}

/** What the daemon says that following Git again would do. */
interface UnholdPlan {
  revisions: string[];
  items: DiffItem[];
  refusals: (ObjectRef & { text: string })[];
  extras: "deleted" | "kept";
}

async function tell(
  context: CliContext,
  client: Client,
  app: Application,
  { output }: AppUnholdOptions,
): Promise<ExitCode> {
  const plan = await client.get<UnholdPlan>(ownPath(app, "/hold/diff"));
  const { revisions, items, refusals, extras } = plan;
  if (output === "json") printJson(context, plan);
  else if (output === "yaml") printYamlDocuments(context, [plan]);
  else if (output === "name") context.print(nameOf(app));
  else printDiff(context, items, "fields");
  const what = planWords(items, extras === "deleted" ? "to prune" : "to prune, which is off");
  context.note(
    `${nameOf(app)} to ${revisions.map(shortRevision).join(", ")}, as Git says now: ${what}. Nothing was done.`,
  );
  if (extras === "deleted") for (const line of refusalLines(refusals)) context.note(line);
  return EXIT.done;
}
