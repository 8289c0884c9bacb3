/** Single objects as their cluster has them. */

import type { KubeObject } from "../../../core/model/kube-object.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import { printYaml } from "../../../lib/yaml.ts";
import { objectIn, type Told, withoutManagers } from "../../objects/live-object.ts";
import { patchIn } from "../../objects/patch-in.ts";
import { oneApp } from "../../select-apps.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { meant, type ObjectFlags, objectPath, refuseNoneOrSeveral } from "../flags/object-flags.ts";
import { tabTable } from "../words/tab-table.ts";
import { selection } from "./app-get.ts";

export interface GetResourceOptions extends ObjectFlags {
  /** Paths with dots: these alone. */
  filterFields?: string[];
  showManagedFields?: true;
  output: "wide" | "yaml" | "json";
}

export async function appGetResource(
  context: ArgoContext,
  name: string,
  options: GetResourceOptions,
): Promise<number> {
  const client = await context.client();
  const app = await oneApp(client, name, selection(options));
  const nodes = await meant(client, app, options);
  refuseNoneOrSeveral(app, nodes, { ...options, all: true });
  const objects: KubeObject[] = [];
  for (const node of nodes) {
    const { path, query } = objectPath(app, node);
    const object = objectIn(await client.get<Told>(path, query));
    objects.push(options.showManagedFields === true ? object : withoutManagers(object));
  }
  const fields = (options.filterFields ?? []).flatMap((text) => text.split(","));
  const shown = objects.map((object) => ({
    name: object.metadata.name ?? "",
    value: fields.length === 0 ? object : onlyFields(object, fields),
  }));
  if (options.output === "wide") context.print(wide(shown, options));
  else
    context.print(
      shown
        .map(({ value }) =>
          options.output === "json" ? JSON.stringify(value, undefined, 2) : printYaml(value).trimEnd(),
        )
        .join("\n---\n"),
    );
  return ARGO_EXIT.done;
}

/** A line a value; whose it is where several are shown. */
function wide(shown: readonly { name: string; value: unknown }[], { resourceName }: ObjectFlags): string[] {
  const isOne = resourceName !== undefined;
  return tabTable([
    isOne ? ["FIELD", "VALUE"] : ["FIELD", "RESOURCE NAME", "VALUE"],
    ...shown.flatMap(({ name, value }) =>
      leaves(value, "").map(([field, text]) => (isOne ? [field, text] : [field, name, text])),
    ),
  ]);
}

function leaves(value: unknown, path: string): [field: string, text: string][] {
  if (Array.isArray(value)) return value.flatMap((one, at) => leaves(one, `${path}[${at}]`));
  if (isMapping(value))
    return Object.keys(value)
      .sort()
      .flatMap((key) => leaves(value[key], path === "" ? key : `${path}.${key}`));
  return [[path, String(value)]];
}

/** Of lists every item counts. */
function onlyFields(value: unknown, fields: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => onlyFields(one, fields));
  if (!isMapping(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const field of fields) {
    const [key = "", ...rest] = field.trim().split(".");
    if (!Object.hasOwn(value, key)) continue;
    const below = fields
      .map((one) => one.trim())
      .filter((one) => one.startsWith(`${key}.`))
      .map((one) => one.slice(key.length + 1));
    kept[key] = rest.length === 0 ? value[key] : onlyFields(value[key], below);
  }
  return kept;
}

export async function appPatchResource(
  context: ArgoContext,
  name: string,
  options: ObjectFlags & { patch: string; patchType: string },
): Promise<number> {
  const patch = patchIn(options.patch);
  const client = await context.client();
  const app = await oneApp(client, name, selection(options));
  const nodes = await meant(client, app, options);
  refuseNoneOrSeveral(app, nodes, options);
  for (const node of nodes) {
    const { path, query } = objectPath(app, node);
    // Argo CD's clients send it as JSON in a text.
    await client.send("POST", path, {
      query: { ...query, patchType: options.patchType },
      body: JSON.stringify(patch),
    });
    context.print(`Resource '${node.name}' patched`);
  }
  return ARGO_EXIT.done;
}

/** Of the cluster, not of Git. */
export async function appDeleteResource(
  context: ArgoContext,
  name: string,
  options: ObjectFlags & { force?: true; orphan?: true },
): Promise<number> {
  const client = await context.client();
  const app = await oneApp(client, name, selection(options));
  const nodes = await meant(client, app, options);
  refuseNoneOrSeveral(app, nodes, options);
  for (const node of nodes) {
    const { path, query } = objectPath(app, node);
    await client.send("DELETE", path, {
      query: {
        ...query,
        // Whatever has its name by now, the one that was found is meant.
        uid: node.uid,
        force: options.force === true ? "true" : undefined,
        orphan: options.orphan === true ? "true" : undefined,
      },
    });
    context.print(`Resource '${node.name}' deleted`);
  }
  return ARGO_EXIT.done;
}
