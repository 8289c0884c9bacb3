/** Paths as differences print them, with items of lists by their names: `spec.template.spec.containers[name=web].image`. */
import { type FieldPath, stepInto } from "../../lib/field-path.ts";

/** One step of a path as differences print it. */
export type NamedStep =
  | { is: "key"; key: string }
  | { is: "index"; index: number }
  /** An item of a list that is known by some of its own fields. */
  | { is: "item"; keys: readonly (readonly [name: string, value: string])[] };

const STEP =
  /\.?(?<key>[A-Za-z_$][\w$-]*)|\[(?<quoted>"(?:[^"\\]|\\.)*")\]|\[(?<index>\d+)\]|\[(?<item>[A-Za-z_][\w-]*=[^\]]*)\]/y;

/** @returns undefined where it is not the path of one field, as with the order of a list */
export function namedSteps(field: string): NamedStep[] | undefined {
  const steps: NamedStep[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < field.length) {
    const { key, quoted, index, item } = STEP.exec(field)?.groups ?? {};
    if (key !== undefined) steps.push({ is: "key", key });
    else if (quoted !== undefined) steps.push({ is: "key", key: JSON.parse(quoted) as string });
    else if (index !== undefined) steps.push({ is: "index", index: Number(index) });
    else if (item !== undefined) steps.push({ is: "item", keys: keysOf(item) });
    else return undefined;
  }
  return steps.length === 0 ? undefined : steps;
}

function keysOf(item: string): [string, string][] {
  return item.split(/,(?=[A-Za-z_][\w-]*=)/).map((part) => {
    const at = part.indexOf("=");
    return [part.slice(0, at), part.slice(at + 1)];
  });
}

/** Where this object has it; undefined where it has no such item, or where that is no path of one field. */
export function placeIn(object: unknown, field: string): FieldPath | undefined {
  const place: (string | number)[] = [];
  let at: unknown = object;
  for (const step of namedSteps(field) ?? []) {
    const next = step.is === "key" ? step.key : step.is === "index" ? step.index : itemOf(at, step.keys);
    if (next === undefined) return undefined;
    place.push(next);
    at = stepInto(at, next);
  }
  return place.length === 0 ? undefined : place;
}

/** What an item does not say of its keys (a port's protocol) is as the server fills it in. */
function itemOf(
  list: unknown,
  keys: readonly (readonly [name: string, value: string])[],
): number | undefined {
  if (!Array.isArray(list)) return undefined;
  const found = list.findIndex((item: unknown) =>
    keys.every(([name, value]) => {
      const own = stepInto(item, name);
      return own === undefined ? keys.length > 1 : String(own) === value;
    }),
  );
  return found < 0 ? undefined : found;
}
