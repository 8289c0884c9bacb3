import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { namedNodes, type ObjectSelection } from "../objects/choose-objects.ts";
import { liveObject, withoutManagers } from "../objects/live-object.ts";
import { printJson, printJsonList, printYamlDocuments } from "../print-object.ts";
import { oneApp } from "../select-apps.ts";
import { objectName } from "../words/app-words.ts";

export interface AppGetResourceOptions extends ObjectSelection {
  showManagedFields?: true;
  output?: "json" | "yaml" | "name";
}

/** Objects of an application as their cluster has them; values of Secrets are masked. */
export async function appGetResource(
  context: CliContext,
  name: string,
  options: AppGetResourceOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options);
  const nodes = await namedNodes(client, app, options);
  if (options.output === "name") {
    const usual = app.spec.destination.namespace ?? "";
    context.print(nodes.map((node) => objectName(node, usual)));
    return EXIT.done;
  }
  const items = [];
  for (const node of nodes) {
    const object = await liveObject(client, app, node);
    items.push(options.showManagedFields === true ? object : withoutManagers(object));
  }
  if (options.output !== "json") printYamlDocuments(context, items);
  else if (items.length === 1) printJson(context, items[0]);
  else printJsonList(context, "ObjectList", { items });
  return EXIT.done;
}
