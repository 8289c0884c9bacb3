import { messageOf } from "../../lib/caught.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";

/** A patch as it was typed. @throws {CliError} usage where it is no JSON, or says nothing */
export function patchIn(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CliError(EXIT.usage, `The patch is no JSON: ${messageOf(cause)}.`, [HOW], { cause });
  }
  if (typeof value === "object" && value !== null) return value;
  throw new CliError(EXIT.usage, "The patch is neither fields nor a list of operations.", [HOW]);
}

const HOW =
  'Write it like \'{"spec":{"replicas":3}}\', or with --patch-type json like \'[{"op":"remove","path":"/spec/paused"}]\'.';
