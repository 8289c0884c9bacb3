import type { Command, CommanderError } from "commander";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";

/** Commander's complaint in our words, with the command whose help tells more. */
export function usageError({ message }: CommanderError, argv: readonly string[], program: Command): CliError {
  const [first = "", ...rest] = message.replace(/^error: /, "").split("\n");
  const meant = /Did you mean (?:one of )?(.+)\?/.exec(rest.join(" "))?.[1];
  return new CliError(EXIT.usage, sentence(first, meant), [`See: ${[...pathOf(argv, program), "--help"].join(" ")}`]);
}

function sentence(text: string, meant: string | undefined): string {
  const suggestion = meant === undefined ? "." : `, did you mean ${meant}?`;
  const [, what, name] = /^unknown (option|command) '(.*)'$/.exec(text) ?? [];
  if (what !== undefined) return `Unknown ${what === "option" ? "flag" : what} ${name}${suggestion}`;
  const words = text.replace(/ <[^'>]*>'/, "'").replace(/^option '(.+?)' argument missing$/, "The flag $1 needs a value").replace(/^required option '(.+?)' not specified$/, "The flag $1 is needed")
    .replace(/^missing required argument '(.+)'$/, "The argument <$1> is missing").replace(/^option '(.+?)' argument/, "The flag $1: the value");
  const capital = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(capital) ? capital : capital + suggestion;
}

/** The words of the command line that name a command. */
function pathOf(argv: readonly string[], program: Command): string[] {
  const path = [program.name()];
  let command = program;
  for (const word of argv) {
    const below = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (below === undefined) continue;
    path.push(below.name());
    command = below;
  }
  return path;
}
