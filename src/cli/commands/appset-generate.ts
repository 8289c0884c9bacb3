import { defined } from "../../lib/defined.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { count } from "../words/count.ts";
import { problemLines } from "../words/problem-lines.ts";

export interface AppsetGenerateOptions {
  source?: string;
  clusters?: string;
  config?: string;
  output?: "json" | "yaml" | "name";
}

/**
 * The applications that the ApplicationSets of a file make, without a daemon or a cluster. What can be made is printed
 * though something else is wrong; the end says so.
 */
export async function appsetGenerate(
  context: CliContext,
  file: string,
  { source, clusters, config, output }: AppsetGenerateOptions,
): Promise<ExitCode> {
  const { applications, problems } = await context.host.verbs.appsetGenerate({
    file,
    signal: context.signal,
    ...defined({ source, clusters, config }),
  });
  if (output === "json") printJsonList(context, "Applications", { items: applications });
  else if (output === "name")
    context.print(applications.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`));
  else printYamlDocuments(context, applications);
  for (const line of problemLines(context.err, problems)) context.note(line);
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0)
    throw new CliError(
      EXIT.invalid,
      `${count(applications.length, "application")} generated, not all of them: ${count(errors.length, "error")}.`,
    );
  context.note(`${count(applications.length, "application")} generated.`);
  return EXIT.done;
}
