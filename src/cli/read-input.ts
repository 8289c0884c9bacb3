import { codeOf, messageOf } from "../lib/caught.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { EXIT } from "./exit-codes.ts";

/** A file's text; `-` is standard input. */
export async function readInput({ host }: CliContext, file: string): Promise<string> {
  if (file === "-") return host.stdin.text();
  try {
    return await Bun.file(file).text();
  } catch (cause) {
    const code = codeOf(cause);
    const why =
      { ENOENT: "it is not there", EISDIR: "it is a folder", EACCES: "you may not read it" }[code] ??
      messageOf(cause);
    throw new CliError(EXIT.usage, `Cannot read ${file}: ${why}.`, [], { cause });
  }
}
