import { equalJson } from "./equal-json.ts";
import { isMapping } from "./is-mapping.ts";
import { pointerSteps } from "./json-pointer.ts";

/** A patch that is none, or that this document does not allow. The message is a sentence with the operation's number. */
export class JsonPatchError extends Error {
  constructor(
    readonly is: "no-list" | "malformed" | "unknown-operation" | "impossible" | "test-failed" | "too-much",
    /** The operation as it was sent; the whole patch where it is no list of operations. */
    readonly operation: unknown,
    message: string,
  ) {
    super(message);
  }
}

/** As in a Kubernetes API server. */
const MOST_OPERATIONS = 10_000;
/** What all operations of one patch may move or copy: entries of lists, fields, and characters of texts. */
const MOST_WORK = 5 << 20;
/** Copies into copies nest without end; what walks the outcome is recursive. */
const MOST_DEPTH = 500;

/**
 * RFC 6902 on a copy. As in the library that Kubernetes and Argo CD use, what is absent passes a `test` for null.
 * A patch of a few hundred characters that copies what it copied would make gigabytes: what it may do is bounded.
 * @throws {JsonPatchError} for the first operation that cannot be done
 */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw new JsonPatchError("no-list", patch, "a JSON patch is a list of operations");
  if (patch.length > MOST_OPERATIONS)
    throw new JsonPatchError(
      "too-much",
      patch.length,
      `the patch has ${patch.length} operations, more than ${MOST_OPERATIONS}`,
    );
  let work = 0;
  let document: unknown = structuredClone(target);
  for (const [index, operation] of patch.entries()) {
    const refusal = (is: JsonPatchError["is"]) => (why: string) =>
      new JsonPatchError(is, operation, `operation ${index} of the patch: ${why}`);
    const malformed = refusal("malformed"),
      impossible = refusal("impossible");
    if (!isMapping(operation) || typeof operation["path"] !== "string") throw malformed("has no path");
    const { op, value } = operation;
    const spend = (cost: number): void => {
      work += cost;
      if (work > MOST_WORK) throw refusal("too-much")("what it and those before it copy is too much");
    };
    const path = segments(operation["path"], malformed);
    const given = (): unknown => {
      if (value === undefined) throw malformed("has no value");
      return value;
    };
    const origin = (): string[] => segments(operation["from"], malformed);
    switch (op) {
      case "add":
        document = add(document, path, given(), impossible, spend);
        break;
      case "remove":
        document = remove(document, path, impossible, spend);
        break;
      case "replace":
        read(document, path, impossible);
        document =
          path.length === 0
            ? given()
            : add(remove(document, path, impossible, spend), path, given(), impossible, spend);
        break;
      case "test":
        if (!equalJson(find(document, path) ?? null, value ?? null))
          throw refusal("test-failed")(`test of ${operation["path"]} failed`);
        break;
      case "copy": {
        const copied = read(document, origin(), impossible);
        const { size, depth } = measure(copied, MOST_WORK - work);
        spend(size);

        if (path.length + depth > MOST_DEPTH)
          throw refusal("too-much")(`its outcome nests deeper than ${MOST_DEPTH} levels`);
        document = add(document, path, structuredClone(copied), impossible, spend);
        break;
      }
      case "move": {
        const from = origin();
        const moved = read(document, from, impossible);
        document = add(remove(document, from, impossible, spend), path, moved, impossible, spend);
        break;
      }
      default:
        throw refusal("unknown-operation")(`there is no ${JSON.stringify(op)}`);
    }
  }
  return document;
}

/** Each value counts one, each text its characters; no further than `most`. */
function measure(value: unknown, most: number): { size: number; depth: number } {
  let size = 0,
    deepest = 0;
  const left: [unknown, number][] = [[value, 0]];
  for (let next = left.pop(); next !== undefined && size <= most; next = left.pop()) {
    const [one, depth] = next;
    deepest = Math.max(deepest, depth);
    size += typeof one === "string" ? one.length + 1 : 1;
    if (typeof one !== "object" || one === null) continue;
    for (const [key, inner] of Object.entries(one)) {
      if (!Array.isArray(one)) size += key.length;
      left.push([inner, depth + 1]);
    }
  }
  return { size, depth: deepest };
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

type Spend = (cost: number) => void;

function add(
  document: unknown,
  path: readonly string[],
  value: unknown,
  refuse: Refuse,
  spend: Spend,
): unknown {
  const last = path.at(-1);
  if (last === undefined) return value;
  const holder = read(document, path.slice(0, -1), refuse);
  if (isMapping(holder)) holder[last] = value;
  else if (Array.isArray(holder)) {
    const index = last === "-" ? holder.length : /^(0|[1-9]\d*)$/.test(last) ? Number(last) : Infinity;
    if (index > holder.length) throw refuse(`/${path.join("/")} is no place in that list`);
    spend(holder.length - index);
    holder.splice(index, 0, value);
  } else throw refuse(`/${path.slice(0, -1).join("/")} is no object or list`);
  return document;
}

function remove(document: unknown, path: readonly string[], refuse: Refuse, spend: Spend): unknown {
  read(document, path, refuse);
  const last = path.at(-1);
  if (last === undefined) return undefined;
  const holder = read(document, path.slice(0, -1), refuse);
  if (Array.isArray(holder)) {
    spend(holder.length - Number(last));
    holder.splice(Number(last), 1);
  } else if (isMapping(holder)) delete holder[last];
  return document;
}
