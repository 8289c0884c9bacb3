import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { EXIT } from "./exit-codes.ts";

/**
 * Asks a person on the terminal.
 * @throws {CliError} usage where there is none: a script must say --yes
 */
export async function confirm({ host }: CliContext, question: string): Promise<boolean> {
  if (!host.stdin.isTTY || !host.stderr.isTTY)
    throw new CliError(EXIT.usage, `${question} Nobody can answer: this is no terminal.`, [
      "Say --yes to go on without a question.",
    ]);
  host.stderr.write(`${question} [y/N] `);
  return /^y(es)?$/i.test((await host.stdin.line()).trim());
}
