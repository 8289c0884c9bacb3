import { RE2JS } from "re2js";
import { messageOf } from "./caught.ts";

export type GoRegexp =
  | {
      ok: true;
      /** Whether it is somewhere in the text: nothing is anchored that does not say so. */
      finds(text: string): boolean;
    }
  | { ok: false; problem: string };

/**
 * A regular expression as Go's package regexp reads it. Matching takes time in proportion to the text, whatever the
 * expression, so that whoever writes one can hold nobody up.
 */
export function compileGoRegexp(expression: string): GoRegexp {
  try {
    const compiled = RE2JS.compile(expression);
    return { ok: true, finds: (text) => compiled.matcher(text).find() };
  } catch (cause) {
    return { ok: false, problem: messageOf(cause) };
  }
}
