import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import type { FieldPath } from "../../lib/field-path.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { isPointer } from "../../lib/json-pointer.ts";
import { asPlaces, type Expression, IgnoreRules, placesOf } from "../compare/index.ts";
import type { ApplicationSet } from "../model/application-set.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { Problem } from "../model/problem.ts";
import type { JqPlaces } from "../ports/jq.ts";

/** What jq has to be asked before a child can be planned. */
export interface JqQuestion {
  /** Of the question, for its answer. */
  id: string;
  object: KubeObject;
  expression: string;
}

/** By `JqQuestion.id`. */
export type JqAnswers = ReadonlyMap<string, JqPlaces>;

/** The two sides of a child, cut to what a set may write. */
export interface Sides {
  wanted: KubeObject;
  live: KubeObject;
}

/** `ignoreApplicationDifferences` of a set: the fields of its children that are left as they are there. */
export class LeftAlone {
  /** Whether it has any question. */
  readonly asksJq: boolean;
  readonly #rules: IgnoreRules;

  constructor({ spec }: Pick<ApplicationSet, "spec">) {
    const written = spec.ignoreApplicationDifferences ?? [];
    this.asksJq = written.some(({ jqPathExpressions = [] }) => jqPathExpressions.length > 0);
    this.#rules = new IgnoreRules(
      [],
      written.map(({ name, jsonPointers = [], jqPathExpressions = [] }, at) => ({
        ...{ group: "argoproj.io", kind: "Application", jsonPointers, jqPathExpressions },
        ...defined({ name }),
        at: `spec.ignoreApplicationDifferences[${at}]`,
      })),
    );
  }

  /** What is more than places by itself, for both sides of a child. */
  questions(sides: Sides): JqQuestion[] {
    return this.#of(sides.wanted).expressions.flatMap((expression) =>
      expression.plain === undefined
        ? SIDES.map((side) => ({
            id: questionId(side, sides, expression),
            object: sides[side],
            expression: expression.text,
          }))
        : [],
    );
  }

  /** What is to be written, with the live values of all that is left alone; a text says why that is not known. */
  apply(sides: Sides, answers: JqAnswers): KubeObject | string {
    const { pointers, expressions } = this.#of(sides.wanted);
    if (pointers.length + expressions.length === 0) return sides.wanted;
    const places: Record<Side, FieldPath[]> = { wanted: [], live: [] };
    for (const side of SIDES) {
      places[side].push(...pointers.flatMap((pointer) => openPaths(asSteps(pointer, sides[side]))));
      for (const expression of expressions) {
        const found = placesBy(expression, side, sides, answers);
        if (typeof found === "string") return `${expression.at}: ${found}`;
        places[side].push(...found.flatMap(openPaths));
      }
    }
    return merged(sides, places);
  }

  #of({ metadata }: KubeObject) {
    const { name, namespace = "" } = metadata;
    return this.#rules.of({ group: "argoproj.io", kind: "Application", namespace, name });
  }
}

type Side = keyof Sides;
const SIDES = ["wanted", "live"] as const;

function questionId(side: Side, { wanted: { metadata } }: Sides, { text }: Expression): string {
  return `${side} ${metadata.namespace}/${metadata.name} ${text}`;
}

function placesBy(
  expression: Expression,
  side: Side,
  sides: Sides,
  answers: JqAnswers,
): readonly FieldPath[] | string {
  if (expression.plain !== undefined) return placesOf(expression.plain, sides[side]);
  const answer = answers.get(questionId(side, sides, expression));
  if (answer === undefined) return "jq was not asked yet";
  return answer.is === "unknown" ? answer.why : asPlaces(answer.places, sides[side]);
}

/** Pointers that are none: they leave nothing alone. */
export function pointerProblems({ spec }: Pick<ApplicationSet, "spec">): Problem[] {
  return (spec.ignoreApplicationDifferences ?? []).flatMap(({ jsonPointers = [] }, at) =>
    jsonPointers.flatMap((pointer, index): Problem[] =>
      isPointer(pointer)
        ? []
        : [
            {
              severity: "warning",
              path: `spec.ignoreApplicationDifferences[${at}].jsonPointers[${index}]`,
              text: `${JSON.stringify(pointer)} is no JSON pointer to a field, so nothing is left alone by it`,
              fix: "Write it as /spec/source/targetRevision",
            },
          ],
    ),
  );
}

/** Steps of a pointer are texts, in lists too. */
function asSteps(pointer: FieldPath, object: KubeObject): FieldPath {
  return pointer.map((step, at) =>
    Array.isArray(ownValue(object, pointer.slice(0, at))) && /^\d+$/.test(String(step)) ? Number(step) : step,
  );
}

const METADATA = ["labels", "annotations", "finalizers"] as const;

