import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { EXIT } from "./exit-codes.ts";

/**
 * Asks a person on the terminal for a text.
 * @param instead what a script says in place of an answer, a sentence
 * @throws {CliError} usage where there is no terminal, or nothing was answered
 */
export async function ask(
  { host }: CliContext,
  question: string,
  how: "shown" | "hidden",
  instead: string,
): Promise<string> {
  if (!host.stdin.isTTY || !host.stderr.isTTY)
    throw new CliError(EXIT.usage, `${question}? Nobody can answer: this is no terminal.`, [instead]);
  host.stderr.write(`${question}: `);
  const answer = how === "hidden" ? await host.stdin.hiddenLine() : await host.stdin.line();
  if (how === "hidden") host.stderr.write("\n");
  if (answer.trim() === "") throw new CliError(EXIT.usage, `${question}: nothing was typed.`);
  return how === "hidden" ? answer : answer.trim();
}
