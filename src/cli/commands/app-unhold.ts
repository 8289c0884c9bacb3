import type { Application } from "../../core/model/application.ts";
import { ownPath } from "../app-path.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { nameOf } from "../words/app-words.ts";

/** Lifts the hold of a rollback: the application follows what is written again. */
export async function appUnhold(
  context: CliContext,
  name: string,
  options: SelectionOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options);
  await client.send<Application>("DELETE", ownPath(app, "/hold"));
  context.print(
    `${context.out.symbols.done} ${nameOf(app)} follows Git again. What waited is synced as its policy says: holdfast app wait ${nameOf(app)}`,
  );
  return EXIT.done;
}
