import { isObject, type Json } from "../json.ts";
import type { Field, Type } from "../schema/type.ts";

type ListType = Extract<Type, { is: "list" }>;

/** How a list item is named in a field set, or why it cannot be. */
export type Element = { is: "named"; element: string } | { is: "unnamed"; why: string };

/** @param type a keyed list or a set */
export function elementOf(item: Json, type: ListType): Element {
  if (type.relation.is === "set") return { is: "named", element: `v:${JSON.stringify(item)}` };
  if (type.relation.is === "atomic") return { is: "unnamed", why: "invalid indexing into atomic list" };
  if (!isObject(item))
    return {
      is: "unnamed",
      why:
        item === null
          ? "associative list with keys may not have a null element"
          : "associative list with keys may not have non-map elements",
    };
  const fields = type.item.is === "struct" ? type.item.fields() : undefined;
  const keys: [string, Json][] = [];
  for (const key of [...type.relation.keys].sort()) {
    const value = item[key] ?? presetOf(fields?.get(key));
    if (value !== undefined) keys.push([key, value]);
  }
  if (keys.length === 0)
    return {
      is: "unnamed",
      why: `associative list with keys has an element that omits all key fields ${JSON.stringify(type.relation.keys)} (and doesn't have default values for any key fields)`,
    };
  return {
    is: "named",
    element: `k:{${keys.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`,
  };
}

function presetOf(field: Field | undefined): Json | undefined {
  if (field === undefined) return undefined;
  if (field.preset !== undefined) return field.preset;
  if (field.writing !== "always" || field.type.is !== "scalar") return undefined;
  return field.type.of === "integer" || field.type.of === "long"
    ? 0
    : field.type.of === "string"
      ? ""
      : undefined;
}

/** Elements that more than one item has: nobody can say which of them is meant, so they are never looked into. */
export function repeated(items: readonly { element: string }[]): Set<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { element } of items) (seen.has(element) ? twice : seen).add(element);
  return twice;
}

/** Items by element, in order; those that cannot be named by position. */
export function indexItems(items: readonly Json[], type: ListType): { element: string; item: Json }[] {
  return items.map((item, position) => {
    const named = elementOf(item, type);
    return { element: named.is === "named" ? named.element : `i:${position}`, item };
  });
}
