import { Failure, type FailureCode } from "../core/model/failure.ts";
import { messageOf } from "../lib/caught.ts";
import { CliError } from "./cli-error.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { plainLines } from "./terminal/plain-text.ts";
import type { Terminal } from "./terminal/terminal.ts";

const OF_FAILURE: Record<FailureCode, ExitCode> = {
  config: EXIT.usage,
  render: EXIT.invalid,
  "render-timeout": EXIT.invalid,
  manifest: EXIT.invalid,
  "invalid-spec": EXIT.invalid,
  "git-revision": EXIT.invalid,
  "git-path": EXIT.invalid,
  "artifact-version": EXIT.invalid,
  "artifact-refused": EXIT.invalid,
  "path-outside-source": EXIT.invalid,
  "tool-missing": EXIT.invalid,
  "kind-unknown": EXIT.invalid,
  refused: EXIT.invalid,
  "git-unreachable": EXIT.unreachable,
  "artifact-unreachable": EXIT.unreachable,
  "provider-unreachable": EXIT.unreachable,
  "cluster-unreachable": EXIT.unreachable,
  "not-ready": EXIT.unreachable,
  "git-auth": EXIT.denied,
  "artifact-auth": EXIT.denied,
  "provider-auth": EXIT.denied,
  "sign-on": EXIT.denied,
  "cluster-auth": EXIT.denied,
  forbidden: EXIT.denied,
  conflict: EXIT.conflict,
  paused: EXIT.conflict,
  "window-closed": EXIT.conflict,
  "not-found": EXIT.notFound,
  store: EXIT.internal,
  exec: EXIT.internal,
  internal: EXIT.internal,
};

/** Any thrown value as an error for people, with the code to end with. */
export function asCliError(cause: unknown, signal: AbortSignal): CliError {
  if (cause instanceof CliError) return cause;
  if (signal.aborted) return new CliError(EXIT.interrupted, "Interrupted.", [], { cause });
  if (cause instanceof Failure) {
    const { object, cannot, why, fix } = cause;
    return new CliError(
      OF_FAILURE[cause.code],
      `${object}: cannot ${cannot}: ${why}.`,
      fix === undefined ? [] : [/[.!?]$/.test(fix) ? fix : `${fix}.`],
      { cause },
    );
  }
  const text = messageOf(cause);
  return new CliError(
    EXIT.internal,
    `Internal error: ${text}`,
    ["Run it again with --verbose and report what it prints."],
    { cause },
  );
}

/** What failed and why, what to do, and the code: never a stack trace, unless asked for. */
export function reportError(
  terminal: Terminal,
  error: CliError,
  { trace }: { trace: "shown" | "hidden" },
): void {
  const { symbols, paint, output } = terminal;
  const lines = [
    `${paint("bad", symbols.failed)} ${plainLines(error.message)}`,
    ...error.hints.map((hint) => `  ${plainLines(hint).replaceAll("\n", "\n  ")}`),
  ];
  output.write(`${lines.join("\n")}   ${paint("dim", `exit ${error.code}`)}\n`);
  if (trace === "hidden") return;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    output.write(`${cause.stack ?? cause.message}\n`);
}
