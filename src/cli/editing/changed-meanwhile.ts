import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { Refused } from "../http/refusal.ts";

/** @param what `Application payments/web` */
export function changedMeanwhile(what: string, cause?: unknown): CliError {
  return new CliError(
    EXIT.conflict,
    `${what} was changed by somebody else meanwhile, and nothing was written.`,
    [],
    { cause },
  );
}

/** Whether a JSON patch was refused because something is not what it tested for. */
export function isOvertaken(cause: unknown): boolean {
  return cause instanceof Refused && cause.status === 400 && /\btest of \S+ failed$/.test(cause.body.message);
}
