import type { RevisionHistory } from "../../core/model/application.ts";
import { type Hold, isHeldAt, revisionsIn } from "../../core/model/hold.ts";

/** What brought it about, and why where somebody said so. */
export function causeOf({ cause, reason }: Pick<RevisionHistory, "cause" | "reason">): string {
  return [cause, reason].filter((word) => word !== undefined).join(": ");
}

export function whoOf({ initiatedBy }: Pick<RevisionHistory, "initiatedBy">): string {
  return initiatedBy?.automated === true ? "policy" : (initiatedBy?.username ?? "");
}

/**
 * Which deployment is there now, and whether a person holds it: the newest one, unless the rollback to what is held has
 * not ended well yet. Then it is the one that was gone back to.
 * @param entries the newest first
 */
export function standingOf(
  entry: RevisionHistory,
  entries: readonly RevisionHistory[],
  hold: Pick<Hold, "at" | "deployment"> | undefined,
): "held" | "current" | undefined {
  const [newest] = entries;
  const isThere = newest !== undefined && entry.id === newest.id;
  if (hold === undefined) return isThere ? "current" : undefined;
  const hasArrived = newest !== undefined && isHeldAt(hold, revisionsIn(newest));
  const heldId = hasArrived ? newest.id : hold.deployment;
  if (entry.id === heldId) return "held";
  return isThere ? "current" : undefined;
}
