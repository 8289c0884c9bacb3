import { defined } from "../../lib/defined.ts";
import { type NamedStep, namedSteps } from "../model/named-path.ts";
import type { ObjectRef } from "../model/object-ref.ts";

/**
 * The entry of `spec.ignoreDifferences` that would leave fields of one object to others, as one line of YAML.
 *
 * @param fields as differences name them: `spec.template.spec.containers[name=web].image`
 * @param manager the only one that sets them; undefined where there are several, or its name is not known
 */
export function ignoreSuggestion(
  { group, kind, name, namespace }: ObjectRef,
  fields: readonly string[],
  manager: string | undefined,
): string {
  const pointers: string[] = [],
    expressions: string[] = [];
  for (const field of manager === undefined ? fields : []) {
    const steps = namedSteps(field);
    if (steps === undefined) continue;
    if (steps.every(({ is }) => is !== "item")) pointers.push(pointerOf(steps));
    else expressions.push(expressionOf(steps));
  }
  const entry = {
    ...defined({ group: group === "" ? undefined : group }),
    kind,
    name,
    ...defined({ namespace: namespace === "" ? undefined : namespace }),
    ...(manager === undefined ? {} : { managedFieldsManagers: [manager] }),
    ...(pointers.length === 0 ? {} : { jsonPointers: pointers }),
    ...(expressions.length === 0 ? {} : { jqPathExpressions: expressions }),
  };
  return `spec.ignoreDifferences: [${JSON.stringify(entry)}]`;
}

function pointerOf(steps: readonly NamedStep[]): string {
  return steps
    .map((step) => {
      if (step.is === "index") return `/${step.index}`;
      return `/${step.is === "key" ? step.key.replaceAll("~", "~0").replaceAll("/", "~1") : ""}`;
    })
    .join("");
}

function expressionOf(steps: readonly NamedStep[]): string {
  return steps
    .map((step) => {
      switch (step.is) {
        case "key":
          return /^[A-Za-z_]\w*$/.test(step.key) ? `.${step.key}` : `[${JSON.stringify(step.key)}]`;
        case "index":
          return `[${step.index}]`;
        case "item":
          return `[]? | select(${step.keys.map(([name, value]) => `.${name} == ${literal(value)}`).join(" and ")}) | .`;
      }
    })
    .join("")
    .replaceAll("| ..", "| .")
    .replace(/ \| \.$/, "");
}

/** Names and protocols are texts, ports are numbers. */
function literal(value: string): string {
  return /^(?:-?\d+|true|false)$/.test(value) ? value : JSON.stringify(value);
}
