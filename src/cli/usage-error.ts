import type { Command, CommanderError } from "commander";
import { nearest } from "../lib/nearest.ts";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";

/** Commander's complaint in our words, with the command whose help tells more. */
export function usageError(
  { code, message }: CommanderError,
  argv: readonly string[],
  program: Command,
): CliError {
  const { path, command } = commandOf(argv, program);
  const hints = [`See: ${[...path, "--help"].join(" ")}`];
  const [stray] = command.args;
  // Where other commands could stand, a stray word was meant as one of them.
  if (code === "commander.excessArguments" && command.commands.length > 0 && stray !== undefined) {
    const meant = nearest(
      stray,
      command.commands.flatMap((one) => [one.name(), ...one.aliases()]),
    );
    return new CliError(EXIT.usage, sentence(`unknown command '${stray}'`, meant), hints);
  }
  const [first = "", ...rest] = message.replace(/^error: /, "").split("\n");
  const meant = /Did you mean (?:one of )?(.+)\?/.exec(rest.join(" "))?.[1];
  return new CliError(EXIT.usage, sentence(first, meant), hints);
}

function sentence(text: string, meant: string | undefined): string {
  const suggestion = meant === undefined ? "." : `, did you mean ${meant}?`;
  const [, what, name] = /^unknown (option|command) '(.*)'$/.exec(text) ?? [];
  if (what !== undefined) return `Unknown ${what === "option" ? "flag" : what} ${name}${suggestion}`;
  const words = text
    .replace(/ <[^'>]*>'/, "'")
    .replace(/^option '(.+?)' argument missing$/, "The flag $1 needs a value")
    .replace(/^required option '(.+?)' not specified$/, "The flag $1 is needed")
    .replace(/^missing required argument '(.+)'$/, "The argument <$1> is missing")
    .replace(/^option '(.+?)' argument/, "The flag $1: the value");
  const capital = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(capital) ? capital : capital + suggestion;
}

/** The command that a command line names, and the words that name it. */
export function commandOf(argv: readonly string[], program: Command): { path: string[]; command: Command } {
  const path = [program.name()];
  let command = program;
  for (const word of argv) {
    const below = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (below === undefined) continue;
    path.push(below.name());
    command = below;
  }
  return { path, command };
}
