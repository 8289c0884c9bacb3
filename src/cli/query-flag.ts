import { InvalidArgumentError } from "commander";
import { FACET_NAMES, FACET_VALUES, isJoint, parseQuery, wordsOf } from "../core/model/app-query.ts";
import { nearest } from "../lib/nearest.ts";

/**
 * A line of the page's list. A word that means nothing is refused here: what the line finds may be synced or deleted, and
 * what is not found by a slip is found by its contrary.
 */
export function queryFlag(text: string): string {
  const words = wordsOf(text);
  if (words.length === 0) throw new InvalidArgumentError("It says nothing. See: holdfast help query");
  for (const [at, word] of words.entries()) {
    const why = isJoint(word) ? whyNoJoint(words, at) : whyUnread(word);
    if (why !== undefined) throw new InvalidArgumentError(`${why} See: holdfast help query`);
  }
  return text;
}

/** A sentence; undefined: it can be read. */
function whyUnread(word: string): string | undefined {
  const {
    clauses: [terms = []],
    faults: [fault],
  } = parseQuery(word);
  const [term] = terms;
  if (fault !== undefined) return `${fault}.`;
  if (term === undefined) return `${word} names no value.`;
  if (term.is === "text") {
    if (term.text === "") return `${word} is no text.`;
    const [, name] = /^-?([a-z]+):/i.exec(word) ?? [];
    const meant = name === undefined ? undefined : nearest(name.toLowerCase(), FACET_NAMES);
    if (meant === undefined) return undefined;
    return `${name}: is nothing that can be asked. Did you mean ${meant}:? A text stands in quotes.`;
  }
  if (term.is === "pattern") return undefined;
  const values = FACET_VALUES[term.facet];
  const wrong = terms.find((one) => one.is === "facet" && values?.includes(one.value) === false);
  if (values === undefined || wrong?.is !== "facet")
    return word.endsWith("|") ? `${word} ends with |.` : undefined;
  return `${term.facet}: is one of ${values.join(", ")}, and not ${wrong.value}.`;
}

/** One that joins nothing was meant for something. */
function whyNoJoint(words: readonly string[], at: number): string | undefined {
  const around = [words[at - 1], words[at + 1]];
  if (around.every((word) => word !== undefined && !isJoint(word))) return undefined;
  return `${words[at]} stands between two words that are alternatives. A text stands in quotes.`;
}
