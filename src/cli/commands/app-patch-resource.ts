import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { ALL, namedNodes, type ObjectSelection, refuseSeveral } from "../objects/choose-objects.ts";
import {
  liveObject,
  objectIn,
  objectPath,
  type Told,
  withoutManagers,
  withoutVersions,
} from "../objects/live-object.ts";
import { patchIn } from "../objects/patch-in.ts";
import { printJson, printJsonList, printYamlDocuments } from "../print-object.ts";
import { oneApp } from "../select-apps.ts";
import { nameOf, objectName } from "../words/app-words.ts";
import { valueDiff } from "../words/object-diff.ts";

export interface AppPatchResourceOptions extends ObjectSelection {
  patch: string;
  patchType: string;
  all?: true;
  output?: "json" | "yaml";
}

/** Changes objects on their cluster, and prints what the server made of each. */
export async function appPatchResource(
  context: CliContext,
  name: string,
  options: AppPatchResourceOptions,
): Promise<ExitCode> {
  const patch = patchIn(options.patch);
  const client = await context.client();
  const app = await oneApp(client, name, options);
  const nodes = await namedNodes(client, app, options);
  if (options.all !== true) refuseSeveral(app, nodes, ALL);
  const { out } = context;
  const items = [];
  for (const node of nodes) {
    const before = await liveObject(client, app, node);
    const { path, query } = objectPath(app, node);
    const told = await client.send<Told>("PATCH", path, {
      query: { ...query, patchType: options.patchType },
      body: patch,
    });
    const after = withoutManagers(objectIn(told));
    items.push(after);
    if (options.output !== undefined) continue;
    const object = objectName(node, app.spec.destination.namespace ?? "");
    const isSame = before.metadata.resourceVersion === after.metadata.resourceVersion;
    context.print([
      `${out.symbols.done} ${nameOf(app)}: ${object}: ${isSame ? "is as the patch says already" : "was changed"}`,
      ...(isSame ? [] : valueDiff(out, withoutVersions(before), withoutVersions(after))),
    ]);
  }
  if (options.output === "yaml") printYamlDocuments(context, items);
  else if (options.output === "json" && items.length === 1) printJson(context, items[0]);
  else if (options.output === "json") printJsonList(context, "ObjectList", { items });
  return EXIT.done;
}
