/** What the word that is being typed could go on as: names of facets, or values of one with how many have each. */
import {
  type About,
  countsOf,
  FACET_NAMES,
  type Facet,
  facetOf,
  matcher,
  parseQuery,
} from "../../core/model/app-query.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { wordFor } from "./query.ts";

export interface Suggestion {
  /** In place of the word. */
  word: string;
  says: string;
  /** Of a value: how many of those that the other words find have it. */
  count?: number;
}

export interface Suggestions {
  /** The word's place in the line. */
  from: number;
  to: number;
  items: readonly Suggestion[];
}

const MOST = 10;

const SAYS: Readonly<Record<Facet, string>> = {
  is: "needs a person, a favourite, failed, …",
  health: "how its objects are",
  sync: "whether it is as in Git",
  run: "its last operation",
  project: "its project",
  cluster: "where it goes",
  namespace: "where its objects go",
  policy: "automated or by hand",
  label: "a label, or name=value",
  annotation: "an annotation, or name=value",
};

/** @param at where in the line the caret stands */
export function suggestionsFor(
  line: string,
  at: number,
  apps: readonly ListedApplication[],
  about: About,
): Suggestions {
  const [typed = ""] = /-?(?:[a-z]+:)?(?:"[^"]*|[^\s"]*)$/i.exec(line.slice(0, at)) ?? [];
  const from = at - typed.length;
  const [rest = ""] = /^[^\s]*/.exec(line.slice(at)) ?? [];
  const to = at + rest.length;
  const not = typed.startsWith("-") ? "-" : "";
  const bare = typed.slice(not.length);
  const [, name = "", value = ""] = /^([a-z]+):"?(.*)$/i.exec(bare) ?? [];
  const facet = facetOf(name.toLowerCase());
  if (facet === undefined)
    return {
      ...{ from, to },
      items: FACET_NAMES.filter((one) => one.startsWith(bare.toLowerCase())).map((one) => ({
        word: `${not}${one}:`,
        says: SAYS[one],
      })),
    };
  const others = `${line.slice(0, from)} ${line.slice(to)}`;
  const found = apps.filter(matcher(parseQuery(others), about));
  const begun = value.toLowerCase();
  const counts = countsOf(found, facet, about).filter(({ value: one }) => one.toLowerCase().includes(begun));
  return {
    ...{ from, to },
    items: counts.slice(0, MOST).map(({ value: one, count }) => ({
      ...{ word: `${not}${wordFor(facet, one)}`, says: one, count },
    })),
  };
}

/** The line with a suggestion in it, and where the caret stands then. */
export function taken(
  line: string,
  { from, to }: Pick<Suggestions, "from" | "to">,
  { word }: Suggestion,
): { line: string; at: number } {
  // What names no value goes on being typed.
  const end = word.endsWith(":") ? word : `${word} `;
  return { line: `${line.slice(0, from)}${end}${line.slice(to).trimStart()}`, at: from + end.length };
}
