import type { ManagedFieldsEntry } from "../core/model/kube-object.ts";
import type { ForeignManager, OwnEntry } from "../core/model/live-object.ts";
import { hashText } from "../lib/hash.ts";

/** Who we are in managedFields. */
export const FIELD_MANAGER = "holdfast";

const isOwn = ({ manager, operation, subresource }: ManagedFieldsEntry): boolean =>
  manager === FIELD_MANAGER && operation === "Apply" && (subresource ?? "") === "";

/** managedFields, reduced to what the comparison needs: our entry as a hash, the others by name. */
export function fieldOwners(entries: readonly ManagedFieldsEntry[] | undefined): { own: OwnEntry | undefined; managers: readonly ForeignManager[] } {
  let own: OwnEntry | undefined;
  const managers: ForeignManager[] = [];
  for (const entry of entries ?? []) {
    if (isOwn(entry)) own = { apiVersion: entry.apiVersion, time: entry.time ?? "", fieldsHash: hashText(JSON.stringify(entry.fieldsV1 ?? {})) };
    else managers.push({ manager: entry.manager, operation: entry.operation, subresource: entry.subresource ?? "", time: entry.time ?? "" });
  }
  return { own, managers };
}
