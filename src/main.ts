/** argv -> daemon or command. The only process.exit, and beside src/config the only reader of the environment. */
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { version } from "../package.json";
import { checkHostVerb } from "./checks/check-host-verb.ts";
import { runEditor } from "./cli/editing/run-editor.ts";
import type { CliEnv, Input, Output } from "./cli/host.ts";
import { openBrowser } from "./cli/open-browser.ts";
import { processInput } from "./cli/process-input.ts";
import { processOutput } from "./cli/process-output.ts";
import { gitHostVerb } from "./git/library/git-host-verb.ts";
import { jailVerb } from "./render/jail/jail-verb.ts";

/** Set by the build; absent when run from sources. */
declare const HOLDFAST_COMMIT: string | undefined;
declare const HOLDFAST_BUILD_DATE: string | undefined;

/** @param embedded programs by name that are part of this file */
export async function main(embedded: Readonly<Record<string, string>>): Promise<never> {
  // A child on its way to becoming a tool: every millisecond is paid at every render.
  if (process.argv[2] === jailVerb)
    process.exit((await import("./render/jail/enter-jail.ts")).enterJail(process.argv.slice(3)));
  // Children that run users' scripts, or read what Git servers send: they start at once, and hold nothing of the daemon.
  if (process.argv[2] === checkHostVerb) {
    await (await import("./checks/run-check-host.ts")).runCheckHost(process.argv[3]);
    process.exit(0);
  }
  if (process.argv[2] === gitHostVerb) {
    await (await import("./git/library/run-git-host.ts")).runGitHost(process.argv.slice(3));
    process.exit(0);
  }
  const [{ runCli }, { offlineVerbs }] = await Promise.all([
    import("./cli/program.ts"),
    import("./verbs/index.ts"),
  ]);
  const code = await runCli({
    argv: calledAs(process.argv0, process.argv.slice(2)),
    env: cliEnv(process.env),
    stdin: input(),
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    signal: interrupts(),
    edit: (file) =>
      runEditor(
        process.env.VISUAL || process.env.EDITOR,
        file,
        process.stdin.isTTY === true ? "terminal" : "none",
      ),
    browse: (address) => openBrowser(address, process.platform, process.env),
    machine: hostname(),
    verbs: offlineVerbs({
      env: process.env,
      cwd: process.cwd(),
      embedded,
      packageRoot: import.meta.dir.startsWith("/$bunfs/") ? undefined : join(import.meta.dir, ".."),
      build: {
        version,
        commit: typeof HOLDFAST_COMMIT === "string" ? HOLDFAST_COMMIT : "",
        buildDate: typeof HOLDFAST_BUILD_DATE === "string" ? HOLDFAST_BUILD_DATE : "",
      },
      self: process,
      stderr: (text) => void process.stderr.write(text),
    }),
  });
  process.exit(code);
}

/** A link to the program that is named argocd is Argo CD's command line. */
function calledAs(argv0: string, argv: readonly string[]): readonly string[] {
  return /^argocd(\.exe)?$/.test(basename(argv0)) ? ["argocd", ...argv] : argv;
}

function cliEnv({
  HOLDFAST_SERVER,
  HOLDFAST_TOKEN,
  HOLDFAST_CONTEXT,
  HOLDFAST_TIMEOUT,
  HOLDFAST_REPO_PASSWORD,
  XDG_CONFIG_HOME,
  HOME,
  ARGOCD_SERVER,
  ARGOCD_AUTH_TOKEN,
  ARGOCD_OPTS,
  ARGOCD_CONFIG_DIR,
  NO_COLOR,
  CLICOLOR_FORCE,
  TERM,
  LANG,
  LC_ALL,
  LC_CTYPE,
  CI,
}: NodeJS.ProcessEnv): CliEnv {
  return {
    HOLDFAST_SERVER,
    HOLDFAST_TOKEN,
    HOLDFAST_CONTEXT,
    HOLDFAST_TIMEOUT,
    HOLDFAST_REPO_PASSWORD,
    XDG_CONFIG_HOME,
    HOME,
    ARGOCD_SERVER,
    ARGOCD_AUTH_TOKEN,
    ARGOCD_OPTS,
    ARGOCD_CONFIG_DIR,
    NO_COLOR,
    CLICOLOR_FORCE,
    TERM,
    LANG,
    LC_ALL,
    LC_CTYPE,
    CI,
  };
}

/** Aborted by the first Ctrl-C; the second one ends the process, whatever it waits for. */
function interrupts(): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  process.on("SIGINT", () => {
    if (!controller.signal.aborted) {
      first = performance.now();
      controller.abort(new Error("interrupted"));
    } else if (performance.now() - first > ONE_PRESS_MS) process.exit(130);
  });
  return controller.signal;
}
/** One Ctrl-C can arrive several times: from the terminal, and handed on by npm and by Node. */
const ONE_PRESS_MS = 500;

function output(stream: NodeJS.WriteStream): Output {
  // A reader that went away (`| head`) is no fault of ours.
  stream.on("error", (cause: NodeJS.ErrnoException) => process.exit(cause.code === "EPIPE" ? 0 : 10));
  return processOutput(stream);
}

function input(): Input {
  const ask = processInput(process.stdin, () => void process.kill(process.pid, "SIGINT"));
  return { ...ask, text: () => Bun.stdin.text() };
}

if (import.meta.main) await main({});
