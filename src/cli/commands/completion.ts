import type { Argument, Command, Option } from "commander";
import type { Project } from "../../core/model/project.ts";
import { defined } from "../../lib/defined.ts";
import type { CliContext } from "../context.ts";
import { loadContexts } from "../contexts/context-file.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { GlobalOptions } from "../global-options.ts";
import { listApps } from "../select-apps.ts";
import { plainText } from "../terminal/plain-text.ts";
import { commandOf } from "../usage-error.ts";
import { healthOf, nameOf, syncOf } from "../words/app-words.ts";
import type { ClusterItem } from "../words/cluster-rows.ts";
import type { RepoItem } from "../words/repo-rows.ts";

/** A person waits for the shell: a server that is slower than this is not waited for. */
const ANSWER_MS = 300;

export type Shell = "bash" | "zsh" | "fish" | "powershell";

/** Each calls `holdfast __complete -- WORD…` with the words up to the cursor, the last one being completed. */
const SCRIPTS: Record<Shell, string> = {
  bash: `_holdfast() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _holdfast holdfast`,
  zsh: `#compdef holdfast
_holdfast() {
  local line
  local -a found
  for line in "\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n "$line" ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe holdfast found
}
if [[ "\${funcstack[1]}" == _holdfast ]]; then
  _holdfast
else
  compdef _holdfast holdfast
fi`,
  fish: `complete -c holdfast -f -a '(holdfast __complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`,
  powershell: `Register-ArgumentCompleter -Native -CommandName holdfast -ScriptBlock {
  param($word, $ast, $position)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($word -eq '') { $words += '""' }
  holdfast __complete '--' @words 2>$null | ForEach-Object {
    $name, $what = $_ -split "\`t", 2
    [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $(if ($what) { $what } else { $name }))
  }
}`,
};

export function completion(context: CliContext, shell: Shell): ExitCode {
  context.print(SCRIPTS[shell]);
  return EXIT.done;
}

/** The daemon that was typed, for what is asked of it. */
export function flagsIn(words: readonly string[]): GlobalOptions {
  const behind = (...flags: string[]): string | undefined =>
    words[words.findLastIndex((word) => flags.includes(word)) + 1 || words.length];
  return defined({ server: behind("-s", "--server"), context: behind("--context") });
}

/** What may stand at a place, and what it is, in a few words. */
interface Candidate {
  word: string;
  what: string;
}

/**
 * Prints what the last of the words may become, a line each, what it is behind a tab. Whatever fails, nothing is said:
 * somebody is in the middle of typing.
 */
export async function complete(
  context: CliContext,
  program: Command,
  words: readonly string[],
): Promise<ExitCode> {
  const typed = (words.at(-1) ?? "").replace(/^""$/, "");
  const found = await candidates(context, program, words.slice(0, -1), typed).catch(() => []);
  context.print(
    found.filter(({ word }) => word.startsWith(typed)).map(({ word, what }) => `${word}\t${plainText(what)}`),
  );
  return EXIT.done;
}

async function candidates(
  context: CliContext,
  program: Command,
  before: readonly string[],
  typed: string,
): Promise<Candidate[]> {
  const { command, next } = commandOf(before, program);
  const options = [...command.options, ...program.options].filter(({ hidden }) => !hidden);
  const last = before.at(-1) ?? "";
  const valued = options.find(({ short, long, required }) => required && (short === last || long === last));
  if (valued !== undefined) return valuesOf(context, valued);
  if (typed.startsWith("-"))
    return options.map(({ long, short, description }) => ({ word: long ?? short ?? "", what: description }));
  if (command.commands.length > 0)
    return next === undefined
      ? command.commands.map((one) => ({ word: one.name(), what: one.description() }))
      : [];
  const [first] = command.registeredArguments;
  // What stands behind the first one is nothing that is known by name.
  return next !== undefined && first?.variadic !== true ? [] : argumentsOf(context, command, first);
}

async function valuesOf(context: CliContext, option: Option): Promise<Candidate[]> {
  if (option.long === "--context") return contexts(context);
  return (option.argChoices ?? []).map((word) => ({ word, what: "" }));
}

/** By what the command calls its argument. */
async function argumentsOf(
  context: CliContext,
  command: Command,
  argument: Argument | undefined,
): Promise<Candidate[]> {
  if (argument === undefined) return [];
  if (argument.argChoices !== undefined) return argument.argChoices.map((word) => ({ word, what: "" }));
  switch (argument.name()) {
    case "app":
    case "apps":
      return inTime(applications(context));
    case "project":
    case "projects":
      return inTime(projects(context));
    case "cluster":
    case "clusters":
      return inTime(clusters(context));
    case "repository":
    case "repositories":
      return command.name() === "add" ? [] : inTime(repositories(context));
    case "context":
      // Of a kubeconfig.
      return command.parent?.name() === "cluster" ? [] : contexts(context);
    case "name":
    case "names":
      return command.parent?.name() === "context" && command.name() !== "add" ? contexts(context) : [];
    default:
      return [];
  }
}

async function projects(context: CliContext): Promise<Candidate[]> {
  const { items } = await (await context.client()).get<{ items: Project[] }>("/api/v1/projects");
  return items.map(({ metadata, spec }) => ({ word: metadata.name, what: spec.description ?? "" }));
}

async function clusters(context: CliContext): Promise<Candidate[]> {
  const { items } = await (await context.client()).get<{ items: ClusterItem[] }>("/api/v1/clusters");
  return items.map(({ name, server }) => ({ word: name, what: server }));
}

async function repositories(context: CliContext): Promise<Candidate[]> {
  const { items } = await (await context.client()).get<{ items: RepoItem[] }>("/api/v1/repositories");
  return items.map(({ repo, type }) => ({ word: repo, what: type ?? "" }));
}

async function applications(context: CliContext): Promise<Candidate[]> {
  const fields = "items.metadata.name,items.metadata.namespace,items.status.sync,items.status.health";
  const apps = await listApps(await context.client(), {}, { fields });
  const names = new Map<string, number>();
  for (const { metadata } of apps) names.set(metadata.name, (names.get(metadata.name) ?? 0) + 1);
  return apps.flatMap((app) => {
    const what = `${syncOf(app)}, ${healthOf(app)}`;
    // The name alone is enough where one has it.
    const short = names.get(app.metadata.name) === 1 ? [{ word: app.metadata.name, what }] : [];
    return [...short, { word: nameOf(app), what }];
  });
}

async function contexts({ host }: CliContext): Promise<Candidate[]> {
  return (await loadContexts(host.env)).contexts.map(({ name, server }) => ({ word: name, what: server }));
}

async function inTime(found: Promise<Candidate[]>): Promise<Candidate[]> {
  const { promise, resolve } = Promise.withResolvers<Candidate[]>();
  const timer = setTimeout(() => resolve([]), ANSWER_MS);
  try {
    return await Promise.race([found, promise]);
  } finally {
    clearTimeout(timer);
  }
}
