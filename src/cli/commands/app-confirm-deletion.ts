import { ANNOTATION } from "../../core/model/application.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { appPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { isBeingDeleted, nameOf } from "../words/app-words.ts";
import { andMore } from "../words/count.ts";
import { syncRows } from "../words/sync-rows.ts";

export interface AppConfirmDeletionOptions extends SelectionOptions {
  yes?: true;
}

/**
 * Approves of the objects that an application's deletion asks about. Its file is gone by then, so that nobody can write
 * the annotation that says so.
 */
export async function appConfirmDeletion(
  context: CliContext,
  name: string,
  options: AppConfirmDeletionOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options);
  if (!isBeingDeleted(app))
    throw new CliError(EXIT.conflict, `${nameOf(app)} is not being deleted.`, [
      `To approve of a prune: holdfast app sync ${nameOf(app)} --prune --confirm COUNT`,
    ]);
  const waiting = syncRows(app).filter(({ done }) => done === "asks first");
  if (waiting.length === 0)
    throw new CliError(EXIT.conflict, `Nothing of ${nameOf(app)} waits for a person's approval.`, [
      `What its deletion waits for: holdfast app get ${nameOf(app)}`,
    ]);
  const objects = andMore(
    waiting.map((row) => row.name),
    5,
  );
  if (options.yes !== true && !(await confirm(context, `Delete ${objects} with ${nameOf(app)}?`))) {
    context.note("Nothing was approved.");
    return EXIT.done;
  }
  const { path, query } = appPath(app);
  const annotations = { [ANNOTATION.deletionApproved]: timestamp(context.now()) };
  const patch = JSON.stringify({ metadata: { annotations } });
  await client.send("PATCH", path, {
    query,
    body: { patch, patchType: "merge", appNamespace: app.metadata.namespace },
  });
  context.print(`${context.out.symbols.done} ${nameOf(app)}: approved: ${objects}. The deletion goes on.`);
  return EXIT.done;
}
