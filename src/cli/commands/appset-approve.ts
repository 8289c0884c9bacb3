import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { oneSet, type SetSelection, setName, setPath, type ToldSet } from "../sets/choose-sets.ts";
import { errorOf, stateOf, waits } from "../sets/set-words.ts";
import { plainText } from "../terminal/plain-text.ts";
import { painted } from "../terminal/terminal.ts";
import { count } from "../words/count.ts";

export interface AppsetApproveOptions extends SetSelection {
  yes?: true;
  /** How many the caller has seen; others than these are not approved. */
  confirm?: number;
}

/** Applications that a set makes no more, too many at once to go by themselves: a person says that they may. */
export async function appsetApprove(
  context: CliContext,
  name: string,
  options: AppsetApproveOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const { applicationSet: set, blocked } = await oneSet(client, name, options);
  if (blocked.length === 0) {
    context.note(`No application of ${setName(set)} waits for an approval.`);
    return EXIT.done;
  }
  const what = `${count(blocked.length, "application")} that ${setName(set)} makes no more`;
  context.print(blocked);
  if (options.confirm !== undefined && options.confirm !== blocked.length)
    throw new CliError(EXIT.conflict, `You approve of ${options.confirm}, but there are ${what}.`, [
      "Nothing was approved.",
    ]);
  const isAsked = options.yes !== true && options.confirm === undefined;
  if (isAsked && !(await confirm(context, `Delete ${what}, with the objects of those that say so?`))) {
    context.note("Nothing was approved.");
    return EXIT.done;
  }
  // Those that were shown, by name: whatever else is to go by now is another question.
  await client.send("POST", setPath(set, "/approve"), { body: { applications: blocked } });
  context.note(`Approved: ${what}.`);
  return EXIT.done;
}

/** Has its generators ask again, and says what came of it. */
export async function appsetRefresh(
  context: CliContext,
  name: string,
  options: SetSelection,
): Promise<ExitCode> {
  const client = await context.client();
  const { applicationSet } = await oneSet(client, name, options);
  const told = await client.send<ToldSet>("POST", setPath(applicationSet, "/refresh"));
  const error = errorOf(told.applicationSet);
  if (error !== undefined)
    throw new CliError(EXIT.invalid, `${setName(told.applicationSet)}: ${plainText(error)}`, [
      `What it makes all the same stays: holdfast appset get ${setName(told.applicationSet)}`,
    ]);
  context.print(
    `${painted(context.out, context.out.state(stateOf(told)))} ${setName(told.applicationSet)}: ${count(told.applications.length, "application")}${told.blocked.length === 0 ? "" : `, ${waits(told.blocked)}`}`,
  );
  return EXIT.done;
}
