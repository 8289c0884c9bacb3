/** One object of an application as its cluster has it, by the daemon. */
import type { Application } from "../../core/model/application.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { appPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import type { TreeNode } from "../commands/app-tree.ts";
import { EXIT } from "../exit-codes.ts";
import type { Client, Query } from "../http/client.ts";
import { Refused } from "../http/refusal.ts";

/** Its path, and how its query names it. */
export function objectPath(app: Application, node: TreeNode): { path: string; query: Query } {
  const { path, query } = appPath(app, "/resource");
  const { group, kind, namespace, name } = node;
  return { path, query: { ...query, group, kind, namespace, resourceName: name } };
}

/** Masked. @throws {CliError} */
export async function liveObject(client: Client, app: Application, node: TreeNode): Promise<KubeObject> {
  const { path, query } = objectPath(app, node);
  return objectIn(await client.get<Told>(path, query));
}

/** What the daemon tells of one. */
export interface Told {
  /** The object as JSON in a text. */
  manifest: string;
}

/** @throws {CliError} unreachable where it holds none: whoever answers is no daemon */
export function objectIn(told: Told): KubeObject {
  const value = readJson(told?.manifest);
  if (isMapping(value) && isMapping(value["metadata"])) return value as unknown as KubeObject;
  throw new CliError(EXIT.unreachable, "The answer holds no object: what answers is not Holdfast.", [
    "Name the daemon's address with --server.",
  ]);
}

/** undefined where it is no JSON. */
function readJson(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

/** What is there under an object's name after it was asked to go. */
export type After = { is: "gone" } | { is: "going"; finalizers: readonly string[] } | { is: "made-again" };

/** @throws {CliError} */
export async function lookAfter(client: Client, app: Application, node: TreeNode): Promise<After> {
  try {
    const { metadata } = await liveObject(client, app, node);
    if (metadata.uid !== node.uid) return { is: "made-again" };
    return { is: "going", finalizers: metadata.finalizers ?? [] };
  } catch (cause) {
    if (cause instanceof Refused && cause.status === 404) return { is: "gone" };
    throw cause;
  }
}

/** Without who set which field, which is long. */
export function withoutManagers(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Without what every write changes. */
export function withoutVersions(object: KubeObject): KubeObject {
  const { resourceVersion: _, generation: __, ...metadata } = withoutManagers(object).metadata;
  return { ...object, metadata };
}
