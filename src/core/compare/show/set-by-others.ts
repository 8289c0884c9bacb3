import type { FieldDifference, ObjectRecord } from "../../model/comparison.ts";
import { FIELD_MANAGER } from "../../model/field-manager.ts";
import type { ForeignManager, LiveObject, OwnEntry } from "../../model/live-object.ts";
import { isOlder } from "../../model/resource-version.ts";
import { MOST_SETTERS, type SetByOthers, type Setter } from "../../model/set-by-others.ts";

/** Characters of a path that are kept. */
const MOST_PATH = 200;

/**
 * Whether others may have set what differs: something became of our entry since we applied. Where they did not, or it was
 * seen before we did, who set what is no question.
 */
export function mayBeSetByOthers(live: LiveObject, record: ObjectRecord | undefined): boolean {
  const applied = record?.applied;
  if (applied === undefined || record?.uid !== live.uid) return false;
  return !isOlder(live.resourceVersion, applied.resourceVersion) && !isAsLeft(live.own, applied.own);
}

/**
 * What of an object's difference others set, since we applied it; undefined: nothing of it, or it is not known to be
 * ours.
 *
 * @param hash of what Git wants now, as it would be applied
 * @param fields in which it differs; undefined: nobody knows
 */
export function setByOthers(
  hash: string,
  live: LiveObject,
  record: ObjectRecord | undefined,
  fields: readonly FieldDifference[] | undefined,
): SetByOthers | undefined {
  const applied = record?.applied;
  if (applied === undefined || !mayBeSetByOthers(live, record)) return undefined;
  // Git wants what was applied last: whatever differs was set by others, also where nobody wrote down by whom.
  if (applied.desiredHash === hash) return named(fields ?? [], live, "none");
  if (fields === undefined) return undefined;
  const theirs = fields.filter(
    ({ owner }) =>
      owner !== undefined &&
      owner.manager !== FIELD_MANAGER &&
      (owner.time === "" || owner.time >= applied.own.time),
  );
  return theirs.length === 0
    ? undefined
    : named(theirs, live, theirs.length < fields.length ? "of-git" : "none");
}

function named(fields: readonly FieldDifference[], live: LiveObject, rest: SetByOthers["rest"]): SetByOthers {
  const owners = fields.flatMap(({ owner }) => (owner === undefined ? [] : [owner]));
  const last = owners.length > 0 ? undefined : lastWriter(live.managers);
  const setters = last === undefined ? owners : [last];
  return {
    fields: fields.length,
    path: fields[0]?.path.slice(0, MOST_PATH) ?? "",
    by: distinct(setters),
    how: last === undefined ? "setter" : "last-writer",
    time: setters.some(({ time }) => time === "") ? "" : latest(setters.map(({ time }) => time)),
    rest,
  };
}

/** Each once, and no more than are told. */
export function distinct(setters: readonly Setter[]): Setter[] {
  const byName = new Map(
    setters.map(({ manager, subresource }) => [`${subresource} ${manager}`, { manager, subresource }]),
  );
  return [...byName.values()].slice(0, MOST_SETTERS);
}

/** Of RFC 3339; "" where there is none. */
export function latest(times: readonly string[]): string {
  return [...times].sort().at(-1) ?? "";
}

/** The one who wrote last, status aside; the scale subresource leaves no time, and goes before the others. */
export function lastWriter(managers: readonly ForeignManager[]): ForeignManager | undefined {
  const writers = managers.filter(({ subresource }) => subresource !== "status");
  return writers.reduce<ForeignManager | undefined>(
    (best, manager) =>
      best === undefined || manager.time === "" || (best.time !== "" && manager.time >= best.time)
        ? manager
        : best,
    undefined,
  );
}

export function isAsLeft(own: OwnEntry | undefined, left: OwnEntry): boolean {
  return own !== undefined && own.time === left.time && own.fieldsHash === left.fieldsHash;
}
