import { FIELD_MANAGER, isOurs } from "../../model/field-manager.ts";
import { ifStill, type JsonPatchOp } from "../../model/json-patch.ts";
import type { FieldsV1, KubeObject, ManagedFieldsEntry } from "../../model/kube-object.ts";
import { type ElementPath, isEmptySet, unionFields, withoutFields } from "../fields/fields-v1.ts";

/**
 * Makes places of the live object ours alone, so that our next apply, which leaves them out, removes them in the same
 * request that writes what Git wants. Nothing but managedFields changes. The resourceVersion is the precondition.
 *
 * @param live as read, with managedFields
 * @param apiVersion the manifest's
 */
export function claimPatch(
  live: KubeObject,
  apiVersion: string,
  claims: readonly { place: ElementPath; fields: FieldsV1 }[],
): JsonPatchOp[] {
  const entries = live.metadata.managedFields ?? [];
  const own = entries.find(isOurs) ?? {
    manager: FIELD_MANAGER,
    operation: "Apply",
    apiVersion,
    fieldsType: "FieldsV1",
  };
  const ours = claims.reduce(
    (fields, { place, fields: below }) => unionFields(fields, at(place, below)),
    own.fieldsV1 ?? {},
  );
  const others = entries
    .filter((entry) => !isOurs(entry))
    .flatMap((entry): ManagedFieldsEntry[] => {
      if ((entry.subresource ?? "") !== "" || entry.fieldsV1 === undefined) return [entry];
      const left = claims.reduce((fields, { place }) => withoutFields(fields, place), entry.fieldsV1);
      return isEmptySet(left) ? [] : [{ ...entry, fieldsV1: left }];
    });
  return [
    ifStill(live.metadata.resourceVersion),
    { op: "replace", path: "/metadata/managedFields", value: [{ ...own, fieldsV1: ours }, ...others] },
  ];
}

function at(place: ElementPath, fields: FieldsV1): FieldsV1 {
  return place.reduceRight<FieldsV1>((below, element) => ({ [element]: below }), fields);
}
