import { type Command, CommanderError, Option } from "commander";
import { createContext } from "./context.ts";
import { defineAccountCommands } from "./define-account-commands.ts";
import { defineActivityCommands } from "./define-activity-commands.ts";
import { defineAppCommands } from "./define-app-commands.ts";
import { defineAppsetCommands } from "./define-appset-commands.ts";
import { defineCertCommands } from "./define-cert-commands.ts";
import { defineClusterCommands } from "./define-cluster-commands.ts";
import type { Start } from "./define-command.ts";
import { defineImageCommands } from "./define-image-commands.ts";
import { defineInstallCommands } from "./define-install-commands.ts";
import { defineCompletion, defineLoginCommands, defineMan } from "./define-login-commands.ts";
import { defineNotifyCommands } from "./define-notify-commands.ts";
import { defineDaemonCommands, defineOfflineCommands } from "./define-other-commands.ts";
import { defineProjectCommands } from "./define-project-commands.ts";
import { defineRepoCommands } from "./define-repo-commands.ts";
import { defineApiCommand, defineEventsCommand, defineTraceCommand } from "./define-trace-command.ts";
import { defineWebhookCommands } from "./define-webhook-commands.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { GlobalOptions } from "./global-options.ts";
import { askedHelp, HELP_TOPICS } from "./help-topics.ts";
import type { CliHost } from "./host.ts";
import { normalizeArgv } from "./normalize-argv.ts";
import { openProgram } from "./open-program.ts";
import { durationFlag, fingerprintFlag } from "./parse-flags.ts";
import { asCliError, reportError } from "./report-error.ts";
import { usageError } from "./usage-error.ts";

export type { CliEnv, CliHost, Input, Output } from "./host.ts";

/**
 * Runs one command line to its end.
 * @returns the exit code; everything that was to be said has left the process, and nothing is left running
 */
export async function runCli(host: CliHost): Promise<number> {
  const [first, ...rest] = host.argv;
  const code =
    first === "argocd"
      ? await (await import("./argocd/run-argocd.ts")).runArgocd({ ...host, argv: rest })
      : await runCommand(host);
  await Promise.all([host.stdout.flush?.(), host.stderr.flush?.()]);
  return code;
}

async function runCommand(host: CliHost): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const program = createProgram(host, async (work) => {
    code = await work(createContext(host, program.opts<GlobalOptions>()));
  });
  const argv = normalizeArgv(host.argv, program);
  try {
    // What the scripts of `completion` ask: not among the commands, nobody types it.
    if (host.argv[0] === "__complete") {
      const { complete, flagsIn } = await import("./commands/completion.ts");
      const words = host.argv.slice(host.argv[1] === "--" ? 2 : 1);
      return await complete(
        createContext(host, { ...flagsIn(words.slice(0, -1)), quiet: true }),
        program,
        words,
      );
    }
    const asked =
      argv[0] === "help"
        ? askedHelp(
            argv.slice(1).filter((word) => !word.startsWith("-")),
            program,
          )
        : { argv };
    if ("argv" in asked) await program.parseAsync(asked.argv, { from: "user" });
    else host.stdout.write(`${asked.text}\n`);
    return code;
  } catch (cause) {
    if (cause instanceof CommanderError && cause.exitCode === 0) return EXIT.done;
    // Commander has printed the help that it thinks is missing.
    if (cause instanceof CommanderError && cause.code === "commander.help") return EXIT.usage;
    const error =
      cause instanceof CommanderError ? usageError(cause, argv, program) : asCliError(cause, host.signal);
    const options = program.opts<GlobalOptions>();
    reportError(createContext(host, options).err, error, {
      trace: options.verbose === true && !(cause instanceof CommanderError) ? "shown" : "hidden",
    });
    return error.code;
  }
}

/** The whole command tree. Exported for tests that walk it. */
export function createProgram(host: CliHost, start: Start): Command {
  const program = openProgram(
    host,
    "holdfast",
    "GitOps continuous delivery for Kubernetes: holds clusters fast to Git.",
  )
    .configureHelp({ showGlobalOptions: true })
    .option("-s, --server <url>", "the daemon's address (HOLDFAST_SERVER)")
    .option("--context <name>", "a daemon that is kept by name: holdfast context list (HOLDFAST_CONTEXT)")
    .option("--token-file <file>", "a file with the daemon's token (HOLDFAST_TOKEN)")
    .option("--ca-file <file>", "PEM of the authority of the daemon's certificate, in place of the machine's")
    .option("--fingerprint <SHA256:…>", "of the daemon's certificate or its key", fingerprintFlag)
    .addOption(new Option("--insecure", "take any TLS certificate").conflicts(["caFile", "fingerprint"]))
    .option(
      "--timeout <duration>",
      "how long to wait, and for each answer: seconds, or 90s, 5m; 0 has no end (HOLDFAST_TIMEOUT)",
      durationFlag,
    )
    .option("--no-input", "never ask; say which flag answers instead")
    .option("--reason <text>", "why, for the activity; of a rollback also for its history")
    .addOption(new Option("--color <when>", "colour").choices(["auto", "always", "never"]).default("auto"))
    .option("-q, --quiet", "no progress and no notes")
    .option("-v, --verbose", "where an error comes from")
    .addHelpText(
      "after",
      `\nArgo CD's command line: holdfast argocd --help\nMore: holdfast help ${Object.keys(HELP_TOPICS).join(" | holdfast help ")}`,
    );
  program
    .addOption(new Option("-V, --version", "as the command version").hideHelp())
    .action(async ({ version }: { version?: true }) => {
      if (version !== true) program.help({ error: true });
      await start(async (context) =>
        (await import("./commands/version.ts")).version(context, { short: true }),
      );
    });
  defineAppCommands(program, start);
  defineAppsetCommands(program, start);
  defineClusterCommands(program, start);
  defineRepoCommands(program, start);
  defineCertCommands(program, start);
  defineImageCommands(program, start);
  defineWebhookCommands(program, start);
  defineNotifyCommands(program, start);
  defineProjectCommands(program, start);
  defineLoginCommands(program, start);
  defineAccountCommands(program, start);
  defineCompletion(program, start);
  defineMan(program, start);
  defineDaemonCommands(program, start);
  defineActivityCommands(program, start);
  defineEventsCommand(program, start);
  defineTraceCommand(program, start);
  defineApiCommand(program, start);
  defineOfflineCommands(program, start);
  defineInstallCommands(program, start);
  return program;
}
