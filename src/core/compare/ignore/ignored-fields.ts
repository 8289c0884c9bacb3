import type { FieldPath } from "../../../lib/field-path.ts";
import { FILE_NAME, matchesGlob } from "../../../lib/glob.ts";
import { pointerSteps } from "../../../lib/json-pointer.ts";
import type { Application, IgnoreDifferences } from "../../model/application.ts";
import type { DesiredObject } from "../../model/desired-object.ts";
import type { ObjectRef } from "../../model/object-ref.ts";
import type { Problem } from "../../model/problem.ts";
import { parseJqPaths, placesOf } from "./jq-path.ts";

/** What an application leaves to others in one object. */
export interface IgnoredFields {
  /** Steps of RFC 6901 pointers; in lists the index of an item as the manifest writes it. */
  paths: readonly FieldPath[];
  /** Field managers whose fields are theirs. */
  managers: readonly string[];
}

export const NOTHING_IGNORED: IgnoredFields = { paths: [], managers: [] };

/**
 * The rules of `spec.ignoreDifferences` that mean this object. Group and kind are globs, name and namespace exact or
 * absent. A jq path means the places that it has in the manifest.
 */
export function ignoredFields(
  app: Application,
  { ref, object }: Pick<DesiredObject, "ref" | "object">,
): IgnoredFields {
  const rules = (app.spec.ignoreDifferences ?? []).filter((rule) => isMeant(rule, ref));
  if (rules.length === 0) return NOTHING_IGNORED;
  const pointers = new Set(rules.flatMap((rule) => rule.jsonPointers ?? []));
  const expressions = new Set(rules.flatMap((rule) => rule.jqPathExpressions ?? []));
  const paths = [
    ...[...pointers].sort().flatMap((pointer) => {
      const path = parsePointer(pointer);
      return path === undefined || path.length === 0 ? [] : [path];
    }),
    ...[...expressions]
      .sort()
      .flatMap((expression) => (parseJqPaths(expression) ?? []).flatMap((path) => placesOf(path, object))),
  ];
  return { paths, managers: [...new Set(rules.flatMap((rule) => rule.managedFieldsManagers ?? []))].sort() };
}

function isMeant(rule: IgnoreDifferences, ref: ObjectRef): boolean {
  return (
    matchesGlob(rule.group ?? "", ref.group, FILE_NAME) &&
    matchesGlob(rule.kind, ref.kind, FILE_NAME) &&
    (!rule.name || rule.name === ref.name) &&
    (!rule.namespace || rule.namespace === ref.namespace)
  );
}

/** What in the rules cannot be obeyed. Nothing of a rule is ever left out in silence. */
export function ignoreProblems(app: Application): Problem[] {
  return (app.spec.ignoreDifferences ?? []).flatMap((rule, at): Problem[] => {
    const path = `spec.ignoreDifferences[${at}]`;
    const jq = (rule.jqPathExpressions ?? []).flatMap((expression, index): Problem[] => {
      if (parseJqPaths(expression) !== undefined) return [];
      return [
        {
          severity: "warning",
          path: `${path}.jqPathExpressions[${index}]`,
          text: `of jq only paths are supported (.a.b, .a[].b, select(.name == "x")), so ${expression} is not ignored for ${rule.kind}`,
          fix: "Name the field in jsonPointers, or its owner in managedFieldsManagers",
        },
      ];
    });
    const pointers = (rule.jsonPointers ?? []).flatMap((pointer, index): Problem[] => {
      const steps = parsePointer(pointer);
      if (steps !== undefined && steps.length > 0) return [];
      return [
        {
          severity: "warning",
          path: `${path}.jsonPointers[${index}]`,
          text: `${JSON.stringify(pointer)} is no JSON pointer to a field, so nothing is ignored by it`,
          fix: "Write it as /spec/replicas",
        },
      ];
    });
    return [...jq, ...pointers];
  });
}

/** Source: RFC 6901. @returns undefined where the text is no pointer */
export function parsePointer(pointer: string): FieldPath | undefined {
  if (pointer === "") return [];
  if (!pointer.startsWith("/") || /~(?![01])/.test(pointer)) return undefined;
  return pointerSteps(pointer);
}
