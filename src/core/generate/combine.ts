import { canonicalJson } from "../../lib/canonical-json.ts";
import type { Problem } from "../model/problem.ts";
import type { ParameterSet } from "../ports/template-engine.ts";
import { failed, type Generated, sets } from "./generated.ts";
import type { Merged } from "./generation-memo.ts";
import { mergedDeep, nameSet, parameter, type Spelling } from "./parameters.ts";

/**
 * A set of the first generator and one of the second as one. With nested parameters the first one's count; two texts of
 * one name that differ contradict each other. Source: Argo CD.
 */
export function pairOf(
  first: ParameterSet,
  second: ParameterSet,
  spelling: Spelling,
  path: string,
): Generated {
  if (spelling === "nested") return sets(mergedDeep(second, first));
  const twice = Object.keys(first).find(
    (name) => Object.hasOwn(second, name) && canonicalJson(first[name]) !== canonicalJson(second[name]),
  );
  if (twice === undefined) return sets({ ...second, ...first });
  return failed(
    path,
    `both generators give ${twice}, with different values`,
    "Give one of them another name, or set goTemplate: true, where the first one counts",
  );
}

/** Sets by what the merge keys are in them. Two that are alike in them are an error. */
export function byMergeKeys(
  given: readonly ParameterSet[],
  mergeKeys: readonly string[],
  path: string,
): { byKey: Map<string, ParameterSet>; problems: readonly Problem[] } {
  const names = [...new Set(mergeKeys)];
  if (names.length === 0) return { byKey: new Map(), problems: failed(path, "has no mergeKeys").problems };
  const byKey = new Map<string, ParameterSet>();
  const problems: Problem[] = [];
  given.forEach((set, index) => {
    const values = Object.fromEntries(names.map((name) => [name, parameter(set, name) ?? null]));
    const lacks = names.filter((name) => values[name] === null);
    if (lacks.length > 0)
      problems.push({
        severity: "warning",
        path,
        text: `${nameSet(set, index)} has no ${lacks.join(" and no ")}, by which it would be merged`,
      });
    const key = canonicalJson(values);
    if (byKey.has(key))
      problems.push({
        severity: "error",
        path,
        text: `${nameSet(set, index)} has the same ${names.join(", ")} as another: ${key}`,
        fix: "Add a key to mergeKeys that tells them apart",
      });
    else byKey.set(key, set);
  });
  return { byKey, problems };
}

/**
 * What `over` says of it counts; a set of the first generator that none of `over` is like stays as it is.
 * @param known what the very same two became before
 */
export function mergedBy(
  base: ReadonlyMap<string, ParameterSet>,
  over: ReadonlyMap<string, ParameterSet>,
  spelling: Spelling,
  known: ReadonlyMap<ParameterSet, Merged> = new Map(),
): { merged: Map<string, ParameterSet>; known: ReadonlyMap<ParameterSet, Merged> } {
  const now = new Map<ParameterSet, Merged>();
  const merged = new Map<string, ParameterSet>();
  for (const [key, set] of base) {
    const other = over.get(key);
    if (other === undefined) {
      merged.set(key, set);
      continue;
    }
    const before = known.get(set);
    const one =
      before?.other === other
        ? before
        : { other, set: spelling === "nested" ? mergedDeep(set, other) : { ...set, ...other } };
    now.set(set, one);
    merged.set(key, one.set);
  }
  return { merged, known: now };
}
