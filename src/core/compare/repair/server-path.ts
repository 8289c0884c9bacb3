import { equalJson } from "../../../lib/equal-json.ts";

/** Steps into an object: names of fields, indices of items. */
export type Steps = readonly (string | number)[];

/**
 * Finds what the API server means by a path such as `.spec.containers[name="web"].env`, `.spec.tolerations[0]` or
 * `.metadata.finalizers[="a"]`. Names of fields may hold dots, so the object decides where a name ends.
 *
 * @returns undefined where the object has no such place
 */
export function resolveServerPath(object: unknown, path: string): Steps | undefined {
  if (path === "") return [];
  if (typeof object !== "object" || object === null) return undefined;
  if (Array.isArray(object)) {
    const selector = readSelector(path);
    if (selector === undefined) return undefined;
    for (const index of itemsThatFit(object, selector.text)) {
      const rest = resolveServerPath(object[index], path.slice(selector.length));
      if (rest !== undefined) return [index, ...rest];
    }
    return undefined;
  }
  if (!path.startsWith(".")) return undefined;
  const names = Object.keys(object)
    .filter((name) => path.startsWith(name, 1))
    .sort((a, b) => b.length - a.length);
  for (const name of names) {
    const after = path.slice(1 + name.length);
    if (after !== "" && after[0] !== "." && after[0] !== "[") continue;
    const rest = resolveServerPath((object as Record<string, unknown>)[name], after);
    if (rest !== undefined) return [name, ...rest];
  }
  return undefined;
}

/**
 * Indices of the items that a selector means: `0`, `="a"`, `name="web"`, `port=80,protocol="TCP"`.
 * An item that leaves a key out may mean it through a default; it counts only where the exact ones are too few.
 */
export function itemsThatFit(list: readonly unknown[], selector: string, atLeast = 1): number[] {
  if (/^\d+$/.test(selector)) return Number(selector) < list.length ? [Number(selector)] : [];
  const keys = readKeys(selector);
  if (keys === undefined) return [];
  const fitting = (fits: (item: unknown, key: string, want: unknown) => boolean): number[] =>
    list.flatMap((item, index) => (keys.every(([key, want]) => fits(item, key, want)) ? [index] : []));
  const exact = fitting((item, key, want) => equalJson(key === "" ? item : fieldOf(item, key), want));
  if (exact.length >= atLeast) return exact;
  return fitting((item, key, want) => {
    const have = key === "" ? item : fieldOf(item, key);
    return have === undefined || have === null || equalJson(have, want);
  });
}

function fieldOf(item: unknown, key: string): unknown {
  const have = typeof item === "object" && item !== null ? (item as Record<string, unknown>)[key] : undefined;
  // The one default among the merge keys of the built-in kinds.
  return have === undefined && key === "protocol" ? "TCP" : have;
}

/** `[name="a]b"]…`: the text between the brackets, and how far they reach. */
function readSelector(path: string): { text: string; length: number } | undefined {
  const match = /^\[((?:[^\]"]|"(?:[^"\\]|\\.)*")*)\]/.exec(path);
  return match === null ? undefined : { text: match[1] as string, length: match[0].length };
}

/** `port=80,protocol="TCP"`; a set's item has the key "". */
function readKeys(selector: string): [string, unknown][] | undefined {
  const keys: [string, unknown][] = [];
  const part = /([^=,"]*)=("(?:[^"\\]|\\.)*"|[^,"]+)(?:,|$)/y;
  while (part.lastIndex < selector.length) {
    const match = part.exec(selector);
    if (match === null) return undefined;
    const value = parseJson(match[2] as string);
    if (value === undefined) return undefined;
    keys.push([match[1] as string, value.json]);
  }
  return keys.length === 0 ? undefined : keys;
}

function parseJson(text: string): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
