import { equalJson } from "../../../lib/equal-json.ts";
import { type FieldPath, stepInto, valueAt } from "../../../lib/field-path.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { placeIn } from "../../model/named-path.ts";
import type { ObjectMeant } from "./ignore-rules.ts";
import { withoutIdentity } from "./places.ts";

/** What an application leaves to others in one object. */
export interface IgnoredFields {
  /** In the desired object; steps of RFC 6901 pointers, in lists the index of an item as the manifest writes it. */
  paths: readonly FieldPath[];
  /** Keys that the live object has and the manifest does not: where they still are ours, they are given up too. Default none. */
  beyond?: readonly FieldPath[];
  /** Field managers whose fields are theirs. */
  managers: readonly string[];
}

export const NOTHING_IGNORED: IgnoredFields = { paths: [], managers: [] };

/** The places that each expression has in the two objects, by its text. */
export interface PlacesFound {
  desired: ReadonlyMap<string, readonly FieldPath[]>;
  live: ReadonlyMap<string, readonly FieldPath[]>;
}

/**
 * The fields that the rules leave to others in this object.
 *
 * An expression is asked in both objects, since it may look at values: `select(.image == "x")` may hold in one of them
 * alone. What it has in the live object means the place of the manifest that is the same one there.
 *
 * @param live whole and at the manifest's version, without status; undefined where it is not known so
 */
export function ignoredFields(
  { pointers, expressions, managers }: ObjectMeant,
  desired: KubeObject,
  live: KubeObject | undefined,
  found: PlacesFound,
): IgnoredFields {
  if (pointers.length + expressions.length + managers.length === 0) return NOTHING_IGNORED;
  const paths = new PathSet(),
    beyond = new PathSet();
  for (const pointer of pointers) for (const path of withoutIdentity(pointer, desired)) paths.add(path);
  for (const { text } of expressions) {
    for (const path of found.desired.get(text) ?? []) paths.add(path);
    if (live === undefined) continue;
    for (const there of found.live.get(text) ?? []) {
      const here = inDesired(there, desired, live);
      if (here !== undefined && valueAt(desired, here) !== undefined) paths.add(here);
      // Where an item of a list is by the time that it is written, nobody knows; a key stays where it is.
      else if (there.every((step) => typeof step === "string")) beyond.add(there);
    }
  }
  return { paths: paths.sorted(), managers, ...(beyond.size === 0 ? {} : { beyond: beyond.sorted() }) };
}

/**
 * These fields are left to others, too, where the manifest says something else than what is there.
 * @param fields as differences print them
 */
export function withFields(
  ignored: IgnoredFields,
  fields: readonly string[],
  desired: KubeObject,
  live: KubeObject,
): IgnoredFields {
  const paths = new PathSet();
  for (const path of ignored.paths) paths.add(path);
  for (const field of fields) {
    const [here, there] = [placeIn(desired, field), placeIn(live, field)];
    const wanted = here === undefined ? undefined : valueAt(desired, here);
    if (here === undefined || wanted === undefined) continue;
    if (there !== undefined && equalJson(wanted, valueAt(live, there))) continue;
    for (const path of withoutIdentity(here, desired)) paths.add(path);
  }
  return paths.size === ignored.paths.length ? ignored : { ...ignored, paths: paths.sorted() };
}

/**
 * Where the manifest has what is at this place in the live object. Items of lists are known by their name; where they
 * have none, by their place in a list of as many.
 */
function inDesired(path: FieldPath, desired: KubeObject, live: KubeObject): FieldPath | undefined {
  let here: unknown = desired,
    there: unknown = live;
  const found: (string | number)[] = [];
  for (const step of path) {
    const at = Array.isArray(there) ? twinOf(there, Number(step), here) : step;
    if (at === undefined) return undefined;
    found.push(at);
    here = stepInto(here, at);
    there = stepInto(there, step);
  }
  return found;
}

function twinOf(there: readonly unknown[], index: number, here: unknown): number | undefined {
  if (!Array.isArray(here)) return undefined;
  const name = nameOf(there[index]);
  if (name === undefined) return here.length === there.length ? index : undefined;
  const at = here.findIndex((item) => nameOf(item) === name);
  return at < 0 ? undefined : at;
}

function nameOf(item: unknown): string | undefined {
  return isMapping(item) && typeof item["name"] === "string" ? item["name"] : undefined;
}

/** Each once, in an order that does not depend on how they were found. */
class PathSet {
  readonly #byText = new Map<string, FieldPath>();

  get size(): number {
    return this.#byText.size;
  }

  add(path: FieldPath): void {
    this.#byText.set(JSON.stringify(path), path);
  }

  sorted(): FieldPath[] {
    return [...this.#byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
  }
}
