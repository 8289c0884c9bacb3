import { isObject, type Json } from "../json.ts";
import type { Type } from "../schema/type.ts";
import { indexItems, repeated } from "./element.ts";
import { emptySet, type FieldSet, grow, trim } from "./field-set.ts";
import { shapeOf } from "./shape.ts";

/** The paths that a value sets: its scalars, atomic lists and maps, empty maps, map entries and keyed items. */
export function toFieldSet(value: Json, type: Type): FieldSet {
  const set = emptySet();
  collect(value, type, set);
  return trim(set);
}

function collect(value: Json, type: Type, into: FieldSet): void {
  const shape = shapeOf(type, value);
  if (shape.is === "leaf") {
    into.own = true;
  } else if (shape.is === "list") {
    if (shape.relation.is === "atomic") into.own = true;
    else if (Array.isArray(value)) {
      const items = indexItems(value, shape);
      const twice = repeated(items);
      for (const { element, item } of items) {
        const child = grow(into, element);
        child.own = true;
        if (!twice.has(element)) collect(item, shape.item, child);
      }
    }
  } else if (shape.relation === "atomic") {
    into.own = true;
  } else if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) {
      if (inner === undefined) continue;
      const child = grow(into, `f:${name}`);
      collect(inner, shape.fieldType(name) ?? { is: "any" }, child);
      if (inner === null || (isObject(inner) && Object.keys(inner).length === 0) || !shape.named(name))
        child.own = true;
    }
  }
}
