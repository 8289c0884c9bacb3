import type { ImageUpdateResult } from "../../core/model/image-update.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJson, printYamlDocuments } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { nameOf, shortRevision } from "../words/app-words.ts";

export interface ImageUpdateOptions extends SelectionOptions {
  dryRun?: boolean;
  output?: "json" | "yaml";
}

/** Asks the registries, and writes what is newer, or shows what would be written. Fails where something could not be. */
export async function imageUpdate(
  context: CliContext,
  name: string | undefined,
  options: ImageUpdateOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const apps = name === undefined ? undefined : [nameOf(await oneApp(client, name, options))];
  const result = await client.send<ImageUpdateResult>("POST", "/api/holdfast/v1/images/update", {
    body: { apps, dryRun: options.dryRun === true },
  });
  const problems = result.applications.flatMap(({ app, problems }) =>
    problems.map((text) => ({ app, text })),
  );
  const end = problems.length === 0 ? EXIT.done : EXIT.invalid;
  if (options.output === "json") {
    printJson(context, { apiVersion: "cli/v1", kind: "ImageUpdate", ...result });
    return end;
  }
  if (options.output === "yaml") {
    printYamlDocuments(context, [result]);
    return end;
  }
  const { done } = context.out.symbols;
  for (const { is, apps: of, changes, files, branch, commit, repository, pullRequest } of result.writes) {
    if (is === "failed") continue;
    const where =
      repository === undefined
        ? "the Application"
        : `${files.join(", ")} on ${branch} of ${repository}${commit === undefined ? "" : ` as ${shortRevision(commit)}`}`;
    context.print(`${done} ${of.join(", ")}: ${is === "written" ? "wrote" : "would write"} ${where}`);
    for (const change of changes) context.print(`    ${change}`);
    if (pullRequest !== undefined) context.print(`    ${pullRequest}`);
  }
  if (result.writes.length === 0 && problems.length === 0)
    context.print(`${done} Nothing to write: what is newest is written already.`);
  for (const { app, text } of problems) context.note(`${app}: ${text}`);
  return end;
}
