import type { ToldValue, ValueFrom, ValueThere } from "../../../../src/core/model/source-values.ts";
import { isMapping } from "../../../../src/lib/is-mapping.ts";
import type { LineTree } from "../../../../src/lib/yaml.ts";

/** Values as Helm merges them, each with where it comes from. */
export type ValueNode = ValueMap | ValueLeaf;
export interface ValueMap {
  is: "map";
  entries: Map<string, ValueNode>;
  /** Who wrote it first, and what it stands in place of. */
  from: ValueFrom;
  was: readonly ValueThere[];
}
export interface ValueLeaf {
  is: "leaf";
  /** No mapping with anything in it. */
  value: unknown;
  from: ValueFrom;
  hidden?: "encrypted";
  was: readonly ValueThere[];
}

/** Of what a value replaced: the same key can be set again and again. */
const MOST_BEFORE = 100;
const SEALED = /^ENC\[AES256_GCM,data:/;

export function emptyMap(from: ValueFrom = { layer: 0 }): ValueMap {
  return { is: "map", entries: new Map(), from, was: [] };
}

/** @param sealed what is encrypted in the text is not told, nor how long it is */
export function nodeOf(
  value: unknown,
  layer: number,
  lines: LineTree | undefined,
  sealed: "plain" | "sealed" = "plain",
): ValueNode {
  const from: ValueFrom = lines === undefined ? { layer } : { layer, line: lines.line };
  if (!isMapping(value)) {
    const isSealed = sealed === "sealed" && holdsSealed(value);
    return {
      is: "leaf",
      value: isSealed ? undefined : value,
      from,
      was: [],
      ...(isSealed ? { hidden: "encrypted" } : {}),
    };
  }
  const entries = new Map<string, ValueNode>();
  for (const [key, inner] of Object.entries(value))
    entries.set(key, nodeOf(inner, layer, lines?.below.get(key), sealed));
  return { is: "map", entries, from, was: [] };
}

function holdsSealed(value: unknown): boolean {
  if (typeof value === "string") return SEALED.test(value);
  if (Array.isArray(value)) return value.some(holdsSealed);
  return isMapping(value) && Object.values(value).some(holdsSealed);
}

export function isNull(node: ValueNode): node is ValueLeaf {
  return node.is === "leaf" && node.value === null;
}

/** As it would be told as one value. */
export function thereOf(node: ValueNode): ValueThere {
  return { ...node.from, ...toldOf(node) };
}

function toldOf(node: ValueNode): ToldValue {
  if (node.is === "leaf") return node.hidden === undefined ? { value: node.value } : { hidden: node.hidden };
  return holdsHidden(node) ? { hidden: "encrypted" } : { value: plainOf(node) };
}

function holdsHidden(node: ValueNode): boolean {
  return node.is === "leaf" ? node.hidden !== undefined : [...node.entries.values()].some(holdsHidden);
}

/** Without where it comes from; what is hidden is undefined. */
export function plainOf(node: ValueNode): unknown {
  if (node.is === "leaf") return node.value;
  // A key may be called `__proto__`.
  return Object.fromEntries([...node.entries].map(([key, inner]) => [key, plainOf(inner)]));
}

/** `node` in the place of `before`. */
export function inPlaceOf<T extends ValueNode>(node: T, before: ValueNode | undefined): T {
  if (before === undefined) return node;
  return { ...node, was: [...node.was, thereOf(before), ...before.was].slice(0, MOST_BEFORE) };
}
