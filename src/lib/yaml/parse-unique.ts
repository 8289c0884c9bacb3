import { type Document, isScalar, parseAllDocuments, visit } from "yaml";

/**
 * The only document of a text, with its places and comments; a string says why there is none. That a key stands twice is
 * looked for here: the `yaml` package compares each key with all others, which takes minutes for a large file.
 */
export function parseUnique(text: string): Document.Parsed | string {
  const documents = parseAllDocuments(text, { keepSourceTokens: true, uniqueKeys: false });
  if ("empty" in documents) return "it holds nothing";
  const [document] = documents;
  if (document === undefined || documents.length > 1) return "it holds more than one document";
  const [error] = document.errors;
  if (error !== undefined) return `it is no YAML: ${error.message.split("\n")[0]}`;
  return hasKeyTwice(document) ? "it is no YAML: a key stands twice in one mapping" : document;
}

function hasKeyTwice(document: Document.Parsed): boolean {
  let isTwice = false;
  visit(document, {
    Map(_, map) {
      const keys = new Set<unknown>();
      for (const { key } of map.items) {
        const known = isScalar(key) ? key.value : key;
        if (keys.has(known) && known !== "<<") isTwice = true;
        keys.add(known);
      }
      return isTwice ? visit.BREAK : undefined;
    },
  });
  return isTwice;
}
