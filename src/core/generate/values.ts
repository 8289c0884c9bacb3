import { carriedOver, type Mapped, NOTHING_MAPPED } from "../../lib/carried-over.ts";
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
 * @param known what came of sets before, with these values
 */
export async function withValues(
  given: readonly ParameterSet[],
  values: Values | undefined,
  templates: Templates,
  path: string,
  outer: ParameterSet = {},
  known: Mapped<ParameterSet, ParameterSet> = NOTHING_MAPPED,
): Promise<Generated & { known: Mapped<ParameterSet, ParameterSet> }> {
  const entries = Object.entries(values ?? {});
  if (entries.length === 0) return { sets: given, problems: [], known: NOTHING_MAPPED };
  const { made, fresh } = carriedOver(known, given);
  const asked = fresh.map((at) => given[at] ?? {});
  const answers = await templates.fill(
    entries.map(([, text]) => text),
    Object.keys(outer).length === 0 ? asked : asked.map((set) => mergedDeep(outer, set)),
  );
  const problems: Problem[] = [];
  const missing = new Set<number>();
  for (const [nth, at] of fresh.entries()) {
    const set = asked[nth] ?? {};
    const filled: [string, string][] = [];
    entries.forEach(([name], index) => {
      const one = answers[nth]?.[index];
      if (one?.is === "filled") filled.push([name, one.text]);
      else
        problems.push({
          severity: "error",
          path: `${path}.values.${name}`,
          text: `${nameSet(set, at)}: ${one === undefined ? "was not filled in" : sayWrong(one)}`,
        });
    });
    if (filled.length < entries.length) missing.add(at);
    else
      made[at] =
        templates.spelling === "nested"
          ? { ...set, values: Object.fromEntries(filled) }
          : { ...set, ...Object.fromEntries(filled.map(([name, text]) => [`values.${name}`, text])) };
  }
  const isThere = (_: unknown, at: number): boolean => !missing.has(at);
  // What could not be filled in is asked again the next time.
  const now =
    missing.size === 0 ? { of: given, made } : { of: given.filter(isThere), made: made.filter(isThere) };
  return { sets: now.made, problems, known: now };
}
