import { defined } from "../../lib/defined.ts";
import { parsePath } from "../../lib/field-path.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { type Generator, kindsOf } from "../model/application-set.ts";
import type { ParameterSet } from "../ports/template-engine.ts";
import { type FilledValue, fillValue } from "./fill-value.ts";
import type { Templates } from "./templates.ts";

/**
 * A generator that stands behind another one, filled in with each set of that one. Its `values`, and all of a matrix or
 * merge, may mean parameters that it will give itself: what cannot be filled in there yet stays as it is.
 */
export async function fillGenerator(
  generator: Generator,
  given: readonly ParameterSet[],
  templates: Templates,
  path: string,
): Promise<FilledValue[]> {
  const now: Record<string, unknown> = {},
    later: Record<string, unknown> = {};
  for (const kind of kindsOf(generator)) {
    // What a child's own template says counts nowhere.
    const { values, template: _, ...rest } = generator[kind] as Record<string, unknown>;
    if (kind === "matrix" || kind === "merge") later[kind] = rest;
    else {
      now[kind] = rest;
      if (values !== undefined) later[kind] = { values };
    }
  }
  const at = parsePath(path) ?? [path];
  const [firm, open] = [
    await fillValue(now, given, templates, at),
    await fillValue(later, given, leavingUnknown(templates), at),
  ];
  return firm.map(({ value, problems }, index) => ({
    value: {
      ...defined({ selector: generator.selector }),
      ...both(value, open[index]?.value),
    },
    problems,
  }));
}

function both(a: unknown, b: unknown): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...(a as Record<string, unknown>) };
  for (const [key, value] of Object.entries(b as Record<string, unknown>))
    merged[key] = isMapping(merged[key]) && isMapping(value) ? { ...merged[key], ...value } : value;
  return merged;
}

/** A text that asks for something which is not there stays as it is, and is filled in when it is. */
function leavingUnknown(templates: Templates): Templates {
  return {
    ...templates,
    async fill(texts, sets) {
      const filled = await templates.fillStrictly(texts, sets);
      return filled.map((each) =>
        each.map((one, index) => (one.is === "filled" ? one : { is: "filled", text: texts[index] ?? "" })),
      );
    },
  };
}
