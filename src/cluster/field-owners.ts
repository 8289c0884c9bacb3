import { valuesAt } from "../core/compare/index.ts";
import { isOurs } from "../core/model/field-manager.ts";
import type { KubeObject, ManagedFieldsEntry } from "../core/model/kube-object.ts";
import type { ForeignManager, OwnEntry } from "../core/model/live-object.ts";
import { hashText } from "../lib/hash.ts";

/**
 * managedFields, reduced to what the comparison needs: our entry as hashes, the others by name.
 * @param apiVersion at which the object is shown
 */
export function fieldOwners(
  object: KubeObject,
  apiVersion: string,
): { own: OwnEntry | undefined; managers: readonly ForeignManager[] } {
  let own: OwnEntry | undefined;
  const managers: ForeignManager[] = [];
  for (const entry of object.metadata.managedFields ?? []) {
    if (isOurs(entry)) own = ownEntry(entry, object, apiVersion);
    else
      managers.push({
        manager: entry.manager,
        operation: entry.operation,
        subresource: entry.subresource ?? "",
        time: entry.time ?? "",
      });
  }
  return { own, managers };
}

function ownEntry(
  { apiVersion, time = "", fieldsV1 = {} }: ManagedFieldsEntry,
  object: KubeObject,
  shownAt: string,
): OwnEntry {
  const entry: OwnEntry = { apiVersion, time, fieldsHash: hashText(JSON.stringify(fieldsV1)) };
  return apiVersion === shownAt
    ? { ...entry, valuesHash: hashText(JSON.stringify(valuesAt(fieldsV1, object))) }
    : entry;
}
