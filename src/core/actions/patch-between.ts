import { equalJson } from "../../lib/equal-json.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { pointerTo } from "../../lib/json-pointer.ts";
import type { JsonPatchOp } from "../model/json-patch.ts";

/**
 * What makes one JSON value of another: mappings are gone into, anything else is set as a whole.
 * A list that is empty in one and a mapping that is empty in the other are equal, and null is absent: a script's tables
 * do not tell them apart.
 */
export function patchBetween(before: unknown, after: unknown, path = ""): JsonPatchOp[] {
  if (isSame(before, after)) return [];
  if (!isMapping(before) || !isMapping(after)) return [{ op: "replace", path, value: after }];
  const ops: JsonPatchOp[] = [];
  for (const key of Object.keys({ ...before, ...after })) {
    const at = path + pointerTo(key);
    const was = Object.hasOwn(before, key) ? before[key] : undefined;
    const is = Object.hasOwn(after, key) ? after[key] : undefined;
    if (isAbsent(is)) {
      if (!isAbsent(was)) ops.push({ op: "remove", path: at });
    } else if (isAbsent(was)) ops.push({ op: "add", path: at, value: is });
    else ops.push(...patchBetween(was, is, at));
  }
  return ops;
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;
const isEmpty = (value: unknown): boolean =>
  (Array.isArray(value) || isMapping(value)) && Object.keys(value).length === 0;

function isSame(before: unknown, after: unknown): boolean {
  if (isEmpty(before) && isEmpty(after)) return true;
  if (Array.isArray(before) && Array.isArray(after))
    return before.length === after.length && before.every((item, at) => isSame(item, after[at]));
  if (isMapping(before) && isMapping(after))
    return Object.keys({ ...before, ...after }).every(
      (key) => (isAbsent(before[key]) && isAbsent(after[key])) || isSame(before[key], after[key]),
    );
  return equalJson(before, after);
}
