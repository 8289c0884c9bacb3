/** How Helm merges values. Source: `MergeMaps` and `CoalesceValues` of Helm. */
import type { SourceValue } from "../../../../src/core/model/source-values.ts";
import { inPlaceOf, isNull, thereOf, type ValueMap, type ValueNode } from "./tree.ts";

/** Lays values over others: mappings are merged, all else is replaced, a null too. Changes `under`. */
export function layOver(under: ValueMap, over: ValueMap): void {
  for (const [key, node] of over.entries) {
    const before = under.entries.get(key);
    if (node.is === "map" && before?.is === "map") layOver(before, node);
    else under.entries.set(key, inPlaceOf(node, before));
  }
}

/**
 * Puts a chart's own values under what it is given, as Helm does: a null there takes a default away, a mapping stays where
 * the default is none. Changes `given`.
 * @param charts names of charts that it uses: what a null takes away below one of them is that chart's to say
 * @returns what was taken away
 */
export function layUnder(given: ValueMap, defaults: ValueMap, charts: ReadonlySet<string>): SourceValue[] {
  const deleted: SourceValue[] = [];
  for (const [key, value] of defaults.entries) {
    const own = given.entries.get(key);
    if (own === undefined) given.entries.set(key, value);
    else if (isNull(own)) {
      given.entries.delete(key);
      deleted.push({ ...thereOf(own), is: "deleted", path: [key], was: [...own.was, thereOf(value)] });
    } else if (own.is === "map" && value.is === "map")
      tableUnder(own, value, [key], charts.has(key) ? "kept" : "taken away", deleted);
    else given.entries.set(key, inPlaceOf(own, value));
  }
  return deleted;
}

function tableUnder(
  own: ValueMap,
  defaults: ValueMap,
  path: readonly string[],
  nulls: "kept" | "taken away",
  deleted: SourceValue[],
): void {
  for (const [key, value] of defaults.entries) {
    const at = own.entries.get(key);
    const here = [...path, key];
    if (at === undefined) own.entries.set(key, value);
    else if (isNull(at) && nulls === "taken away") {
      own.entries.delete(key);
      deleted.push({ ...thereOf(at), is: "deleted", path: here, was: [...at.was, thereOf(value)] });
    } else if (at.is === "map" && value.is === "map") tableUnder(at, value, here, nulls, deleted);
    else own.entries.set(key, inPlaceOf(at, value));
  }
}

/** All leaves, in the order of their keys as they are written. */
export function* leavesOf(node: ValueNode, path: readonly string[] = []): Generator<SourceValue> {
  if (node.is === "map" && node.entries.size > 0) {
    for (const [key, inner] of node.entries) yield* leavesOf(inner, [...path, key]);
    return;
  }
  if (path.length > 0) yield { ...thereOf(node), path, is: "given", was: node.was };
}
