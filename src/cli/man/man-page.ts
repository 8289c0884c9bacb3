import type { Argument, Command, Option } from "commander";
import { EXIT_MEANINGS } from "../exit-codes.ts";
import { HELP_TOPICS } from "../help-topics.ts";

/** What a page says of the program beside its commands. */
export interface ManFacts {
  version: string;
  /** `2026-11-29`; "" where the program was not built. */
  date: string;
}

/**
 * The manual page of a command tree, from the definitions that its help is printed from. In the macros of man(7) and in
 * ASCII, as groff and mandoc read it; the same for the same tree.
 */
export function manPage(program: Command, { version, date }: ManFacts): string {
  const name = program.name();
  const lines = [
    `.TH ${name.toUpperCase()} 1 "${date}" ${quoted(`${name} ${version}`)}`,
    ".SH NAME",
    ...filled(`${name} \u2014 ${program.description()}`).map((one) => one.replace("\\[u2014]", "\\-")),
    ".SH SYNOPSIS",
    `.B ${roff(name)}`,
    `${roff("COMMAND [ARGUMENT]... [FLAG]...")}`,
    ".SH DESCRIPTION",
    ...paragraph(
      `Every flag of every command is below. ${name} COMMAND --help says the same of one of them, and ${name} help TOPIC what a script may rely on.`,
    ),
    ".SH GLOBAL FLAGS",
    ...flagsOf(program),
    ".SH COMMANDS",
    ...program.commands.flatMap((command) => commandLines(command, [name])),
    ".SH OUTPUT",
    ...asWritten(HELP_TOPICS["output"]?.() ?? ""),
    ".SH ENVIRONMENT",
    ...asWritten(HELP_TOPICS["env"]?.() ?? ""),
    ".SH EXIT STATUS",
    ...EXIT_MEANINGS.flatMap(([code, meaning]) => [".TP", `.B ${code}`, ...filled(meaning)]),
    ".SH SEE ALSO",
    ".BR kubectl (1),",
    ".BR git (1),",
    ".BR helm (1)",
  ];
  // A heading begins a paragraph by itself.
  const kept = lines.filter((one, at) => one !== ".PP" || !/^\.S[HS]/.test(lines[at - 1] ?? ""));
  return `${kept.join("\n")}\n`;
}

/** What does something: a group of commands has a line of its own only where it does something without one. */
function commandLines(command: Command, above: readonly string[]): string[] {
  const path = [...above, command.name()];
  const below = command.commands.flatMap((one) => commandLines(one, path));
  if (command.commands.length > 0 && command.registeredArguments.length === 0 && !doesSomething(command))
    return below;
  const usage = [...path, ...command.registeredArguments.map(argumentWord)].join(" ");
  const aliases = command.aliases();
  const named = command.registeredArguments.filter(({ description }) => description !== "");
  return [
    `.SS ${quoted(usage)}`,
    ...paragraph(
      `${sentence(command.description())}${aliases.length === 0 ? "" : ` Also: ${aliases.join(", ")}.`}`,
    ),
    ...named.flatMap((one) => [".TP", `.I ${roff(one.name().toUpperCase())}`, ...filled(one.description)]),
    ...flagsOf(command),
    ...helpTextOf(command),
    ...below,
  ];
}

/** Of its own: without any it prints its help. */
function doesSomething(command: Command): boolean {
  return (command as unknown as { _actionHandler?: unknown })._actionHandler != null;
}

function argumentWord(argument: Argument): string {
  const word = `${argument.name().toUpperCase()}${argument.variadic ? "..." : ""}`;
  return argument.required ? word : `[${word}]`;
}

function flagsOf({ options }: Command): string[] {
  return options
    .filter(({ hidden }) => !hidden)
    .flatMap((option) => [".TP", `.B ${roff(option.flags)}`, ...filled(aboutFlag(option))]);
}

function aboutFlag({ description, argChoices = [], defaultValue, negate }: Option): string {
  const more = [
    ...(argChoices.length === 0 ? [] : [`one of ${argChoices.join(", ")}`]),
    ...(defaultValue === undefined || negate ? [] : [`default: ${String(defaultValue)}`]),
  ];
  return more.length === 0 ? description : `${description} (${more.join("; ")})`;
}

/** What stands behind a command's help: examples as they are typed, and sentences. */
function helpTextOf(command: Command): string[] {
  const texts: string[] = [];
  const listening = command as unknown as { emit(event: "afterHelp", context: object): void };
  listening.emit("afterHelp", { error: false, command, write: (text: string) => void texts.push(text) });
  const paragraphs = texts
    .join("\n")
    .split(/\n{2,}/)
    .map((text) => text.trim());
  return paragraphs.flatMap((text) => {
    if (text === "") return [];
    const [head = "", ...rest] = text.split("\n");
    if (head !== "Examples:") return paragraph(text.replaceAll("\n", " "));
    return [".PP", ".nf", ...rest.map((one) => line(one.trim())), ".fi"];
  });
}

function paragraph(text: string): string[] {
  return [".PP", ...filled(text)];
}

function asWritten(text: string): string[] {
  return [".PP", ".nf", ...text.split("\n").map((one) => line(one)), ".fi"];
}

/** A line as it is written. */
function line(text: string): string {
  const said = roff(text);
  // One that begins so, or is empty, would be read as a request.
  return /^[.']/.test(said) || said === "" ? `\\&${said}` : said;
}

/** Text that is filled anyway, in lines of up to `LONGEST` characters where its words let it. */
function filled(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((one) => one !== "")) {
    const last = lines.at(-1);
    if (last === undefined || roff(`${last} ${word}`).length > LONGEST) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map(line);
}
const LONGEST = 78;

function quoted(text: string): string {
  return `"${roff(text).replaceAll('"', "\\(dq")}"`;
}

/** Text as roff reads it: a hyphen that may be copied, and no byte that is not ASCII. */
function roff(text: string): string {
  return [...text.replaceAll("\\", "\\e").replaceAll("-", "\\-")]
    .map((sign) =>
      sign < "\x7f" ? sign : `\\[u${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`,
    )
    .join("");
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
