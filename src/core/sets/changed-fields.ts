import { equalJson } from "../../lib/equal-json.ts";
import { type FieldPath, showPath } from "../../lib/field-path.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { APPLICATION_SPEC } from "../model/application-shape.ts";
import { knownPart } from "../model/shape.ts";

/**
 * Where two sides of a child say different things, as `spec.source.targetRevision`; none: whoever reads them reads the
 * same. Null, false and what is empty are absent, as Argo CD's Go types read them; the order of finalizers is nobody's,
 * and so are fields of the spec that nothing knows.
 */
export function changedFields(before: Written, after: Written): string[] {
  // Most are written alike, too: ten thousand of them are held against each other in each pass.
  return equalJson(before, after) ? [] : between(asKept(before), asKept(after), []);
}

interface Written {
  metadata?: unknown;
  spec?: unknown;
}

/** A cluster keeps no field of a spec that its definition does not know: it would be written anew for ever. */
function asKept({ spec, ...rest }: Written): unknown {
  return asRead({ ...rest, spec: knownPart(spec, APPLICATION_SPEC) }, "");
}

function between(before: unknown, after: unknown, path: FieldPath): string[] {
  if (equalJson(before, after)) return [];
  if (isMapping(before) && isMapping(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => between(before[key], after[key], [...path, key]));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((item, at) => between(item, after[at], [...path, at]));
  return [showPath(path)];
}

/** There without anything in it is something else than not there. Source: pointers in Argo CD's types. */
const THERE_IS_SAID: readonly string[] = ["automated"];
/** Absent means yes. */
const NO_IS_SAID: readonly string[] = ["enabled"];
/** The user's own values, which nobody reads as a type. */
const RAW: readonly string[] = ["valuesObject"];

function asRead(value: unknown, key: string): unknown {
  if (RAW.includes(key)) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => asRead(item, "") ?? item);
    if (items.length === 0) return undefined;
    return key === "finalizers" ? items.sort() : items;
  }
  if (!isMapping(value))
    return value === null || (value === false && !NO_IS_SAID.includes(key)) ? undefined : value;
  const said = Object.entries(value).flatMap(([name, inner]): [string, unknown][] => {
    const read = asRead(inner, name);
    return read === undefined ? [] : [[name, read]];
  });
  return said.length === 0 && !THERE_IS_SAID.includes(key) ? undefined : Object.fromEntries(said);
}
