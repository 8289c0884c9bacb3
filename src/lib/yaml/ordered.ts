import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseAllDocuments } from "yaml";

/** A YAML value with its keys in the order of the text, and its scalars as they are written. */
export type YamlTree =
  | { is: "map"; entries: { key: string; value: YamlTree }[] }
  | { is: "list"; items: YamlTree[] }
  /** `plain`: what it means follows from its letters. */
  | { is: "scalar"; style: "plain" | "quoted"; text: string };

/**
 * Reads texts whose order counts; integers among keys lose theirs in an object. To be called with what `parseYaml` took
 * without a problem, which holds the limits.
 */
export function parseYamlOrdered(text: string): YamlTree[] {
  const documents = parseAllDocuments(text, {
    ...{ schema: "failsafe", merge: false, logLevel: "silent" },
    // Which was looked at before: here it would take minutes for a large text.
    uniqueKeys: false,
  });
  return [...documents].flatMap((document) =>
    document.contents === null ? [] : [treeOf(document.contents as Node, document as Document)],
  );
}

function treeOf(node: unknown, document: Document): YamlTree {
  if (isAlias(node)) return treeOf(node.resolve(document), document);
  if (isMap(node))
    return {
      is: "map",
      entries: node.items.map(({ key, value }) => {
        const name = treeOf(key, document);
        return { key: name.is === "scalar" ? name.text : "", value: treeOf(value, document) };
      }),
    };
  if (isSeq(node)) return { is: "list", items: node.items.map((item) => treeOf(item, document)) };
  if (!isScalar(node)) return { is: "scalar", style: "plain", text: "" };
  const style = node.type === "PLAIN" || node.type === undefined ? "plain" : "quoted";
  return { is: "scalar", style, text: String(node.value ?? "") };
}
