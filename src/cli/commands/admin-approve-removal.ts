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
 * Applications and ApplicationSets that are missing from the folders, too many at once or the last of one, so that they do
 * not leave by themselves: a person says that they may, with what they would take along.
 */
export async function approveRemoval(context: CliContext, options: ApproveRemovalOptions): Promise<ExitCode> {
  const client = await context.client();
  const { waiting, applicationSets } = await client.get<{ waiting: string[]; applicationSets: string[] }>(
    "/api/holdfast/v1/removals",
  );
  const total = waiting.length + applicationSets.length;
  if (total === 0) {
    context.note("No application and no ApplicationSet waits for an approval.");
    return EXIT.done;
  }
  const named = [
    ...(waiting.length === 0 ? [] : [count(waiting.length, "application")]),
    ...(applicationSets.length === 0 ? [] : [count(applicationSets.length, "ApplicationSet")]),
  ].join(" and ");
  const what = `${named} missing from the folders, with their children`;
  context.print([...waiting, ...applicationSets.map((set) => `ApplicationSet ${set}`)]);
  if (options.confirm !== undefined && options.confirm !== total)
    throw new CliError(EXIT.conflict, `You approve of ${options.confirm}, but there are ${what}.`, [
      "Nothing was approved.",
    ]);
  const isAsked = options.yes !== true && options.confirm === undefined;
  if (isAsked && !(await confirm(context, `Let ${what} leave, with the objects of those that say so?`))) {
    context.note("Nothing was approved.");
    return EXIT.done;
  }
  // Those that were shown, by name: whatever else vanished meanwhile is another question.
  if (waiting.length > 0)
    await client.send("POST", "/api/holdfast/v1/removals/approve", { body: { applications: waiting } });
  if (applicationSets.length > 0)
    await client.send("POST", "/api/holdfast/v1/removals/applicationsets/approve", {
      body: { applicationSets },
    });
  context.note(`Approved: ${what}.`);
  return EXIT.done;
}
