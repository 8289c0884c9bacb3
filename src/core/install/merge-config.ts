import { equalJson } from "../../lib/equal-json.ts";
import { showPath } from "../../lib/field-path.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { editYaml, parseYaml, printYaml, type YamlChange } from "../../lib/yaml.ts";

export interface MergedConfig {
  /** To be written; as it is there where nothing of it is renewed. */
  text: string;
  /** Fields that stay as somebody wrote them, or took them out: `accounts`, `server.tls.certFile`. */
  kept: string[];
  /** YAML of what the default says in place of `kept`; "" where it says nothing. Nothing that others wrote is in it. */
  otherwise: string;
}

/**
 * The config of an installation that is written again: fields that are still as they were written last become those of
 * now, all others stay. A text that cannot be read stays whole, and `kept` is `["holdfast.yaml"]`.
 * @param there as it stands in the cluster @param last as it was written there last @param now as it would be written today
 */
export function mergeConfig(
  there: string,
  { last, now }: { last: Record<string, unknown>; now: Record<string, unknown> },
): MergedConfig {
  const { documents, problems } = parseYaml(there);
  const value = documents[0]?.value;
  const isReadable = problems.length === 0 && documents.length === 1 && isMapping(value);
  if (!isReadable) return { text: there, kept: ["holdfast.yaml"], otherwise: printYaml(now) };
  const found: Found = { changes: [], kept: [] };
  compare(found, [], { there: value, last, now });
  const { text } = editYaml(there, () => true, found.changes);
  const otherwise = {};
  for (const { path, now: one } of found.kept) if (one !== undefined) put(otherwise, path, one);
  return {
    text: found.changes.length === 0 ? there : text,
    kept: found.kept.map(({ path }) => showPath(path)).sort(),
    otherwise: Object.keys(otherwise).length === 0 ? "" : printYaml(otherwise),
  };
}

interface Found {
  changes: YamlChange[];
  kept: { path: string[]; now: unknown }[];
}

type Versions<T> = { there: T; last: T; now: T };

function compare(
  found: Found,
  path: string[],
  { there, last, now }: Versions<Record<string, unknown>>,
): void {
  for (const key of new Set([...Object.keys(now), ...Object.keys(there), ...Object.keys(last)])) {
    const at = [...path, key];
    const one = { there: own(there, key), last: own(last, key), now: own(now, key) };
    if (isMapping(one.there) && isMapping(one.now))
      compare(found, at, { there: one.there, last: isMapping(one.last) ? one.last : {}, now: one.now });
    else if (equalJson(one.there, one.now)) continue;
    else if (!equalJson(one.there, one.last)) found.kept.push({ path: at, now: one.now });
    else
      found.changes.push(
        one.now === undefined ? { do: "unset", path: at } : { do: "set", path: at, value: one.now },
      );
  }
}

/** Not what every object has of its kind, such as `constructor`. */
function own(fields: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

function put(into: Record<string, unknown>, [key = "", ...rest]: string[], value: unknown): void {
  if (rest.length === 0) {
    into[key] = value;
    return;
  }
  into[key] ??= {};
  put(into[key] as Record<string, unknown>, rest, value);
}
