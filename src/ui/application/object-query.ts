/** The line that finds objects of an application: `kind:Pod health:degraded name:web-* -ns:kube-system text`. */
import { wordsOf } from "../../core/model/app-query.ts";
import { compileGlob, FILE_NAME } from "../../lib/glob.ts";
import { type Item, isProblem } from "./outline.ts";

/** What can be asked by name, each with the values that an object has of it. */
const FACETS = {
  kind: ({ kind, group }) => [kind, `${group}/${kind}`],
  name: ({ name }) => [name],
  ns: ({ namespace }) => [namespace],
  sync: ({ sync }) => [sync ?? "none"],
  health: ({ health }) => [health?.status ?? "none"],
  wave: ({ wave }) => [wave === undefined ? "none" : String(wave)],
  image: ({ images }) => images.flatMap((image) => [image, image.replace(/^.*\//, "")]),
  node: ({ node }) => (node === undefined ? [] : [node === "" ? "none" : node]),
  is: (item) => [isProblem(item) ? "problem" : "well"],
} as const satisfies Record<string, (item: Item) => readonly string[]>;

type Facet = keyof typeof FACETS;

const OTHER_NAMES: Readonly<Record<string, Facet>> = { namespace: "ns" };

interface Term {
  /** undefined: anywhere in what a line shows. */
  facet: Facet | undefined;
  not: boolean;
  /** Of one value, in lower case. */
  fits(value: string): boolean;
}

export interface ObjectQuery {
  terms: readonly Term[];
  /** What cannot be read, in words; it finds nothing and hides nothing. */
  faults: readonly string[];
}

/** `*` is any characters, `?` one, `[ab]` one of these; upper and lower case are the same. */
export function parseObjectQuery(line: string): ObjectQuery {
  const terms: Term[] = [];
  const faults: string[] = [];
  for (const word of wordsOf(line)) {
    const not = word.startsWith("-") && word.length > 1;
    const bare = not ? word.slice(1) : word;
    const [, name = "", rest = ""] = /^([a-z]+):(.*)$/i.exec(bare) ?? [];
    const facet = facetOf(name.toLowerCase());
    const value = (facet === undefined ? bare : rest).replaceAll('"', "").toLowerCase();
    // What is being typed asks for nothing yet.
    if (value === "") continue;
    if (!/[*?[\\]/.test(value)) {
      terms.push({
        ...{ facet, not },
        fits: facet === undefined ? (text) => text.includes(value) : (text) => text === value,
      });
      continue;
    }
    // A word with a wildcard is a name.
    const glob = compileGlob(value, FILE_NAME_ACROSS);
    if (glob.ok) terms.push({ facet: facet ?? "name", not, fits: glob.matches });
    else faults.push(`${bare}: ${glob.problem}`);
  }
  return { terms, faults };
}

/** An image has slashes, and nobody who writes `*` means to stop at one. */
const FILE_NAME_ACROSS = { ...FILE_NAME, slash: "crosses" } as const;

/** Several values of one facet are alternatives, all else narrows. */
export function objectMatcher({ terms }: ObjectQuery): (item: Item) => boolean {
  const wanted = Map.groupBy(
    terms.filter(({ facet, not }) => facet !== undefined && !not),
    ({ facet }) => facet,
  );
  const others = terms.filter(({ facet, not }) => facet === undefined || not);
  return (item) => {
    for (const alternatives of wanted.values())
      if (!alternatives.some((term) => has(item, term))) return false;
    return others.every((term) => has(item, term) !== term.not);
  };
}

function has(item: Item, { facet, fits }: Term): boolean {
  if (facet === undefined) return fits(textOf(item));
  return FACETS[facet](item).some((value) => fits(value.toLowerCase()));
}

function textOf({ kind, namespace, name, info, sync, health, remark, images, node }: Item): string {
  const words = [`${kind}/${name}`, `${namespace}/${name}`, info, sync, health?.status, health?.message];
  return [...words, remark, node, ...images].join("\n").toLowerCase();
}

function facetOf(name: string): Facet | undefined {
  if (Object.hasOwn(FACETS, name)) return name as Facet;
  return Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined;
}

/** The line with that value in it, or without it where it is in it. */
export function toggledIn(line: string, facet: Facet, value: string): string {
  const word = `${facet}:${value.toLowerCase()}`;
  const words = wordsOf(line);
  const without = words.filter((one) => one.toLowerCase() !== word);
  return (without.length < words.length ? without : [...words, word]).join(" ");
}

export function isIn(line: string, facet: Facet, value: string): boolean {
  const word = `${facet}:${value.toLowerCase()}`;
  return wordsOf(line).some((one) => one.toLowerCase() === word);
}
