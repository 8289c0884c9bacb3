/** Which lines of a log are wanted: words, or a regular expression between slashes; with `!` before it the others. */

export interface LogFilter {
  wants(text: string): boolean;
  /** Where in a line it is, for the eye; nothing for what is not wanted. */
  places(text: string): { from: number; to: number }[];
}

export type ReadFilter = { is: "all" } | { is: "filter"; filter: LogFilter } | { is: "broken"; why: string };

/** Of a line: an expression that tries everything takes longer with each character. */
const MOST_READ = 4_000;
const MOST_PLACES = 50;

/** @param typed `error`, `!probe`, `/5\d\d /`, `!/GET .health/`; `/…/` minds the case unless `i` follows it */
export function readFilter(typed: string): ReadFilter {
  const isInverse = typed.startsWith("!");
  const wanted = isInverse ? typed.slice(1) : typed;
  if (wanted === "") return { is: "all" };
  const [, source, flags = ""] = /^\/(.+)\/(i?)$/.exec(wanted) ?? [];
  const pattern = source === undefined ? escaped(wanted) : source;
  let test: RegExp;
  let all: RegExp;
  try {
    test = new RegExp(pattern, source === undefined ? "i" : flags);
    all = new RegExp(pattern, `${source === undefined ? "i" : flags}g`);
  } catch (cause) {
    return { is: "broken", why: cause instanceof Error ? cause.message : String(cause) };
  }
  const near = (text: string): string => (source === undefined ? text : text.slice(0, MOST_READ));
  return {
    is: "filter",
    filter: {
      wants: (text) => test.test(near(text)) !== isInverse,
      places(text) {
        if (isInverse) return [];
        const places: { from: number; to: number }[] = [];
        for (const { index, 0: found } of near(text).matchAll(all)) {
          if (found === "") continue;
          places.push({ from: index, to: index + found.length });
          if (places.length === MOST_PLACES) break;
        }
        return places;
      },
    },
  };
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
