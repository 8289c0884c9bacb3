import { canonicalJson } from "../../lib/canonical-json.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { ApiError } from "../api-error.ts";
import { isObject, type Json, type JsonObject, type KubeJson, objectAt, withAt } from "../json.ts";
import type { StructType } from "../schema/type.ts";
import { typeErrors } from "./check-types.ts";
import { type Changes, compareFields } from "./compare.ts";
import {
  difference,
  emptySet,
  type FieldSet,
  intersection,
  isEmpty,
  pathsOf,
  setOf,
  union,
  withoutBranches,
} from "./field-set.ts";
import { type Manager, type Managers, managerKey, readManagers, writeManagers } from "./managers.ts";
import { mergeValues } from "./merge.ts";
import { removeFields, withNamedFields } from "./remove.ts";
import { toFieldSet } from "./to-field-set.ts";

/** One object's type at each version it is served at: managers claim fields at the version they wrote. */
export interface Versions {
  /** undefined where the version is served no more. */
  at(apiVersion: string): { type: StructType; convert(object: KubeJson): KubeJson } | undefined;
}

export interface Writer {
  manager: string;
  apiVersion: string;
  subresource: string;
  /** RFC 3339, whole seconds. */
  time: string;
  /** `none`: others lose what changes, the writer is not put on record; so the server does for scales of custom resources. */
  claims: "tracked" | "none";
  /** Paths that an apply through this endpoint does not write (status on the main one): never owned through it. */
  ignored: FieldSet;
}

/** Never owned: the server's own, and what names the object. */
const unowned = setOf(
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((field) => ["f:metadata", `f:${field}`]),
);
const updateManagersKept = 10;

/**
 * managedFields after a create, update or patch: the writer owns what it added or changed, others lose it.
 *
 * @param live undefined for a create; `empty` then stands for it, as a kind's constructor leaves it
 * @returns undefined where the object keeps none (they were wiped by hand)
 */
export function trackUpdate(
  live: KubeJson | undefined,
  next: KubeJson,
  empty: KubeJson,
  writer: Writer,
  versions: Versions,
): JsonObject[] | undefined {
  const given = next.metadata["managedFields"];
  const isReset =
    Array.isArray(given) &&
    (given.length === 0 || (given.length === 1 && isObject(given[0]) && Object.keys(given[0]).length === 0));
  const sent = writer.subresource === "" ? readManagers(given) : undefined;
  const managers = isReset
    ? new Map<string, Manager>()
    : sent !== undefined && sent.size > 0
      ? sent
      : (readManagers(live?.metadata["managedFields"]) ?? new Map<string, Manager>());
  if (live !== undefined && managers.size === 0) return undefined;
  return written(update(live ?? empty, next, writer, new Map(managers), versions));
}

function update(
  before: KubeJson,
  next: KubeJson,
  writer: Writer,
  managers: Map<string, Manager>,
  versions: Versions,
): Managers {
  dropUnserved(managers, versions);
  const changes = takeAway(
    before,
    next,
    managers,
    undefined,
    { conflicts: "force", ignored: writer.ignored },
    versions,
  );
  const ours = changes(writer.apiVersion);
  const own = difference(union(ours.added, ours.modified), unowned);
  const key = managerKey({ ...writer, operation: "Update" });
  if (isEmpty(own) || writer.claims === "none") return managers;
  managers.set(key, {
    ...writer,
    operation: "Update",
    set: union(own, managers.get(key)?.set ?? emptySet()),
  });
  return capped(managers);
}

