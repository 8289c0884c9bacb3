import type { ManagedFieldsEntry } from "./kube-object.ts";

/** The name under which we apply. */
export const FIELD_MANAGER = "holdfast";

/** The name under which an action writes that a person started: what it sets is that person's, and nothing that we apply. */
export const ACTION_MANAGER = "holdfast-action";

/** The name under which an undo gives back what others had set on an object that it makes again. */
export const UNDO_MANAGER = "holdfast-undo";

/** Our own claim: what an apply under our name owns. */
export function isOurs(entry: ManagedFieldsEntry): boolean {
  return entry.manager === FIELD_MANAGER && entry.operation === "Apply" && (entry.subresource ?? "") === "";
}
