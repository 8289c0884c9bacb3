import { type FieldPath, stepInto } from "../../../lib/field-path.ts";
import type { JqPlace } from "../../model/jq-place.ts";
import type { KubeObject } from "../../model/kube-object.ts";

/** What tells which object it is. It belongs to nobody else, whatever a rule says. */
const IDENTITY: readonly string[] = ["apiVersion", "kind"];
const OWN_METADATA: readonly string[] = ["name", "namespace", "generateName"];

/**
 * What jq's `path(…)` gave, as places of this object: slices and indices from a list's end are counted out, items that a
 * list does not have are none, and what lies inside another place is covered by it. A place that holds the object's
 * identity stands for all else that is in it.
 */
export function asPlaces(found: readonly JqPlace[], object: KubeObject): FieldPath[] {
  const places = new Map<string, FieldPath>();
  for (const place of found)
    for (const path of countedOut(place, object))
      for (const other of withoutIdentity(path, object)) places.set(JSON.stringify(other), other);
  const isCovered = (path: FieldPath): boolean =>
    path.some((_, length) => places.has(JSON.stringify(path.slice(0, length))));
  return [...places.values()].filter((path) => !isCovered(path));
}

function countedOut(place: JqPlace, object: KubeObject): FieldPath[] {
  let reached: { path: FieldPath; value: unknown }[] = [{ path: [], value: object }];
  for (const step of place)
    reached = reached.flatMap(({ path, value }) =>
      stepsIn(step, value).map((next) => ({ path: [...path, next], value: stepInto(value, next) })),
    );
  return reached.map(({ path }) => path);
}

function stepsIn(step: JqPlace[number], value: unknown): FieldPath[number][] {
  if (typeof step === "string") return [step];
  if (!Array.isArray(value)) return [];
  const fromStart = (index: number): number => (index < 0 ? index + value.length : index);
  if (typeof step === "number") {
    const at = fromStart(Math.floor(step));
    return at >= 0 && at < value.length ? [at] : [];
  }
  const start = Math.max(0, Math.floor(fromStart(step.start ?? 0))),
    end = Math.min(value.length, Math.ceil(fromStart(step.end ?? value.length)));
  return Array.from({ length: Math.max(0, end - start) }, (_, at) => start + at);
}

/** Places of the object that a path means, but for those that say which object it is. */
export function withoutIdentity(path: FieldPath, object: KubeObject): FieldPath[] {
  const [first, second] = path;
  if (first === undefined) return Object.keys(object).flatMap((key) => withoutIdentity([key], object));
  if (IDENTITY.includes(String(first))) return [];
  if (first !== "metadata") return [path];
  if (second === undefined)
    return Object.keys(object.metadata).flatMap((key) => withoutIdentity([first, key], object));
  return OWN_METADATA.includes(String(second)) ? [] : [path];
}
