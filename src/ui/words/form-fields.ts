/** Fields of a form that shows a part of an object: how each is read from it, and what of its text a change writes. */
import { type FieldPath, parsePath, valueAt } from "../../lib/field-path.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { YamlChange } from "../../lib/yaml.ts";
import { isAddress } from "./new-application.ts";

/** How one value is written. `words`: with commas between them. `lines`: one a line. `flag`: "yes" or "". */
export type Writing =
  | { as: "word" | "words" | "pairs" | "lines" | "flag" }
  | { as: "choice"; options: readonly (readonly [value: string, words: string])[] };

/** One value of an object. `Of`: what it is read from, the object or a row of a list. */
export interface Value {
  label: string;
  hint?: string;
  /** Names to choose from. */
  list?: "projects" | "repositories" | "clusters";
  writing: Writing;
  /** Below the object or the row: where what is wrong with it is found. */
  paths: readonly FieldPath[];
  /** @param of the object, or the row */
  read(of: unknown): string;
  /** @param at where `of` stands in the object */
  write(of: unknown, at: FieldPath, text: string): YamlChange[];
}

export type Field =
  | { is: "value"; value: Value }
  /** A list of mappings, or, where `columns` has one value without a path, of words. */
  | {
      is: "rows";
      path: FieldPath;
      label: string;
      hint?: string;
      /** What one row is called: "destination". */
      one: string;
      /** What a new one begins as. */
      first: unknown;
      columns: readonly Value[];
    }
  /** A key that every row of the list gets. */
  | { is: "new key"; path: FieldPath; label: string };

export interface Section {
  title: string;
  hint?: string;
  fields: readonly Field[];
}

type Told = Pick<Value, "hint" | "list"> & { empty?: "kept" | "left out" };

/** Text at a path. `empty: "kept"`: it is needed, and left empty it stays, so that what is missing is seen. */
export function word(label: string, path: FieldPath, { empty = "left out", ...told }: Told = {}): Value {
  return {
    ...{ label, ...told, writing: { as: "word" }, paths: [path] },
    read: (of) => textOf(valueAt(of, path)),
    write: (of, at, text) => setAt(of, at, path, empty === "kept" || text !== "" ? text : undefined),
  };
}

export function choice(
  label: string,
  path: FieldPath,
  options: readonly (readonly [string, string])[],
): Value {
  return { ...word(label, path), writing: { as: "choice", options } };
}

/** What is absent unless it is true. */
export function flag(label: string, path: FieldPath): Value {
  return {
    ...{ label, writing: { as: "flag" }, paths: [path] },
    read: (of) => (valueAt(of, path) === true ? "yes" : ""),
    write: (of, at, text) => setAt(of, at, path, text === "yes" ? true : undefined),
  };
}

/** A list of words. `lines` where a word may have commas. */
export function words(label: string, path: FieldPath, as: "words" | "lines", told: Told = {}): Value {
  const parted = as === "words" ? "," : "\n";
  return {
    ...{ label, ...told, writing: { as }, paths: [path] },
    read: (of) => wordsAt(of, path).join(as === "words" ? ", " : "\n"),
    write: (of, at, text) =>
      changesOfList(
        [...at, ...path],
        wordsAt(of, path),
        text
          .split(parted)
          .map((one) => one.trim())
          .filter((one) => one !== ""),
      ),
  };
}

/** A mapping of words: `env=prod, tier=web`. */
export function pairs(label: string, path: FieldPath, told: Told = {}): Value {
  return {
    ...{ label, ...told, writing: { as: "pairs" }, paths: [path] },
    read: (of) => {
      const found = valueAt(of, path);
      return isMapping(found)
        ? Object.entries(found)
            .map(([key, value]) => `${key}=${textOf(value)}`)
            .join(", ")
        : "";
    },
    write: (of, at, text) => {
      const wanted = text.split(",").flatMap((one): [string, string][] => {
        const [key = "", ...rest] = one.split("=");
        return key.trim() === "" ? [] : [[key.trim(), rest.join("=").trim()]];
      });
      return setAt(of, at, path, wanted.length === 0 ? undefined : Object.fromEntries(wanted));
    },
  };
}

/** A destination's cluster, by its name or its address: which of both it is, its own look says. */
export function cluster(path: FieldPath): Value {
  const [name, server] = [
    [...path, "name"],
    [...path, "server"],
  ];
  return {
    ...{ label: "Cluster", list: "clusters", writing: { as: "word" }, paths: [name, server] },
    read: (of) => textOf(valueAt(of, name)) || textOf(valueAt(of, server)),
    write: (of, at, text) => {
      const isServer = isAddress(text) || text === "*";
      const [is, not] = isServer ? [server, name] : [name, server];
      return [...setAt(of, at, not, undefined), ...setAt(of, at, is, text)];
    },
  };
}

/** Writes a value, or takes it away. What stands in the way of a path that leads further is replaced. */
export function setAt(of: unknown, at: FieldPath, path: FieldPath, value: unknown): YamlChange[] {
  if (value === undefined)
    return valueAt(of, path) === undefined ? [] : [{ do: "unset", path: [...at, ...path] }];
  const blocked = path.findIndex((_, deep) => {
    const there = valueAt(of, path.slice(0, deep));
    return deep > 0 && there !== undefined && (typeof there !== "object" || there === null);
  });
  return [
    ...(blocked === -1 ? [] : [{ do: "unset" as const, path: [...at, ...path.slice(0, blocked)] }]),
    { do: "set", path: [...at, ...path], value },
  ];
}

/** What is the same at the beginning and at the end of a list stays as it is written, with what is said beside it. */
export function changesOfList(
  path: FieldPath,
  before: readonly string[],
  after: readonly string[],
): YamlChange[] {
  const most = Math.min(before.length, after.length);
  let same = 0;
  while (same < most && before[same] === after[same]) same++;
  if (after.length < before.length) {
    let end = 0;
    while (end < most - same && before.at(-1 - end) === after.at(-1 - end)) end++;
    if (same + end === after.length)
      return Array.from({ length: before.length - after.length }, () => ({
        ...{ do: "remove", path, at: same },
      }));
  }
  if (after.length === 0) return [];
  if (after.length < before.length) return [{ do: "set", path, value: [...after] }];
  return after.slice(same).flatMap((value, step): YamlChange[] => {
    const at = same + step;
    if (at >= before.length) return [{ do: "append", path, value }];
    return before[at] === value ? [] : [{ do: "set", path: [...path, at], value }];
  });
}

export interface FieldProblem {
  severity: "error" | "warning";
  /** As `showPath` prints it; absent where it is of the text and of no field. */
  at?: string;
  /** Without the field's name. */
  said?: string;
}

/**
 * What is wrong with one value: at it, or below it.
 * @param exactly nothing below it counts, since that has fields of its own
 */
export function wrongAt(
  problems: readonly FieldProblem[],
  paths: readonly FieldPath[],
  depth: "and below" | "exactly" = "and below",
): FieldProblem[] {
  return problems.filter(({ at }) => {
    const found = at === undefined || at === "" ? undefined : parsePath(at);
    return (
      found !== undefined &&
      paths.some(
        (path) =>
          (depth === "and below" ? path.length <= found.length : path.length === found.length) &&
          path.every((step, deep) => step === found[deep]),
      )
    );
  });
}

/** "" where it is no text: that is written as YAML. */
export function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : "";
}

/** What is there that no field of words can show. */
export function isOtherThanText(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function wordsAt(of: unknown, path: FieldPath): string[] {
  const found = valueAt(of, path);
  return Array.isArray(found) ? found.map(textOf) : [];
}
