import { isObject, type Json, type JsonObject } from "../json.ts";
import type { Type } from "../schema/type.ts";
import { indexItems } from "./element.ts";
import { shapeOf } from "./shape.ts";

/**
 * `config` laid over `live`: its scalars and atomic things win, maps and keyed lists are joined. Items that both have
 * follow the order of `config`; those of `live` alone keep their place among them.
 */
export function mergeValues(live: Json | undefined, config: Json | undefined, type: Type): Json | undefined {
  if (config === undefined) return live;
  if (live === undefined) return config;
  const shape = shapeOf(type, config);
  if (shape.is === "list" && shape.relation.is !== "atomic" && Array.isArray(live) && Array.isArray(config))
    return mergeLists(live, config, shape);
  if (shape.is === "fields" && shape.relation !== "atomic" && isObject(live) && isObject(config)) {
    const merged: JsonObject = { ...live };
    for (const name of Object.keys(config)) {
      const inner = mergeValues(live[name], config[name], shape.fieldType(name) ?? { is: "any" });
      if (inner !== undefined) merged[name] = inner;
    }
    return merged;
  }
  return config;
}

function mergeLists(
  live: readonly Json[],
  config: readonly Json[],
  type: Extract<Type, { is: "list" }>,
): Json[] {
  const left = indexItems(live, type);
  const right = indexItems(config, type);
  const leftByElement = new Map(left.map(({ element, item }) => [element, item]));
  const rightElements = new Set(right.map(({ element }) => element));
  const shared = right.map(({ element }) => element).filter((element) => leftByElement.has(element));
  const merged: Json[] = [];
  const done = new Set<string>();
  const take = (item: Json | undefined) => {
    if (item !== undefined) merged.push(item);
  };
  let l = 0;
  let r = 0;
  let s = 0;
  while (l < left.length || r < right.length) {
    const ours = left[l];
    const theirs = right[r];
    if (ours !== undefined && theirs !== undefined) {
      if (ours.element === theirs.element) {
        done.add(ours.element);
        take(mergeValues(ours.item, theirs.item, type.item));
        l += 1;
        r += 1;
        s += 1;
        continue;
      }
      const next = shared[s];
      if (rightElements.has(ours.element) && next !== undefined && next !== ours.element) {
        l += 1;
        continue;
      }
    }
    if (ours !== undefined) {
      if (!rightElements.has(ours.element)) {
        take(ours.item);
        l += 1;
        continue;
      }
      if (done.has(ours.element)) l += 1;
    }
    if (theirs !== undefined) {
      done.add(theirs.element);
      take(mergeValues(leftByElement.get(theirs.element), theirs.item, type.item));
      r += 1;
      if (shared[s] === theirs.element) s += 1;
    }
  }
  return merged;
}
