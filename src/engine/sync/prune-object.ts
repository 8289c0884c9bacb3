/** One deletion of a plan: kept for an undo, judged once more as it is now, and sent with just that as precondition. */
import { show } from "../../core/model/object-ref.ts";
import type { StepOutcome } from "../../core/model/plan.ts";
import type { Carrying, PruneStep } from "./carrying.ts";
import { messageOf } from "./step-words.ts";

/** Of one object that others change faster than it can be judged. */
const TRIES = 3;

export async function pruneObject(step: PruneStep, carrying: Carrying): Promise<StepOutcome> {
  for (let tries = 1; ; tries++) {
    const outcome = await pruneOnce(step, carrying, tries === 1 ? "as-known" : "read-anew");
    if (outcome !== "changed-meanwhile") return outcome;
    if (tries === TRIES)
      return {
        outcome: "failed",
        message: `${show(step.ref)} was changed by others each time before it could be deleted, ${TRIES} times. It stays until a sync finds it at rest`,
      };
  }
}

async function pruneOnce(
  step: PruneStep,
  carrying: Carrying,
  how: "as-known" | "read-anew",
): Promise<StepOutcome | "changed-meanwhile"> {
  const { cluster, objects, signal, permits } = carrying;
  signal.throwIfAborted();
  const known = cluster.get(step.key);
  if (known === undefined || known.uid !== step.uid)
    return { outcome: "pruned", message: "was already gone" };
  const before = carrying.stays(known);
  if (before !== undefined) return { outcome: "prune-skipped", message: `stays: ${before}` };
  const kept = await carrying.keepDeleted(known);
  if (kept.is === "gone") return { outcome: "pruned", message: "was already gone" };
  if (kept.is === "unknown") return { outcome: "failed", message: kept.why };
  let live = kept.live ?? cluster.get(step.key) ?? known;
  if (how === "read-anew" && kept.live === undefined) {
    const found = await objects.read(step.ref, known.apiVersion);
    if (found.is === "found") live = found.live;
    else if (found.is === "absent") return { outcome: "pruned", message: "was already gone" };
  }
  if (live.uid !== step.uid) return { outcome: "pruned", message: "was already gone" };
  if (live.object.metadata.deletionTimestamp !== undefined)
    return { outcome: "going", message: "deletion asked for" };
  const objection = await carrying.objection(live);
  // Once more: the answers took their time.
  signal.throwIfAborted();
  const denied = permits(step.ref);
  if (denied !== undefined) return { outcome: "failed", message: denied };
  const why = objection ?? carrying.stays(cluster.get(step.key) ?? live);
  if (why !== undefined) return { outcome: "prune-skipped", message: `stays: ${why}` };
  const { uid, resourceVersion } = live;
  const { propagation } = step;
  const outcome = await objects.delete(
    step.ref,
    live.apiVersion,
    { uid, resourceVersion, propagation },
    "write",
  );
  if (outcome.is === "absent") return { outcome: "pruned", message: "was already gone" };
  if (outcome.is === "deleted") return { outcome: "going", message: "deletion asked for" };
  if (outcome.is === "refused" && outcome.reason === "Conflict") return "changed-meanwhile";
  return { outcome: "failed", message: messageOf(outcome) };
}
