import type { Application } from "../../core/model/application.ts";
import { show } from "../../core/model/object-ref.ts";
import { ownPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { printJsonList } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { nameOf, revisionOf, syncOf } from "../words/app-words.ts";
import { actionOf, type DiffItem, objectDiff } from "../words/object-diff.ts";
import { reasons, whyOutOfSync } from "../words/why.ts";
import { refreshOf } from "./app-get.ts";

export interface AppDiffOptions extends SelectionOptions {
  refresh?: boolean;
  hardRefresh?: boolean;
  nameOnly?: true;
  output?: "json";
  /** False: differences end with 0 too. */
  exitCode: boolean;
}

export async function appDiff(context: CliContext, name: string, options: AppDiffOptions): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options, { refresh: refreshOf(options) });
  const items = await differences(client, app);
  if (options.output === "json") {
    printJsonList(context, "Diff", {
      application: nameOf(app),
      revision: app.status?.sync.revision,
      revisions: app.status?.sync.revisions,
      items: items.map((item) => ({ ...item, action: actionOf(item) })),
    });
  } else printDiff(context, items, options.nameOnly === true ? "names" : "fields");
  context.note(diffSummary(app, items));
  return items.length > 0 && options.exitCode ? EXIT.differs : EXIT.done;
}

/**
 * What a sync would change.
 * @throws {CliError} invalid where nothing can be said: "no differences" would be a lie then
 */
export async function differences(client: Client, app: Application): Promise<DiffItem[]> {
  const { items } = await client.get<{ items: DiffItem[] }>(ownPath(app, "/diff"));
  const found = items.filter((item) => actionOf(item) !== "none");
  if (found.length === 0 && syncOf(app) === "Unknown") {
    const trouble = reasons(app)[0];
    throw new CliError(
      EXIT.invalid,
      `Cannot compare ${nameOf(app)}: ${trouble?.text ?? "it was not looked at yet"}`,
      [`See holdfast app get ${nameOf(app)}`],
    );
  }
  return found;
}

export function printDiff(context: CliContext, items: readonly DiffItem[], detail: "fields" | "names"): void {
  if (detail === "names") return context.print(items.map((item) => `${actionOf(item)} ${show(item)}`));
  items.forEach((item, at) =>
    context.print([...(at === 0 ? [] : [""]), ...objectDiff(context.out, item, context.now())]),
  );
}

export function diffSummary(app: Application, items: readonly DiffItem[]): string {
  const revision = revisionOf(app);
  if (items.length === 0 && syncOf(app) === "OutOfSync")
    return `No field differs, and ${nameOf(app)} is OutOfSync all the same: ${whyOutOfSync(app)}.`;
  if (items.length === 0) return `No differences. ${app.metadata.name} is in sync with ${revision}.`;
  const parts = (["update", "create", "prune"] as const).flatMap((action) => {
    const many = items.filter((item) => actionOf(item) === action).length;
    return many === 0 ? [] : [`${many} to ${action}`];
  });
  const unknown = items.filter((item) => actionOf(item) === "unknown").length;
  if (unknown > 0) parts.push(`${unknown} cannot be compared`);
  const flags = items.some((item) => actionOf(item) === "prune") ? " --prune" : "";
  return `${nameOf(app)} differs from ${revision}: ${parts.join(", ")}. Apply with: holdfast app sync ${nameOf(app)}${flags}`;
}
