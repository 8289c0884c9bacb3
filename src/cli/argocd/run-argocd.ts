/**
 * The command line of argocd: its commands, flags, tables and exit codes, on this program's HTTP client. Whoever is called
 * by the name `argocd`, or by `holdfast argocd`, comes in here. What is not the same is in docs/argocd-cli.md.
 */
import { type Command, CommanderError } from "commander";
import { nearest } from "../../lib/nearest.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import type { CliHost } from "../host.ts";
import { Refused } from "../http/refusal.ts";
import { normalizeArgv } from "../normalize-argv.ts";
import { openProgram } from "../open-program.ts";
import { asCliError } from "../report-error.ts";
import { plainLines } from "../terminal/plain-text.ts";
import { commandOf } from "../usage-error.ts";
import { type ArgoStart, createArgoContext } from "./argo-context.ts";
import { defineAppCommands } from "./define-app-commands.ts";
import { defineEstateCommands } from "./define-estate-commands.ts";
import { defineProjCommands } from "./define-proj-commands.ts";
import { defineSessionCommands } from "./define-session-commands.ts";
import { ARGO_EXIT } from "./exit-codes.ts";
import { type ArgoFlags, defineGlobalFlags, withOpts } from "./flags/global-flags.ts";
import { refusedCommand, refusedFlag } from "./refusals.ts";

/**
 * @param host its argv without the word `argocd`
 * @returns the exit code
 */
export async function runArgocd(host: CliHost): Promise<number> {
  let code: number = ARGO_EXIT.done;
  const program = createArgoProgram(host, async (work) => {
    code = await work(createArgoContext(host, program.opts<ArgoFlags>()));
  });
  // Commander takes every flag that begins so for the end of another one.
  const typed = host.argv.map((word) => word.replace(/^--no-proxy(?==|$)/, "--noproxy"));
  const argv = normalizeArgv(withOpts(typed, host.env.ARGOCD_OPTS), program);
  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (cause) {
    if (cause instanceof CommanderError && cause.exitCode === 0) return ARGO_EXIT.done;
    const { logformat } = program.opts<ArgoFlags>();
    if (cause instanceof CommanderError) {
      const { path } = commandOf(argv, program);
      if (cause.code === "commander.help") return ARGO_EXIT.usage;
      const said = usageOf(cause, argv, program);
      report(host, said, logformat);
      // There 1 says that there are differences.
      const isDiff = path.at(-1) === "diff";
      return said.code === EXIT.usage && !isDiff ? ARGO_EXIT.usage : ARGO_EXIT.failed;
    }
    const error = asCliError(cause, host.signal);
    report(host, forArgocd(error), logformat);
    return error.code === EXIT.interrupted ? ARGO_EXIT.interrupted : ARGO_EXIT.failed;
  }
}

/** The whole command tree. Exported for tests that walk it. */
export function createArgoProgram(host: CliHost, start: ArgoStart): Command {
  const program = openProgram(host, "argocd", "Argo CD's command line, served by Holdfast.").addHelpText(
    "after",
    "\nWhat is the same as in Argo CD and what is not: docs/argocd-cli.md. The whole program: holdfast help",
  );
  defineGlobalFlags(program);
  defineSessionCommands(program, start);
  defineAppCommands(program, start);
  defineProjCommands(program, start);
  defineEstateCommands(program, start);
  return program;
}

/** Commander's complaint: what argocd has and this has not is told by its way round, the rest as argocd's library says it. */
function usageOf({ code, message }: CommanderError, argv: readonly string[], program: Command): CliError {
  const { path, command, next } = commandOf(argv, program);
  const words = path.slice(1);
  const isLeaf = command.commands.length === 0;
  const stray = isLeaf || next === undefined ? [] : argv.slice(argv.indexOf(next)).filter(isWord);
  const refused = refusedCommand([...words, ...stray]);
  if (refused !== undefined) return new CliError(EXIT.invalid, refused.what, [refused.instead]);
  const flag = code === "commander.unknownOption" ? /'(-[^'=]*)/.exec(message)?.[1] : undefined;
  if (flag !== undefined) {
    const way = refusedFlag(words, flag);
    if (way !== undefined) return new CliError(EXIT.invalid, `${flag} is not served here.`, [way]);
    const meant = nearest(
      flag,
      command.options.map(({ long }) => long ?? ""),
    );
    return new CliError(EXIT.usage, `unknown flag: ${flag}`, [
      ...(meant === undefined ? [] : [`Did you mean ${meant}?`]),
      `See: ${[...path, "--help"].join(" ")}`,
    ]);
  }
  if (!isLeaf && next !== undefined) {
    const meant = nearest(
      next,
      command.commands.flatMap((one) => [one.name(), ...one.aliases()]),
    );
    return new CliError(EXIT.usage, `unknown command "${next}" for "${path.join(" ")}"`, [
      ...(meant === undefined ? [] : [`Did you mean ${meant}?`]),
      `See: ${[...path, "--help"].join(" ")}`,
    ]);
  }
  return new CliError(EXIT.usage, message.replace(/^error: /, ""), [`See: ${[...path, "--help"].join(" ")}`]);
}

const isWord = (text: string): boolean => !text.startsWith("-");

/** Hints that name this program's own flags and variables, in argocd's. */
function forArgocd(error: CliError): CliError {
  if (error instanceof Refused && error.status === 401)
    return new CliError(error.code, error.message, [
      "Log in: argocd login SERVER. Or set ARGOCD_AUTH_TOKEN.",
    ]);
  if (error.code === EXIT.unreachable && error.hints.some((hint) => hint.includes("HOLDFAST_SERVER")))
    return new CliError(error.code, error.message, [
      "Another server is named with --server or ARGOCD_SERVER.",
    ]);
  return new CliError(
    error.code,
    error.message.replaceAll("--ca-file", "--server-crt"),
    error.hints.map((hint) =>
      hint
        .replaceAll("--ca-file", "--server-crt")
        .replaceAll(/\bholdfast (app|appset|cluster) (list|get|resources|wait)\b/g, "argocd $1 $2"),
    ),
  );
}

function report(host: CliHost, { message, hints }: CliError, format: ArgoFlags["logformat"]): void {
  const now = new Date(host.now?.() ?? Date.now());
  host.stderr.write(
    format === "json"
      ? `${JSON.stringify({ level: "fatal", msg: [message, ...hints].join(" "), time: now.toISOString().replace(/\.\d+Z$/, "Z") })}\n`
      : `${[`FATA[0000] ${plainLines(message)}`, ...hints.map((hint) => `  ${plainLines(hint)}`)].join("\n")}\n`,
  );
}
