import { join } from "node:path";

/** The verb by which the program starts itself as the process that reads Git with isomorphic-git, see run-git-host.ts. */
export const gitHostVerb = "git-host";

/**
 * Starts that process: the compiled binary by its verb, bun on the sources by a file of its own. What it is to do
 * (`objects FOLDER`, `fetch`) follows.
 * @param self `process`
 */
export function gitHostCommand({ execPath, argv }: { execPath: string; argv: readonly string[] }): string[] {
  const isCompiled = /^(\/\$bunfs\/|B:\/~BUN\/)/.test(argv[1] ?? "");
  return isCompiled ? [execPath, gitHostVerb] : [execPath, join(import.meta.dir, "host-main.ts")];
}
