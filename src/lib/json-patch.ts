import { equalJson } from "./equal-json.ts";
import { isMapping } from "./is-mapping.ts";
import { pointerSteps } from "./json-pointer.ts";

/** A patch that is none, or that this document does not allow. The message is a sentence with the operation's number. */
export class JsonPatchError extends Error {
  constructor(
    readonly is: "no-list" | "malformed" | "unknown-operation" | "impossible",
    /** The operation as it was sent; the whole patch where it is no list of operations. */
    readonly operation: unknown,
    message: string,
  ) {
    super(message);
  }
}

/**
 * RFC 6902 on a copy. As in the library that Kubernetes and Argo CD use, what is absent passes a `test` for null.
 * @throws {JsonPatchError} for the first operation that cannot be done
 */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw new JsonPatchError("no-list", patch, "a JSON patch is a list of operations");
  let document: unknown = structuredClone(target);
  for (const [index, operation] of patch.entries()) {
    const refusal = (is: JsonPatchError["is"]) => (why: string) =>
      new JsonPatchError(is, operation, `operation ${index} of the patch: ${why}`);
    const malformed = refusal("malformed"),
      impossible = refusal("impossible");
    if (!isMapping(operation) || typeof operation["path"] !== "string") throw malformed("has no path");
    const { op, value } = operation;
    const path = segments(operation["path"], malformed);
    const given = (): unknown => {
      if (value === undefined) throw malformed("has no value");
      return value;
    };
    const origin = (): string[] => segments(operation["from"], malformed);
    switch (op) {
      case "add":
        document = add(document, path, given(), impossible);
        break;
      case "remove":
        document = remove(document, path, impossible);
        break;
      case "replace":
        read(document, path, impossible);
        document =
          path.length === 0 ? given() : add(remove(document, path, impossible), path, given(), impossible);
        break;
      case "test":
        if (!equalJson(find(document, path) ?? null, value ?? null))
          throw impossible(`test of ${operation["path"]} failed`);
        break;
      case "copy":
        document = add(document, path, structuredClone(read(document, origin(), impossible)), impossible);
        break;
      case "move": {
        const from = origin();
        const moved = read(document, from, impossible);
        document = add(remove(document, from, impossible), path, moved, impossible);
        break;
      }
      default:
        throw refusal("unknown-operation")(`there is no ${JSON.stringify(op)}`);
    }
  }
  return document;
}

type Refuse = (why: string) => JsonPatchError;

function segments(pointer: unknown, refuse: Refuse): string[] {
  if (pointer === "") return [];
  if (typeof pointer !== "string" || !pointer.startsWith("/"))
    throw refuse(`${JSON.stringify(pointer)} is no JSON pointer`);
  const path = pointerSteps(pointer);
  if (path.includes("__proto__")) throw refuse("`__proto__` is no field");
  return path;
}

/** What is one step into a value; undefined where nothing is. Inherited fields are none. */
function child(holder: unknown, segment: string): unknown {
  if (Array.isArray(holder)) return /^(0|[1-9]\d*)$/.test(segment) ? holder[Number(segment)] : undefined;
  return isMapping(holder) && Object.hasOwn(holder, segment) ? holder[segment] : undefined;
}

function find(document: unknown, path: readonly string[]): unknown {
  return path.reduce(child, document);
}

function read(document: unknown, path: readonly string[], refuse: Refuse): unknown {
  let value = document;
  for (const [index, segment] of path.entries()) {
    value = child(value, segment);
    if (value === undefined) throw refuse(`there is nothing at /${path.slice(0, index + 1).join("/")}`);
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
