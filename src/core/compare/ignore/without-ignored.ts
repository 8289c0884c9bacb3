import { type FieldPath, stepInto, valueAt } from "../../../lib/field-path.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import { ANNOTATION } from "../../model/application.ts";
import { isOurs } from "../../model/field-manager.ts";
import type { FieldsV1, KubeObject } from "../../model/kube-object.ts";
import { counterpart, fieldsOfManagers } from "../fields/counterpart.ts";
import { type Claim, claimOn, type ElementPath, keysOf } from "../fields/fields-v1.ts";
import type { IgnoredFields } from "./ignored-fields.ts";

export interface WithoutIgnored {
  /** To apply, after `release` was taken out of our entry. */
  object: KubeObject;
  /**
   * To ask a dry run with, before anything was released: a field that still is ours has its live value, because leaving
   * it out would be answered with its removal.
   */
  predict: KubeObject;
  /** Places in our own managedFields entry to be given up first, see `releasePatch`. */
  release: ElementPath[];
}

/**
 * The desired object without the fields that are left to others.
 *
 * At creation everything is applied as written, items that are new to a list too. Later an ignored field is left out;
 * the server then keeps whatever value it has, if we do not own it. Inside an atomic list or map nothing can be left
 * out: there the live value is copied into what we apply. This is Argo CD's `RespectIgnoreDifferences`, always on.
 *
 * @param live with managedFields where they are known; without them every ignored field gets its live value
 */
export function withoutIgnored(
  desired: KubeObject,
  live: KubeObject | undefined,
  ignored: IgnoredFields,
): WithoutIgnored {
  const { paths: named, beyond = [], managers } = ignored;
  if (live === undefined || named.length + beyond.length + managers.length === 0)
    return { object: desired, predict: desired, release: [] };
  const entries = live.metadata.managedFields;
  const own = entries?.find(isOurs)?.fieldsV1 ?? {};
  const lists = (entries ?? []).flatMap((entry) => (entry.fieldsV1 === undefined ? [] : [entry.fieldsV1]));
  const paths = [...named, ...beyond, ...fieldsOfManagers(desired, live, managers)];

  const object = new Edit(desired),
    predict = new Edit(desired);
  const release = new Map<string, ElementPath>();
  for (const path of paths) {
    if (isInNewItem(path, lists, desired, live)) continue;
    const there = counterpart(desired, live, path, lists);
    const claim: Claim = there === undefined ? { is: "not-owned" } : claimOn(own, live, there);
    if (claim.is === "owned") release.set(JSON.stringify(claim.path), claim.path);
    if (isKey(path, lists, desired, live)) continue;
    const liveValue = there === undefined ? undefined : valueAt(live, there);
    const atomic =
      there !== undefined && lists.some((fields) => claimOn(fields, live, there).is === "inside-atomic");
    if (atomic) {
      // Also where Git does not name it: what is applied is the whole of it.
      object.put(path, liveValue);
      predict.put(path, liveValue);
    } else if (entries === undefined) {
      object.set(path, liveValue);
      predict.set(path, liveValue);
    } else {
      object.remove(path);
      if (claim.is === "owned") predict.set(path, liveValue);
      else predict.remove(path);
    }
  }
  return { object: object.done(), predict: predict.done(), release: [...release.values()] };
}

/**
 * The desired object for a PUT: what is left to others has its live value, also where Git names none, since a PUT takes
 * away whatever it does not have. This is Argo CD's `RespectIgnoreDifferences` beside `Replace`.
 *
 * @param live with managedFields: they tell the items of lists apart, and whose a field is
 */
export function withLiveIgnored(
  desired: KubeObject,
  live: KubeObject | undefined,
  { paths, beyond = [], managers }: IgnoredFields,
): KubeObject {
  if (live === undefined || paths.length + beyond.length + managers.length === 0) return desired;
  const lists = (live.metadata.managedFields ?? []).flatMap(({ fieldsV1 }) => fieldsV1 ?? []);
  const edit = new Edit(desired);
  for (const path of [...paths, ...beyond, ...fieldsOfManagers(desired, live, managers)]) {
    if (isInNewItem(path, lists, desired, live) || isKey(path, lists, desired, live)) continue;
    const there = counterpart(desired, live, path, lists);
    edit.put(path, there === undefined ? undefined : valueAt(live, there));
  }
  return edit.done();
}

