import type { ManagedFieldsEntry } from "./kube-object.ts";

/** The name under which we apply. */
export const FIELD_MANAGER = "holdfast";

/** Our own claim: what an apply under our name owns. */
export function isOurs(entry: ManagedFieldsEntry): boolean {
  return entry.manager === FIELD_MANAGER && entry.operation === "Apply" && (entry.subresource ?? "") === "";
}
