import { isObject, type Json } from "../json.ts";
import type { Type } from "../schema/type.ts";
import { elementOf } from "./element.ts";
import { showElement } from "./field-set.ts";
import { shapeOf } from "./shape.ts";

/** Why a value cannot be taken for an apply, in the server's words: `.spec.replicas: expected numeric (int or float), got string`. */
export function typeErrors(value: Json, type: Type, path = ""): string[] {
  if (value === null) return [];
  const shape = shapeOf(type, value);
  if (shape.is === "leaf")
    return type.is === "scalar" ? scalarErrors(value, type.of).map((why) => `${path}: ${why}`) : [];
  if (shape.is === "list") {
    if (!Array.isArray(value)) return [`${path}: expected list, got &{${goPlain(value)}}`];
    const errors: string[] = [];
    const seen = new Set<string>();
    value.forEach((item, position) => {
      if (shape.relation.is === "atomic") {
        errors.push(...typeErrors(item, shape.item, `${path}[${position}]`));
        return;
      }
      const named = elementOf(item, shape);
      if (named.is === "unnamed") {
        errors.push(`${path}: element ${position}: ${named.why}`);
        return;
      }
      if (seen.has(named.element))
        errors.push(`${path}: duplicate entries for key ${showElement(named.element)}`);
      seen.add(named.element);
      errors.push(...typeErrors(item, shape.item, path + showElement(named.element)));
    });
    return errors;
  }
  if (!isObject(value)) return [`${path}: expected map, got &{${goPlain(value)}}`];
  return Object.entries(value).flatMap(([name, inner]) => {
    const fieldType = shape.fieldType(name);
    if (fieldType === undefined) return [`${path}.${name}: field not declared in schema`];
    return typeErrors(inner ?? null, fieldType, `${path}.${name}`);
  });
}

function scalarErrors(value: Json, of: string): string[] {
  switch (of) {
    case "string":
    case "time":
    case "micro-time":
    case "bytes":
      return typeof value === "string" ? [] : [`expected string, got ${goValue(value)}`];
    case "integer":
    case "long":
    case "number":
      return typeof value === "number" ? [] : [`expected numeric (int or float), got ${goType(value)}`];
    case "boolean":
      return typeof value === "boolean" ? [] : [`expected boolean, got &{${goPlain(value)}}`];
    default:
      return typeof value === "object" ? [`expected any scalar, got &{${goPlain(value)}}`] : [];
  }
}

function goType(value: Json): string {
  if (Array.isArray(value)) return "[]interface {}";
  return isObject(value) ? "map[string]interface {}" : typeof value === "boolean" ? "bool" : "string";
}

/** As Go's `%v` prints it. */
function goPlain(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map(goPlain).join(" ")}]`;
  if (isObject(value))
    return `map[${Object.keys(value)
      .sort()
      .map((key) => `${key}:${goPlain(value[key])}`)
      .join(" ")}]`;
  return value === null || value === undefined ? "<nil>" : String(value);
}

/** As Go's `%#v` prints it. */
function goValue(value: Json): string {
  const inner = (one: Json | undefined): string => {
    if (Array.isArray(one)) return `[]interface {}{${one.map(inner).join(", ")}}`;
    if (isObject(one))
      return `map[string]interface {}{${Object.entries(one)
        .map(([key, field]) => `${JSON.stringify(key)}:${inner(field)}`)
        .join(", ")}}`;
    return one === null || one === undefined ? "interface {}(nil)" : JSON.stringify(one);
  };
  return `&value.valueUnstructured{Value:${inner(value)}}`;
}
