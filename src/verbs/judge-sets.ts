import type { ValidatedSet } from "../cli/offline-verbs.ts";
import { keyOfApp } from "../core/model/application.ts";
import { type ApplicationSet, type Generator, keyOfSet, kindsOf } from "../core/model/application-set.ts";
import type { Problem } from "../core/model/problem.ts";
import { defined } from "../lib/defined.ts";
import { generating } from "./generating.ts";
import type { FactSources } from "./generator-facts.ts";
import type { Surroundings } from "./surroundings.ts";

export interface PlacedSet {
  set: ApplicationSet;
  file: string;
  line?: number;
}

export interface JudgedSets {
  sets: ValidatedSet[];
  problems: Problem[];
}

/** By file: what each set would make, where all that its generators ask is known here. Nobody out in the world is asked. */
export async function judgeSets(
  around: Surroundings,
  placed: readonly PlacedSet[],
  { signal, ...sources }: Pick<FactSources, "source" | "clusters" | "config" | "signal">,
): Promise<Map<string, JudgedSets>> {
  const judged = new Map<string, JudgedSets>();
  const of = (file: string): JudgedSets => {
    const known = judged.get(file) ?? { sets: [], problems: [] };
    judged.set(file, known);
    return known;
  };
  const knowable: PlacedSet[] = [];
  for (const one of placed) {
    const unknown = firstUnknown(one.set.spec.generators, sources);
    if (unknown === undefined) knowable.push(one);
    else of(one.file).sets.push({ name: keyOfSet(one.set), unknown });
  }
  const [first] = knowable;
  if (first === undefined) return judged;
  await generating(around, sources, { object: first.file, signal }, async (generate) => {
    for (const { set, file, line } of knowable) {
      const { applications, problems } = await generate(set);
      of(file).sets.push({
        name: keyOfSet(set),
        makes: applications.map(({ application }) => keyOfApp(application)),
      });
      of(file).problems.push(...problems.map((problem) => ({ file, ...defined({ line }), ...problem })));
    }
  });
  return judged;
}

/** Why it cannot be said here what these give; undefined where it can. */
function firstUnknown(
  generators: readonly Generator[],
  known: Pick<FactSources, "source" | "clusters">,
): string | undefined {
  for (const generator of generators)
    for (const kind of kindsOf(generator)) {
      const unknown = isUnknown(generator, kind, known);
      if (unknown !== undefined) return unknown;
    }
  return undefined;
}

function isUnknown(
  generator: Generator,
  kind: ReturnType<typeof kindsOf>[number],
  known: Pick<FactSources, "source" | "clusters">,
): string | undefined {
  switch (kind) {
    case "list":
      return undefined;
    case "clusters":
      return known.clusters === undefined
        ? "which clusters there are, a file says that --clusters names"
        : undefined;
    case "git":
      return known.source === undefined
        ? "what its repositories hold, a folder says that --source names"
        : undefined;
    case "matrix":
    case "merge":
      return firstUnknown(generator[kind]?.generators ?? [], known);
    default:
      return `${kind} asks others, and here nobody is asked`;
  }
}
