import { defined } from "../../lib/defined.ts";
import type { Problem } from "../model/problem.ts";
import type { ParameterSet } from "../ports/template-engine.ts";

/** What a generator gives: the sets that could be made, and what kept others from it. */
export interface Generated {
  sets: ParameterSet[];
  /** An error means that sets are missing here: nobody may take an application away because of it. */
  problems: Problem[];
}

export const sets = (...given: ParameterSet[]): Generated => ({ sets: given, problems: [] });

export const failed = (path: string, text: string, fix?: string): Generated => ({
  sets: [],
  problems: [{ severity: "error", path, text, ...defined({ fix }) }],
});

export function joined(all: readonly Generated[]): Generated {
  const [sets, problems]: [ParameterSet[], Problem[]] = [[], []];
  // Of ten thousand most give one set, and no problem.
  for (const each of all) {
    for (const set of each.sets) sets.push(set);
    for (const problem of each.problems) problems.push(problem);
  }
  return { sets, problems };
}
