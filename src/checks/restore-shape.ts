import { isMapping } from "../lib/is-mapping.ts";

/**
 * Lua has one kind of table: an empty list comes back as an empty map. Where the object that a script was given had a
 * list, an empty one is a list again.
 */
export function restoreShape(value: unknown, source: unknown): unknown {
  if (isMapping(value)) {
    if (Array.isArray(source) && Object.keys(value).length === 0) return [];
    const from = isMapping(source) ? source : {};
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, restoreShape(item, from[key])]),
    );
  }
  if (!Array.isArray(value)) return value;
  const from = Array.isArray(source) ? source : [];
  return value.map((item, index) => restoreShape(item, from[index]));
}
