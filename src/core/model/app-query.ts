/** The line that finds applications: `health:degraded project:pay label:tier=web text /regular expression/ -not`. */
import { keptOn } from "../../lib/kept-on.ts";
import type { ListedApplication } from "./listed-application.ts";
import {
  clusterOf,
  healthOf,
  isAutomatic,
  keyOf,
  phaseWord,
  revisionOf,
  sourceOf,
  standing,
  syncOf,
} from "./listed-words.ts";

/** What can be asked by name, each with the values that an application has of it. */
const FACETS = {
  is: (app) => [standing(app), ...(app.status?.hold === undefined ? [] : ["held"])],
  health: (app) => [healthOf(app)],
  sync: (app) => [syncOf(app)],
  run: (app) => [phaseWord(app)],
  project: (app) => [app.spec.project],
  cluster: (app) => [clusterOf(app)],
  namespace: (app) => [app.spec.destination.namespace ?? ""],
  policy: (app) => [isAutomatic(app) ? "auto" : "manual"],
  label: (app) =>
    Object.entries(app.metadata.labels ?? {}).flatMap(([name, value]) => [name, `${name}=${value}`]),
} as const satisfies Record<string, (app: ListedApplication) => readonly string[]>;

export type Facet = keyof typeof FACETS;

export const FACET_NAMES = Object.keys(FACETS) as Facet[];

/** What those can be that have no other value, in lower case. */
export const FACET_VALUES: Partial<Record<Facet, readonly string[]>> = {
  is: ["attention", "moving", "good", "held"],
  health: ["healthy", "progressing", "degraded", "suspended", "missing", "unknown"],
  sync: ["synced", "outofsync", "unknown"],
  run: ["none", "running", "terminating", "succeeded", "failed", "error"],
  policy: ["auto", "manual"],
};

const SHORT: Readonly<Record<string, Facet>> = { proj: "project", ns: "namespace", op: "run" };

type Term =
  | { is: "facet"; facet: Facet; value: string; not: boolean }
  | { is: "text"; text: string; not: boolean }
  | { is: "pattern"; pattern: RegExp; not: boolean };

export interface Query {
  terms: readonly Term[];
  /** What cannot be read, in words; it finds nothing and hides nothing. */
  faults: readonly string[];
}

/** Words are taken apart at blanks; `"…"` keeps them together. */
export function parseQuery(line: string): Query {
  const terms: Term[] = [];
  const faults: string[] = [];
  for (const [word] of line.matchAll(/-?(?:[a-z]+:)?(?:"[^"]*"|\/(?:[^/\\]|\\.)+\/|\S+)/gi)) {
    const not = word.startsWith("-") && word.length > 1;
    const bare = not ? word.slice(1) : word;
    const [, name = "", rest = ""] = /^([a-z]+):(.*)$/i.exec(bare) ?? [];
    const facet = facetOf(name.toLowerCase());
    if (facet !== undefined) {
      // What is being typed asks for nothing yet.
      if (rest !== "") terms.push({ is: "facet", facet, value: plain(rest).toLowerCase(), not });
    } else if (/^\/.+\/$/.test(bare)) {
      try {
        terms.push({ is: "pattern", pattern: new RegExp(bare.slice(1, -1), "i"), not });
      } catch {
        faults.push(`${bare} is no regular expression`);
      }
    } else terms.push({ is: "text", text: plain(bare).toLowerCase(), not });
  }
  return { terms, faults };
}

/**
 * Several values of one facet are alternatives, all else narrows: `health:degraded health:missing project:pay` are the
 * broken ones of one project.
 */
export function matcher({ terms }: Query): (app: ListedApplication) => boolean {
  const wanted = Map.groupBy(
    terms.filter((term) => term.is === "facet" && !term.not) as Extract<Term, { is: "facet" }>[],
    ({ facet }) => facet,
  );
  const others = terms.filter((term) => term.is !== "facet" || term.not);
  return (app) => {
    for (const [facet, alternatives] of wanted) {
      const has = valuesOf(app, facet);
      if (!alternatives.some(({ value }) => has.includes(value))) return false;
    }
    if (others.length === 0) return true;
    const text = textOf(app);
    return others.every((term) => {
      const found =
        term.is === "facet"
          ? valuesOf(app, term.facet).includes(term.value)
          : term.is === "text"
            ? text.includes(term.text)
            : term.pattern.test(text);
      return found !== term.not;
    });
  };
}

/** As they are taken apart. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/-?(?:[a-z]+:)?(?:"[^"]*"|\/(?:[^/\\]|\\.)+\/|\S+)/gi)].map(([word]) => word);
}

function facetOf(name: string): Facet | undefined {
  if (Object.hasOwn(FACETS, name)) return name as Facet;
  return Object.hasOwn(SHORT, name) ? SHORT[name] : undefined;
}

function plain(text: string): string {
  return text.replaceAll('"', "");
}

function valuesOf(app: ListedApplication, facet: Facet): string[] {
  return FACETS[facet](app).map((value) => value.toLowerCase());
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
    revisionOf(app),
    ...(app.status?.summary?.images ?? []),
  ]
    .join("\n")
    .toLowerCase();
  texts.set(app, text);
  return text;
}
