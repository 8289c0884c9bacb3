import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";

/** Before anything was done. @throws {CliError} conflict, with all of them; none: nothing is thrown */
export function refuse(reasonsAgainst: readonly string[]): void {
  if (reasonsAgainst.length > 0)
    throw new CliError(EXIT.conflict, "Nothing was done, and nothing was written.", reasonsAgainst);
}
