import { equalJson } from "../../../lib/equal-json.ts";
import { type FieldPath, stepInto } from "../../../lib/field-path.ts";
import type { FieldsV1, KubeObject } from "../../model/kube-object.ts";
import { elementOf, keysOf } from "./fields-v1.ts";

/**
 * Where in the live object the place is that a path means in the desired one. Items of keyed lists are found by their
 * keys, whatever their index; those of other lists by index. A path that the desired object does not have means the
 * same steps in the live one.
 *
 * @param sets every known claim on the live object: they tell which lists are keyed, and by what
 * @returns undefined where the live object has no such place
 */
export function counterpart(
  desired: KubeObject,
  live: KubeObject,
  path: FieldPath,
  sets: readonly FieldsV1[],
): FieldPath | undefined {
  let here: unknown = desired,
    there: unknown = live;
  let nodes = sets;
  const found: (string | number)[] = [];
  for (const step of path) {
    const at = Array.isArray(there) ? indexOfCounterpart(here, there, step, nodes) : step;
    if (at === undefined) return undefined;
    nodes = nodes.flatMap((node) => {
      const element = elementOf(node, there, at);
      const child = element === undefined ? undefined : node[element];
      return child === undefined ? [] : [child];
    });
    here = stepInto(here, step);
    there = stepInto(there, at);
    if (there === undefined) return undefined;
    found.push(at);
  }
  return found;
}

function indexOfCounterpart(
  here: unknown,
  there: readonly unknown[],
  step: string | number,
  nodes: readonly FieldsV1[],
): number | undefined {
  const index = Number(step);
  if (!Number.isInteger(index) || index < 0) return undefined;
  const item: unknown = Array.isArray(here) ? here[index] : undefined;
  const keys = mergeKeys(nodes);
  if (item === undefined || keys === undefined) return index;
  const at = there.findIndex((other) =>
    keys.every((key) => {
      const want = stepInto(item, key);
      return want === undefined || equalJson(want, stepInto(other, key));
    }),
  );
  return at < 0 ? undefined : at;
}

/** The keys by which a list merges, where some claim speaks of its items by key. */
export function mergeKeys(nodes: readonly FieldsV1[]): readonly string[] | undefined {
  for (const node of nodes)
    for (const element in node) if (element.startsWith("k:")) return Object.keys(keysOf(element));
  return undefined;
}

/** The places of the desired object that one of these managers claims in the live one. */
export function fieldsOfManagers(
  desired: KubeObject,
  live: KubeObject,
  managers: readonly string[],
): FieldPath[] {
  if (managers.length === 0) return [];
  const claims = (live.metadata.managedFields ?? []).filter(
    (entry) => managers.includes(entry.manager) && entry.fieldsV1 !== undefined,
  );
  return claims.flatMap((entry) => claimedPlaces(entry.fieldsV1 as FieldsV1, desired, []));
}

function claimedPlaces(node: FieldsV1, value: unknown, path: FieldPath): FieldPath[] {
  const children = Object.keys(node).filter((element) => element !== ".");
  if (children.length === 0) return path.length === 0 ? [] : [path];
  // A map or list that is claimed together with some of its items is shared with others: only those items count.
  return children.flatMap((element) => {
    const step = stepFor(element, node, value);
    const child = step === undefined ? undefined : stepInto(value, step);
    return step === undefined || child === undefined
      ? []
      : claimedPlaces(node[element] as FieldsV1, child, [...path, step]);
  });
}

function stepFor(element: string, node: FieldsV1, value: unknown): string | number | undefined {
  if (element.startsWith("f:")) return element.slice(2);
  if (!Array.isArray(value)) return undefined;
  const at = value.findIndex(
    (_, index) => elementOf({ [element]: node[element] as FieldsV1 }, value, index) === element,
  );
  return at < 0 ? undefined : at;
}
