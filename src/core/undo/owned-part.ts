import { isMapping } from "../../lib/is-mapping.ts";
import { indexOfElement, isLeaf } from "../compare/index.ts";
import type { FieldsV1 } from "../model/kube-object.ts";

/**
 * The part of a value that a set of fields claims: what an apply of these fields said. An atomic list or map, and
 * whatever a claim ends at, is taken whole; of keyed lists the claimed items, in their order.
 * @returns undefined where the value has none of it
 */
export function ownedPart(fields: FieldsV1, value: unknown): unknown {
  if (isLeaf(fields)) return value;
  if (Array.isArray(value)) {
    const items: unknown[] = value;
    const parts = Object.entries(fields).flatMap(([element, below]): [number, unknown][] => {
      const at = element === "." ? -1 : indexOfElement(element, items);
      const part = at < 0 ? undefined : ownedPart(below, items[at]);
      return part === undefined ? [] : [[at, withKeys(element, part)]];
    });
    return parts.sort(([a], [b]) => a - b).map(([, part]) => part);
  }
  if (!isMapping(value)) return undefined;
  // By entries: a field may have any name, `__proto__` too.
  return Object.fromEntries(
    Object.entries(fields).flatMap(([element, below]): [string, unknown][] => {
      const name = element.startsWith("f:") ? element.slice("f:".length) : undefined;
      if (name === undefined || !Object.hasOwn(value, name)) return [];
      const owned = ownedPart(below, value[name]);
      return owned === undefined ? [] : [[name, owned]];
    }),
  );
}

/** An item is known by its keys, also where they are a default that its claim leaves out. */
function withKeys(element: string, item: unknown): unknown {
  if (!element.startsWith("k:") || !isMapping(item)) return item;
  return { ...(JSON.parse(element.slice("k:".length)) as Record<string, unknown>), ...item };
}