/** Of a path, what a set writes: which application it is, and what becomes of it, is not a rule's to say. */
function openPaths(path: FieldPath): FieldPath[] {
  const [first, second] = path;
  if (path.includes("__proto__")) return [];
  if (first === "spec") return [path];
  if (first !== "metadata") return [];
  if (second === undefined) return METADATA.map((field) => ["metadata", field]);
  return (METADATA as readonly unknown[]).includes(second) ? [path] : [];
}

const REMOVED: unique symbol = Symbol("removed");

/**
 * The wanted side with the live value at each of these places, what lies inside another place before that. Items stay
 * where they are until the end.
 */
function merged({ wanted, live }: Sides, places: Record<Side, readonly FieldPath[]>): KubeObject {
  const result = copyOf(wanted) as KubeObject;
  const edits = SIDES.flatMap((side) => eachOnce(places[side]).map((path) => ({ side, path })));
  for (const { side, path } of edits.sort((a, b) => b.path.length - a.path.length)) {
    const lost = path.length - 1;
    if (side === "wanted") {
      const there = across(path, wanted, live);
      if (there.is === "path") put(result, path, ownValue(live, there.path));
      // What is in an item that is new is written as it is wanted; the item itself may be what the rule is about.
      else if (there.lostAt === lost) put(result, path, undefined);
      continue;
    }
    const value = ownValue(live, path);
    if (value === undefined) continue;
    const here = across(path, live, wanted);
    if (here.is === "path") put(result, here.path, value);
    else if (here.lostAt === lost) append(result, across(path.slice(0, -1), live, wanted), value);
  }
  return copyOf(result) as KubeObject;
}

function eachOnce(paths: readonly FieldPath[]): FieldPath[] {
  return [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()];
}

type Across = { is: "path"; path: FieldPath } | { is: "lost"; lostAt: number };

/** The same place on the other side; lost at the first item of a list that has no twin there. */
function across(path: FieldPath, from: unknown, to: unknown): Across {
  const found: (string | number)[] = [];
  let [here, there] = [from, to];
  for (const [at, step] of path.entries()) {
    const twin = Array.isArray(here) ? twinOf(here, Number(step), there) : step;
    if (twin === undefined) return { is: "lost", lostAt: at };
    found.push(twin);
    here = ownStep(here, step);
    there = ownStep(there, twin);
  }
  return { is: "path", path: found };
}

function twinOf(list: readonly unknown[], index: number, other: unknown): number | undefined {
  if (!Array.isArray(other)) return undefined;
  const item = list[index];
  if (!isMapping(item)) {
    const at = other.findIndex((one) => equalJson(one, item));
    return at < 0 ? undefined : at;
  }
  const twins = (all: readonly unknown[]) => all.flatMap((one, at) => (isTwin(item, one) ? [at] : []));
  const [mine, theirs] = [twins(list), twins(other)];
  if (theirs.length > 0) return theirs[mine.indexOf(index)];
  return typeof item["name"] !== "string" && list.length === other.length ? index : undefined;
}

/** Parameters and the like go by their name, sources by what they are taken from. */
function isTwin(item: Record<string, unknown>, other: unknown): boolean {
  if (!isMapping(other)) return false;
  const by = typeof item["name"] === "string" ? ["name"] : ["repoURL", "chart", "path", "ref"];
  return by.every((field) => equalJson(item[field], other[field])) && by.some((field) => field in item);
}

/** These stand for themselves: without the rest of it, a part of one means nothing. */
const WHOLE: readonly unknown[] = ["source", "sources", "destination"];

function put(object: KubeObject, path: FieldPath, value: unknown): void {
  let parent: unknown = object;
  for (const [at, step] of path.slice(0, -1).entries()) {
    let next = ownStep(parent, step);
    if (next === undefined || next === null) {
      const isPart = at === 1 && path[0] === "spec" && WHOLE.includes(step);
      if (value === undefined || isPart || !isMapping(parent)) return;
      next = {};
      parent[step as string] = next;
    }
    parent = next;
  }
  const last = path.at(-1) ?? "";
  if (Array.isArray(parent)) {
    if (Number(last) < parent.length) parent[Number(last)] = value === undefined ? REMOVED : value;
  } else if (isMapping(parent)) {
    if (value === undefined) delete parent[last];
    else parent[last] = copyOf(value);
  }
}

function append(object: KubeObject, list: Across, item: unknown): void {
  if (list.is === "lost") return;
  const there = ownValue(object, list.path);
  if (Array.isArray(there)) there.push(copyOf(item));
  else if (there === undefined) put(object, list.path, [item]);
}

/** What stands there itself: a rule may name what every mapping inherits. */
function ownValue(value: unknown, path: FieldPath): unknown {
  return path.reduce(ownStep, value);
}

function ownStep(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return value[Number(step)];
  return isMapping(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

/** Without the marks. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== REMOVED).map(copyOf);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner)]));
}
