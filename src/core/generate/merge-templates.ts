import { isMapping } from "../../lib/is-mapping.ts";
import type { ApplicationTemplate } from "../model/application-set.ts";

/** A generator's own template, and what it leaves out from the set's. Source: Argo CD. */
export function mergedTemplate(
  own: ApplicationTemplate | undefined,
  base: ApplicationTemplate,
): ApplicationTemplate {
  return own === undefined ? base : (filledUp(own, base) as ApplicationTemplate);
}

function filledUp(own: unknown, base: unknown): unknown {
  if (isMapping(own) && isMapping(base)) {
    const entries = new Map(Object.entries(base));
    for (const [key, value] of Object.entries(own)) entries.set(key, filledUp(value, entries.get(key)));
    return Object.fromEntries(entries);
  }
  return says(own) ? own : base;
}

/** Whether it is more than the zero value of its type. */
function says(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isMapping(value)) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== "" && value !== false && value !== 0;
}
