import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { EXIT } from "./exit-codes.ts";

/**
 * Asks a person on the terminal for a text.
 * @param instead what a script says in place of an answer, a sentence
 * @throws {CliError} usage where nobody can be asked, or nothing was answered
 */
export async function ask(
  context: CliContext,
  question: string,
  how: "shown" | "hidden",
  instead: string,
): Promise<string> {
  const { host } = context;
  mustAnswer(context, `${question}?`, instead);
  host.stderr.write(`${question}: `);
  const answer = how === "hidden" ? await host.stdin.hiddenLine() : await host.stdin.line();
  if (how === "hidden") host.stderr.write("\n");
  if (answer.trim() === "") throw new CliError(EXIT.usage, `${question}: nothing was typed.`);
  return how === "hidden" ? answer : answer.trim();
}

/**
 * Sees to it that there is somebody to ask.
 * @param instead what a script says in place of an answer, a sentence
 * @throws {CliError} usage where nobody can be asked
 */
export function mustAnswer(
  { host, flags }: Pick<CliContext, "host" | "flags">,
  question: string,
  instead: string,
): void {
  const why =
    flags.input === false
      ? "Nobody is asked: --no-input says so."
      : host.stdin.isTTY && host.stderr.isTTY
        ? undefined
        : "Nobody can answer: this is no terminal.";
  if (why !== undefined) throw new CliError(EXIT.usage, `${question} ${why}`, [instead]);
}
