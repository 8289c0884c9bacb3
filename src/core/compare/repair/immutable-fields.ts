import type { ServerRefusal } from "./repairs-for.ts";

export interface ImmutableField {
  /** As the server names it; "" where it names none. */
  field: string;
  /** The server's words for it, without the values. */
  why: string;
}

/**
 * The server's own ways of saying that a field cannot be changed on an object that is there, as opposed to a value that
 * it would not take in a new object either. Texts: testdata/immutable.json, asked again of a real server by
 * test/cluster/force.test.ts. The last two are how authors of custom resources and admission say it.
 */
const SAYINGS: readonly RegExp[] = [
  /\b(?:is|are) immutable\b/i,
  /^updates to .+ are forbidden/i,
  /^pod updates may not /i,
  /^cannot change \w+$/i,
  /^failed rule: self == oldSelf$/,
  /\bimmutable\b/i,
  /\b(?:can ?not|can't|may not|must not) (?:be )?(?:changed?|modified|updated)\b/i,
];

/**
 * The fields that a refusal is about because they cannot be changed. Others may stand beside them: whether the object
 * could be made anew is another question, and is asked of the server before anything is deleted.
 */
export function immutableFields({ status, message, causes = [] }: ServerRefusal): ImmutableField[] {
  if (status !== 422) return [];
  const found = new Map<string, ImmutableField>();
  const said = causes.length > 0 ? causes : [{ field: "", message }];
  for (const { field, message: words } of said) {
    const why = wordsWithoutValue(words);
    if (SAYINGS.some((saying) => saying.test(why))) found.set(field, { field, why });
  }
  return [...found.values()];
}

/**
 * `Invalid value: {…}: field is immutable` without its value, which is the user's and may say anything; `Forbidden: …`
 * without that word; without the comparison that some kinds print on the lines below.
 */
export function wordsWithoutValue(message: string): string {
  const invalid = /^(?:Invalid|Unsupported|Duplicate) value: /.exec(message);
  if (invalid === null) return (message.split("\n")[0] ?? "").replace(/^Forbidden: /, "");
  const rest = message.slice(invalid[0].length);
  return rest.slice(valueEnd(rest)).replace(/^: /, "");
}

/** Where the value ends that the server quotes: JSON, or the bare word that it prints of enumerations. */
function valueEnd(text: string): number {
  let depth = 0,
    quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (quoted) {
      if (char === "\\") at++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    else if (char === ":" && depth === 0 && text[at + 1] === " ") return at;
  }
  return text.length;
}
