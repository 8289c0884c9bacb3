import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { type Cause, invalidValue, notSupported, required } from "../api-error.ts";
import { clone, isObject, itemsAt, type Json, type JsonObject, objectAt, textAt, textsAt } from "../json.ts";
import type { BuiltinTypes, Field, StructType, Type } from "./type.ts";

/** A CustomResourceDefinition's `openAPIV3Schema`, or a part of it. */
export type StructuralSchema = JsonObject;

/** The type of a custom resource's root: its schema, with the metadata that every object has. */
export function rootTypeOf(
  schema: StructuralSchema | undefined,
  kind: string,
  builtin: BuiltinTypes,
): StructType {
  const own = schema === undefined ? undefined : typeOf(schema, builtin);
  const ownFields = own?.is === "struct" ? own.fields() : new Map<string, Field>();
  const fields = new Map<string, Field>(ownFields);
  fields.set("apiVersion", { type: { is: "scalar", of: "string" }, writing: "pointer", wire: [] });
  fields.set("kind", { type: { is: "scalar", of: "string" }, writing: "pointer", wire: [] });
  fields.set("metadata", { type: builtin.struct("ObjectMeta"), writing: "always", wire: [] });
  const others =
    schema === undefined || own === undefined
      ? ({ is: "any" } as const)
      : own.is === "struct"
        ? own.others
        : undefined;
  return {
    is: "struct",
    name: kind,
    relation: "granular",
    fields: () => fields,
    ...defined({ others }),
  };
}

function typeOf(schema: StructuralSchema, builtin: BuiltinTypes): Type {
  if (schema["x-kubernetes-int-or-string"] === true) return { is: "scalar", of: "int-or-string" };
  switch (schema["type"]) {
    case "string":
      return { is: "scalar", of: schema["format"] === "byte" ? "bytes" : "string" };
    case "integer":
      return { is: "scalar", of: "long" };
    case "number":
      return { is: "scalar", of: "number" };
    case "boolean":
      return { is: "scalar", of: "boolean" };
    case "array":
      return listTypeOf(schema, builtin);
    case "object":
      return objectTypeOf(schema, builtin);
    default:
      return { is: "any" };
  }
}

function listTypeOf(schema: StructuralSchema, builtin: BuiltinTypes): Type {
  const item = typeOf(objectAt(schema, "items"), builtin);
  switch (schema["x-kubernetes-list-type"]) {
    case "map":
      return {
        is: "list",
        item,
        relation: { is: "keyed", keys: textsAt(schema, "x-kubernetes-list-map-keys") },
      };
    case "set":
      return { is: "list", item, relation: { is: "set" } };
    default:
      return { is: "list", item, relation: { is: "atomic" } };
  }
}

function objectTypeOf(schema: StructuralSchema, builtin: BuiltinTypes): Type {
  const relation = schema["x-kubernetes-map-type"] === "atomic" ? "atomic" : "granular";
  const properties = schema["properties"];
  const keepsUnknown = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (!isObject(properties)) {
    const values = schema["additionalProperties"];
    if (isObject(values)) return { is: "map", item: typeOf(values, builtin), relation };
    if (values === true || keepsUnknown)
      return relation === "atomic" ? { is: "map", item: { is: "any" }, relation } : { is: "any" };
  }
  const fields = new Map<string, Field>();
  for (const [name, inner] of Object.entries(objectAt(properties))) {
    if (!isObject(inner)) continue;
    const preset = inner["default"];
    fields.set(name, {
      type: typeOf(inner, builtin),
      writing: "pointer",
      wire: [],
      ...defined({ preset }),
    });
  }
  if (schema["x-kubernetes-embedded-resource"] === true) {
    fields.set("apiVersion", { type: { is: "scalar", of: "string" }, writing: "pointer", wire: [] });
    fields.set("kind", { type: { is: "scalar", of: "string" }, writing: "pointer", wire: [] });
    fields.set("metadata", { type: builtin.struct("ObjectMeta"), writing: "pointer", wire: [] });
  }
  return {
    is: "struct",
    name: "",
    relation,
    fields: () => fields,
    ...(keepsUnknown ? { others: { is: "any" } as const } : {}),
  };
}

