/**
 * The line that finds applications: `health:degraded project:pay label:tier=web text /regular expression/ -not`. Each word
 * narrows. Words with `OR` or `|` between them are alternatives and bind more closely, as in search engines: `project:pay
 * health:degraded OR sync:outofsync` is one project's, of which either holds.
 */
import { keptOn } from "../../lib/kept-on.ts";
import { linearPattern } from "../../lib/linear-pattern.ts";
import { type ListedApplication, listedAnnotations } from "./listed-application.ts";
import {
  clusterOf,
  healthOf,
  isAutomatic,
  keyOf,
  phaseWord,
  sourceOf,
  standing,
  standsAt,
  syncOf,
} from "./listed-words.ts";

/** What is known of an application beside itself. */
export interface About {
  /** `namespace/name` of the favourites of whoever asks. */
  favourites: ReadonlySet<string>;
  /** By which what waits for too long is told from what is on its way. */
  nowMs: number;
}

/** Whether its last sync failed. */
const hasFailed = (app: ListedApplication): boolean =>
  ["Failed", "Error"].includes(phaseWord(app)) && app.metadata.deletionTimestamp === undefined;

/** What can be asked by name, each with the values that an application has of it. */
const FACETS = {
  is: (app, { favourites, nowMs }) => [
    standing(app, nowMs),
    ...(app.status?.hold === undefined ? [] : ["held"]),
    ...(favourites.has(keyOf(app)) ? ["favourite"] : []),
    ...(hasFailed(app) ? ["failed"] : []),
    ...((app.status?.conditions ?? []).length > 0 ? ["conditions"] : []),
    ...(isAutomatic(app) ? [] : ["auto-off"]),
  ],
  health: (app) => [healthOf(app)],
  sync: (app) => [syncOf(app)],
  run: (app) => [phaseWord(app)],
  project: (app) => [app.spec.project],
  cluster: (app) => [clusterOf(app)],
  namespace: (app) => [app.spec.destination.namespace ?? ""],
  policy: (app) => [isAutomatic(app) ? "auto" : "manual"],
  label: (app) => pairsOf(app.metadata.labels ?? {}),
  annotation: (app) => pairsOf(listedAnnotations(app.metadata.annotations ?? {}) ?? {}),
} as const satisfies Record<string, (app: ListedApplication, about: About) => readonly string[]>;

function pairsOf(of: Readonly<Record<string, string>>): string[] {
  return Object.entries(of).flatMap(([name, value]) => [name, `${name}=${value}`]);
}

export type Facet = keyof typeof FACETS;

export const FACET_NAMES = Object.keys(FACETS) as Facet[];

/** What those can be that have no other value, in lower case. */
export const FACET_VALUES: Partial<Record<Facet, readonly string[]>> = {
  is: ["attention", "moving", "good", "held", "favourite", "failed", "conditions", "auto-off"],
  health: ["healthy", "progressing", "degraded", "suspended", "missing", "unknown"],
  sync: ["synced", "outofsync", "unknown"],
  run: ["none", "running", "terminating", "succeeded", "failed", "error"],
  policy: ["auto", "manual"],
};

const SHORT: Readonly<Record<string, Facet>> = {
  ...{ proj: "project", ns: "namespace", op: "run" },
  ...{ annot: "annotation", annotations: "annotation", labels: "label" },
};

export type Term =
  | { is: "facet"; facet: Facet; value: string; not: boolean }
  | { is: "text"; text: string; not: boolean }
  | { is: "pattern"; pattern: Pattern; not: boolean };

/** Whether it is somewhere in a text, in letters of either size. */
export type Pattern = Pick<RegExp, "test">;

/** @returns undefined for what is no regular expression */
type Compile = (expression: string) => Pattern | undefined;

export interface Query {
  /** Each of which has to hold; one holds where one of its alternatives does. */
  clauses: readonly (readonly Term[])[];
  /** What cannot be read, in words; it finds nothing and hides nothing. */
  faults: readonly string[];
}

const WORD = /-?(?:[a-z]+:)?(?:"[^"]*"|\/(?:[^/\\]|\\.)+\/|\S+)/gi;

/** As they are taken apart: at blanks; `"…"` keeps them together. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(WORD)].map(([word]) => word);
}

/** Whether the words around it are alternatives. In small letters it is a text: names have it. */
export function isJoint(word: string): boolean {
  return word === "OR" || word === "|" || word === "||";
}

/** @param compile whoever reads lines of other people compiles them so that no expression takes long */
export function parseQuery(line: string, compile: Compile = ownPattern): Query {
  const clauses: Term[][] = [];
  const faults: string[] = [];
  let isJoined = false;
  for (const word of wordsOf(line)) {
    if (isJoint(word)) {
      // One without a word before it joins nothing.
      isJoined = clauses.length > 0;
      continue;
    }
    const read = termsOf(word, compile);
    if (typeof read === "string") faults.push(read);
    else if (isJoined) clauses.at(-1)?.push(...read);
    else if (read.length > 0) clauses.push(read);
    isJoined = false;
  }
  return { clauses, faults };
}

