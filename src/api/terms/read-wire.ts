import type { Problem } from "../../core/model/problem.ts";
import { nameType } from "../../core/model/shape.ts";
import { defined } from "../../lib/defined.ts";
import { type FieldPath, showPath } from "../../lib/field-path.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { nearest } from "../../lib/nearest.ts";
import { invalid } from "../api-error.ts";
import { isOptional, type Node, type Wire, wireIn } from "./wire.ts";

type Report = (problem: Problem) => void;

/**
 * A value of a request by what is declared of it. `null` is as good as absent, as protobuf's JSON has it; what is ignored is
 * not in it.
 * @param what whose fields they are, for people: `body`
 * @throws {ApiError} 400 with all that is wrong with it
 */
export function readWire<T>(value: unknown, wire: Wire<T>, what: string): T {
  const problems: Problem[] = [];
  const read = readNode(value, wire, [], (problem) => problems.push({ object: what, ...problem }));
  if (problems.length > 0) throw invalid(problems);
  return read as T;
}

function readNode(value: unknown, node: Node, path: FieldPath, report: Report): unknown {
  const wrong = (expected: string, got = nameType(value)): undefined => {
    const place = path.length === 0 ? {} : { path: showPath(path) };
    const isType = node.expected === undefined;
    report({
      severity: "error",
      ...place,
      text: `expected ${node.expected ?? expected}${isType ? `, not ${got}` : ""}`,
      ...defined({ fix: node.says }),
    });
  };
  switch (node.is) {
    case "anything":
      return value;
    case "kind":
      // What is in it, its parser reads.
      return isMapping(value) ? value : wrong(`an ${node.kind}`);
    case "null":
      return value ?? null;
    case "text": {
      if (typeof value !== "string") return wrong("a text");
      if (node.most !== undefined && value.length > node.most)
        return wrong(`a text of at most ${node.most} characters`);
      return node.pattern === undefined || node.pattern.test(value)
        ? value
        : wrong("a text of the form that the document names");
    }
    case "flag":
      return typeof value === "boolean" ? value : wrong("true or false");
    case "whole": {
      const isText = node.as === "number-or-text" && typeof value === "string" && /^-?\d{1,15}$/.test(value);
      const number = isText ? Number(value) : value;
      const fits =
        typeof number === "number" &&
        Number.isSafeInteger(number) &&
        number >= node.least &&
        number <= node.most;
      return fits ? number : wrong(sayWhole(node));
    }
    case "number":
      return typeof value === "number" && Number.isFinite(value) && value >= (node.least ?? -Infinity)
        ? value
        : wrong(node.least === undefined ? "a number" : `a number from ${node.least}`);
    case "choice":
      return typeof value === "string" && node.of.includes(value)
        ? value
        : wrong(`${node.of.slice(0, -1).join(", ")} or ${node.of.at(-1)}`);
    case "list":
      if (!Array.isArray(value)) return wrong("a list");
      if (value.length < node.least)
        return wrong(`a list of at least ${node.least}`, `one of ${value.length}`);
      return value.map((item, index) => readNode(item, node.of, [...path, index], report));
    case "map":
      if (!isMapping(value)) return wrong("a mapping");
      return Object.fromEntries(
        Object.entries(value).map(([key, entry]) => [key, readNode(entry, node.of, [...path, key], report)]),
      );
    case "fields":
      return isMapping(value) ? readFields(value, node, path, report) : wrong("an object");
    case "either": {
      for (const one of node.of) {
        const problems: Problem[] = [];
        const read = readNode(value, one, path, (problem) => problems.push(problem));
        if (problems.length === 0) return read;
      }
      return wrong("another form");
    }
    case "named":
      return readNode(value, node.of(), path, report);
  }
}

function readFields(
  value: Record<string, unknown>,
  { fields, unknown }: Node & { is: "fields" },
  path: FieldPath,
  report: Report,
): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const wire = wireIn(field);
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    const isMissing = given === "" && wire.is === "text" && wire.empty !== "kept" && !isOptional(field);
    if (given !== undefined && given !== null && !isMissing)
      read[name] = readNode(given, wire, [...path, name], report);
    else if (!isOptional(field))
      report({
        severity: "error",
        path: showPath([...path, name]),
        text: "this field is required",
        ...defined({ fix: wire.says }),
      });
  }
  if (unknown === "refuse" || unknown === "slips")
    for (const name of Object.keys(value)) {
      if (Object.hasOwn(fields, name)) continue;
      const meant = nearest(name, Object.keys(fields));
      if (meant === undefined && unknown === "slips") continue;
      report({
        severity: "error",
        path: showPath([...path, name]),
        text: "this field is not known",
        fix: meant === undefined ? `There are ${Object.keys(fields).join(", ")}` : `Did you mean ${meant}?`,
      });
    }
  return read;
}

export function sayWhole({ least, most }: { least: number; most: number }): string {
  const from = least === 0 ? "a whole number" : `a whole number from ${least}`;
  return most === Number.MAX_SAFE_INTEGER ? from : `${from} up to ${most}`;
}
