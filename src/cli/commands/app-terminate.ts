import { appPath } from "../app-path.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { nameOf } from "../words/app-words.ts";

/** Ends the operation that runs. What it wrote so far stays. */
export async function appTerminate(
  context: CliContext,
  name: string,
  options: SelectionOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options);
  const { path, query } = appPath(app, "/operation");
  await client.send("DELETE", path, { query });
  context.print(
    `${context.out.symbols.done} ${nameOf(app)}: the operation is ended. What it wrote so far stays.`,
  );
  return EXIT.done;
}
