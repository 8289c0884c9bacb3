import { ApiError, badRequest, invalid } from "../api-error.ts";
import { isObject, type Json, type JsonObject, type KubeJson, objectAt, withAt } from "../json.ts";
import { defaultsByKind } from "../kinds/defaults.ts";
import { type Kind, kindKey } from "../kinds/kind.ts";
import type { Registry } from "../kinds/registry.ts";
import { type Decoded, decode } from "../schema/decode.ts";
import { pruneUnknown, schemaCauses, withDefaults } from "../schema/structural.ts";
import type { WriteOptions } from "./options.ts";

/**
 * A request's object as the server keeps it: read by its type, at the version it is stored at, defaults filled in.
 *
 * @throws {ApiError} 400 on what cannot be read, and on unknown fields where they are refused
 */
export function decodeObject(
  body: JsonObject,
  kind: Kind,
  registry: Registry,
  options: Pick<WriteOptions, "unknownFields" | "warnings">,
  from: "request" | "apply" | "patch" = "request",
): KubeJson {
  const decoded = kind.custom === undefined ? decode(body, kind.type) : decodeCustom(body, kind, registry);
  const [error] = decoded.errors;
  if (error !== undefined && from === "apply") {
    const what = `${kind.group}/${kind.version}, Kind=${kind.kind}`;
    throw new ApiError(
      500,
      "",
      `failed to convert new object (${objectAt(body, "metadata")["namespace"] ?? ""}/${String(objectAt(body, "metadata")["name"])}; ${what}) to proper version: unable to convert unstructured object to ${what}: ${decoded.unconvertible[0] ?? error}`,
    );
  }
  const cannot = `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: `;
  if (error !== undefined) throw from === "patch" ? badPatch(error) : badRequest(cannot + error);
  if (decoded.unknown.length > 0 && options.unknownFields !== "ignore") {
    const said = decoded.unknown.map((path) => `unknown field ${JSON.stringify(path)}`);
    if (options.unknownFields === "refuse" && from === "patch")
      throw badPatch(`strict decoding error: ${said.join(", ")}`);
    if (options.unknownFields === "refuse")
      throw badRequest(`${cannot}strict decoding error: ${said.join(", ")}`);
    options.warnings.push(...said);
  }
  const stored = registry.ofTable(kind.table) ?? kind;
  const given = objectAt(body, "metadata")["managedFields"];
  // An empty list is a wish of its own: forget who owns what.
  const metadata =
    Array.isArray(given) && given.length === 0
      ? { ...metadataOf(decoded.object), managedFields: [] }
      : metadataOf(decoded.object);
  const object = stored.convert({
    ...decoded.object,
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata,
  });
  if (kind.custom !== undefined) return object;
  const fresh = structuredClone(object) as KubeJson;
  defaultsByKind[kindKey(kind)]?.(fresh);
  return fresh;
}

/** What a patch makes of an object is refused as a value of the patch. */
function badPatch(why: string): ApiError {
  return invalid({ group: "", kind: "" }, "", [
    { field: "patch", reason: "FieldValueInvalid", message: `Invalid value: ${why}` },
  ]);
}

function metadataOf(object: JsonObject): KubeJson["metadata"] {
  const metadata = objectAt(object, "metadata");
  return { ...metadata, name: typeof metadata["name"] === "string" ? metadata["name"] : "" };
}

function decodeCustom(body: JsonObject, kind: Kind, registry: Registry): Decoded {
  const metadata = decode(objectAt(body, "metadata"), registry.builtin.struct("ObjectMeta"));
  const unknown = metadata.unknown.map((path) => `metadata.${path}`);
  const errors = metadata.errors;
  const whole: JsonObject = { ...body, metadata: metadata.object };
  const { schema, preserveUnknown } = kind.custom ?? { schema: undefined, preserveUnknown: true };
  if (schema === undefined) return { object: whole, unknown, errors, unconvertible: [] };
  const pruned = preserveUnknown ? { object: whole, unknown: [] } : pruneUnknown(whole, schema);
  return {
    object: withDefaults(pruned.object, schema),
    unknown: [...unknown, ...pruned.unknown],
    errors,
    unconvertible: [],
  };
}

/** Refusals of a custom resource's schema. */
export function customCauses(object: KubeJson, kind: Kind): ReturnType<typeof schemaCauses> {
  return kind.custom?.schema === undefined ? [] : schemaCauses(object, kind.custom.schema);
}

/** What a kind's constructor leaves: the ground that a create is compared with. */
export function emptyObject(kind: Kind, part: "whole" | "without-status" = "whole"): KubeJson {
  const { status, ...shape } = kind.custom === undefined ? decode({}, kind.type).object : {};
  if (part === "whole" && status !== undefined) shape["status"] = status;
  return {
    ...shape,
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: metadataOf(kind.custom === undefined ? shape : {}),
  };
}

/** @throws {ApiError} 400 where the body is of another kind or version than the path */
export function checkKind(body: Json, kind: Kind): asserts body is JsonObject {
  if (!isObject(body)) throw badRequest("the body of the request is no object");
  // What the body leaves out, the path says.
  const given = body["kind"] ?? kind.kind;
  const version = body["apiVersion"] ?? kind.apiVersion;
  if (version !== kind.apiVersion)
    throw badRequest(
      `the API version in the data (${String(version)}) does not match the expected API version (${kind.apiVersion})`,
    );
  if (given !== kind.kind)
    throw badRequest(
      `${String(given)} in version "${kind.version}" cannot be handled as a ${kind.kind}: no kind "${String(given)}" is registered for version "${kind.apiVersion}"`,
    );
}

/** The object without what only the server writes, where a body brings it along. */
export function withoutStatus(body: JsonObject, kind: Kind): JsonObject {
  return kind.subresources.includes("status") ? withAt(body, ["status"], undefined) : body;
}

export function refuse(
  kind: { group: string; kind: string },
  name: string,
  causes: readonly import("../api-error.ts").Cause[],
): void {
  if (causes.length > 0) throw invalid(kind, name, causes);
}
