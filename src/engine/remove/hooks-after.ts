/** What is to run when everything is gone is asked for before anything goes: afterwards nobody could still keep it. */
import { definedKind } from "../../core/compare/index.ts";
import { groupKind, type ObjectRef, show } from "../../core/model/object-ref.ts";
import type { HookStep } from "../../core/model/plan.ts";
import { deferrable } from "../../core/plan/deferrable.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import { askHook } from "../sync/preflight.ts";
import type { ObjectsPlan } from "./deletion.ts";
import type { FoundHooks } from "./found-hooks.ts";

export interface AskingAfter {
  cluster: Cluster;
  objects: ClusterObjects;
  /** What goes in between. */
  going: ObjectsPlan;
  /** Why it is not permitted, undefined where it is. */
  permits(ref: ObjectRef): string | undefined;
}

/**
 * Dry runs of the PostDelete hooks against the cluster as it is now, and what the deletion itself takes from under them.
 * What it may give (room in a quota) and what another of its hooks makes is not asked for.
 * @returns those that could not be run, a sentence each without a full stop
 */
export async function refusedAfter(
  { before, after }: Pick<FoundHooks, "before" | "after">,
  parts: AskingAfter,
): Promise<string[]> {
  const plan = { waves: [...before, ...after] };
  const steps = after.flatMap((wave) => wave.steps).filter((step) => step.do === "hook");
  const refused = await Promise.all(
    steps.map(async (step): Promise<string | undefined> => {
      const { ref, origin } = step.desired;
      const why =
        parts.permits(ref) ?? takenAway(step, steps, parts.going) ?? (await refusal(step, plan, parts));
      return why === undefined ? undefined : `${show(ref)} (${origin.file}:${origin.line}): ${why}`;
    }),
  );
  return refused.filter((text) => text !== undefined);
}

/** Where it is to run, or what it is an object of, goes with the application. */
function takenAway(
  { desired: { ref } }: HookStep,
  hooks: readonly HookStep[],
  { plan, tracked }: ObjectsPlan,
): string | undefined {
  const lost = new Set(plan.waves.flatMap(({ gate }) => gate.map(({ key }) => key)));
  const isLost = ({ group, kind, name }: Omit<ObjectRef, "namespace">): boolean =>
    tracked.some(
      (live) =>
        lost.has(live.key) && groupKind(live.ref) === groupKind({ group, kind }) && live.ref.name === name,
    );
  const isMadeAgain = hooks.some(
    ({ desired }) => groupKind(desired.ref) === "Namespace" && desired.ref.name === ref.namespace,
  );
  if (!isMadeAgain && isLost({ group: "", kind: "Namespace", name: ref.namespace }))
    return `its Namespace ${ref.namespace} goes with the application`;
  const isKindLost = tracked.some(
    ({ key, object }) => lost.has(key) && definedKind(object) === groupKind(ref),
  );
  return isKindLost ? `the definition of its kind goes with the application` : undefined;
}

async function refusal(
  step: HookStep,
  plan: Parameters<typeof deferrable>[2],
  { cluster, objects }: AskingAfter,
): Promise<string | undefined> {
  const answer = await askHook(step, { cluster, objects });
  // Who does not answer now is asked when its turn comes, and what takes up room in a quota may be what goes.
  if (answer === undefined || answer.status === 0 || answer.message.includes("exceeded quota"))
    return undefined;
  return deferrable(answer, step, plan).is === "deferrable" ? undefined : answer.message;
}
