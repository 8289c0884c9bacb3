import { equal, isObject, type Json, type JsonObject } from "../json.ts";
import type { Field, StructType, Type } from "../schema/type.ts";

/**
 * A strategic merge patch, kubectl's own kind: as a merge patch, but lists of a merge key are joined item by item, and
 * `$patch`, `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…` steer it.
 */
export function applyStrategicPatch(target: JsonObject, patch: JsonObject, type: Type): JsonObject {
  const directive = patch["$patch"];
  if (directive === "delete") return {};
  const { $patch: _, $retainKeys: retain, ...changes } = patch;
  if (directive === "replace") return plain(changes) as JsonObject;
  let result: JsonObject = { ...target };
  if (Array.isArray(retain)) result = Object.fromEntries(Object.entries(result).filter(([name]) => retain.includes(name)));
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined || key.startsWith("$setElementOrder/")) continue;
    if (key.startsWith("$deleteFromPrimitiveList/")) {
      const name = key.slice(key.indexOf("/") + 1);
      const list = result[name];
      if (Array.isArray(list) && Array.isArray(value)) result[name] = list.filter((item) => !value.some((gone) => equal(gone, item)));
      continue;
    }
    const field = fieldOf(type, key);
    const current = result[key];
    if (value === null) delete result[key];
    else if (isObject(value)) result[key] = applyStrategicPatch(isObject(current) ? current : {}, value, field?.type ?? { is: "any" });
    else if (Array.isArray(value)) result[key] = patchList(Array.isArray(current) ? current : [], value, field);
    else result[key] = value;
  }
  for (const [key, order] of Object.entries(changes)) {
    if (!key.startsWith("$setElementOrder/") || !Array.isArray(order)) continue;
    const name = key.slice(key.indexOf("/") + 1);
    const list = result[name];
    if (Array.isArray(list)) result[name] = ordered(list, order, fieldOf(type, name)?.patch?.mergeKey);
  }
  return result;
}

function fieldOf(type: Type, name: string): Field | undefined {
  if (type.is === "struct") return (type as StructType).fields().get(name);
  return type.is === "map" ? { type: type.item, writing: "pointer" } : undefined;
}

function patchList(target: readonly Json[], patch: readonly Json[], field: Field | undefined): Json[] {
  if (field?.patch?.merge !== true || patch.some((item) => isObject(item) && item["$patch"] === "replace")) {
    return patch.filter((item) => !(isObject(item) && item["$patch"] === "replace" && Object.keys(item).length === 1)).map(plain);
  }
  const { mergeKey } = field.patch;
  if (mergeKey === undefined) return [...target, ...patch.filter((item) => !target.some((have) => equal(have, item)))];
  const item = field.type.is === "list" ? field.type.item : ({ is: "any" } as const);
  const result: Json[] = [...target];
  for (const change of patch) {
    if (!isObject(change)) continue;
    const index = result.findIndex((have) => isObject(have) && equal(have[mergeKey], change[mergeKey]));
    const have = result[index];
    if (change["$patch"] === "delete") {
      if (index >= 0) result.splice(index, 1);
    } else if (isObject(have)) result[index] = applyStrategicPatch(have, change, item);
    else result.push(applyStrategicPatch({}, change, item));
  }
  return result;
}

/** The list in the asked order; items that were not asked for keep their place behind the one they follow. */
function ordered(list: readonly Json[], order: readonly Json[], mergeKey: string | undefined): Json[] {
  const keyOf = (item: Json): Json => (mergeKey !== undefined && isObject(item) ? (item[mergeKey] ?? null) : item);
  const wanted = order.map(keyOf);
  const rank = (item: Json) => wanted.findIndex((key) => equal(key, keyOf(item)));
  const named = list.filter((item) => rank(item) >= 0).sort((a, b) => rank(a) - rank(b));
  const result: Json[] = [];
  let next = 0;
  for (const item of list) {
    if (rank(item) < 0) result.push(item);
    else {
      const placed = named[next];
      next += 1;
      if (placed !== undefined) result.push(placed);
    }
  }
  return result;
}

/** Without directives and nulls, for parts that are new. */
function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key, inner]) => !key.startsWith("$") && inner !== null && inner !== undefined).map(([key, inner]) => [key, plain(inner ?? null)]));
}
