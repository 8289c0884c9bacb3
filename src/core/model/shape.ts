import { defined } from "../../lib/defined.ts";
import { type FieldPath, showPath } from "../../lib/field-path.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { nearest } from "../../lib/nearest.ts";
import type { Problem } from "./problem.ts";

/** What a value written by a user has to look like. Tables of shapes say it once for each field. */
export type Shape =
  | { is: "text" | "flag" | "integer" | "text-or-integer" | "anything" }
  /** Whatever is in it, nulls included. */
  | { is: "mapping" }
  | { is: "list"; of: Shape }
  /** Any keys. */
  | { is: "map"; of: Shape }
  | {
      is: "fields";
      fields: Readonly<Record<string, Shape>>;
      required: readonly string[];
      unknown: "keep" | "warn" | "refuse";
    };

export const TEXT: Shape = { is: "text" };
export const FLAG: Shape = { is: "flag" };
export const INTEGER: Shape = { is: "integer" };
export const ANYTHING: Shape = { is: "anything" };
export const MAPPING: Shape = { is: "mapping" };
export const listOf = (of: Shape): Shape => ({ is: "list", of });
export const mapOf = (of: Shape): Shape => ({ is: "map", of });
export function fields(
  known: Readonly<Record<string, Shape>>,
  {
    required = [],
    unknown = "keep",
  }: { required?: readonly string[]; unknown?: "keep" | "warn" | "refuse" } = {},
): Shape {
  return { is: "fields", fields: known, required, unknown };
}

/**
 * Compares a value with its shape and reports every deviation with its path.
 *
 * @returns a copy without the nulls that stand for absent fields; what the shape does not know is kept as it is
 */
export function checkShape(
  value: unknown,
  shape: Shape,
  path: FieldPath,
  report: (problem: Problem) => void,
): unknown {
  const wrong = (what: string, fix?: string) => {
    report({
      severity: "error",
      path: showPath(path),
      text: `must be ${what}, not ${nameType(value)}`,
      ...defined({ fix }),
    });
    return value;
  };
  switch (shape.is) {
    case "anything":
      return value;
    case "text":
      return typeof value === "string"
        ? value
        : wrong("a string", isScalar(value) ? "Put it in quotes" : undefined);
    case "flag":
      return typeof value === "boolean"
        ? value
        : wrong("true or false", typeof value === "string" ? "Remove the quotes" : undefined);
    case "integer":
      return isInteger(value)
        ? value
        : wrong("a whole number", typeof value === "string" ? "Remove the quotes" : undefined);
    case "text-or-integer":
      return typeof value === "string" || isInteger(value) ? value : wrong("a whole number or a string");
    case "mapping":
      return isMapping(value) ? value : wrong("a mapping");
    case "list":
      if (!Array.isArray(value)) return wrong("a list");
      return value.map((item, index) => checkShape(item, shape.of, [...path, index], report));
    case "map":
      if (!isMapping(value)) return wrong("a mapping");
      return mapEntries(value, (key, entry) => checkShape(entry, shape.of, [...path, key], report));
    case "fields": {
      if (!isMapping(value)) return wrong("a mapping");
      for (const name of shape.required) {
        if (isAbsent(value[name]) || value[name] === "")
          report({ severity: "error", path: showPath([...path, name]), text: "this field is required" });
      }
      return mapEntries(value, (key, entry) => {
        const known = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
        if (known !== undefined) return checkShape(entry, known, [...path, key], report);
        if (shape.unknown !== "keep") reportUnknown([...path, key], key, shape, report);
        return entry;
      });
    }
  }
}

/** A value without the fields that its shape does not know, as a server keeps it that knows no others. */
export function knownPart(value: unknown, shape: Shape): unknown {
  switch (shape.is) {
    case "list":
      return Array.isArray(value) ? value.map((item) => knownPart(item, shape.of)) : value;
    case "map":
      return isMapping(value) ? mapEntries(value, (_, entry) => knownPart(entry, shape.of)) : value;
    case "fields": {
      if (!isMapping(value)) return value;
      const known = Object.entries(value).flatMap(([key, entry]): [string, unknown][] => {
        const of = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
        return of === undefined ? [] : [[key, knownPart(entry, of)]];
      });
      return Object.fromEntries(known);
    }
    default:
      return value;
  }
}

function reportUnknown(
  path: FieldPath,
  key: string,
  shape: Shape & { is: "fields" },
  report: (problem: Problem) => void,
): void {
  const meant = nearest(key, Object.keys(shape.fields));
  report({
    severity: shape.unknown === "warn" ? "warning" : "error",
    path: showPath(path),
    text: shape.unknown === "warn" ? "this field is not known and has no effect" : "this field is not known",
    fix: meant === undefined ? "Remove it" : `Did you mean ${meant}?`,
  });
}

function mapEntries(
  value: Record<string, unknown>,
  change: (key: string, entry: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => !isAbsent(entry))
      .map(([key, entry]) => [key, change(key, entry)]),
  );
}

function isAbsent(value: unknown): boolean {
  return value === null || value === undefined;
}

function isInteger(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value);
}

function isScalar(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint";
}

/** For people: `a list`, `null`, `the number 80`, `true`. Strings are not shown: they may be secret. */
export function nameType(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return "a string";
  return typeof value === "boolean" ? String(value) : `the number ${String(value)}`;
}
