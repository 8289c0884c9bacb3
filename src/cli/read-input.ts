import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { EXIT } from "./exit-codes.ts";

/** A file's text; `-` is standard input. */
export async function readInput({ host }: CliContext, file: string): Promise<string> {
  if (file === "-") return host.stdin.text();
  try {
    return await Bun.file(file).text();
  } catch (cause) {
    const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
    const why =
      { ENOENT: "it is not there", EISDIR: "it is a folder", EACCES: "you may not read it" }[code] ??
      (cause instanceof Error ? cause.message : String(cause));
    throw new CliError(EXIT.usage, `Cannot read ${file}: ${why}.`, [], { cause });
  }
}
