import { ACTION_MANAGER } from "../../model/field-manager.ts";
import type { ManagedFieldsEntry } from "../../model/kube-object.ts";
import { isTakeable } from "./takeover.ts";

/** Names under which a person's hands write: kubectl's verbs, terminals, desktops and browsers, and our own actions. */
const HANDS: readonly RegExp[] = [
  /^kubectl-(?!client-side-apply$)/,
  /^kubectl$/,
  new RegExp(`^${ACTION_MANAGER}$`),
  /^(?:k9s|curl|Lens|OpenLens|Freelens|Headlamp|dashboard|dashboard-api|Mozilla|node-fetch|axios)$/,
];

/** Whether a person wrote it by hand, once: nobody will write it again by itself. */
export function isInteractive(entry: Pick<ManagedFieldsEntry, "manager" | "operation">): boolean {
  return entry.operation === "Update" && !isTakeable(entry) && HANDS.some((hand) => hand.test(entry.manager));
}
