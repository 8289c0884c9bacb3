/** Reading objects of unknown shape: what is absent or of another type reads as nothing, never as an error. */

import { isMapping } from "../../lib/is-mapping.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** The value at a path, undefined where the path ends early. null reads as absent. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here ?? undefined;
}

/** "" where there is no text. Numbers and booleans read as their text: hand-written manifests hold both. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === "string"
    ? found
    : typeof found === "number" || typeof found === "boolean"
      ? String(found)
      : "";
}

/** Whole numbers written as text count: several APIs write `observedGeneration: "3"`. */
export function numberAt(value: unknown, ...path: readonly (string | number)[]): number | undefined {
  const found = at(value, ...path);
  if (typeof found === "number") return found;
  return typeof found === "string" && /^-?\d+$/.test(found) ? Number(found) : undefined;
}

export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function fieldsAt(value: unknown, ...path: readonly (string | number)[]): Fields | undefined {
  const found = at(value, ...path);
  return isMapping(found) ? found : undefined;
}

/** `true`, also as text. */
export function isYes(value: unknown): boolean {
  return value === true || (typeof value === "string" && value.toLowerCase() === "true");
}

/** `1 Pod`, `3 Pods`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** The parts that say something, joined: `ErrImagePull: manifest unknown`. */
export function join(parts: readonly string[], between = ": "): string {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join(between);
}
