import { isMapping } from "../../lib/is-mapping.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import type { ParameterSet } from "../ports/template-engine.ts";

/** How a set's parameters are spelled: `path.basename` as one name, or `basename` within `path`. */
export type Spelling = "flat" | "nested";

/** Texts by dotted name, list items by their index. Source: Argo CD. */
export function flatten(value: Readonly<Record<string, unknown>>): Record<string, string> {
  const flat: [string, string][] = [];
  const visit = (at: string, each: unknown): void => {
    const inner = Array.isArray(each)
      ? Object.entries(each)
      : isMapping(each)
        ? Object.entries(each)
        : undefined;
    if (inner === undefined) flat.push([at, asText(each)]);
    else for (const [key, item] of inner) visit(at === "" ? key : `${at}.${key}`, item);
  };
  for (const [key, each] of Object.entries(value)) visit(key, each);
  return Object.fromEntries(flat);
}

/** As a person would write it: numbers with all their digits. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : value === null || value === undefined ? "" : String(value);
}

/** The parameter of that name, in either spelling; undefined where there is none. */
export function parameter(set: ParameterSet, name: string): unknown {
  if (Object.hasOwn(set, name)) return set[name];
  let at: unknown = set;
  for (const part of name.split(".")) {
    if (!isMapping(at) || !Object.hasOwn(at, part)) return undefined;
    at = at[part];
  }
  return at;
}

/** Parameters by which people know a set, in the order in which they tell it best. */
const TELLING = ["name", "path.path", "path", "cluster", "repository", "number", "branch", "env", "url"];

/** What is said goes everywhere. */
export const SECRET = /pass|token|secret|key|credential|auth/i;

/** `set 3 (name "web")`: which one it was, for people. */
export function nameSet(set: ParameterSet, index: number): string {
  for (const name of TELLING) {
    const value = parameter(set, name);
    if ((typeof value === "string" && value !== "") || typeof value === "number")
      return `set ${index + 1} (${name} ${JSON.stringify(withoutUserinfo(String(value)).slice(0, 80))})`;
  }
  const other = Object.entries(set).find(
    ([name, value]) => typeof value === "string" && value !== "" && value.length <= 40 && !SECRET.test(name),
  );
  return other === undefined
    ? `set ${index + 1}`
    : `set ${index + 1} (${other[0]} ${JSON.stringify(withoutUserinfo(String(other[1])))})`;
}

/** Mappings of both, merged; where both have something else, `over` has it. */
export function mergedDeep(under: ParameterSet, over: ParameterSet): ParameterSet {
  const merged = new Map<string, unknown>(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    if (isMapping(below) && isMapping(value)) merged.set(key, mergedDeep(below, value));
    // Source: an empty list does not take the place of one.
    else if (!(Array.isArray(value) && value.length === 0 && Array.isArray(below))) merged.set(key, value);
  }
  return Object.fromEntries(merged);
}
