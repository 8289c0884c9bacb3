import { isMapping } from "../../lib/is-mapping.ts";
import { ANNOTATION } from "./application.ts";
import type { KubeObject } from "./kube-object.ts";
import { isSecret } from "./secret-data.ts";

/** Steps to a field; `*` is every item of a list. */
export type FilledPath = readonly string[];

/** In characters: an annotation may not be larger than a few of these. */
const MOST = 8_192;

/**
 * What an object's annotation says of where values of a secret store were put into it, "" where nowhere: the fields as
 * JSON pointers, `*` for the items of lists, which may change their places. Names, and what a name is made of, cannot be
 * hidden and are not in it. The object bears it, so that whoever meets it knows, in another process and another year.
 */
export function sayFilled(paths: readonly FilledPath[]): string {
  const hideable = paths.filter(
    ([first, second]) => first !== "metadata" || /^(?:annotations|labels)$/.test(second ?? ""),
  );
  const text = (most: number): string =>
    [
      ...new Set(
        hideable.map((path) =>
          path
            .slice(0, most)
            .map((step) => `/${escaped(step)}`)
            .join(""),
        ),
      ),
    ]
      .sort()
      .join(" ");
  const whole = text(Number.POSITIVE_INFINITY);
  return whole.length <= MOST ? whole : text(2).length <= MOST ? text(2) : text(1);
}

/** Of an object that may be anybody's: what cannot be read hides everything that is not a name. */
export function filledPaths(object: KubeObject): FilledPath[] {
  const said = object.metadata.annotations?.[ANNOTATION.filledIn];
  if (said === undefined || said === "") return [];
  return said.split(" ").map((pointer) => pointer.split("/").slice(1).map(unescaped));
}

/** Whether values of it are in no file and no sentence: a Secret's, and what a secret store gave. */
export function holdsSecrets(object: KubeObject): boolean {
  return isSecret(object) || filledPaths(object).length > 0;
}

/**
 * Two states of an object with what these fields hold replaced, side by side where they are lists.
 * @param hide of two values at one place, undefined where one side has none
 */
export function hidden(
  before: unknown,
  after: unknown,
  [step, ...rest]: FilledPath,
  hide: (before: unknown, after: unknown) => [unknown, unknown],
): [unknown, unknown] {
  if (step === undefined) return hide(before, after);
  if (step === "*") {
    const [left, right] = [listOf(before), listOf(after)];
    const pairs = right.map((item, at) => hidden(counterpart(item, at, left), item, rest, hide)[1]);
    const others = left.map((item, at) => hidden(item, counterpart(item, at, right), rest, hide)[0]);
    return [Array.isArray(before) ? others : before, Array.isArray(after) ? pairs : after];
  }
  const [left, right] = [before, after].map((side) =>
    isMapping(side) && Object.hasOwn(side, step) ? side[step] : undefined,
  );
  const [old, fresh] = hidden(left, right, rest, hide);
  return [withField(before, step, left, old), withField(after, step, right, fresh)];
}

function withField(object: unknown, step: string, was: unknown, is: unknown): unknown {
  return was === undefined || !isMapping(object) ? object : { ...object, [step]: is };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The item of the other side that is the same one: of that name, or at that place. */
function counterpart(item: unknown, at: number, others: readonly unknown[]): unknown {
  const name = isMapping(item) ? item["name"] : undefined;
  return typeof name === "string"
    ? others.find((other) => isMapping(other) && other["name"] === name)
    : others[at];
}

function escaped(step: string): string {
  return step.replaceAll("~", "~0").replaceAll("/", "~1").replaceAll(" ", "~2");
}

function unescaped(step: string): string {
  return step.replaceAll("~2", " ").replaceAll("~1", "/").replaceAll("~0", "~");
}
