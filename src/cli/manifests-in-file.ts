import { isMapping } from "../lib/is-mapping.ts";
import { parseYaml } from "../lib/yaml.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { EXIT } from "./exit-codes.ts";
import { readInput } from "./read-input.ts";

/**
 * The manifests of a file, as they are written: what they mean is the daemon's to say.
 * @param file `-` is standard input
 * @param kind that all of them must be; `otherwise`: where others are made, a sentence
 * @throws {CliError} invalid where it is no YAML, or holds something else
 */
export async function manifestsInFile(
  context: CliContext,
  file: string,
  { kind, otherwise }: { kind: "Application" | "ApplicationSet"; otherwise: string },
): Promise<unknown[]> {
  const { documents, problems } = parseYaml(await readInput(context, file), {
    file,
    duplicateKeys: "keep-last",
  });
  for (const { severity, line, text } of problems)
    if (severity === "warning") context.note(`${file}:${line}: ${text}.`);
  const error = problems.find(({ severity }) => severity === "error");
  if (error !== undefined)
    throw new CliError(
      EXIT.invalid,
      `${file}:${error.line}: ${error.text}.`,
      error.fix === undefined ? [] : [`${error.fix}.`],
    );
  if (documents.length === 0) throw new CliError(EXIT.invalid, `${file} holds no document.`);
  const other = documents.find(({ value }) => !isMapping(value) || value["kind"] !== kind);
  if (other !== undefined)
    throw new CliError(EXIT.invalid, `${file}:${other.line}: this is no ${kind}.`, [otherwise]);
  return documents.map(({ value }) => value);
}
