import { isMapping } from "../lib/is-mapping.ts";
import { ApiError } from "./api-error.ts";

/** RFC 7386: null removes, objects merge, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMapping(patch)) return patch;
  const result: Record<string, unknown> = isMapping(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** RFC 6902 on a copy. @throws {ApiError} 400 with the number of the operation that cannot be done */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw new ApiError("InvalidArgument", "a JSON patch is a list of operations");
  let document: unknown = structuredClone(target);
  for (const [index, step] of patch.entries()) {
    const refuse = (why: string): ApiError =>
      new ApiError("InvalidArgument", `operation ${index} of the patch: ${why}`);
    if (!isMapping(step) || typeof step.path !== "string") throw refuse("has no path");
    const path = segments(step.path, refuse);
    const from = step.op === "move" || step.op === "copy" ? segments(String(step.from ?? "-"), refuse) : [];
    switch (step.op) {
      case "add":
        document = add(document, path, step.value, refuse);
        break;
      case "remove":
        document = remove(document, path, refuse);
        break;
      case "replace":
        read(document, path, refuse);
        document =
          path.length === 0 ? step.value : add(remove(document, path, refuse), path, step.value, refuse);
        break;
      case "test":
        if (!Bun.deepEquals(read(document, path, refuse), step.value))
          throw refuse(`test of ${step.path} failed`);
        break;
      case "copy":
        document = add(document, path, structuredClone(read(document, from, refuse)), refuse);
        break;
      case "move": {
        const moved = read(document, from, refuse);
        document = add(remove(document, from, refuse), path, moved, refuse);
        break;
      }
      default:
        throw refuse(`there is no ${JSON.stringify(step.op)}`);
    }
  }
  return document;
}

type Refuse = (why: string) => ApiError;

function segments(pointer: string, refuse: Refuse): string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw refuse(`${JSON.stringify(pointer)} is no JSON pointer`);
  const path = pointer
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (path.includes("__proto__")) throw refuse("`__proto__` is no field");
  return path;
}

function read(document: unknown, path: readonly string[], refuse: Refuse): unknown {
  let value = document;
  for (const [index, segment] of path.entries()) {
    const holder = value;
    if (Array.isArray(holder) && /^(0|[1-9]\d*)$/.test(segment) && Number(segment) < holder.length)
      value = holder[Number(segment)];
    else if (isMapping(holder) && Object.hasOwn(holder, segment)) value = holder[segment];
    else throw refuse(`there is nothing at /${path.slice(0, index + 1).join("/")}`);
  }
  return value;
}

function add(document: unknown, path: readonly string[], value: unknown, refuse: Refuse): unknown {
  const last = path.at(-1);
  if (last === undefined) return value;
  const holder = read(document, path.slice(0, -1), refuse);
  if (isMapping(holder)) holder[last] = value;
  else if (Array.isArray(holder)) {
    const index = last === "-" ? holder.length : /^(0|[1-9]\d*)$/.test(last) ? Number(last) : Infinity;
    if (index > holder.length) throw refuse(`/${path.join("/")} is no place in that list`);
    holder.splice(index, 0, value);
  } else throw refuse(`/${path.slice(0, -1).join("/")} is no object or list`);
  return document;
}

function remove(document: unknown, path: readonly string[], refuse: Refuse): unknown {
  read(document, path, refuse);
  const last = path.at(-1);
  if (last === undefined) return undefined;
  const holder = read(document, path.slice(0, -1), refuse);
  if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else if (isMapping(holder)) delete holder[last];
  return document;
}
