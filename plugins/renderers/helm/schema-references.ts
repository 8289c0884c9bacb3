/** Keywords of JSON Schema by which a schema names another one. */
const REFERENCES = new Set(["$ref", "$dynamicRef", "$recursiveRef"]);
const IDS = new Set(["$id", "id"]);
/** The dialects that every validator has inside. */
const DIALECT =
  /^https?:\/\/json-schema\.org\/(?:schema|draft-0[3-7]\/schema|draft\/20(?:19-09|20-12)\/schema)#?$/;

/**
 * What a schema would have its validator open besides itself: helm follows references to files of this machine and to
 * URLs. Only `#…` and the published dialects lead nowhere. A relative name does: it starts from `file:///`.
 * @returns the first such reference as written, "" for what is no JSON; undefined where there is none
 */
export function foreignReference(schema: Uint8Array): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(schema));
  } catch {
    return "";
  }
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== "object" || next === null) continue;
    for (const [key, held] of Object.entries(next)) {
      if (typeof held === "object") open.push(held);
      else if (typeof held !== "string") continue;
      else if (REFERENCES.has(key) && !held.startsWith("#") && !DIALECT.test(held)) return held;
      else if (key === "$schema" && !DIALECT.test(held)) return held;
      // From where references start: a schema of this repository lies at no place of a machine.
      else if (IDS.has(key) && /^\s*file:/i.test(held)) return held;
    }
  }
  return undefined;
}