/** @returns alternatives, none where nothing is asked yet; a text: what is wrong with it */
function termsOf(word: string, compile: Compile): Term[] | string {
  const not = word.startsWith("-") && word.length > 1;
  const bare = not ? word.slice(1) : word;
  const [, name = "", rest = ""] = /^([a-z]+):(.*)$/i.exec(bare) ?? [];
  const facet = facetOf(name.toLowerCase());
  if (facet !== undefined) {
    // What is being typed asks for nothing yet.
    const values = rest.startsWith('"') ? [rest] : rest.split("|");
    if (not && values.length > 1)
      return `${word} says several at once: ${values.map((value) => `-${name}:${value}`).join(" ")}`;
    return values
      .filter((value) => value !== "")
      .map((value) => ({ is: "facet", facet, value: plain(value).toLowerCase(), not }));
  }
  if (!/^\/.+\/$/.test(bare)) return [{ is: "text", text: plain(bare).toLowerCase(), not }];
  const pattern = compile(bare.slice(1, -1));
  return pattern === undefined ? `${bare} is no regular expression` : [{ is: "pattern", pattern, not }];
}

/** Words that are written as if they asked for something by name, which nothing is asked by: `foo:bar`. They are looked for as text. */
export function unknownNames(line: string): string[] {
  return wordsOf(line).filter((word) => {
    const name = /^-?([a-z]+):(?!\/\/)/i.exec(word)?.[1];
    return name !== undefined && facetOf(name.toLowerCase()) === undefined;
  });
}

/** The line may come in a link: it must not hold up the window of whoever opens it. */
function ownPattern(expression: string): Pattern | undefined {
  const read = linearPattern(expression, "either");
  return read.is === "pattern" ? read.pattern : undefined;
}

/** Whether somebody's favourites have to be known for it. */
export function asksForFavourites({ clauses }: Query): boolean {
  return clauses
    .flat()
    .some((term) => term.is === "facet" && term.facet === "is" && term.value === "favourite");
}

/**
 * Several values of one facet are alternatives, all else narrows: `health:degraded health:missing project:pay` are the
 * broken ones of one project.
 */
export function matcher({ clauses }: Query, about: About): (app: ListedApplication) => boolean {
  const [wanted, others] = grouped(clauses);
  return (app) =>
    wanted.every(([facet, values]) => valuesOf(app, facet, about).some((value) => values.has(value))) &&
    others.every((alternatives) => alternatives.some((term) => fits(app, term, about)));
}

/** Facets that stand by themselves, each with the values that it may have, and all else. */
function grouped(clauses: Query["clauses"]): [[Facet, Set<string>][], Query["clauses"]] {
  const wanted = new Map<Facet, Set<string>>();
  const others: (readonly Term[])[] = [];
  for (const clause of clauses) {
    const [first] = clause;
    if (
      first?.is !== "facet" ||
      !clause.every((term) => term.is === "facet" && !term.not && term.facet === first.facet)
    ) {
      others.push(clause);
      continue;
    }
    const values = wanted.get(first.facet) ?? new Set();
    wanted.set(first.facet, values);
    for (const term of clause) if (term.is === "facet") values.add(term.value);
  }
  return [[...wanted], others];
}

function fits(app: ListedApplication, term: Term, about: About): boolean {
  const found =
    term.is === "facet"
      ? valuesOf(app, term.facet, about).includes(term.value)
      : term.is === "text"
        ? textOf(app).includes(term.text)
        : term.pattern.test(textOf(app));
  return found !== term.not;
}

/** What there is of a facet, each value with how many have it, the many first. */
export function countsOf(
  apps: readonly ListedApplication[],
  facet: Facet,
  about: About,
): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const app of apps)
    for (const value of FACETS[facet](app, about)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .filter(([value]) => value !== "")
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

export function facetOf(name: string): Facet | undefined {
  if (Object.hasOwn(FACETS, name)) return name as Facet;
  return Object.hasOwn(SHORT, name) ? SHORT[name] : undefined;
}

function plain(text: string): string {
  return text.replaceAll('"', "");
}

function valuesOf(app: ListedApplication, facet: Facet, about: About): string[] {
  return FACETS[facet](app, about).map((value) => value.toLowerCase());
}

const texts = keptOn<ListedApplication, string>();

/** All that a row shows, in lower case. Of one state of an application it is made once. */
function textOf(app: ListedApplication): string {
  const before = texts.get(app);
  if (before !== undefined) return before;
  const text = [
    keyOf(app),
    app.spec.project,
    syncOf(app),
    healthOf(app),
    phaseWord(app),
    app.status?.hold === undefined ? "" : "Held",
    sourceOf(app),
    clusterOf(app),
    app.spec.destination.namespace ?? "",
    standsAt(app),
    ...(app.status?.summary?.images ?? []),
  ]
    .join("\n")
    .toLowerCase();
  texts.set(app, text);
  return text;
}
