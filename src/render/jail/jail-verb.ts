import { join } from "node:path";

/** The verb by which the program starts itself to shut a tool in, see enter-jail.ts. */
export const jailVerb = "enter-jail";

/**
 * The words that start it: the compiled binary by its verb, bun on the sources by a file of its own.
 * @param self `process`
 */
export function jailCommand({ execPath, argv }: { execPath: string; argv: readonly string[] }): string[] {
  const isCompiled = /^(\/\$bunfs\/|B:\/~BUN\/)/.test(argv[1] ?? "");
  return isCompiled ? [execPath, jailVerb] : [execPath, join(import.meta.dir, "jail-main.ts")];
}
