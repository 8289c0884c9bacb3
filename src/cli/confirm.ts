import { mustAnswer } from "./ask.ts";
import type { CliContext } from "./context.ts";

/**
 * Asks a person on the terminal.
 * @throws {CliError} usage where there is none: a script must say --yes
 */
export async function confirm(context: CliContext, question: string): Promise<boolean> {
  mustAnswer(context, question, "Say --yes to go on without a question.");
  const { host } = context;
  host.stderr.write(`${question} [y/N] `);
  return /^y(es)?$/i.test((await host.stdin.line()).trim());
}