/** Old updates beyond the tenth are kept as one entry, so that an object cannot grow without end. */
function capped(managers: Map<string, Manager>): Managers {
  const updates = [...managers]
    .filter(([, { operation }]) => operation === "Update")
    .sort(([, a], [, b]) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  for (const [key, old] of updates.slice(0, Math.max(0, updates.length - updateManagersKept + 1))) {
    if (updates.length <= updateManagersKept) break;
    managers.delete(key);
    const bucket: Omit<Manager, "set"> = {
      manager: "ancient-changes",
      operation: "Update",
      apiVersion: old.apiVersion,
      subresource: "",
      time: old.time,
    };
    const bucketKey = managerKey(bucket);
    managers.set(bucketKey, { ...bucket, set: union(old.set, managers.get(bucketKey)?.set ?? emptySet()) });
  }
  return managers;
}

export interface Applied {
  /** The merged object, not yet decoded or defaulted; at the patch's version. */
  object: KubeJson;
  managedFields: JsonObject[];
}

/**
 * Server-side apply: `config` laid over `live`; fields that the same manager applied before and left out now go,
 * unless somebody else claims them.
 *
 * @param live at the version of `config`; undefined where it is a create
 * @param empty what a kind's constructor leaves, at that version
 * @throws {ApiError} 409 on fields that others own, unless `force`; 500 on a config that does not fit the schema
 */
export function trackApply(
  live: KubeJson | undefined,
  config: KubeJson,
  empty: KubeJson,
  writer: Writer,
  conflicts: "refuse" | "force",
  versions: Versions,
): Applied {
  const current = versions.at(writer.apiVersion);
  if (current === undefined) throw new Error(`no type at ${writer.apiVersion}`);
  const problems = typeErrors(config, current.type);
  if (problems.length > 0) {
    const [group, version] = writer.apiVersion.includes("/")
      ? writer.apiVersion.split("/")
      : ["", writer.apiVersion];
    const what = `${config.metadata.namespace ?? ""}/${config.metadata.name}; ${group}/${version}, Kind=${config.kind}`;
    throw new ApiError(
      500,
      "",
      `failed to create typed patch object (${what}): ${problems.length === 1 ? problems[0] : `errors:\n${problems.map((problem) => `  ${problem}`).join("\n")}`}`,
    );
  }
  const before = withAt(live ?? empty, ["metadata", "managedFields"], undefined);
  let managers = new Map(readManagers(live?.metadata["managedFields"]) ?? []);
  if (live !== undefined && managers.size === 0) {
    // Nobody is on record: whatever is there counts as written before the first apply.
    managers = new Map(
      update(empty, before, { ...writer, manager: "before-first-apply" }, new Map(), versions),
    );
  }
  dropUnserved(managers, versions);
  const key = managerKey({ ...writer, operation: "Apply" });
  const last = managers.get(key);
  const merged = mergeValues(before, config, current.type) as KubeJson;
  const applied = difference(withoutBranches(toFieldSet(config, current.type), writer.ignored), unowned);
  managers.set(key, { ...writer, operation: "Apply", set: applied });
  const pruned =
    last === undefined || isEmpty(last.set)
      ? merged
      : prune(merged, last, managers, writer.apiVersion, versions);
  takeAway(before, pruned, managers, key, { conflicts, ignored: writer.ignored }, versions);
  // An apply that changes no value leaves the claim's time as it was; a claim that is new then has none.
  const ours = managers.get(key);
  if (ours !== undefined && live !== undefined && equalJson(before, pruned))
    managers.set(key, { ...ours, time: last?.time ?? "" });
  return { object: pruned, managedFields: written(managers) };
}

function prune(
  merged: KubeJson,
  last: Manager,
  managers: Managers,
  apiVersion: string,
  versions: Versions,
): KubeJson {
  const claimedAt = new Map<string, FieldSet>();
  for (const manager of managers.values())
    claimedAt.set(manager.apiVersion, union(claimedAt.get(manager.apiVersion) ?? emptySet(), manager.set));
  let left = without(merged, last.apiVersion, (named) => named(last.set));
  // Others' fields, and ours of this time, come back; at the version of the removal first, so that the rest converts.
  for (const version of [
    last.apiVersion,
    ...[...claimedAt.keys()].filter((one) => one !== last.apiVersion),
  ]) {
    const claimed = claimedAt.get(version);
    if (claimed !== undefined)
      left = without(merged, version, (named, all) =>
        difference(all, union(named(fieldsOf(left, version)), named(claimed))),
      );
  }
  // So does what nobody claims, but which was not ours last time either.
  return without(merged, last.apiVersion, (named, all) =>
    intersection(difference(all, named(fieldsOf(left, last.apiVersion))), named(last.set)),
  );

  function without(
    object: KubeJson,
    version: string,
    gone: (named: (set: FieldSet) => FieldSet, all: FieldSet) => FieldSet,
  ): KubeJson {
    const there = versions.at(version);
    const here = versions.at(apiVersion);
    if (there === undefined || here === undefined) return object;
    const whole = there.convert(object);
    const named = (set: FieldSet) => withNamedFields(set, there.type, whole);
    const rest = (removeFields(whole, gone(named, named(toFieldSet(whole, there.type))), there.type) ??
      {}) as KubeJson;
    return here.convert({ ...rest, metadata: { ...objectAt(rest, "metadata"), name: merged.metadata.name } });
  }

  function fieldsOf(object: KubeJson, version: string): FieldSet {
    const there = versions.at(version);
    return there === undefined ? emptySet() : toFieldSet(there.convert(object), there.type);
  }
}

/**
 * Takes fields that change away from those who claim them.
 *
 * @param self key of the manager that keeps its claims
 * @returns the changes at a version
 */
function takeAway(
  before: KubeJson,
  next: KubeJson,
  managers: Map<string, Manager>,
  self: string | undefined,
  { conflicts, ignored }: { conflicts: "refuse" | "force"; ignored: FieldSet },
  versions: Versions,
): (apiVersion: string) => Changes {
  const byVersion = new Map<string, Changes>();
  const changesAt = (apiVersion: string): Changes => {
    const known = byVersion.get(apiVersion);
    if (known !== undefined) return known;
    const version = versions.at(apiVersion);
    if (version === undefined) return { added: emptySet(), modified: emptySet(), removed: emptySet() };
    const all = compareFields(
      version.convert(withoutClaims(before)),
      version.convert(withoutClaims(next)),
      version.type,
    );
    const made: Changes = {
      added: withoutBranches(all.added, ignored),
      modified: withoutBranches(all.modified, ignored),
      removed: withoutBranches(all.removed, ignored),
    };
    byVersion.set(apiVersion, made);
    return made;
  };
  const taken: { manager: Manager; set: FieldSet }[] = [];
  for (const [key, manager] of managers) {
    if (key === self) continue;
    const changes = changesAt(manager.apiVersion);
    const set = intersection(manager.set, union(changes.added, changes.modified));
    if (!isEmpty(set)) taken.push({ manager, set });
  }
  if (conflicts === "refuse" && taken.length > 0) throw applyConflict(taken);
  for (const [key, manager] of [...managers]) {
    if (key === self) continue;
    const changes = changesAt(manager.apiVersion);
    const set = difference(difference(manager.set, union(changes.added, changes.modified)), changes.removed);
    if (isEmpty(set)) managers.delete(key);
    else managers.set(key, { ...manager, set });
  }
  return changesAt;
}

function applyConflict(taken: readonly { manager: Manager; set: FieldSet }[]): ApiError {
  const all = taken.flatMap(({ manager, set }) =>
    pathsOf(set).map((field) => ({ who: showManager(manager), field })),
  );
  const by = [...new Set(all.map(({ who }) => who))].sort();
  const several = all.length > 1;
  const shown = by.map((who) => {
    const fields = all.filter((one) => one.who === who).map(({ field }) => field);
    return several
      ? `conflicts with ${who}:\n${fields.map((field) => `- ${field}`).join("\n")}`
      : `conflict with ${who}: ${fields[0]}`;
  });
  return new ApiError(
    409,
    "Conflict",
    `Apply failed with ${all.length} conflict${several ? "s" : ""}: ${shown.join("\n")}`,
    {
      causes: all.map(({ who, field }) => ({
        reason: "FieldManagerConflict",
        message: `conflict with ${who}`,
        field,
      })),
    },
  );
}

function showManager({ manager, operation, apiVersion, subresource }: Manager): string {
  const through = subresource === "" ? "" : ` with subresource ${JSON.stringify(subresource)}`;
  return operation === "Update"
    ? `${JSON.stringify(manager)}${through} using ${apiVersion}`
    : `${JSON.stringify(manager)}${through}`;
}

function dropUnserved(managers: Map<string, Manager>, versions: Versions): void {
  for (const [key, manager] of managers)
    if (versions.at(manager.apiVersion) === undefined) managers.delete(key);
}

function withoutClaims(object: KubeJson): KubeJson {
  return object.metadata["managedFields"] === undefined
    ? object
    : withAt(object, ["metadata", "managedFields"], undefined);
}

function written(managers: Managers): JsonObject[] {
  return writeManagers(managers);
}

/** managedFields with the times of `before` where nothing but the time differs: a write that changes nothing is no write. */
export function keepTimes(before: Json | undefined, after: JsonObject[]): JsonObject[] {
  const untimed = (entries: JsonObject[]) => entries.map((entry) => withAt(entry, ["time"], undefined));
  if (!Array.isArray(before)) return after;
  const old = before.filter(isObject);
  const sortedByText = (entries: JsonObject[]) => entries.map(canonicalJson).sort();
  return equalJson(sortedByText(untimed(old)), sortedByText(untimed(after))) ? old : after;
}
