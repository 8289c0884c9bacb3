import { defined } from "../../lib/defined.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { readInput } from "../read-input.ts";

/** `{"status","message"}` of the object in the file; of several objects an array. `none`: it shows no evidence of health. */
export async function adminHealth(
  context: CliContext,
  file: string,
  { explain, config }: { explain?: true; config?: string },
): Promise<ExitCode> {
  const judged = await context.host.verbs.health(await readInput(context, file), file, {
    signal: context.signal,
    ...defined({ config }),
  });
  const shown = judged.map(({ status = "none", message, rule, because }) =>
    explain === true ? { status, message, rule, because } : { status, message },
  );
  if (shown.length === 0) throw new CliError(EXIT.invalid, `${file} holds no Kubernetes object.`);
  context.print(JSON.stringify(shown.length === 1 ? shown[0] : shown));
  return EXIT.done;
}
