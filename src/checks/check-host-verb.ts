import { join } from "node:path";
import type { HostFor } from "./job.ts";

/** The verb by which the program starts itself as the process for users' scripts, see run-check-host.ts. */
export const checkHostVerb = "check-host";

/**
 * Starts that process: the compiled binary by its verb, bun on the sources by a file of its own.
 * @param self `process`
 */
export function checkHostCommand(
  { execPath, argv }: { execPath: string; argv: readonly string[] },
  runs: HostFor,
): string[] {
  const isCompiled = /^(\/\$bunfs\/|B:\/~BUN\/)/.test(argv[1] ?? "");
  return isCompiled
    ? [execPath, checkHostVerb, runs]
    : [execPath, join(import.meta.dir, "host-main.ts"), runs];
}
