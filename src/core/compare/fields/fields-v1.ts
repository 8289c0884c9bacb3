import { equalJson } from "../../../lib/equal-json.ts";
import { type FieldPath, stepInto } from "../../../lib/field-path.ts";
import type { FieldsV1 } from "../../model/kube-object.ts";

/** A place in FieldsV1 by its elements: `["f:spec", "f:containers", "k:{\"name\":\"web\"}", "f:image"]`. */
export type ElementPath = readonly string[];

/**
 * FieldsV1 is a set of places. A place is in the set where its node is empty or holds `.`; a node with children
 * alone only leads to them. The root itself is never in the set.
 */
export function isMember(node: FieldsV1): boolean {
  return "." in node || Object.keys(node).length === 0;
}

export function isEmptySet(root: FieldsV1): boolean {
  return Object.keys(root).length === 0;
}

/** Every place that is in one of the two. */
export function unionFields(a: FieldsV1, b: FieldsV1): FieldsV1 {
  if (isEmptySet(a)) return b;
  if (isEmptySet(b)) return a;
  return unionNodes(a, b);
}

function unionNodes(a: FieldsV1, b: FieldsV1): FieldsV1 {
  const children = new Set([...Object.keys(a), ...Object.keys(b)]);
  children.delete(".");
  if (children.size === 0) return isMember(a) || isMember(b) ? {} : a;
  const union: FieldsV1 = isMember(a) || isMember(b) ? { ".": {} } : {};
  for (const element of children) {
    const left = a[element],
      right = b[element];
    union[element] =
      left === undefined ? (right as FieldsV1) : right === undefined ? left : unionNodes(left, right);
  }
  return union;
}

/** The set without a place and all that is below it. Nodes that led nowhere else go too: an empty node would claim its place. */
export function withoutFields(root: FieldsV1, path: ElementPath): FieldsV1 {
  const [element, ...rest] = path;
  const child = element === undefined ? undefined : root[element];
  if (element === undefined || child === undefined) return root;
  const { [element]: _, ...others } = root;
  if (rest.length === 0) return others;
  const left = withoutFields(child, rest);
  if (left === child) return root;
  return isEmptySet(left) ? others : { ...others, [element]: left };
}

export type Claim =
  /** The place or something below it is in the set; `path` is its place there. */
  | { is: "owned"; path: ElementPath }
  /** A place above it is in the set as a whole: an atomic list or map, which is set only together. */
  | { is: "inside-atomic"; path: ElementPath }
  | { is: "not-owned" };

/**
 * Whether a set of fields claims a place of an object.
 * @param object the object that the set speaks of, to tell items of keyed lists apart
 * @param at steps from the object's root; in lists the index of an item
 */
export function claimOn(root: FieldsV1, object: unknown, at: FieldPath): Claim {
  let node = root;
  let value = object;
  const path: string[] = [];
  for (const step of at) {
    const element = elementOf(node, value, step);
    if (element === undefined)
      return path.length > 0 && isLeaf(node) ? { is: "inside-atomic", path } : { is: "not-owned" };
    path.push(element);
    node = node[element] as FieldsV1;
    value = stepInto(value, step);
  }
  return { is: "owned", path };
}

/** A place that is claimed as a whole. */
export function isLeaf(node: FieldsV1): boolean {
  for (const element in node) if (element !== ".") return false;
  return true;
}

/** The name that a set gives to one step into `value`, undefined where the set does not hold it. */
export function elementOf(node: FieldsV1, value: unknown, step: string | number): string | undefined {
  if (!Array.isArray(value)) return `f:${step}` in node ? `f:${step}` : undefined;
  const item: unknown = value[Number(step)];
  for (const element in node) if (elementFits(element, item, Number(step))) return element;
  return undefined;
}

/** Which item of a list `k:{…}`, `v:…` or `i:…` means; -1 where there is none. */
export function indexOfElement(element: string, list: readonly unknown[]): number {
  return list.findIndex((item, index) => elementFits(element, item, index));
}

/** Whether `k:{…}`, `v:…` or `i:…` means this item. A key that the item leaves out (a default) is no contradiction. */
function elementFits(element: string, item: unknown, index: number): boolean {
  if (element.startsWith("k:")) {
    if (typeof item !== "object" || item === null) return false;
    return Object.entries(keysOf(element)).every(([key, want]) => {
      const have = (item as Record<string, unknown>)[key];
      return have === undefined || have === null || equalJson(have, want);
    });
  }
  if (element.startsWith("v:")) return equalJson(JSON.parse(element.slice(2)), item);
  return element === `i:${index}`;
}

/** @param element `k:{"containerPort":80,"protocol":"TCP"}` */
export function keysOf(element: string): Record<string, unknown> {
  return JSON.parse(element.slice(2)) as Record<string, unknown>;
}
