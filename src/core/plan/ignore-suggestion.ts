import { defined } from "../../lib/defined.ts";
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
    const steps = stepsOf(field);
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

type Step =
  | { is: "key"; key: string }
  | { is: "index"; index: number }
  /** An item of a list that is known by some of its own fields. */
  | { is: "item"; keys: readonly (readonly [name: string, value: string])[] };

const STEP =
  /\.?(?<key>[A-Za-z_$][\w$-]*)|\[(?<quoted>"(?:[^"\\]|\\.)*")\]|\[(?<index>\d+)\]|\[(?<item>[A-Za-z_][\w-]*=[^\]]*)\]/y;

/** @returns undefined where it is not the path of one field, as with the order of a list */
function stepsOf(field: string): Step[] | undefined {
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < field.length) {
    const { key, quoted, index, item } = STEP.exec(field)?.groups ?? {};
    if (key !== undefined) steps.push({ is: "key", key });
    else if (quoted !== undefined) steps.push({ is: "key", key: JSON.parse(quoted) as string });
    else if (index !== undefined) steps.push({ is: "index", index: Number(index) });
    else if (item !== undefined) steps.push({ is: "item", keys: keysOf(item) });
    else return undefined;
  }
  return steps.length === 0 ? undefined : steps;
}

function keysOf(item: string): [string, string][] {
  return item.split(/,(?=[A-Za-z_][\w-]*=)/).map((part) => {
    const at = part.indexOf("=");
    return [part.slice(0, at), part.slice(at + 1)];
  });
}

function pointerOf(steps: readonly Step[]): string {
  return steps
    .map((step) => {
      if (step.is === "index") return `/${step.index}`;
      return `/${step.is === "key" ? step.key.replaceAll("~", "~0").replaceAll("/", "~1") : ""}`;
    })
    .join("");
}

function expressionOf(steps: readonly Step[]): string {
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
