import { defined } from "../../lib/defined.ts";
import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { RestoreReport } from "../offline-verbs.ts";
import { printJson } from "../print-object.ts";
import { count } from "../words/count.ts";

export interface BackupOptions {
  data?: string;
  config?: string;
  output?: "json";
}

export interface RestoreOptions extends BackupOptions {
  check?: true;
  yes?: true;
}

/** What is said goes to standard error where the backup itself goes to standard output. */
export async function backup(
  context: CliContext,
  file: string,
  { data, config, output }: BackupOptions,
): Promise<ExitCode> {
  const report = await context.host.verbs.backup({
    to: file === "-" ? { is: "stdout" } : { is: "file", file },
    ...defined({ data, config }),
  });
  if (output === "json" && file !== "-") printJson(context, report);
  else
    context.note(
      `${count(report.paths.length, "file")} of schema ${report.schema}, ${report.bytes} bytes${report.file === "" ? "" : `: ${report.file}`}. It holds secrets: keep it as you keep those.`,
    );
  return EXIT.done;
}

export async function restore(
  context: CliContext,
  file: string,
  { check, yes, output, ...where }: RestoreOptions,
): Promise<ExitCode> {
  const { verbs } = context.host;
  if (file === "-" && check !== true) {
    // It can be read once, and nobody can answer where it comes in; what is torn is refused before anything is written.
    if (yes !== true)
      throw new CliError(EXIT.usage, "The backup comes by standard input, where nobody can be asked.", [
        "Say --yes, or name a file.",
      ]);
    return restored(context, await verbs.restore({ file, doing: "restore", ...where }), output);
  }
  const seen = await verbs.restore({ file, doing: check === true ? "check" : "prepare", ...where });
  const from = seen.made === "" ? "A store" : `A backup of ${seen.made} by Holdfast ${seen.version}`;
  context.note(`${from}: ${count(seen.paths.length, "file")}, all as they were written.`);
  if (check === true) {
    if (output === "json") printJson(context, seen);
    return EXIT.done;
  }
  if (yes !== true && !(await confirm(context, `Put it in the place of what ${seen.folder} holds?`))) {
    context.note("Nothing was written.");
    return EXIT.done;
  }
  return restored(context, await verbs.restore({ file, doing: "restore", ...where }), output);
}

function restored(context: CliContext, done: RestoreReport, output: RestoreOptions["output"]): ExitCode {
  if (output === "json") printJson(context, done);
  else context.print(`restored ${done.folder}`);
  if (done.before !== undefined) context.note(`What was there before is in ${done.before}.`);
  context.note(
    "Everybody signs in anew. Tokens that were revoked since then count again: revoke them. Deletions are paused until holdfast admin resume.",
  );
  return EXIT.done;
}
