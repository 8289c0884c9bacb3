import { isNeverRecreated } from "../compare/index.ts";
import type { DesiredObject, Role } from "../model/desired-object.ts";
import type { LiveObject } from "../model/live-object.ts";
import type { SyncPhase } from "../model/operation.ts";
import type { HookStep } from "../model/plan.ts";

/** @param live what stands under its name; undefined where nothing does, or where that is found out when it runs */
export function hookStep(
  desired: DesiredObject,
  { deletePolicies }: Role & { is: "hook" },
  type: SyncPhase,
  live: LiveObject | undefined,
): HookStep {
  const isNamed = desired.object.metadata.name !== undefined;
  // With a Namespace, a definition, a claim or a volume more would go than its last run.
  const isHeld = isNeverRecreated(desired.ref);
  return {
    do: "hook",
    desired,
    type,
    deletePolicies,
    live,
    // Whatever has a name made for this run is a leftover of an earlier try of it.
    run: !isNamed || (deletePolicies.includes("BeforeHookCreation") && !isHeld) ? "anew" : "over",
  };
}
