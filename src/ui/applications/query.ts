/** What the page does to the line that finds applications. */
import { type About, type Facet, isJoint, matcher, parseQuery, wordsOf } from "../../core/model/app-query.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";

/** As it is written in the line. */
export function wordFor(facet: Facet, value: string): string {
  return `${facet}:${/[\s|]/.test(value) ? `"${value}"` : value.toLowerCase()}`;
}

/** The line with that value of a facet in it, or without it where it is in it. */
export function toggled(line: string, facet: Facet, value: string): string {
  const word = wordFor(facet, value);
  const words = wordsOf(line);
  // What is an alternative to others is no filter by itself, and stays.
  const at = words.findIndex(
    (one, place) => one.toLowerCase() === word.toLowerCase() && !isAlternative(words, place),
  );
  if (at >= 0) return words.filter((_, place) => place !== at).join(" ");
  while (isJoint(words.at(-1) ?? "")) words.pop();
  return [...words, word].join(" ");
}

export function has(line: string, facet: Facet, value: string): boolean {
  return parseQuery(line).clauses.some(([term, ...others]) => {
    return (
      term?.is === "facet" &&
      others.length === 0 &&
      !term.not &&
      term.facet === facet &&
      term.value === value.toLowerCase()
    );
  });
}

function isAlternative(words: readonly string[], place: number): boolean {
  return isJoint(words[place - 1] ?? "") || isJoint(words[place + 1] ?? "");
}

/** The words of a line that narrow by themselves; alternatives are one. */
function clausesOf(line: string): string[] {
  const clauses: string[] = [];
  const words = wordsOf(line);
  for (const [place, word] of words.entries()) {
    const last = clauses.length - 1;
    if (last >= 0 && (isJoint(word) || isJoint(words[place - 1] ?? ""))) clauses[last] += ` ${word}`;
    else clauses.push(word);
  }
  return clauses;
}

/** The parts of a line that hide everything, each with the line without it: then something would be shown. */
export function narrowest(
  line: string,
  apps: readonly ListedApplication[],
  about: About,
): { part: string; without: string; finds: number }[] {
  const clauses = clausesOf(line);
  return clauses.flatMap((part, at) => {
    const without = clauses.filter((_, other) => other !== at).join(" ");
    const finds = apps.filter(matcher(parseQuery(without), about)).length;
    return finds === 0 ? [] : [{ part, without, finds }];
  });
}
