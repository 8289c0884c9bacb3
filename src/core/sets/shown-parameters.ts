import { flatten } from "../generate/parameters.ts";
import type { ParameterSet } from "../ports/template-engine.ts";
import { hideTokens } from "./hide-tokens.ts";

const MOST_NAMES = 200;
const MOST_CHARACTERS = 400;

/** The same set is found again by each look. */
const known = new WeakMap<ParameterSet, Readonly<Record<string, string>>>();

/** As people read them: texts by dotted name, secrets masked by what they are called, what is long cut with "…". */
export function shownParameters(set: ParameterSet): Readonly<Record<string, string>> {
  const before = known.get(set);
  if (before !== undefined) return before;
  const [, masked = {}] = hideTokens(undefined, set);
  const texts = Object.entries(flatten(masked));
  const shown = Object.fromEntries(
    texts
      .slice(0, MOST_NAMES)
      .map(([name, text]) => [
        name,
        text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text,
      ]),
  );
  known.set(set, shown);
  return shown;
}
