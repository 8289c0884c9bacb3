import type { FieldPath } from "../../lib/field-path.ts";
import type { GlobalProject } from "../model/project.ts";
import { fields, listOf, mapOf, type Shape, TEXT } from "../model/shape.ts";

type Values = Readonly<Record<string, unknown>>;
const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"];

type Expression = NonNullable<GlobalProject["labelSelector"]["matchExpressions"]>[number];

/** As the config has it, and `argocd-cm`. */
export const GLOBAL_PROJECT: Shape = fields(
  {
    projectName: TEXT,
    labelSelector: fields(
      {
        matchLabels: mapOf(TEXT),
        matchExpressions: listOf(
          fields(
            { key: TEXT, operator: TEXT, values: listOf(TEXT) },
            { required: ["key", "operator"], unknown: "refuse" },
          ),
        ),
      },
      { unknown: "refuse" },
    ),
  },
  { required: ["projectName"], unknown: "refuse" },
);

/**
 * `globalProjects` as the engine takes them. A selector that says something else than it was meant to would take a limit
 * from projects, so that every fault of one is an error.
 */
export function toGlobalProjects(
  entries: readonly Values[],
  report: (path: FieldPath, text: string, fix?: string) => void,
): GlobalProject[] {
  return entries.map(({ projectName, labelSelector }, index) => {
    const { matchLabels, matchExpressions } = (labelSelector ?? {}) as Values;
    const expressions = ((matchExpressions ?? []) as Values[]).map(
      ({ key, operator, values = [] }, at): Expression => {
        const path = ["globalProjects", index, "labelSelector", "matchExpressions", at, "values"];
        if (!OPERATORS.includes(operator as string))
          report([...path.slice(0, -1), "operator"], `must be one of ${OPERATORS.join(", ")}`);
        const hasValues = (values as string[]).length > 0;
        const needsValues = operator === "In" || operator === "NotIn";
        if (needsValues && !hasValues) report(path, `${operator} needs values`);
        if (!needsValues && hasValues) report(path, `${operator} takes no values`, "Remove them");
        return {
          key: key as string,
          operator: operator as Expression["operator"],
          ...(hasValues ? { values: values as string[] } : {}),
        };
      },
    );
    return {
      projectName: projectName as string,
      labelSelector: {
        matchLabels: (matchLabels ?? {}) as Record<string, string>,
        ...(expressions.length > 0 ? { matchExpressions: expressions } : {}),
      },
    };
  });
}
