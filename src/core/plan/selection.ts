import { filled } from "../../lib/defined.ts";
import { FILE_NAME, matchesGlob } from "../../lib/glob.ts";
import type { ObjectRef } from "../model/object-ref.ts";
import type { SyncResource } from "../model/operation.ts";

/**
 * Whether a selective sync means this object: some including selector does (or there is none), and no excluding one.
 * `*` globs in every part; an absent group is the core group, an absent namespace any.
 */
export function isSelected(ref: ObjectRef, resources: readonly SyncResource[] | undefined): boolean {
  if (resources === undefined || resources.length === 0) return true;
  const including = resources.filter(({ exclude }) => exclude !== true);
  if (including.length > 0 && !including.some((resource) => means(resource, ref))) return false;
  return !resources.some((resource) => resource.exclude === true && means(resource, ref));
}

/** Whether a selector names exactly this object, without globs: a person typed its name. */
export function isNamed(ref: ObjectRef, resources: readonly SyncResource[] | undefined): boolean {
  return (
    resources?.some(
      ({ exclude, group, kind, name, namespace }) =>
        exclude !== true &&
        (group ?? "") === ref.group &&
        kind === ref.kind &&
        name === ref.name &&
        (namespace === undefined || namespace === "" || namespace === ref.namespace),
    ) ?? false
  );
}

/** An including selector that means none of these objects: a name with a slip would sync nothing, and succeed. */
export function strayAmong(
  resources: readonly SyncResource[] | undefined,
  refs: readonly ObjectRef[],
): SyncResource | undefined {
  return resources?.find(
    (resource) => resource.exclude !== true && !refs.some((ref) => means(resource, ref)),
  );
}

/** As `--resource` takes it. */
export function showSelector({ group = "", kind, namespace = "", name }: SyncResource): string {
  return `${group}:${kind}:${namespace === "" ? "" : `${namespace}/`}${name}`;
}

function means({ group, kind, name, namespace }: SyncResource, ref: ObjectRef): boolean {
  return (
    matchesGlob(group ?? "", ref.group, FILE_NAME) &&
    matchesGlob(kind, ref.kind, FILE_NAME) &&
    matchesGlob(name, ref.name, FILE_NAME) &&
    (namespace === undefined || namespace === "" || matchesGlob(namespace, ref.namespace, FILE_NAME))
  );
}

/** The selector that means exactly this object. */
export function selectorOf({ group, kind, namespace, name }: ObjectRef): SyncResource {
  return { group, kind, ...filled({ namespace }), name };
}
