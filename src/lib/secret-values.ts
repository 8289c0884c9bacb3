import { isMapping } from "./is-mapping.ts";

/** Keys under which people write secrets … */
const TELLS_SECRET =
  /pass(?:word|wd|phrase)|secret|token|credential|(?:api|access|private|signing|encryption)[-_]?key|connection[-_]?string|dsn$/i;
/** … and such that only name where one is. */
const NAMES_PLACE =
  /(?:name|namespace|ref|refs|path|file|mount|type|enabled|create|annotations|labels|[a-z](?:Secret|Token|Password)Key)$|^existing/i;
/** Shorter ones stand in any sentence. */
const SHORTEST = 6;
const MOST = 1_000;

/** Whether what stands under a key is a secret, by what the key is called. @param above of what it stands in */
export function secrecyOf(key: string, above: Secrecy): Secrecy {
  if (NAMES_PLACE.test(key)) return "plain";
  return TELLS_SECRET.test(key) ? "secret" : above;
}

export type Secrecy = "plain" | "secret";

/** Texts of a tree of values that are secrets by the names of their keys, as they may turn up in a sentence. */
export function secretValues(tree: unknown): string[] {
  const found = new Set<string>();
  walk(tree, "plain");
  return [...found];

  function walk(value: unknown, is: Secrecy): void {
    if (found.size >= MOST) return;
    if (Array.isArray(value)) for (const item of value) walk(item, is);
    else if (isMapping(value))
      for (const [key, inner] of Object.entries(value)) {
        walk(inner, secrecyOf(key, is));
      }
    else if (is === "secret" && (typeof value === "string" || typeof value === "number"))
      for (const text of formsOf(String(value))) found.add(text);
  }
}

/** As it is, line by line, as a tool quotes it, and as a Secret holds it. */
export function formsOf(secret: string): string[] {
  if (secret.length < SHORTEST) return [];
  const lines = secret.split("\n").map((line) => line.trim());
  return [
    secret,
    ...lines,
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString("base64"),
  ].filter((text) => text.trim().length >= SHORTEST);
}

/** The longest first, so that no rest of one stays where another is the beginning of it. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let hidden = text;
  for (const secret of [...secrets].sort((a, b) => b.length - a.length))
    hidden = hidden.replaceAll(secret, "***");
  return hidden;
}
