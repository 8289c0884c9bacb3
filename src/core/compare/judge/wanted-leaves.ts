import { equalJson } from "../../../lib/equal-json.ts";
import { type FieldPath, showPath } from "../../../lib/field-path.ts";
import { hashValue } from "../../../lib/hash.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { isNothing } from "./is-nothing.ts";

/** One value that Git wants, and what an object has in its place. */
interface Leaf {
  path: FieldPath;
  want: unknown;
  have: unknown;
  /** Of a list without keys: all that the object has there. */
  list: "none" | "set-or-atomic";
}

/**
 * The paths of what Git wants and the object does not have word for word: quantities that the server spells otherwise,
 * values that an admission changes, fields that are kept elsewhere. What others added is nobody's concern here.
 *
 * @param ignored fields that are left to others, as paths of the desired object
 */
export function wantedButOther(
  desired: KubeObject,
  object: KubeObject,
  ignored: readonly FieldPath[] = [],
): string[] {
  return leavesOf(desired, object, ignored)
    .filter(({ want, have, list }) =>
      list === "none" ? !equalJson(want, have) : !isWithin(want as unknown[], have),
    )
    .map(({ path }) => showPath(path));
}

/**
 * Hash of what an object has in the places that Git wants something in: equal hashes are the same object, as far as Git
 * has a say. It stands in for ownership where there is none. What is added to a list without keys counts, because such
 * a list means something as a whole.
 */
export function wantedContent(
  desired: KubeObject,
  object: KubeObject,
  ignored: readonly FieldPath[] = [],
): string {
  return hashValue(leavesOf(desired, object, ignored).map(({ have }) => have ?? null));
}

function leavesOf(desired: KubeObject, object: KubeObject, ignored: readonly FieldPath[]): Leaf[] {
  const found: Leaf[] = [];
  const skipped = new Set(ignored.map(textOf));
  const walk = (want: unknown, have: unknown, path: FieldPath): void => {
    if (isNothing(want) || (skipped.size > 0 && skipped.has(textOf(path)))) return;
    if (Array.isArray(want)) return walkList(want, have, path);
    if (!isMapping(want)) {
      found.push({ path, want, have, list: "none" });
      return;
    }
    const there = isMapping(have) ? have : {};
    for (const [key, value] of Object.entries(want)) walk(value, there[key], [...path, key]);
  };
  const walkList = (want: unknown[], have: unknown, path: FieldPath): void => {
    const keys = identityOf(want);
    if (keys !== undefined) {
      const items = Array.isArray(have) ? have.filter(isMapping) : [];
      for (const [at, item] of want.entries()) {
        const twin = items.find((other) => keys.every((key) => isSameKey(key, item, other)));
        walk(item, twin, [...path, at]);
      }
    } else if (want.some(isMapping) && Array.isArray(have) && have.length === want.length)
      for (const [at, item] of want.entries()) walk(item, have[at], [...path, at]);
    else found.push({ path, want, have, list: "set-or-atomic" });
  };
  const { apiVersion: _version, kind: _kind, status: _status, metadata, ...content } = desired;
  const { labels, annotations, finalizers } = metadata;
  walk({ ...content, metadata: { labels, annotations } }, object, []);
  // Everybody adds finalizers.
  for (const [at, name] of (finalizers ?? []).entries())
    found.push({
      path: ["metadata", "finalizers", at],
      want: name,
      have: object.metadata.finalizers?.find((one) => one === name),
      list: "none",
    });
  return found;
}

/** What tells the items of the built-in kinds' lists apart, the more exact first. */
const IDENTITIES: readonly (readonly string[])[] = [
  ["containerPort", "protocol"],
  ["port", "protocol"],
  ["mountPath"],
  ["devicePath"],
  ["name"],
  ["uid"],
  ["ip"],
  ["type"],
  ["topologyKey", "whenUnsatisfiable"],
  ["key"],
];

/** The keys by which all items of a list differ; undefined where there are none, and their order is all that tells. */
function identityOf(list: readonly unknown[]): readonly string[] | undefined {
  if (!list.every(isMapping)) return undefined;
  return IDENTITIES.find((keys) => {
    if (!list.every((item) => item[keys[0] as string] !== undefined)) return false;
    return new Set(list.map((item) => textOf(keys.map((key) => keyValue(key, item))))).size === list.length;
  });
}

function isSameKey(key: string, a: unknown, b: unknown): boolean {
  return equalJson(keyValue(key, a), keyValue(key, b));
}

function keyValue(key: string, item: unknown): unknown {
  const value = isMapping(item) ? item[key] : undefined;
  // The one default among the merge keys of the built-in kinds.
  return value === undefined && key === "protocol" ? "TCP" : value;
}

function isWithin(want: readonly unknown[], have: unknown): boolean {
  return Array.isArray(have) && want.every((item) => have.some((other) => equalJson(item, other)));
}

function textOf(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? value.map(String) : value);
}
