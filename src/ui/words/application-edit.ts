/** A change of an application: what of it is written by people, what differs, and the patch that makes it so. */
import type { Application } from "../../core/model/application.ts";
import type { JsonPatchOp } from "../../core/model/json-patch.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { pointerTo } from "../../lib/json-pointer.ts";

/** An application as people write it: what the daemon keeps of it besides is nobody's to change. */
export function writtenPart({ apiVersion, kind, metadata, spec }: Application) {
  const { name, namespace, labels, annotations, finalizers } = metadata;
  const said = { labels, annotations, finalizers };
  return {
    ...{ apiVersion, kind },
    metadata: {
      ...{ name, namespace },
      ...Object.fromEntries(Object.entries(said).filter(([, value]) => isThere(value))),
    },
    spec,
  };
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** One field that differs; undefined where it is not there. */
export interface FieldChange {
  /** `spec.source.targetRevision`. */
  path: string;
  before: unknown;
  after: unknown;
}

/** Field by field: lists whose length is the same are gone into. */
export function fieldChanges(before: unknown, after: unknown): FieldChange[] {
  return changesAt(before, after, "");
}

function changesAt(before: unknown, after: unknown, path: string): FieldChange[] {
  if (equalJson(before ?? null, after ?? null)) return [];
  if (isObject(before) && isObject(after))
    return Object.keys({ ...before, ...after }).flatMap((key) =>
      changesAt(own(before, key), own(after, key), nameIn(path, key)),
    );
  if (
    Array.isArray(before) &&
    Array.isArray(after) &&
    before.length === after.length &&
    after.every(isObject)
  )
    return after.flatMap((one, at) => changesAt(before[at], one, `${path}[${at}]`));
  return [{ path, before, after }];
}

function nameIn(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

/**
 * What makes the one of the other, each operation behind a test of what was there: what somebody else changed meanwhile
 * refuses it, and what they changed elsewhere stays. Lists are written whole.
 */
export function editPatch(before: unknown, after: unknown, steps: readonly string[] = []): JsonPatchOp[] {
  if (equalJson(before ?? null, after ?? null)) return [];
  if (isObject(before) && isObject(after))
    return Object.keys({ ...before, ...after }).flatMap((key) =>
      editPatch(own(before, key), own(after, key), [...steps, key]),
    );
  const path = pointerTo(...steps);
  const test: JsonPatchOp = { op: "test", path, value: before ?? null };
  if (after === undefined || after === null) return [test, { op: "remove", path }];
  return [test, { op: before === undefined ? "add" : "replace", path, value: after }];
}

function own(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Fields that both have changed, each as one began with it: of these one has to be asked. */
export function clashes(mine: readonly FieldChange[], theirs: readonly FieldChange[]): FieldChange[] {
  const within = (inner: string, outer: string): boolean =>
    inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
  return theirs.filter(({ path }) =>
    mine.some((one) => within(path, one.path) || within(one.path, path) || sameList(path, one.path)),
  );
}

/** Lists are written whole, so that two fields of one are the same thing. */
function sameList(a: string, b: string): boolean {
  const list = (path: string): string | undefined => /^(.*?)\[\d+\]/.exec(path)?.[1];
  return list(a) !== undefined && list(a) === list(b);
}
