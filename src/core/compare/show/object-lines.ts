/** What would become of one object, line by line, as people read it. */
import type { FieldPath } from "../../../lib/field-path.ts";
import { type PlainLine, sequenceDiff } from "../../../lib/line-diff.ts";
import { type YamlLine, yamlLines } from "../../../lib/yaml-lines.ts";
import type { FieldDifference, FieldSetter } from "../../model/comparison.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { placeIn } from "../../model/named-path.ts";
import { shown } from "./diff-objects.ts";

/** Characters of one state of an object, in its texts and keys, beyond which nobody reads it line by line. */
const MOST_CHARACTERS = 4_000_000;
/** What every value, and every further line of a text, costs beside its text: its key, its indent, its line. */
const A_VALUE = 24;

export interface ObjectLine extends PlainLine {
  /** Which of `setters` set it; absent of what is not there yet, and where nobody knows. */
  setter?: number;
}

export type ObjectLines =
  | { is: "lines"; lines: ObjectLine[]; setters: FieldSetter[] }
  /** Its text would be longer than people read and a daemon should compare. */
  | { is: "too-large" };

/**
 * Both states are masked before they come here.
 *
 * @param live undefined: it is not there yet @param after undefined: it goes
 * @param fields what differs, with who set the live values
 */
export function objectLines(
  live: KubeObject | undefined,
  after: KubeObject | undefined,
  fields: readonly FieldDifference[],
): ObjectLines {
  if (isLarge(live) || isLarge(after)) return { is: "too-large" };
  const [was, becomes] = [linesOf(live), linesOf(after)];
  const setters: FieldSetter[] = [];
  const setterAt = live === undefined ? undefined : settersIn(shown(live), fields, setters);
  let before = 0;
  const lines = sequenceDiff(textsOf(was), textsOf(becomes)).map((line): ObjectLine => {
    const there = line.is === "new" ? undefined : was[before++];
    if (line.is !== "gone" || there === undefined || setterAt === undefined) return line;
    const setter = setterAt(there.path);
    return setter === undefined ? line : { ...line, setter };
  });
  return { is: "lines", lines, setters };
}

function linesOf(object: KubeObject | undefined): YamlLine[] {
  return object === undefined ? [] : yamlLines(inOrder(shown(object)), "readable");
}

/** Servers sort keys, and people read what an object is before what is in it. */
function inOrder({ apiVersion, kind, metadata, ...others }: KubeObject): object {
  return { apiVersion, kind, metadata, ...others };
}

const textsOf = (lines: readonly YamlLine[]): string[] => lines.map(({ text }) => text);

/** Whoever set a field set what is in it. */
function settersIn(
  live: KubeObject,
  fields: readonly FieldDifference[],
  setters: FieldSetter[],
): (path: FieldPath) => number | undefined {
  const byPlace = new Map<string, number>();
  for (const { path, owner } of fields) {
    const place = owner === undefined ? undefined : placeIn(live, path);
    if (owner === undefined || place === undefined) continue;
    let at = setters.findIndex((one) => isSame(one, owner));
    if (at < 0) at = setters.push(owner) - 1;
    byPlace.set(JSON.stringify(place), at);
  }
  if (byPlace.size === 0) return () => undefined;
  // The lines of one text have one path.
  const known = new WeakMap<FieldPath, { setter: number | undefined }>();
  const find = (path: FieldPath): number | undefined => {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const setter = byPlace.get(JSON.stringify(path.slice(0, depth)));
      if (setter !== undefined) return setter;
    }
    return undefined;
  };
  return (path) => {
    const before = known.get(path);
    if (before !== undefined) return before.setter;
    const setter = find(path);
    known.set(path, { setter });
    return setter;
  };
}

function isSame(one: FieldSetter, other: FieldSetter): boolean {
  return (
    one.manager === other.manager &&
    one.operation === other.operation &&
    one.time === other.time &&
    one.subresource === other.subresource
  );
}

function isLarge(object: KubeObject | undefined): boolean {
  let left = MOST_CHARACTERS;
  const weigh = (value: unknown): void => {
    left -= A_VALUE + (typeof value === "string" ? value.length : 0);
    if (typeof value === "string")
      for (let at = value.indexOf("\n"); at >= 0 && left >= 0; at = value.indexOf("\n", at + 1))
        left -= A_VALUE;
    if (left < 0 || typeof value !== "object" || value === null) return;
    for (const [key, one] of Object.entries(value)) {
      left -= key.length;
      weigh(one);
      if (left < 0) return;
    }
  };
  weigh(object);
  return left < 0;
}
