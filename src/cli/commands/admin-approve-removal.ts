import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { count } from "../words/count.ts";

export interface ApproveRemovalOptions {
  yes?: true;
  /** How many the caller has seen; others than these are not approved. */
  confirm?: number;
}

/**
 * Applications that are missing from the folders, too many at once to leave by themselves, and what they would take along:
 * a person says that they may.
 */
export async function approveRemoval(context: CliContext, options: ApproveRemovalOptions): Promise<ExitCode> {
  const client = await context.client();
  const { waiting } = await client.get<{ waiting: string[] }>("/api/holdfast/v1/removals");
  if (waiting.length === 0) {
    context.note("No application waits for an approval.");
    return EXIT.done;
  }
  const what = `${count(waiting.length, "application")} missing from the folders, with their children`;
  context.print(waiting);
  if (options.confirm !== undefined && options.confirm !== waiting.length)
    throw new CliError(EXIT.conflict, `You approve of ${options.confirm}, but there are ${what}.`, [
      "Nothing was approved.",
    ]);
  const isAsked = options.yes !== true && options.confirm === undefined;
  if (isAsked && !(await confirm(context, `Let ${what} leave, with the objects of those that say so?`))) {
    context.note("Nothing was approved.");
    return EXIT.done;
  }
  // Those that were shown, by name: whatever else vanished meanwhile is another question.
  await client.send("POST", "/api/holdfast/v1/removals/approve", { body: { applications: waiting } });
  context.note(`Approved: ${what}.`);
  return EXIT.done;
}
