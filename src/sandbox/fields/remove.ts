import { isObject, type Json, type JsonObject } from "../json.ts";
import type { Type } from "../schema/type.ts";
import { indexItems } from "./element.ts";
import type { FieldSet } from "./field-set.ts";
import { shapeOf } from "./shape.ts";

/** The value without the paths in `gone`. What is emptied by it becomes undefined. */
export function removeFields(value: Json, gone: FieldSet, type: Type): Json | undefined {
  const shape = shapeOf(type, value);
  if (shape.is === "list" && Array.isArray(value)) {
    if (shape.relation.is === "atomic") return value;
    const left: Json[] = [];
    for (const { element, item } of indexItems(value, shape)) {
      const below = gone.children.get(element);
      if (below?.own === true) continue;
      const rest = below === undefined ? item : removeFields(item, below, shape.item);
      left.push(rest ?? null);
    }
    return left.length === 0 ? undefined : left;
  }
  if (shape.is === "fields" && isObject(value)) {
    if (Object.keys(value).length === 0) return value;
    const left: JsonObject = {};
    for (const [name, inner] of Object.entries(value)) {
      const below = gone.children.get(`f:${name}`);
      if (below?.own === true || inner === undefined) continue;
      const rest =
        below === undefined ? inner : removeFields(inner, below, shape.fieldType(name) ?? { is: "any" });
      if (rest !== undefined) left[name] = rest;
    }
    return Object.keys(left).length === 0 ? undefined : left;
  }
  return value;
}

/** The set with the named fields on the way to each member as members too: they exist because something below does. */
export function withNamedFields(set: FieldSet, type: Type, value: Json | undefined): FieldSet {
  const shape = shapeOf(type, value);
  const children = new Map<string, FieldSet>();
  for (const [element, child] of set.children) {
    const name = element.startsWith("f:") ? element.slice(2) : undefined;
    const below =
      shape.is === "list"
        ? shape.item
        : shape.is === "fields" && name !== undefined
          ? (shape.fieldType(name) ?? { is: "any" as const })
          : { is: "any" as const };
    const inner = withNamedFields(
      child,
      below,
      isObject(value) && name !== undefined ? value[name] : undefined,
    );
    const named = name !== undefined && shape.is === "fields" && shape.named(name);
    children.set(element, named && child.children.size > 0 ? { own: true, children: inner.children } : inner);
  }
  return { own: set.own, children };
}
