import { RE2JS } from "re2js";
import { messageOf } from "./caught.ts";
import { goRegexpSize } from "./go-regexp-size.ts";

export type GoRegexp =
  | {
      ok: true;
      /** Whether it is somewhere in the text: nothing is anchored that does not say so. */
      finds(text: string): boolean;
    }
  | { ok: false; problem: string };

/** Of a program, as `goRegexpSize` says it: a text is matched in so many steps a character, at most. */
const MOST_SIZE = 5_000;

/**
 * A regular expression as Go's package regexp reads it. Matching takes time in proportion to the text, and one that
 * repeats so much that it would be made or matched slowly is refused, so that whoever writes one can hold nobody up.
 */
export function compileGoRegexp(expression: string): GoRegexp {
  if (goRegexpSize(expression) > MOST_SIZE)
    return { ok: false, problem: "it is too large: what it repeats, it repeats too often" };
  try {
    const compiled = RE2JS.compile(expression);
    return { ok: true, finds: (text) => compiled.matcher(text).find() };
  } catch (cause) {
    return { ok: false, problem: messageOf(cause) };
  }
}
