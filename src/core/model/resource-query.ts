/** The line that finds objects of all applications: `kind:pod ns:shop image:nginx app:web is:orphan text -not`. */
import { wordsOf } from "./app-query.ts";
import type { FoundResource } from "./found-resource.ts";

/** `is`: the value is it. `has`: the value stands in it. */
const FACETS = {
  kind: { fits: "is", of: ({ kind }) => pluralsOf(kind) },
  group: { fits: "is", of: ({ group }) => [group] },
  name: { fits: "has", of: ({ name }) => [name] },
  namespace: { fits: "is", of: ({ namespace }) => [namespace] },
  image: { fits: "has", of: ({ images }) => images ?? [] },
  cluster: { fits: "is", of: ({ cluster }) => [cluster] },
  app: { fits: "has", of: ({ application }) => [application] },
  project: { fits: "is", of: ({ project }) => [project] },
  sync: { fits: "is", of: ({ sync }) => [sync ?? ""] },
  health: { fits: "is", of: ({ health }) => [health ?? ""] },
  is: { fits: "is", of: ({ is }) => [is] },
} as const satisfies Record<
  string,
  { fits: "is" | "has"; of: (resource: FoundResource) => readonly string[] }
>;

type ResourceFacet = keyof typeof FACETS;

const SHORT: Readonly<Record<string, ResourceFacet>> = {
  ns: "namespace",
  application: "app",
  proj: "project",
};

type Term =
  | { is: "facet"; facet: ResourceFacet; value: string; not: boolean }
  | { is: "text"; text: string; not: boolean };

export interface ResourceQuery {
  terms: readonly Term[];
}

/** Words are taken apart at blanks; `"…"` keeps them together. What is no facet's name is text: images have colons. */
export function parseResourceQuery(line: string): ResourceQuery {
  const terms = wordsOf(line).flatMap((word): Term[] => {
    const not = word.startsWith("-") && word.length > 1;
    const bare = (not ? word.slice(1) : word).replaceAll('"', "").toLowerCase();
    const [, name = "", value = ""] = /^([a-z]+):(.*)$/s.exec(bare) ?? [];
    const facet = facetOf(name);
    // What is being typed asks for nothing yet.
    if (facet !== undefined) return value === "" ? [] : [{ is: "facet", facet, value, not }];
    return bare === "" ? [] : [{ is: "text", text: bare, not }];
  });
  return { terms };
}

/** Several values of one facet are alternatives, all else narrows. */
export function resourceMatcher({ terms }: ResourceQuery): (resource: FoundResource) => boolean {
  const wanted = Map.groupBy(
    terms.filter((term) => term.is === "facet" && !term.not) as Extract<Term, { is: "facet" }>[],
    ({ facet }) => facet,
  );
  const others = terms.filter((term) => term.is !== "facet" || term.not);
  return (resource) => {
    // Of one resource it is made once, however many words are looked for in it.
    let known: string | undefined;
    const text = (): string => (known ??= textOf(resource));
    for (const alternatives of wanted.values())
      if (!alternatives.some((term) => fits(resource, term, text))) return false;
    return others.every((term) => fits(resource, term, text) !== term.not);
  };
}

/**
 * What is meant most comes first: 0 is called so, 1 begins so, 2 has it anywhere.
 * @returns of what the query says by words and by `name:`; 0 where it says none
 */
export function resourceRank({ terms }: ResourceQuery): (resource: FoundResource) => number {
  const names = terms.flatMap((term) =>
    term.not ? [] : term.is === "text" ? [term.text] : term.facet === "name" ? [term.value] : [],
  );
  if (names.length === 0) return () => 0;
  return ({ name }) => {
    const lower = name.toLowerCase();
    if (names.includes(lower)) return 0;
    return names.some((one) => lower.startsWith(one)) ? 1 : 2;
  };
}

function fits(resource: FoundResource, term: Term, text: () => string): boolean {
  if (term.is === "text") return text().includes(term.text);
  const facet = FACETS[term.facet];
  return facet
    .of(resource)
    .some((one) =>
      facet.fits === "is" ? one.toLowerCase() === term.value : one.toLowerCase().includes(term.value),
    );
}

/** Kinds are typed as manifests write them, or by their plural, which is made by rule for all that Kubernetes serves. */
function pluralsOf(kind: string): string[] {
  return [kind, `${kind}s`, `${kind}es`, kind.replace(/y$/, "ies")];
}

function textOf({
  kind,
  name,
  namespace,
  cluster,
  application,
  project,
  images = [],
}: FoundResource): string {
  return [kind, `${namespace}/${name}`, cluster, application, project, ...images].join("\n").toLowerCase();
}

function facetOf(name: string): ResourceFacet | undefined {
  if (Object.hasOwn(FACETS, name)) return name as ResourceFacet;
  return Object.hasOwn(SHORT, name) ? SHORT[name] : undefined;
}
