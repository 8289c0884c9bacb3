import { isAlias, isMap, isNode, isScalar, type Node } from "yaml";
import { equalJson } from "../equal-json.ts";
import { isMapping } from "../is-mapping.ts";
import { editYaml } from "./edit.ts";
import { parseUnique } from "./parse-unique.ts";
import { resolvePlain } from "./scalar.ts";

export type ScalarSet =
  | { is: "changed"; text: string }
  /** It says so already. */
  | { is: "same" }
  /** A sentence without a full stop. */
  | { is: "refused"; why: string };

type Path = readonly (string | number)[];

/** As `parseYaml`. */
type Read = (text: string) => {
  documents: readonly { value: unknown }[];
  problems: readonly { severity: string; text: string }[];
};

/**
 * Sets one text in the only document of a text, and touches no other character where there is a value already: quotes,
 * comments and order stay. What is not there yet is added as lines of its own. What would change anything else is refused.
 */
export function setScalar(text: string, path: Path, value: string, read: Read): ScalarSet {
  const wrong = read(text).problems.find(({ severity }) => severity === "error");
  if (wrong !== undefined) return { is: "refused", why: `it is no YAML: ${wrong.text}` };
  const document = parseUnique(text);
  if (typeof document === "string") return { is: "refused", why: document };
  const found = nodeAt(document.contents, path);
  if (found.is === "refused") return found;
  if (found.is === "absent") return added(text, path, value, read);
  const { node } = found;
  if (!isScalar(node)) return { is: "refused", why: "there is no text but more than that" };
  if (node.anchor !== undefined)
    return { is: "refused", why: "it has an anchor, and others take it from there" };
  if (node.value === value && (node.type !== "PLAIN" || resolvePlain(node.source ?? "") === value))
    return { is: "same" };
  const [start, end] = node.range ?? [0, 0];
  const written = writtenAs(value, node.type);
  if (written === undefined) return { is: "refused", why: "it is a text of several lines" };
  // Nothing stands there: `tag:`.
  const space = start === end && text[start - 1] === ":" ? " " : "";
  const next = `${text.slice(0, start)}${space}${written}${text.slice(end)}`;
  return proven([text, next], path, value, read);
}

function writtenAs(value: string, type: string | undefined): string | undefined {
  if (type === "QUOTE_SINGLE") return `'${value.replaceAll("'", "''")}'`;
  if (type === "QUOTE_DOUBLE") return JSON.stringify(value);
  if (type !== undefined && type !== "PLAIN") return undefined;
  const isPlain = /^[\w./:@+-]+$/.test(value) && !/^[-@:]|:$/.test(value) && resolvePlain(value) === value;
  return isPlain ? value : JSON.stringify(value);
}

type Place = { is: "node"; node: Node } | { is: "absent" } | { is: "refused"; why: string };

function nodeAt(contents: unknown, path: Path): Place {
  let node: unknown = contents;
  for (const step of path) {
    if (isAlias(node)) return { is: "refused", why: "it is an alias, and what it stands for is elsewhere" };
    if (!isNode(node) || isScalar(node)) {
      if (node === undefined || node === null || (isScalar(node) && node.value === null))
        return { is: "absent" };
      return { is: "refused", why: `there is no field ${JSON.stringify(step)} in what is no mapping` };
    }
    if (isMap(node) && node.items.some(({ key }) => isScalar(key) && key.value === "<<"))
      return { is: "refused", why: "it is merged from elsewhere in the file" };
    node = "get" in node ? node.get(step, true) : undefined;
    if (node === undefined) return { is: "absent" };
  }
  if (isAlias(node)) return { is: "refused", why: "it is an alias, and what it stands for is elsewhere" };
  return isNode(node) ? { is: "node", node } : { is: "absent" };
}

/** New lines, and every line that was there. */
function added(text: string, path: Path, value: string, read: Read): ScalarSet {
  const { text: next, meant } = editYaml(text, () => true, [{ do: "set", path, value }]);
  if (meant !== 1) return { is: "refused", why: "it cannot be read" };
  return keepsLines(text, next)
    ? proven([text, next], path, value, read)
    : { is: "refused", why: "it is not there, and cannot be added without writing other lines anew" };
}

/** Appends to a list, or makes it, as lines of its own. */
export function appendYaml(text: string, path: readonly string[], value: unknown): ScalarSet {
  const { text: next, meant } = editYaml(text, () => true, [{ do: "append", path, value }]);
  if (meant !== 1) return { is: "refused", why: "it cannot be read, or is more than one document" };
  return keepsLines(text, next)
    ? { is: "changed", text: next }
    : { is: "refused", why: "it cannot be added to without writing other lines anew" };
}

function keepsLines(before: string, after: string): boolean {
  const lines = after.split("\n");
  let at = 0;
  return before.split("\n").every((line) => {
    at = lines.indexOf(line, at) + 1;
    return at > 0;
  });
}

/** Read again, it is the same but for that value. */
function proven(
  [before, after]: readonly [string, string],
  path: Path,
  value: string,
  read: Read,
): ScalarSet {
  const [old, now] = [read(before), read(after)];
  if (now.documents.length !== 1) return { is: "refused", why: "it could not be read any more" };
  return equalJson(withValue(old.documents[0]?.value, path, value), now.documents[0]?.value)
    ? { is: "changed", text: after }
    : { is: "refused", why: "something else would change with it" };
}

/** A copy along the path; what is not there yet is made. */
function withValue(at: unknown, path: Path, value: string): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(at)) {
    const list = [...at];
    list[Number(step)] = withValue(at[Number(step)], rest, value);
    return list;
  }
  const map = isMapping(at) ? at : {};
  return { ...map, [step]: withValue(map[String(step)], rest, value) };
}
