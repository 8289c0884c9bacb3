import { CliError } from "./cli-error.ts";
import { Refused } from "./http/refusal.ts";

/** Of writes of an application: whether sources that are new or changed are asked first. Argo CD's own says it always. */
export function validation({ validate }: { validate?: boolean }): string {
  return String(validate !== false);
}

/** Whoever is refused for what its sources say is told how to write it all the same. */
export async function unlessValid<T>(written: Promise<T>): Promise<T> {
  try {
    return await written;
  } catch (cause) {
    if (!(cause instanceof Refused) || cause.body.details?.asked !== "sources") throw cause;
    const { code, message, hints } = cause;
    throw new CliError(
      code,
      message,
      [...hints, "Nothing was written. To write it all the same: --validate=false."],
      { cause },
    );
  }
}
