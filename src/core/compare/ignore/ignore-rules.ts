import type { FieldPath } from "../../../lib/field-path.ts";
import { FILE_NAME, matchesGlob } from "../../../lib/glob.ts";
import { isPointer, pointerSteps } from "../../../lib/json-pointer.ts";
import type { Application, IgnoreDifferences } from "../../model/application.ts";
import type { IgnoreRule } from "../../model/ignore-rule.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import type { ObjectRef } from "../../model/object-ref.ts";
import type { Problem } from "../../model/problem.ts";
import { type JqPath, parseJqPaths, placesOf } from "./jq-path.ts";

/** An expression of a rule. */
export interface Expression {
  text: string;
  /** Where it stands, for people: `spec.ignoreDifferences[0].jqPathExpressions[1]`. */
  at: string;
  /** What it means, where it names places and nothing more; undefined: jq has to be asked. */
  plain: readonly JqPath[] | undefined;
}

/** What the rules say of one object. */
export interface ObjectMeant {
  pointers: readonly FieldPath[];
  expressions: readonly Expression[];
  managers: readonly string[];
}

const NOTHING: ObjectMeant = { pointers: [], expressions: [], managers: [] };

interface Compiled {
  rule: IgnoreDifferences;
  /** Where it stands. */
  at: string;
  meant: ObjectMeant;
}

/** The rules of an application and of the config, read once. */
export class IgnoreRules {
  readonly #rules: readonly Compiled[];
  readonly #known = new Map<string, ObjectMeant>();

  /**
   * @param own of an application, `spec.ignoreDifferences`
   * @param rules of the config, for every application
   */
  constructor(own: readonly IgnoreDifferences[] = [], rules: readonly IgnoreRule[] = []) {
    const placed = own.map((rule, at) => ({ ...rule, at: `spec.ignoreDifferences[${at}]` }));
    this.#rules = [...placed, ...rules].map(compile);
  }

  /** Those that jq has to be asked of, each text once. */
  get expressions(): Expression[] {
    const found = new Map<string, Expression>();
    for (const { meant } of this.#rules)
      for (const expression of meant.expressions)
        if (expression.plain === undefined && !found.has(expression.text))
          found.set(expression.text, expression);
    return [...found.values()];
  }

  /** Where the rules stand by which this place of a manifest is left to others. */
  because(ref: ObjectRef, place: FieldPath, desired: KubeObject): string[] {
    const holds = (path: FieldPath): boolean => path.every((step, at) => String(place[at]) === String(step));
    return this.#rules.flatMap(({ rule, at, meant }) => {
      if (!isMeant(rule, ref)) return [];
      const pointers = (rule.jsonPointers ?? []).flatMap((pointer, index) => {
        const path = parsePointer(pointer);
        return path !== undefined && holds(path) ? [`${at}.jsonPointers[${index}]`] : [];
      });
      // What jq alone understands may mean any place.
      const expressions = meant.expressions.filter(
        ({ plain }) => plain === undefined || placesOf(plain, desired).some(holds),
      );
      return [...pointers, ...expressions.map((expression) => expression.at)];
    });
  }

  /** Where the rules stand that leave a manager what it set. */
  becauseOf(ref: ObjectRef, manager: string): string[] {
    return this.#rules.flatMap(({ rule, at, meant }) =>
      isMeant(rule, ref) && meant.managers.includes(manager) ? [`${at}.managedFieldsManagers`] : [],
    );
  }

  /** Group and kind of a rule are globs, name and namespace exact or absent. */
  of(ref: ObjectRef): ObjectMeant {
    if (this.#rules.length === 0) return NOTHING;
    // Most rules name no object: what they say of a kind is the same for all of it.
    const meant = this.#rules.filter(({ rule }) => isMeant(rule, ref));
    if (meant.length === 0) return NOTHING;
    const key = meant.map((one) => this.#rules.indexOf(one)).join();
    const known = this.#known.get(key) ?? joined(meant.map(({ meant }) => meant));
    this.#known.set(key, known);
    return known;
  }
}

function compile({ at, ...rule }: IgnoreRule): Compiled {
  const { jsonPointers = [], jqPathExpressions = [], managedFieldsManagers = [] } = rule;
  return {
    rule,
    at,
    meant: {
      pointers: jsonPointers.flatMap((pointer) => {
        const path = parsePointer(pointer);
        return path === undefined ? [] : [path];
      }),
      expressions: jqPathExpressions.map((text, index) => ({
        text,
        at: `${at}.jqPathExpressions[${index}]`,
        plain: parseJqPaths(text),
      })),
      managers: managedFieldsManagers,
    },
  };
}

function joined(meant: readonly ObjectMeant[]): ObjectMeant {
  const expressions = meant.flatMap(({ expressions }) => expressions);
  return {
    pointers: meant.flatMap(({ pointers }) => pointers),
    expressions: expressions.filter(
      ({ text }, at) => expressions.findIndex((other) => other.text === text) === at,
    ),
    managers: [...new Set(meant.flatMap(({ managers }) => managers))].sort(),
  };
}

function isMeant(rule: IgnoreDifferences, ref: ObjectRef): boolean {
  return (
    matchesGlob(rule.group ?? "", ref.group, FILE_NAME) &&
    matchesGlob(rule.kind, ref.kind, FILE_NAME) &&
    (!rule.name || rule.name === ref.name) &&
    (!rule.namespace || rule.namespace === ref.namespace)
  );
}

/** Pointers of an application's rules that mean nothing. Nothing of a rule is ever left out in silence. */
export function ignoreProblems(app: Pick<Application, "spec">): Problem[] {
  return (app.spec.ignoreDifferences ?? []).flatMap((rule, at) =>
    pointerProblems(rule, `spec.ignoreDifferences[${at}]`),
  );
}

/**
 * Rules of an application that fit none of these objects by group, where they would by another: as in Argo CD, a rule
 * without a group means the core group alone.
 */
export function strayIgnoreRules(app: Pick<Application, "spec">, refs: readonly ObjectRef[]): Problem[] {
  return (app.spec.ignoreDifferences ?? []).flatMap(({ group = "", kind }, at): Problem[] => {
    const ofKind = refs.filter((ref) => matchesGlob(kind, ref.kind, FILE_NAME));
    if (ofKind.length === 0 || ofKind.some((ref) => matchesGlob(group, ref.group, FILE_NAME))) return [];
    const groups = [...new Set(ofKind.map((ref) => ref.group))].sort();
    const said = group === "" ? "has no group, which means the core group" : `has group ${group}`;
    return [
      {
        severity: "warning",
        path: `spec.ignoreDifferences[${at}]`,
        text: `${said}, and no ${kind} of this application is in that, so nothing is ignored by it`,
        fix: `Did you mean group: ${groups.map((one) => (one === "" ? '""' : one)).join(" or ")}?`,
      },
    ];
  });
}

function pointerProblems({ jsonPointers = [] }: IgnoreDifferences, at: string): Problem[] {
  return jsonPointers.flatMap((pointer, index): Problem[] => {
    if (isPointer(pointer)) return [];
    return [
      {
        severity: "warning",
        path: `${at}.jsonPointers[${index}]`,
        text: `${JSON.stringify(pointer)} is no JSON pointer to a field, so nothing is ignored by it`,
        fix: "Write it as /spec/replicas",
      },
    ];
  });
}

/** @returns undefined where the text is no pointer to a field */
export function parsePointer(pointer: string): FieldPath | undefined {
  return isPointer(pointer) ? pointerSteps(pointer) : undefined;
}
