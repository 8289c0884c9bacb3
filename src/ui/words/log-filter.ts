import { linearPattern, type ReadPattern } from "../../lib/linear-pattern.ts";

/** Which lines of a log are wanted: words, or a regular expression between slashes; with `!` before it the others. */

export interface LogFilter {
  wants(text: string): boolean;
  /** Where in a line it is, for the eye; nothing for what is not wanted. */
  places(text: string): { from: number; to: number }[];
}

export type ReadFilter = { is: "all" } | { is: "filter"; filter: LogFilter } | { is: "broken"; why: string };

/** Of a line, by an expression: the work grows with each character, and there are many lines. */
const MOST_READ = 2_000;
const MOST_PLACES = 50;

/** @param typed `error`, `!probe`, `/5\d\d /`, `!/GET .health/`; `/…/` minds the case unless `i` follows it */
export function readFilter(typed: string): ReadFilter {
  const isInverse = typed.startsWith("!");
  const wanted = isInverse ? typed.slice(1) : typed;
  if (wanted === "") return { is: "all" };
  const [, source, flags = ""] = /^\/(.+)\/(i?)$/.exec(wanted) ?? [];
  // What comes in a link must not hold up the window: JavaScript's own expressions may try for ever.
  const read =
    source === undefined ? words(wanted) : linearPattern(source, flags === "i" ? "either" : "as-written");
  if (read.is === "fault") return { is: "broken", why: read.why };
  const { pattern } = read;
  const near = (text: string): string => (source === undefined ? text : text.slice(0, MOST_READ));
  return {
    is: "filter",
    filter: {
      wants: (text) => pattern.test(near(text)) !== isInverse,
      places: (text) => (isInverse ? [] : pattern.places(near(text), MOST_PLACES)),
    },
  };
}

/** Of words there is nothing to try. */
function words(wanted: string): ReadPattern {
  const test = new RegExp(escaped(wanted), "i");
  const all = new RegExp(escaped(wanted), "gi");
  const places = (text: string, most: number): { from: number; to: number }[] => {
    const found: { from: number; to: number }[] = [];
    for (const { index, 0: it } of text.matchAll(all)) {
      if (found.length === most) break;
      found.push({ from: index, to: index + it.length });
    }
    return found;
  };
  return { is: "pattern", pattern: { test: (text) => test.test(text), places } };
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
