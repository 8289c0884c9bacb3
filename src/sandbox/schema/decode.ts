import { isObject, type Json, type JsonObject } from "../json.ts";
import { canonicalQuantity } from "./quantity.ts";
import type { Field, ScalarKind, StructType, Type } from "./type.ts";

export interface Decoded {
  object: JsonObject;
  /** Paths that the type does not know; they are left out of `object`. */
  unknown: string[];
  /** What cannot be read at all, in the words of Go's decoder. */
  errors: string[];
  /** The same in the words of the conversion that an apply goes through, where they are others. */
  unconvertible: string[];
}

/**
 * An object as it comes out of the server's Go types: unknown fields gone, empty values left out where the type leaves
 * them out and written where it always writes them, quantities in their canonical form.
 */
export function decode(value: Json, type: StructType): Decoded {
  const found: Findings = { unknown: [], errors: [], unconvertible: [] };
  const object = decodeStruct(isObject(value) ? value : {}, type, "", found);
  return { object, ...found };
}

type Findings = Omit<Decoded, "object">;

/** The object as it comes back from storage: lists that are always written come back as null where they were empty. */
export function asStored(value: JsonObject, type: StructType): JsonObject {
  const stored: JsonObject = { ...value };
  for (const [name, field] of type.fields()) {
    const inner = stored[name];
    if (Array.isArray(inner) && inner.length === 0 && field.writing === "always") stored[name] = null;
    else if (isObject(inner) && field.type.is === "struct") stored[name] = asStored(inner, field.type);
  }
  return stored;
}

function decodeStruct(value: JsonObject, type: StructType, path: string, found: Findings): JsonObject {
  const result: JsonObject = {};
  const fields = type.fields();
  for (const [name, field] of fields) {
    const inner = decodeField(value[name], field, path === "" ? name : `${path}.${name}`, type.name, found);
    if (inner !== undefined) result[name] = inner;
  }
  for (const name of Object.keys(value)) {
    if (fields.has(name) || value[name] === undefined) continue;
    if (type.others === undefined) found.unknown.push(path === "" ? name : `${path}.${name}`);
    else result[name] = value[name];
  }
  return result;
}

function decodeField(
  value: Json | undefined,
  { type, writing }: Field,
  path: string,
  owner: string,
  found: Findings,
): Json | undefined {
  const read =
    value === undefined || value === null ? undefined : decodeValue(value, type, path, owner, found);
  if (type.is === "struct" && writing !== "pointer") {
    const struct = isObject(read)
      ? read
      : decodeStruct({}, type, path, { unknown: [], errors: [], unconvertible: [] });
    return writing === "omit-zero" && Object.keys(struct).length === 0 ? undefined : struct;
  }
  if (read === undefined) return writing === "always" ? zeroOf(type) : undefined;
  return writing === "omit-empty" && isZero(read) ? undefined : read;
}

function decodeValue(
  value: Json,
  type: Type,
  path: string,
  owner: string,
  found: Findings,
): Json | undefined {
  switch (type.is) {
    case "any":
      return value;
    case "scalar":
      return decodeScalar(value, type.of, path, owner, found);
    case "list":
      if (!Array.isArray(value)) return mismatch(value, `[]${goName(type.item)}`, path, owner, found);
      return value.map((item, position) =>
        item === null
          ? zeroItem(type.item, path)
          : (decodeValue(item, type.item, `${path}[${position}]`, owner, found) ?? null),
      );
    case "map": {
      if (!isObject(value)) return mismatch(value, `map[string]${goName(type.item)}`, path, owner, found);
      const map: JsonObject = {};
      for (const [key, inner] of Object.entries(value)) {
        if (inner !== undefined)
          map[key] =
            inner === null
              ? zeroItem(type.item, path)
              : decodeValue(
                  inner,
                  type.item,
                  type.item.is === "struct" ? `${path}.${key}` : path,
                  owner,
                  found,
                );
      }
      return map;
    }
    case "struct":
      return isObject(value)
        ? decodeStruct(value, type, path, found)
        : mismatch(value, `v1.${type.name}`, path, owner, found);
  }
}

function zeroItem(type: Type, path: string): Json {
  return type.is === "struct"
    ? decodeStruct({}, type, path, { unknown: [], errors: [], unconvertible: [] })
    : (zeroOf(type) ?? null);
}

function decodeScalar(
  value: Json,
  of: ScalarKind,
  path: string,
  owner: string,
  found: Findings,
): Json | undefined {
  switch (of) {
    case "time":
    case "micro-time":
    case "string":
      return typeof value === "string" ? value : mismatch(value, "string", path, owner, found);
    case "bytes": {
      if (typeof value !== "string") return mismatch(value, "[]uint8", path, owner, found);
      const text = value.replace(/[\r\n]/g, "");
      const wrong = text.search(/[^A-Za-z0-9+/=]/);
      if (wrong < 0 && text.length % 4 === 0) return text;
      found.errors.push(
        `illegal base64 data at input byte ${wrong < 0 ? text.length - (text.length % 4) : wrong}`,
      );
      return undefined;
    }
    case "boolean":
      return typeof value === "boolean" ? value : mismatch(value, "bool", path, owner, found);
    case "number":
      return typeof value === "number" ? value : mismatch(value, "float64", path, owner, found);
    case "integer":
    case "long": {
      const go = of === "integer" ? "int32" : "int64";
      if (typeof value !== "number") return mismatch(value, go, path, owner, found);
      if (Number.isInteger(value)) return value;
      found.unconvertible.push(`cannot convert float64 to ${go}`);
      return mismatch(value, go, path, owner, found);
    }
    case "quantity": {
      const canonical =
        typeof value === "string" || typeof value === "number" ? canonicalQuantity(String(value)) : undefined;
      if (canonical !== undefined) return canonical;
      found.errors.push(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      );
      return undefined;
    }
    case "int-or-string":
      return typeof value === "number" || typeof value === "string"
        ? value
        : mismatch(value, "int32", path, owner, found);
    case "untyped":
      return value;
  }
}

function mismatch(value: Json, go: string, path: string, owner: string, found: Findings): undefined {
  const got = Array.isArray(value)
    ? "array"
    : isObject(value)
      ? "object"
      : typeof value === "boolean"
        ? "bool"
        : typeof value === "number"
          ? Number.isInteger(value)
            ? "number"
            : `number ${value}`
          : "string";
  found.errors.push(
    `json: cannot unmarshal ${got} into Go struct field ${owner.replace(/\..*$/, "")}.${path.replace(/\[\d+\]/g, "")} of type ${go}`,
  );
  return undefined;
}

function goName(type: Type): string {
  return type.is === "struct"
    ? `v1.${type.name}`
    : type.is === "scalar"
      ? type.of === "integer"
        ? "int32"
        : type.of === "long"
          ? "int64"
          : type.of === "boolean"
            ? "bool"
            : "string"
      : "interface {}";
}

function zeroOf(type: Type): Json | undefined {
  if (type.is !== "scalar") return null;
  switch (type.of) {
    case "string":
      return "";
    case "integer":
    case "long":
    case "number":
    case "int-or-string":
      return 0;
    case "boolean":
      return false;
    case "quantity":
      return "0";
    default:
      return null;
  }
}

function isZero(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return value === "" || value === 0 || value === false;
}
