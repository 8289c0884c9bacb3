import { type Document, isScalar, isSeq } from "yaml";
import { parseUnique } from "./parse-unique.ts";
import { resolvePlain } from "./scalar.ts";

/** `at`: place in the list at `path`. A list that is left empty goes. */
export type YamlChange =
  | { do: "append"; path: readonly (string | number)[]; value: unknown }
  | { do: "remove"; path: readonly (string | number)[]; at: number }
  | { do: "set"; path: readonly (string | number)[]; value: unknown }
  | { do: "unset"; path: readonly (string | number)[] };

/**
 * Changes one document of a text and leaves its comments, and the other documents, as they are.
 * @param isMeant of a document's value
 * @returns how many documents were meant: only where it is one is the text another
 */
export function editYaml(
  text: string,
  isMeant: (value: unknown) => boolean,
  changes: readonly YamlChange[],
): { text: string; meant: number } {
  // A line of three dashes begins a document wherever it stands.
  const pieces = text.split(/^(?=---(?:\s|$))/m);
  const meant = pieces.flatMap((piece, at) => {
    const document = oneOf(piece);
    return document !== undefined && isMeant(document.toJS()) ? [{ at, document }] : [];
  });
  const [one] = meant;
  if (one === undefined || meant.length > 1) return { text, meant: meant.length };
  for (const change of changes) apply(one.document, change);
  const before = pieces[one.at] ?? "";
  const indentSeq = !/^([ \t]*)[^\s#-][^\n]*:[ \t]*\n\1- /m.test(before);
  pieces[one.at] = spacedAs(before, one.document.toString({ lineWidth: 0, indentSeq }));
  return { text: pieces.join(""), meant: 1 };
}

function oneOf(piece: string): Document.Parsed | undefined {
  const document = parseUnique(piece);
  return typeof document === "string" ? undefined : document;
}

/** Lines that differ from those before by spaces alone are as they were: nobody changed them. */
function spacedAs(before: string, after: string): string {
  const known = new Map(before.split("\n").map((line) => [barely(line), line]));
  return after
    .split("\n")
    .map((line) => known.get(barely(line)) ?? line)
    .join("\n");
}

function barely(line: string): string {
  return `${/^ */.exec(line)?.[0] ?? ""}${line.replace(/\s+/g, "")}`;
}

function apply(document: Document.Parsed, change: YamlChange): void {
  switch (change.do) {
    case "append":
      if (isSeq(document.getIn(change.path))) document.addIn(change.path, document.createNode(change.value));
      else document.setIn(change.path, document.createNode([change.value]));
      return;
    case "remove": {
      document.deleteIn([...change.path, change.at]);
      const list = document.getIn(change.path);
      if (isSeq(list) && list.items.length === 0) document.deleteIn(change.path);
      return;
    }
    case "set":
      setValue(document, change.path, change.value);
      return;
    case "unset":
      document.deleteIn(change.path);
      return;
  }
}

/** A word takes the place of a word, and what is said behind it stays. */
function setValue(document: Document.Parsed, path: readonly (string | number)[], value: unknown): void {
  if (typeof value !== "string") {
    document.setIn(path, document.createNode(value));
    return;
  }
  document.setIn(path, value);
  const node = document.getIn(path, true);
  // What go-yaml reads plain as something else is quoted.
  if (isScalar(node)) node.type = value !== "" && resolvePlain(value) === value ? "PLAIN" : "QUOTE_DOUBLE";
}
