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

/** Whether it was refused because it is not what it was to be written over any more. */
export function isOvertaken(cause: unknown): boolean {
  return cause instanceof Refused && cause.body.details?.reason === "changed-meanwhile";
}