/** What the schema does not list is dropped; the dropped paths come back. Root fields of every object stay. */
export function pruneUnknown(
  value: JsonObject,
  schema: StructuralSchema,
): { object: JsonObject; unknown: string[] } {
  const unknown: string[] = [];
  const object = prune(value, schema, "", unknown, "root") as JsonObject;
  return { object, unknown };
}

function prune(
  value: Json,
  schema: StructuralSchema,
  path: string,
  unknown: string[],
  place: "root" | "inside",
): Json {
  if (Array.isArray(value)) {
    const items = schema["items"];
    return isObject(items)
      ? value.map((item, position) => prune(item, items, `${path}[${position}]`, unknown, "inside"))
      : value;
  }
  if (!isObject(value)) return value;
  const properties = objectAt(schema, "properties");
  const values = schema["additionalProperties"];
  const embedded = place === "root" || schema["x-kubernetes-embedded-resource"] === true;
  const result: JsonObject = {};
  for (const [name, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    const at = path === "" ? name : `${path}.${name}`;
    const known = properties[name];
    if (embedded && (name === "apiVersion" || name === "kind" || name === "metadata")) result[name] = inner;
    else if (isObject(known)) result[name] = prune(inner, known, at, unknown, "inside");
    else if (isObject(values)) result[name] = prune(inner, values, at, unknown, "inside");
    else if (values === true || schema["x-kubernetes-preserve-unknown-fields"] === true) result[name] = inner;
    else unknown.push(at);
  }
  return result;
}

/** Defaults filled in; nulls that the schema does not allow go first. */
export function withDefaults<T extends Json>(value: T, schema: StructuralSchema): T {
  if (Array.isArray(value)) {
    const items = schema["items"];
    return (isObject(items) ? value.map((item) => withDefaults(item, items)) : value) as T;
  }
  if (!isObject(value)) return value;
  const result: JsonObject = { ...value };
  for (const [name, inner] of Object.entries(objectAt(schema, "properties"))) {
    if (!isObject(inner)) continue;
    const preset = inner["default"];
    if (result[name] === null && inner["nullable"] !== true && preset !== undefined) delete result[name];
    if (result[name] === undefined && preset !== undefined) result[name] = clone(preset);
    const current = result[name];
    if (current !== undefined) result[name] = withDefaults(current, inner);
  }
  const values = schema["additionalProperties"];
  if (isObject(values)) {
    for (const [name, inner] of Object.entries(result))
      if (inner !== undefined) result[name] = withDefaults(inner, values);
  }
  return result as T;
}

/** What the schema refuses, in the server's words. */
export function schemaCauses(value: Json, schema: StructuralSchema, path = ""): Cause[] {
  if (value === null && schema["nullable"] === true) return [];
  const wrong = typeCause(value, schema, path);
  if (wrong !== undefined) return [wrong];
  const causes: Cause[] = [];
  const allowed = schema["enum"];
  if (Array.isArray(allowed) && !allowed.some((one) => equalJson(one, value)))
    causes.push(notSupported(path, value, allowed.map(String)));
  if (typeof value === "number") causes.push(...numberCauses(value, schema, path));
  if (typeof value === "string") causes.push(...textCauses(value, schema, path));
  if (Array.isArray(value)) {
    const { minItems, maxItems } = schema;
    if (typeof minItems === "number" && value.length < minItems)
      causes.push(invalidValue(path, value.length, `${path} in body should have at least ${minItems} items`));
    if (typeof maxItems === "number" && value.length > maxItems)
      causes.push({
        field: path,
        reason: "FieldValueTooMany",
        message: `Too many: ${value.length}: must have at most ${maxItems} items`,
      });
    value.forEach((item, position) =>
      causes.push(...schemaCauses(item, objectAt(schema, "items"), `${path}[${position}]`)),
    );
  } else if (isObject(value)) {
    for (const name of textsAt(schema, "required"))
      if (value[name] === undefined) causes.push(required(path === "" ? name : `${path}.${name}`));
    const properties = objectAt(schema, "properties");
    for (const [name, inner] of Object.entries(value)) {
      const known =
        properties[name] ??
        (isObject(schema["additionalProperties"]) ? schema["additionalProperties"] : undefined);
      if (inner !== undefined && isObject(known) && !(path === "" && name === "metadata"))
        causes.push(...schemaCauses(inner, known, path === "" ? name : `${path}.${name}`));
    }
  }
  return causes;
}

function typeCause(value: Json, schema: StructuralSchema, path: string): Cause | undefined {
  if (schema["x-kubernetes-int-or-string"] === true)
    return typeof value === "string" || Number.isInteger(value)
      ? undefined
      : wrongType(value, "integer,string", path);
  const type = textAt(schema, "type");
  switch (type) {
    case undefined:
      return undefined;
    case "integer":
      return Number.isInteger(value) ? undefined : wrongType(value, type, path);
    case "array":
      return Array.isArray(value) ? undefined : wrongType(value, type, path);
    case "object":
      return isObject(value) ? undefined : wrongType(value, type, path);
    default:
      return typeof value === type ? undefined : wrongType(value, type, path);
  }
}

function wrongType(value: Json, type: string, path: string): Cause {
  const got =
    value === null
      ? "null"
      : Array.isArray(value)
        ? "array"
        : typeof value === "number"
          ? Number.isInteger(value)
            ? "integer"
            : "number"
          : typeof value;
  return {
    field: path === "" ? "<nil>" : path,
    reason: "FieldValueTypeInvalid",
    message: `Invalid value: ${JSON.stringify(got)}: ${path} in body must be of type ${type}: ${JSON.stringify(got)}`,
  };
}

function numberCauses(value: number, schema: StructuralSchema, path: string): Cause[] {
  const { minimum, maximum } = schema;
  const causes: Cause[] = [];
  if (
    typeof minimum === "number" &&
    (schema["exclusiveMinimum"] === true ? value <= minimum : value < minimum)
  )
    causes.push(
      invalidValue(
        path,
        value,
        `${path} in body should be greater than ${schema["exclusiveMinimum"] === true ? "" : "or equal to "}${minimum}`,
      ),
    );
  if (
    typeof maximum === "number" &&
    (schema["exclusiveMaximum"] === true ? value >= maximum : value > maximum)
  )
    causes.push(
      invalidValue(
        path,
        value,
        `${path} in body should be less than ${schema["exclusiveMaximum"] === true ? "" : "or equal to "}${maximum}`,
      ),
    );
  return causes;
}

function textCauses(value: string, schema: StructuralSchema, path: string): Cause[] {
  const { minLength, maxLength, pattern } = schema;
  const causes: Cause[] = [];
  if (typeof minLength === "number" && value.length < minLength)
    causes.push(invalidValue(path, value, `${path} in body should be at least ${minLength} chars long`));
  if (typeof maxLength === "number" && value.length > maxLength)
    causes.push({
      field: path,
      reason: "FieldValueTooLong",
      message: `Too long: may not be more than ${maxLength} bytes`,
    });
  if (typeof pattern === "string" && !matchesPattern(value, pattern))
    causes.push(invalidValue(path, value, `${path} in body should match '${pattern}'`));
  return causes;
}

/** A pattern that this engine cannot read refuses nothing: the real server's dialect is another one. */
function matchesPattern(value: string, pattern: string): boolean {
  try {
    return new RegExp(pattern).test(value);
  } catch (cause) {
    if (cause instanceof SyntaxError) return true;
    throw cause;
  }
}

/** Names by which a definition's versions keep a list of column definitions, for table output. */
export function printerColumns(version: JsonObject): JsonObject[] {
  return itemsAt(version, "additionalPrinterColumns");
}
