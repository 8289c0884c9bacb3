import { type FieldPath, stepInto } from "../../../lib/field-path.ts";
import { ANNOTATION } from "../../model/application.ts";
import type { FieldsV1, KubeObject, ManagedFieldsEntry } from "../../model/kube-object.ts";
import { type ElementPath, elementOf, isMember } from "../fields/fields-v1.ts";
import { BY_RULE, type Migration } from "./migration.ts";
import { takenEntries } from "./takeover.ts";

/**
 * The server's prediction, without what our first apply will also remove: fields that another delivery tool holds, that
 * nobody else holds and that Git does not want. A dry run cannot foresee them, because the takeover comes before it.
 *
 * Of entries with the operation `Update` only what kubectl's last-applied annotation holds counts: they claim every
 * default that the server filled in, too.
 *
 * @param live as read at the manifest's apiVersion, with managedFields
 * @returns `predicted` itself where nothing more goes
 */
export function afterTakeover(
  live: KubeObject,
  desired: KubeObject,
  predicted: KubeObject,
  migration: Migration = BY_RULE,
): KubeObject {
  const taken = takenEntries(live, desired.apiVersion, migration);
  if (taken.length === 0) return predicted;
  const others = (live.metadata.managedFields ?? [])
    .filter((entry) => !taken.includes(entry))
    .map(({ fieldsV1 }) => fieldsV1 ?? {});
  const applied = lastApplied(live);
  const going = taken.flatMap((entry) => {
    const from = entry.operation === "Apply" ? live : applied;
    return from === undefined ? [] : leaving(entry, from, desired, others);
  });
  const paths = going
    .map((path) => pathTo(predicted, path))
    .filter((path) => path !== undefined)
    .sort((a, b) => b.length - a.length || Number(b.at(-1)) - Number(a.at(-1)));
  if (paths.length === 0) return predicted;
  const copy = structuredClone(predicted);
  for (const path of paths) remove(copy, path);
  return copy;
}

/** Places of one entry that are written in `from` and not wanted: an item of a keyed list as a whole, else single fields. */
function leaving(
  { fieldsV1 = {} }: ManagedFieldsEntry,
  from: KubeObject,
  desired: KubeObject,
  others: readonly FieldsV1[],
): ElementPath[] {
  const found: ElementPath[] = [];
  const walk = (node: FieldsV1, path: ElementPath): void => {
    for (const [element, child] of Object.entries(node)) {
      const place = [...path, element];
      if (element === "." || isKept(place)) continue;
      const whole =
        Object.keys(child).every((name) => name === ".") || (isMember(child) && !element.startsWith("f:"));
      if (
        whole &&
        pathTo(desired, place) === undefined &&
        pathTo(from, place) !== undefined &&
        !others.some((root) => holds(root, place))
      )
        found.push(place);
      else walk(child, place);
    }
  };
  walk(fieldsV1, []);
  return found;
}

/** Status is the controllers', the annotation goes anyway, and merge keys go with their item. */
function isKept(place: ElementPath): boolean {
  return place[0] === "f:status" || place.at(-1) === `f:${ANNOTATION.lastApplied}`;
}

function holds(root: FieldsV1, place: ElementPath): boolean {
  let node: FieldsV1 | undefined = root;
  for (const element of place) {
    node = node[element] as FieldsV1 | undefined;
    if (node === undefined) return false;
  }
  return true;
}

/** Where an object has the place; undefined where it has not. */
function pathTo(object: unknown, place: ElementPath): FieldPath | undefined {
  const path: (string | number)[] = [];
  let value = object;
  for (const element of place) {
    const step = Array.isArray(value)
      ? value.findIndex((_, at) => elementOf({ [element]: {} }, value, at) !== undefined)
      : element.slice(2);
    if (step === -1) return undefined;
    value = stepInto(value, step);
    if (value === undefined) return undefined;
    path.push(step);
  }
  return path;
}

function remove(object: KubeObject, path: FieldPath): void {
  const parent = path.slice(0, -1).reduce<unknown>(stepInto, object),
    last = path.at(-1);
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (typeof parent === "object" && parent !== null)
    delete (parent as Record<string, unknown>)[String(last)];
}

function lastApplied({ metadata }: KubeObject): KubeObject | undefined {
  const text = metadata.annotations?.[ANNOTATION.lastApplied];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as KubeObject;
  } catch (cause) {
    // Somebody wrote the annotation by hand: it tells nothing.
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
