/** One deletion of a plan: kept for an undo, judged once more as it is now, and sent with just that as precondition. */
import { showApiVersion } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { show } from "../../core/model/object-ref.ts";
import type { StepOutcome } from "../../core/model/plan.ts";
import type { Carrying, PruneStep } from "./carrying.ts";
import { messageOf } from "./step-words.ts";

/** Of one object that others change faster than it can be judged. */
const TRIES = 3;

export async function pruneObject(step: PruneStep, carrying: Carrying): Promise<StepOutcome> {
  for (let tries = 1; ; tries++) {
    const outcome = await pruneOnce(step, carrying, tries === 1 ? "as-known" : "read-anew");
    if (outcome === "others-undecided") {
      // Each is waited for once, so that this ends.
      await carrying.othersLooked();
      tries = 0;
      continue;
    }
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
): Promise<StepOutcome | "changed-meanwhile" | "others-undecided"> {
  const { cluster, objects, signal, permits } = carrying;
  signal.throwIfAborted();
  const known = cluster.get(step.key) ?? (await readAnew(step, carrying));
  if ("outcome" in known) return known;
  if (known.uid !== step.uid) return ALREADY_GONE;
  const before = carrying.stays(known);
  if (before !== undefined) return { outcome: "prune-skipped", message: `stays: ${before}` };
  const kept = await carrying.keepDeleted(known);
  if (kept.is === "gone") return ALREADY_GONE;
  if (kept.is === "unknown") return { outcome: "failed", message: kept.why };
  let live = kept.live ?? cluster.get(step.key) ?? known;
  if (how === "read-anew" && kept.live === undefined) {
    const found = await readAnew(step, carrying);
    if (!("outcome" in found)) live = found;
    else if (found.outcome !== "failed") return found;
  }
  if (live.uid !== step.uid) return ALREADY_GONE;
  if (live.object.metadata.deletionTimestamp !== undefined)
    return { outcome: "going", message: "deletion asked for" };
  const objection = await carrying.objection(live);
  // Once more: the answers took their time.
  signal.throwIfAborted();
  const denied = permits(step.ref);
  if (denied !== undefined) return { outcome: "failed", message: denied };
  // Either may be the newer one: a watch that hangs shows what was, and what was read is from before the answers.
  const why = objection ?? carrying.stays(live) ?? carrying.stays(cluster.get(step.key) ?? live);
  if (why !== undefined) return { outcome: "prune-skipped", message: `stays: ${why}` };
  if (carrying.someUndecided()) return "others-undecided";
  const { uid, resourceVersion } = live;
  const { propagation } = step;
  const outcome = await objects.delete(
    step.ref,
    live.apiVersion,
    { uid, resourceVersion, propagation },
    "write",
  );
  if (outcome.is === "absent") return ALREADY_GONE;
  if (outcome.is === "deleted") return { outcome: "going", message: "deletion asked for" };
  if (outcome.is === "refused" && outcome.reason === "Conflict") return "changed-meanwhile";
  return { outcome: "failed", message: messageOf(outcome) };
}

const ALREADY_GONE: StepOutcome = { outcome: "pruned", message: "was already gone" };

/** What no watch shows is not gone for that: its kind may not be watched any more. */
async function readAnew(
  { ref }: PruneStep,
  { cluster, objects }: Pick<Carrying, "cluster" | "objects">,
): Promise<LiveObject | StepOutcome> {
  const kind = await cluster.kind({ group: ref.group, version: "", kind: ref.kind });
  if (kind.is === "absent") return ALREADY_GONE;
  const found = kind.is === "known" ? await objects.read(ref, showApiVersion(kind.info)) : kind;
  switch (found.is) {
    case "found":
      return found.live;
    case "absent":
      return ALREADY_GONE;
    case "unreachable":
    case "forbidden":
      return { outcome: "failed", message: `whether it is there cannot be told: ${found.why}` };
  }
}
