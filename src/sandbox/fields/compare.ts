import { equalJson } from "../../lib/equal-json.ts";
import { isObject, type Json } from "../json.ts";
import type { Type } from "../schema/type.ts";
import { indexItems, repeated } from "./element.ts";
import { emptySet, type FieldSet, grow, trim } from "./field-set.ts";
import { shapeOf } from "./shape.ts";

export interface Changes {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

/** What changed from `before` to `after`, path by path; items of keyed lists by their keys, atomic things as one. */
export function compareFields(before: Json, after: Json, type: Type): Changes {
  const changes: Changes = { added: emptySet(), modified: emptySet(), removed: emptySet() };
  walk(before, after, type, changes);
  trim(changes.added);
  trim(changes.modified);
  trim(changes.removed);
  return changes;
}

/** Repetitions are compared as one thing. */
const asOne: Type = { is: "list", item: { is: "any" }, relation: { is: "atomic" } };

function walk(before: Json | undefined, after: Json | undefined, type: Type, at: Changes): void {
  if (before === undefined && after === undefined) return;
  const shape = shapeOf(type, after ?? before);
  if (
    type.is === "any" &&
    before !== undefined &&
    after !== undefined &&
    shapeOf(type, before).is !== shape.is
  ) {
    at.modified.own = true;
    return;
  }
  const nothing =
    shape.is === "list"
      ? isEmptyList(before) && isEmptyList(after)
      : shape.is === "fields" && isEmptyMap(before) && isEmptyMap(after);
  const atomic =
    shape.is === "leaf" ||
    (shape.is === "list" ? shape.relation.is === "atomic" : shape.relation === "atomic");
  if (atomic || nothing) {
    if (before === undefined) at.added.own = true;
    else if (after === undefined) at.removed.own = true;
    else if (!equalJson(before, after)) at.modified.own = true;
    return;
  }
  if (shape.is === "list") {
    const oldItems = indexItems(Array.isArray(before) ? before : [], shape);
    const newItems = indexItems(Array.isArray(after) ? after : [], shape);
    const twice = new Set([...repeated(oldItems), ...repeated(newItems)]);
    const whole = (items: typeof oldItems, element: string): Json | undefined => {
      const found = items.filter((one) => one.element === element).map(({ item }) => item);
      return found.length === 0 ? undefined : twice.has(element) ? found : found[0];
    };
    for (const element of new Set([...oldItems, ...newItems].map((one) => one.element))) {
      const [old, now] = [whole(oldItems, element), whole(newItems, element)];
      walk(old, now, twice.has(element) ? asOne : shape.item, below(at, element));
    }
  } else if (shape.is === "fields") {
    const old = isObject(before) ? before : {};
    const now = isObject(after) ? after : {};
    for (const name of new Set([...Object.keys(old), ...Object.keys(now)]))
      walk(old[name], now[name], shape.fieldType(name) ?? { is: "any" }, below(at, `f:${name}`));
  }
  if (before === undefined) at.added.own = true;
  else if (after === undefined) at.removed.own = true;
}

function below(at: Changes, element: string): Changes {
  return {
    added: grow(at.added, element),
    modified: grow(at.modified, element),
    removed: grow(at.removed, element),
  };
}

function isEmptyList(value: Json | undefined): boolean {
  return !Array.isArray(value) || value.length === 0;
}

function isEmptyMap(value: Json | undefined): boolean {
  return !isObject(value) || Object.keys(value).length === 0;
}
