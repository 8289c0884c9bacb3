import { isMapping } from "../lib/is-mapping.ts";

/** JSON values as the sandbox keeps them. A stored object is never changed in place: a write makes a new one. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json | undefined;
}

export interface Meta extends JsonObject {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
}

/** A whole object of the API, metadata present. */
export interface KubeJson extends JsonObject {
  apiVersion: string;
  kind: string;
  metadata: Meta;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return isMapping(value);
}

/** With the keys of all its objects in one order, whoever wrote them: a server's answers are told apart by their text. */
export function inOrder<T extends Json | undefined>(value: T): T {
  if (Array.isArray(value)) return value.map(inOrder) as T;
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inOrder(inner)])) as T;
}

/** The value as an object; {} for anything else. */
export function objectAt(value: Json | undefined, ...path: string[]): JsonObject {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
}

/** The objects of a list; [] for anything else. */
export function itemsAt(value: Json | undefined, ...path: string[]): JsonObject[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

export function textsAt(value: Json | undefined, ...path: string[]): string[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter((item) => typeof item === "string") : [];
}

export function textAt(value: Json | undefined, ...path: string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
}

export function numberAt(value: Json | undefined, ...path: string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === "number" ? found : undefined;
}

/** A map of strings, such as labels; {} for anything else. */
export function textMapAt(value: Json | undefined, ...path: string[]): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [key, text] of Object.entries(objectAt(value, ...path)))
    if (typeof text === "string") texts[key] = text;
  return texts;
}

export function at(value: Json | undefined, ...path: string[]): Json | undefined {
  let current = value;
  for (const step of path) {
    if (!isObject(current)) return undefined;
    current = current[step];
  }
  return current;
}

/** A copy with the value at `path` replaced, or taken away where `value` is undefined. Missing objects on the way are made. */
export function withAt<T extends JsonObject>(
  object: T,
  path: readonly [string, ...string[]],
  value: Json | undefined,
): T {
  const [step, ...rest] = path;
  const copy: JsonObject = { ...object };
  const [next, ...further] = rest;
  const inner = next === undefined ? value : withAt(objectAt(object[step]), [next, ...further], value);
  if (inner === undefined) delete copy[step];
  else copy[step] = inner;
  return copy as T;
}

export function clone<T extends Json | undefined>(value: T): T {
  if (Array.isArray(value)) return value.map((item) => clone(item)) as T;
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const key in value) {
    const inner = value[key];
    if (inner !== undefined) copy[key] = clone(inner);
  }
  return copy as T;
}
