import type { Problem } from "../../core/model/problem.ts";
import { defined } from "../../lib/defined.ts";
import { nearest } from "../../lib/nearest.ts";
import { invalid } from "../api-error.ts";
import { sayWhole } from "./read-wire.ts";
import { type FieldsOf, isOptional, type Node, type WireFields, wireIn } from "./wire.ts";

/** What Go's strconv.ParseBool takes, by which Argo CD's gateway reads flags. */
const FLAGS = new Map([
  ...["1", "t", "T", "TRUE", "true", "True"].map((word) => [word, true] as const),
  ...["0", "f", "F", "FALSE", "false", "False"].map((word) => [word, false] as const),
]);
const WRONG = Symbol("wrong");

/**
 * Parameters behind the `?`. One without a value is absent; of several of one name the first counts, but for a list.
 * @param unknown what becomes of parameters that are not declared: Argo CD ignores them
 * @throws {ApiError} 400 with all that is wrong with them
 */
export function readQuery<F extends WireFields>(
  given: Readonly<Record<string, readonly string[]>>,
  declared: F,
  unknown: "refuse" | "ignore",
): FieldsOf<F> {
  const problems: Problem[] = [];
  const wrong = (path: string, text: string, fix?: string): void => {
    problems.push({
      severity: "error",
      object: "query",
      path,
      text,
      ...defined({ fix }),
    });
  };
  const read: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(declared)) {
    const wire = wireIn(field);
    const keepsEmpty = wire.is === "text" && wire.empty === "kept";
    const values = (given[name] ?? []).filter((value) => keepsEmpty || value !== "");
    const [first] = values;
    if (first === undefined) {
      if (!isOptional(field)) wrong(name, "this parameter is required", wire.says);
      continue;
    }
    if (wire.is === "list") {
      const items = values.map((value) => valueFrom(value, wire.of));
      if (items.includes(WRONG)) wrong(name, `expected ${expectedOf(wire.of)}`, wire.says);
      else read[name] = items;
      continue;
    }
    const value = valueFrom(first, wire);
    if (value === WRONG) wrong(name, `expected ${expectedOf(wire)}`, wire.says);
    else read[name] = value;
  }
  if (unknown === "refuse")
    for (const name of Object.keys(given)) {
      if (Object.hasOwn(declared, name)) continue;
      const known = Object.keys(declared);
      const meant = nearest(name, known);
      const there = known.length === 0 ? "There are none here" : `There are ${known.join(", ")}`;
      wrong(name, "there is no such parameter", meant === undefined ? there : `Did you mean ${meant}?`);
    }
  if (problems.length > 0) throw invalid(problems);
  return read as FieldsOf<F>;
}

function valueFrom(text: string, node: Node): unknown {
  switch (node.is) {
    case "text":
      return (node.most !== undefined && text.length > node.most) || node.pattern?.test(text) === false
        ? WRONG
        : text;
    case "flag":
      return FLAGS.get(text) ?? WRONG;
    case "whole": {
      const number = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return number >= node.least && number <= node.most ? number : WRONG;
    }
    case "choice":
      return node.of.includes(text) ? text : WRONG;
    default:
      throw new TypeError(`a parameter cannot be ${node.is}`);
  }
}

function expectedOf(node: Node): string {
  if (node.expected !== undefined) return node.expected;
  switch (node.is) {
    case "flag":
      return "true or false";
    case "whole":
      return sayWhole(node);
    case "choice":
      return `${node.of.slice(0, -1).join(", ")} or ${node.of.at(-1)}`;
    case "text":
      return node.most === undefined ? "a text" : `at most ${node.most} characters`;
    default:
      return "a text";
  }
}
