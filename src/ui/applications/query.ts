/** What the page does to the line that finds applications. */
import { type Facet, matcher, parseQuery, wordsOf } from "../../core/model/app-query.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";

/** The line with that value of a facet in it, or without it where it is in it. */
export function toggled(line: string, facet: Facet, value: string): string {
  const word = `${facet}:${/\s/.test(value) ? `"${value}"` : value.toLowerCase()}`;
  const words = wordsOf(line);
  return (
    words.some((one) => one.toLowerCase() === word.toLowerCase())
      ? words.filter((one) => one.toLowerCase() !== word.toLowerCase())
      : [...words, word]
  ).join(" ");
}

export function has(line: string, facet: Facet, value: string): boolean {
  return parseQuery(line).terms.some(
    (term) => term.is === "facet" && !term.not && term.facet === facet && term.value === value.toLowerCase(),
  );
}

/** The words of a line that hide everything, one at a time: without which of them something would be shown. */
export function narrowest(line: string, apps: readonly ListedApplication[]): string[] {
  const words = wordsOf(line);
  return words.filter((word) => {
    const without = words.filter((other) => other !== word).join(" ");
    return apps.some(matcher(parseQuery(without)));
  });
}
