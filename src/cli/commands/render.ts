import { defined } from "../../lib/defined.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { count } from "../words/count.ts";
import { problemLines } from "../words/problem-lines.ts";

export interface RenderOptions {
  file: string;
  source?: string;
  clusters?: string;
  config?: string;
  output?: "json" | "yaml";
}

/** The manifests of an application, or of all that ApplicationSets make, as the daemon would apply them, without a daemon or a cluster. */
export async function render(
  context: CliContext,
  { file, source, clusters, config, output }: RenderOptions,
): Promise<ExitCode> {
  const { documents, problems, applications } = await context.host.verbs.render({
    app: file,
    signal: context.signal,
    ...defined({ source, clusters, config }),
  });
  const errors = problems.filter(({ severity }) => severity === "error");
  for (const line of problemLines(context.err, problems)) context.note(line);
  if (errors.length > 0)
    throw new CliError(EXIT.invalid, `Rendering ${file} failed: ${count(errors.length, "error")}.`);
  if (output === "json") printJsonList(context, "Manifests", { items: documents });
  else printYamlDocuments(context, documents);
  const of = applications === 1 ? "" : ` of ${count(applications, "application")}`;
  context.note(`${count(documents.length, "object")}${of} rendered.`);
  return EXIT.done;
}
