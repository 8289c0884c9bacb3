import type { CliContext } from "../context.ts";
import { manifestsInFile } from "../manifests-in-file.ts";

/**
 * The ApplicationSets of a file, as they are written.
 * @param file `-` is standard input
 * @throws {CliError} invalid where it is no YAML, or holds something else
 */
export function setsInFile(context: CliContext, file: string): Promise<unknown[]> {
  const otherwise = "Applications are made with: holdfast app create -f FILE";
  return manifestsInFile(context, file, { kind: "ApplicationSet", otherwise });
}
