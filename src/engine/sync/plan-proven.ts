/** A plan that deletes is made of a render that came out twice. */
import { Failure } from "../../core/model/failure.ts";
import type { Plan } from "../../core/model/plan.ts";
import { proofRead, type Unproven } from "../../core/plan/proof-read.ts";
import type { Compared } from "../compare/compared.ts";
import type { SyncOperation } from "../managed-application.ts";
import type { Target } from "../target/target.ts";
import { type PlannedOperation, type PlanningParts, planOperation } from "./plan-operation.ts";

export interface Proving extends Omit<PlanningParts, "unproven"> {
  /** The same commits exported and rendered by a run of the renderer. @throws {Failure} */
  renderAnew(target: Target): Promise<Target>;
  /** @throws {Failure} */
  compare(target: Target): Promise<Compared>;
}

export interface PlannedProven {
  planned: PlannedOperation;
  /** What it was planned of. */
  target: Target;
  compared: Compared;
  /** `not-needed`: nothing is to be deleted. `same`: two renders had the same objects. */
  proof: "not-needed" | "same" | Unproven;
}

/** Each time the new render has more than the one before: a chart that adds something each time is not followed for ever. */
const MOST_RENDERS = 3;

/**
 * Before anything is deleted because Git does not want it any more, what Git wants is rendered again: a kept render that
 * lost something, or one that comes out otherwise each time, deletes nothing. It costs a render, and only where something
 * is to be deleted.
 *
 * @param first as it was rendered, and as it was compared
 * @throws {Failure} where it cannot be rendered again: then nothing is written
 */
export async function planProven(
  request: SyncOperation,
  first: { target: Target; compared: Compared },
  { renderAnew, compare, ...parts }: Proving,
): Promise<PlannedProven> {
  let { target, compared } = first;
  for (let renders = 1; ; renders++) {
    const planned = planOperation(request, compared, parts);
    if (planned.is === "refused" || !deletes(planned.plan))
      return { planned, target, compared, proof: "not-needed" };
    const second = await renderAnew(target).catch((cause: unknown) => {
      throw unreadable(cause, compared);
    });
    const proof = proofRead(target, second);
    if (proof.is === "same") return { planned, target, compared, proof: "same" };
    if (proof.is === "lacking" && renders < MOST_RENDERS) {
      target = second;
      compared = await compare(second);
      continue;
    }
    const unproven = { why: proof.why, wanted: proof.wanted };
    const kept = planOperation(request, compared, { ...parts, unproven });
    return { planned: kept, target, compared, proof: unproven };
  }
}

function deletes({ waves }: Plan): boolean {
  return waves.some(({ steps }) => steps.some((step) => step.do === "prune"));
}

function unreadable(cause: unknown, { snapshot: { app } }: Compared): unknown {
  if (!(cause instanceof Failure)) return cause;
  const { namespace, name } = app.metadata;
  return new Failure(cause.code, `Application ${namespace}/${name}`, cause.retry, {
    cannot: "delete what left Git",
    why: `what Git wants is rendered once more before that, and it cannot be: ${cause.message}`,
    cause,
  });
}
