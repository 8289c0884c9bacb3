import type { Application } from "../../core/model/application.ts";
import { ownPath } from "../app-path.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { asManifest, printJson, printYamlDocuments } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { nameOf } from "../words/app-words.ts";

export interface AppUnholdOptions extends SelectionOptions {
  output?: "json" | "yaml" | "name";
}

/** Lifts the hold of a rollback: the application follows what is written again. */
export async function appUnhold(
  context: CliContext,
  name: string,
  options: AppUnholdOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const found = await oneApp(client, name, options);
  const app = await client.send<Application>("DELETE", ownPath(found, "/hold"));
  switch (options.output) {
    case "json":
      printJson(context, app);
      return EXIT.done;
    case "yaml":
      printYamlDocuments(context, [asManifest(app)]);
      return EXIT.done;
    case "name":
      context.print(nameOf(app));
      return EXIT.done;
    default:
      context.print(
        `${context.out.symbols.done} ${nameOf(app)} follows Git again. What waited is synced as its policy says: holdfast app wait ${nameOf(app)}`,
      );
      return EXIT.done;
  }
}
