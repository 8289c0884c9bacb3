import { equalJson } from "../../lib/equal-json.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";
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
  if (Array.isArray(retain))
    result = Object.fromEntries(Object.entries(result).filter(([name]) => retain.includes(name)));
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    if (key.startsWith("$setElementOrder/")) {
      const name = key.slice(key.indexOf("/") + 1);
      const list = result[name];
      // An order alone moves what is there.
      if (changes[name] === undefined && Array.isArray(list) && Array.isArray(value))
        result[name] = inOrder(list, list, value, fieldOf(type, name)?.patch?.mergeKey);
      continue;
    }
    if (key.startsWith("$deleteFromPrimitiveList/")) {
      const name = key.slice(key.indexOf("/") + 1);
      const list = result[name];
      if (Array.isArray(list) && Array.isArray(value))
        result[name] = list.filter((item) => !value.some((gone) => equalJson(gone, item)));
      continue;
    }
    const field = fieldOf(type, key);
    const current = result[key];
    if (value === null) delete result[key];
    else if (isObject(value))
      result[key] = applyStrategicPatch(
        isObject(current) ? current : {},
        value,
        field?.type ?? { is: "any" },
      );
    else if (Array.isArray(value))
      result[key] = patchList(Array.isArray(current) ? current : [], value, field, orderOf(changes, key));
    else result[key] = value;
  }
  return result;
}

function fieldOf(type: Type, name: string): Field | undefined {
  if (type.is === "struct") return (type as StructType).fields().get(name);
  return type.is === "map" ? { type: type.item, writing: "pointer", wire: [] } : undefined;
}

function orderOf(changes: JsonObject, name: string): Json[] | undefined {
  const order = changes[`$setElementOrder/${name}`];
  return Array.isArray(order) ? order : undefined;
}

function patchList(
  target: readonly Json[],
  patch: readonly Json[],
  field: Field | undefined,
  order: readonly Json[] | undefined,
): Json[] {
  if (field?.patch?.merge !== true || patch.some((item) => isObject(item) && item["$patch"] === "replace")) {
    return patch
      .filter((item) => !(isObject(item) && item["$patch"] === "replace" && Object.keys(item).length === 1))
      .map(plain);
  }
  const { mergeKey } = field.patch;
  if (mergeKey === undefined)
    return inOrder(
      target,
      [...target, ...patch.filter((item) => !target.some((have) => equalJson(have, item)))],
      order ?? patch,
      undefined,
    );
  const item = field.type.is === "list" ? field.type.item : ({ is: "any" } as const);
  const result: Json[] = [...target];
  for (const change of patch) {
    if (!isObject(change)) continue;
    const index = result.findIndex((have) => isObject(have) && equalJson(have[mergeKey], change[mergeKey]));
    const have = result[index];
    if (change["$patch"] === "delete") {
      if (index >= 0) result.splice(index, 1);
    } else if (isObject(have)) result[index] = applyStrategicPatch(have, change, item);
    else result.push(applyStrategicPatch({}, change, item));
  }
  return inOrder(target, result, order ?? patch, mergeKey);
}

/**
 * The list with the patch's items in the patch's order. Items that the patch does not name stay before those that
 * they preceded on the server; what is new comes before them.
 */
function inOrder(
  server: readonly Json[],
  list: readonly Json[],
  order: readonly Json[],
  mergeKey: string | undefined,
): Json[] {
  const keyOf = (item: Json): Json =>
    mergeKey !== undefined && isObject(item) ? (item[mergeKey] ?? null) : item;
  const place = (of: readonly Json[], item: Json) =>
    of.findIndex((one) => equalJson(keyOf(one), keyOf(item)));
  const named = list
    .filter((item) => place(order, item) >= 0)
    .sort((a, b) => place(order, a) - place(order, b));
  const others = list.filter((item) => place(order, item) < 0);
  const result: Json[] = [];
  while (named.length > 0 || others.length > 0) {
    const [left] = others;
    const [right] = named;
    if (left === undefined || right === undefined) {
      result.push(...others.splice(0), ...named.splice(0));
      break;
    }
    const [l, r] = [place(server, left), place(server, right)];
    const first = l >= 0 && r >= 0 && l < r ? others : named;
    result.push(...first.splice(0, 1));
  }
  return result;
}

/** Without directives and nulls, for parts that are new. */
function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => !key.startsWith("$") && inner !== null && inner !== undefined)
      .map(([key, inner]) => [key, plain(inner ?? null)]),
  );
}