/** What the live object does not have yet is created, and at creation everything is applied as written. */
function isInNewItem(
  path: FieldPath,
  lists: readonly FieldsV1[],
  desired: KubeObject,
  live: KubeObject,
): boolean {
  return path.some(
    (_, at) =>
      at + 1 < path.length &&
      Array.isArray(valueAt(desired, path.slice(0, at))) &&
      counterpart(desired, live, path.slice(0, at + 1), lists) === undefined,
  );
}

/** Merge keys tell items apart; an item without its key would be another item. */
function isKey(path: FieldPath, lists: readonly FieldsV1[], desired: KubeObject, live: KubeObject): boolean {
  const item = path.slice(0, -1),
    field = String(path.at(-1));
  if (item.length === 0 || !Array.isArray(valueAt(desired, item.slice(0, -1)))) return false;
  const there = counterpart(desired, live, item, lists);
  if (there === undefined) return false;
  return lists.some((fields) => {
    const claim = claimOn(fields, live, there);
    const element = claim.is === "owned" ? claim.path.at(-1) : undefined;
    return element?.startsWith("k:") && field in keysOf(element);
  });
}

const REMOVED: unique symbol = Symbol("removed");

/** Edits of one copy. Removed items stay as marks until the end, so that indices keep their meaning. */
class Edit {
  readonly #copy: KubeObject;
  #touched = false;

  constructor(private readonly original: KubeObject) {
    this.#copy = structuredClone(original);
  }

  /** Only what is there is changed. @param value `undefined` removes */
  set(path: FieldPath, value: unknown): void {
    if (value === undefined) return this.remove(path);
    const parent = valueAt(this.#copy, path.slice(0, -1));
    if (stepInto(parent, path.at(-1) ?? "") === undefined) return;
    (parent as Record<string | number, unknown>)[path.at(-1) as string] = structuredClone(value);
    this.#touched = true;
  }

  /** As `set`, and makes what is missing on the way to it, but no items of lists. */
  put(path: FieldPath, value: unknown): void {
    if (value === undefined) return this.remove(path);
    let at: unknown = this.#copy;
    for (const step of path.slice(0, -1)) {
      if (isMapping(at) && (at[step] === undefined || at[step] === null)) at[step] = {};
      at = stepInto(at, step);
    }
    const last = path.at(-1) ?? "";
    if (!isMapping(at) && stepInto(at, last) === undefined) return;
    (at as Record<string | number, unknown>)[last] = structuredClone(value);
    this.#touched = true;
  }

  remove(path: FieldPath): void {
    const parent = valueAt(this.#copy, path.slice(0, -1));
    const last = path.at(-1) ?? "";
    if (stepInto(parent, last) === undefined) return;
    (parent as Record<string | number | symbol, unknown>)[last as string] = REMOVED;
    this.#touched = true;
  }

  done(): KubeObject {
    return this.#touched ? withMarks(sweep(this.#copy) as KubeObject, this.original) : this.original;
  }
}

/** By which everybody knows whose the object is: no rule leaves that to others. */
const MARKS = [ANNOTATION.trackingId, ANNOTATION.installationId] as const;

function withMarks(object: KubeObject, { metadata: { annotations = {} } }: KubeObject): KubeObject {
  const missing = MARKS.filter(
    (mark) => annotations[mark] !== undefined && object.metadata.annotations?.[mark] !== annotations[mark],
  );
  if (missing.length === 0) return object;
  const marks = Object.fromEntries(missing.map((mark) => [mark, annotations[mark] as string]));
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...marks } },
  };
}

/** Takes the marks out, and with them the maps and lists that hold nothing else: an empty one would be applied as ours. */
function sweep(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value
      .map((item) => (item === REMOVED ? REMOVED : sweep(item)))
      .filter((item) => item !== REMOVED);
    return items.length === 0 && value.length > 0 ? REMOVED : items;
  }
  const entries = Object.entries(value);
  const left = entries
    .map(([key, field]) => [key, field === REMOVED ? REMOVED : sweep(field)] as const)
    .filter(([, field]) => field !== REMOVED);
  return left.length === 0 && entries.length > 0 ? REMOVED : Object.fromEntries(left);
}
