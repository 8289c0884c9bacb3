import { isOurs } from "../../model/field-manager.ts";
import { ifStill, type JsonPatchOp } from "../../model/json-patch.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { type ElementPath, isEmptySet, withoutFields } from "../fields/fields-v1.ts";

/**
 * Takes places out of our own managedFields entry, so that leaving them out of the next apply leaves their values
 * alone. The resourceVersion is the precondition.
 *
 * @param live as read, with managedFields
 * @returns undefined where we own none of them
 */
export function releasePatch(live: KubeObject, release: readonly ElementPath[]): JsonPatchOp[] | undefined {
  const entries = live.metadata.managedFields ?? [];
  const at = entries.findIndex(isOurs);
  const entry = entries[at];
  if (entry?.fieldsV1 === undefined) return undefined;
  const left = release.reduce(withoutFields, entry.fieldsV1);
  if (left === entry.fieldsV1) return undefined;
  return [
    ifStill(live.metadata.resourceVersion),
    isEmptySet(left)
      ? { op: "remove", path: `/metadata/managedFields/${at}` }
      : { op: "replace", path: `/metadata/managedFields/${at}/fieldsV1`, value: left },
  ];
}
