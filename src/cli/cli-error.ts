import type { ExitCode } from "./exit-codes.ts";

/** Ends a command: what failed and why in `message`, what to do about it in `hints`. */
export class CliError extends Error {
  override readonly name = "CliError";
  constructor(
    readonly code: ExitCode,
    /** One sentence; the first line that a person reads. */
    message: string,
    /** One line each. */
    readonly hints: readonly string[] = [],
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
