import { Failure } from "../core/model/failure.ts";
import { messageOf } from "../lib/caught.ts";
import { CliError } from "./cli-error.ts";
import { EXIT, EXIT_OF_FAILURE } from "./exit-codes.ts";
import { plainLines } from "./terminal/plain-text.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** Any thrown value as an error for people, with the code to end with. */
export function asCliError(cause: unknown, signal: AbortSignal): CliError {
  if (cause instanceof CliError) return cause;
  if (signal.aborted) return new CliError(EXIT.interrupted, "Interrupted.", [], { cause });
  if (cause instanceof Failure) {
    const { object, cannot, why, fix } = cause;
    return new CliError(
      EXIT_OF_FAILURE[cause.code],
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
