import type { Values } from "../model/application-set.ts";
import type { Problem } from "../model/problem.ts";
import type { ParameterSet } from "../ports/template-engine.ts";
import { sayWrong } from "./fill-value.ts";
import type { Generated } from "./generated.ts";
import { mergedDeep, nameSet } from "./parameters.ts";
import type { Templates } from "./templates.ts";

/**
 * Each set with a generator's `values` beside it, filled in by what the set had before: they do not see one another.
 * A set whose values cannot be filled in is left out, and said.
 *
 * @param outer the set of the generator that this one stands behind
 * @param known what came of sets before, with these values; noted here
 */
export async function withValues(
  given: readonly ParameterSet[],
  values: Values | undefined,
  templates: Templates,
  path: string,
  outer: ParameterSet = {},
  known = new WeakMap<ParameterSet, ParameterSet>(),
): Promise<Generated> {
  const entries = Object.entries(values ?? {});
  if (entries.length === 0) return { sets: [...given], problems: [] };
  const fresh = given.filter((set) => !known.has(set));
  const filled = await templates.fill(
    entries.map(([, text]) => text),
    Object.keys(outer).length === 0 ? fresh : fresh.map((set) => mergedDeep(outer, set)),
  );
  const answers = new Map(fresh.map((set, index) => [set, filled[index]]));
  const problems: Problem[] = [];
  const sets = given.flatMap((set, index): ParameterSet[] => {
    const before = known.get(set);
    if (before !== undefined) return [before];
    const answer = answers.get(set);
    const made: [string, string][] = [];
    entries.forEach(([name], at) => {
      const one = answer?.[at];
      if (one?.is === "filled") made.push([name, one.text]);
      else
        problems.push({
          severity: "error",
          path: `${path}.values.${name}`,
          text: `${nameSet(set, index)}: ${one === undefined ? "was not filled in" : sayWrong(one)}`,
        });
    });
    if (made.length < entries.length) return [];
    const valued =
      templates.spelling === "nested"
        ? { ...set, values: Object.fromEntries(made) }
        : { ...set, ...Object.fromEntries(made.map(([name, text]) => [`values.${name}`, text])) };
    known.set(set, valued);
    return [valued];
  });
  return { sets, problems };
}
