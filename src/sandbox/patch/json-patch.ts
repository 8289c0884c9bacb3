import { ApiError, badRequest } from "../api-error.ts";
import { clone, equal, isObject, type Json, type JsonObject } from "../json.ts";

/** RFC 6902 on a copy. @throws {ApiError} 422 where an operation cannot be carried out, a failed `test` included */
export function applyJsonPatch(target: JsonObject, patch: Json): JsonObject {
  if (!Array.isArray(patch))
    throw badRequest("json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  let document: Json = clone(target);
  for (const operation of patch) {
    if (!isObject(operation)) throw badRequest("error decoding patch: an operation is no object");
    const path = pointer(operation["path"]);
    switch (operation["op"]) {
      case "add":
        document = put(document, path, need(operation), "insert");
        break;
      case "replace":
        read(document, path);
        document = put(document, path, need(operation), "replace");
        break;
      case "remove":
        document = take(document, path);
        break;
      case "move": {
        const from = pointer(operation["from"]);
        const value = read(document, from);
        document = put(take(document, from), path, value, "insert");
        break;
      }
      case "copy":
        document = put(document, path, clone(read(document, pointer(operation["from"]))), "insert");
        break;
      case "test": {
        const found = find(document, path);
        if (!equal(found ?? null, operation["value"] ?? null)) throw unprocessable();
        break;
      }
      default:
        throw badRequest(`Unexpected kind: ${String(operation["op"])}`);
    }
  }
  if (!isObject(document)) throw unprocessable();
  return document;
}

/** The server does not say what it was. */
function unprocessable(): ApiError {
  return new ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {});
}

function need(operation: JsonObject): Json {
  const value = operation["value"];
  if (value === undefined) throw badRequest(`operation ${String(operation["op"])} without a value`);
  return value;
}

function pointer(path: Json | undefined): string[] {
  if (typeof path !== "string" || (path !== "" && !path.startsWith("/")))
    throw badRequest(`invalid JSON pointer ${JSON.stringify(path ?? null)}`);
  return path === ""
    ? []
    : path
        .slice(1)
        .split("/")
        .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function find(document: Json, path: readonly string[]): Json | undefined {
  let current: Json | undefined = document;
  for (const step of path) {
    if (Array.isArray(current)) current = current[Number(step)];
    else if (isObject(current)) current = current[step];
    else return undefined;
  }
  return current;
}

function read(document: Json, path: readonly string[]): Json {
  const found = find(document, path);
  if (found === undefined) throw unprocessable();
  return found;
}

function put(document: Json, path: readonly string[], value: Json, how: "insert" | "replace"): Json {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = find(document, path.slice(0, -1));
  if (Array.isArray(parent)) {
    const index = last === "-" ? parent.length : Number(last);
    if (!Number.isInteger(index) || index < 0 || index > parent.length) throw unprocessable();
    parent.splice(index, how === "insert" ? 0 : 1, value);
  } else if (isObject(parent)) parent[last] = value;
  else throw unprocessable();
  return document;
}

function take(document: Json, path: readonly string[]): Json {
  const last = path.at(-1);
  const parent = find(document, path.slice(0, -1));
  if (last !== undefined && Array.isArray(parent) && Number(last) < parent.length)
    parent.splice(Number(last), 1);
  else if (last !== undefined && isObject(parent) && parent[last] !== undefined) delete parent[last];
  else throw unprocessable();
  return document;
}
