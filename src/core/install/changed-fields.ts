import { equalJson } from "../../lib/equal-json.ts";
import { type FieldPath, showPath } from "../../lib/field-path.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { KubeObject } from "../model/kube-object.ts";

/** Longer words, and those of several lines, are not shown. */
const LONGEST = 80;
/** Written by whoever serves it at each write, and nobody's wish. */
const COUNTED = new Set(["managedFields", "resourceVersion", "generation"]);

/** Fields of an object that are other ones, as `spec.replicas: 1 -> 2`; those that come or go by their name alone. */
export function changedFields(before: KubeObject, after: KubeObject): string[] {
  const fields: string[] = [];
  compare(fields, [], wished(before), wished(after));
  return fields;
}

function wished({ metadata, status: _, ...rest }: KubeObject): Record<string, unknown> {
  const kept = Object.entries(metadata).filter(([name]) => !COUNTED.has(name));
  return { ...rest, metadata: Object.fromEntries(kept) };
}

function compare(fields: string[], path: FieldPath, before: unknown, after: unknown): void {
  if (equalJson(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    before.forEach((one, at) => {
      compare(fields, [...path, at], one, after[at]);
    });
  else if (isMapping(before) && isMapping(after))
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(fields, [...path, key], before[key], after[key]);
  else {
    const [from, to] = [word(before), word(after)];
    fields.push(`${showPath(path)}${from === undefined || to === undefined ? "" : `: ${from} -> ${to}`}`);
  }
}

function word(value: unknown): string | undefined {
  if (typeof value === "object" || value === undefined) return undefined;
  const text = String(value);
  return text.length > LONGEST || text.includes("\n") ? undefined : text;
}
