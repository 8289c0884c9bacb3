import { valueAt } from "../../../lib/field-path.ts";
import type { Repair } from "../../model/comparison.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { itemsThatFit, resolveServerPath } from "./server-path.ts";

/** A copy of the object with the repairs made, in their order. A repair whose place is not there (any more) does nothing. */
export function applyRepairs(object: KubeObject, repairs: readonly Repair[]): KubeObject {
  const copy = structuredClone(object);
  for (const repair of repairs) {
    if (repair.do === "drop-unknown-field") dropField(copy, repair.path);
    else keepLast(copy, repair.path);
  }
  return copy;
}

function dropField(object: KubeObject, path: string): void {
  const steps = resolveServerPath(object, path);
  const name = steps?.at(-1);
  if (steps === undefined || typeof name !== "string") return;
  delete (valueAt(object, steps.slice(0, -1)) as Record<string, unknown>)[name];
}

/** @param path `.spec.ports[port=80,protocol="TCP"]`: the list, and the key that several of its items share */
function keepLast(object: KubeObject, path: string): void {
  const open = listEnd(path);
  const steps = resolveServerPath(object, path.slice(0, open));
  const list = steps === undefined ? undefined : valueAt(object, steps);
  if (!Array.isArray(list)) return;
  const twins = itemsThatFit(list, path.slice(open + 1, -1), 2);
  const drop = new Set(twins.slice(0, -1));
  list.splice(0, list.length, ...list.filter((_, index) => !drop.has(index)));
}

/** Where the last selector of a path begins; brackets inside quoted values do not count. */
function listEnd(path: string): number {
  let last = 0,
    quoted = false;
  for (let at = 0; at < path.length; at++) {
    if (path[at] === "\\") at++;
    else if (path[at] === '"') quoted = !quoted;
    else if (path[at] === "[" && !quoted) last = at;
  }
  return last;
}
