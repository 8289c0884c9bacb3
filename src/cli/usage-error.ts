import type { Command, CommanderError } from "commander";
import { nearest } from "../lib/nearest.ts";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import { elsewhere, flagElsewhere } from "./verbs-elsewhere.ts";

/** Commander's complaint in our words, with the command whose help tells more. */
export function usageError(
  { code, message }: CommanderError,
  argv: readonly string[],
  program: Command,
): CliError {
  const { path, command, next } = commandOf(argv, program);
  const hints = [`See: ${[...path, "--help"].join(" ")}`];
  const [stray] = command.args;
  // Before anything that is said of its flags, which are another tool's too.
  const verb = command.commands.length === 0 ? undefined : next;
  const known = verb === undefined ? undefined : elsewhere(path.slice(1), verb);
  if (known !== undefined)
    return new CliError(EXIT.usage, `There is no command ${[...path.slice(1), verb].join(" ")} here.`, [
      `${known}.`,
    ]);
  // Where other commands could stand, a stray word was meant as one of them.
  if (code === "commander.excessArguments" && command.commands.length > 0 && stray !== undefined) {
    const meant = nearest(
      stray,
      command.commands.flatMap((one) => [one.name(), ...one.aliases()]),
    );
    return new CliError(EXIT.usage, sentence(`unknown command '${stray}'`, meant), hints);
  }
  const flag = code === "commander.unknownOption" ? /'([^'=]*)/.exec(message)?.[1] : undefined;
  const meantFlag = flag === undefined ? undefined : flagElsewhere(path.slice(1), flag);
  if (meantFlag !== undefined)
    return new CliError(EXIT.usage, `There is no flag ${flag} here.`, [`${meantFlag}.`]);
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

/**
 * The command that a command line names, the words that name it, and the first word behind them that is no flag and no
 * flag's value: a verb that is none, or an argument. A command's name that stands further behind names nothing.
 */
export function commandOf(
  argv: readonly string[],
  program: Command,
): { path: string[]; command: Command; next?: string } {
  const path = [program.name()];
  let command = program;
  const takesValue = (flag: string): boolean =>
    [program, command].some(({ options }) =>
      options.some(({ short, long, required }) => required && (short === flag || long === flag)),
    );
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (word.startsWith("-")) {
      if (takesValue(word)) at++;
      continue;
    }
    const below = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (below === undefined) return { path, command, next: word };
    path.push(below.name());
    command = below;
  }
  return { path, command };
}
