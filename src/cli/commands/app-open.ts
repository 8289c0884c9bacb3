import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type ObjectSelection, oneNode } from "../objects/choose-objects.ts";
import { oneApp } from "../select-apps.ts";
import { pageOf } from "../words/page-address.ts";

export interface AppOpenOptions extends ObjectSelection {
  /** Only its address. */
  print?: true;
}

/** Shows an application, or one object of it, on the daemon's page, and prints the address; a pipe gets that alone. */
export async function appOpen(context: CliContext, name: string, options: AppOpenOptions): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options);
  const { kind, group, namespace, resourceName } = options;
  const isObject = [kind, group, namespace, resourceName].some((flag) => flag !== undefined);
  const address = pageOf(client.url, app, isObject ? await oneNode(client, app, options) : undefined);
  // Whoever reads it goes there by themselves.
  const shows = context.out.output.isTTY && options.print !== true && context.flags.input !== false;
  if (shows && (await context.host.browse(address)) === "opened") context.note("Your browser shows:");
  context.print(address);
  return EXIT.done;
}
