import { isMapping } from "../../lib/is-mapping.ts";

/** Lists of an Application that are merged, by the key of their items; all others are replaced. */
const MERGED_LISTS: Readonly<Record<string, string | undefined>> = {
  "metadata.ownerReferences": "uid",
};
const PRIMITIVE_LISTS = new Set(["metadata.finalizers"]);

/**
 * A strategic merge as Kubernetes makes it of an Application: mappings merge, null takes away, lists are replaced but for
 * finalizers, and `$patch: replace` or `delete` says otherwise. `spec.project` stays. Source: Argo CD.
 *
 * @param patch a mapping
 */
export function patched(application: Record<string, unknown>, patch: Record<string, unknown>): unknown {
  const merged = merge(application, patch, "") as Record<string, unknown>;
  const before = isMapping(application["spec"]) ? application["spec"]["project"] : undefined;
  const { spec } = merged;
  if (!isMapping(spec)) return merged;
  const { project: _, ...rest } = spec;
  return { ...merged, spec: before === undefined ? rest : { ...rest, project: before } };
}

function merge(target: unknown, patch: unknown, path: string): unknown {
  if (Array.isArray(patch)) return mergeList(target, patch, path);
  if (!isMapping(patch)) return patch;
  const { $patch: directive, $retainKeys: retained, ...changes } = patch;
  if (directive === "replace") return changes;
  const entries = new Map(Object.entries(isMapping(target) ? target : {}));
  if (Array.isArray(retained))
    for (const key of [...entries.keys()]) if (!retained.includes(key)) entries.delete(key);
  for (const [key, change] of Object.entries(changes)) {
    const at = path === "" ? key : `${path}.${key}`;
    if (key.startsWith("$setElementOrder/")) continue;
    if (key.startsWith("$deleteFromPrimitiveList/")) {
      const list = key.slice(key.indexOf("/") + 1);
      const [kept, gone] = [entries.get(list), Array.isArray(change) ? change : []];
      if (Array.isArray(kept))
        entries.set(
          list,
          kept.filter((item) => !gone.includes(item)),
        );
    } else if (change === null || (isMapping(change) && change["$patch"] === "delete")) entries.delete(key);
    else entries.set(key, merge(entries.get(key), change, at));
  }
  return Object.fromEntries(entries);
}

function mergeList(target: unknown, patch: readonly unknown[], path: string): unknown[] {
  const there = Array.isArray(target) ? target : [];
  if (PRIMITIVE_LISTS.has(path)) return [...new Set([...there, ...patch])];
  const key = MERGED_LISTS[path];
  const items = patch.filter((item) => !(isMapping(item) && item["$patch"] === "replace"));
  if (key === undefined) return items.map((item) => merge(undefined, item, `${path}[]`));
  const keyOf = (item: unknown): unknown => (isMapping(item) ? item[key] : undefined);
  const kept = there.filter((item) => !items.some((other) => keyOf(other) === keyOf(item)));
  return [...kept, ...items];
}
