import { type Claimant, isHook, owningApp } from "../../core/compare/index.ts";
import { keyOfApp } from "../../core/model/application.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { type RefKey, refKey, show } from "../../core/model/object-ref.ts";
import type { Plan, Refusal } from "../../core/model/plan.ts";
import { type Approval, bindApproval, isBound } from "../../core/plan/approval.ts";
import { type PlanInput, planSync } from "../../core/plan/plan-sync.ts";
import type { Unproven } from "../../core/plan/proof-read.ts";
import { pruneVerdicts, refusedNow } from "../../core/plan/prune-guards.ts";
import { showSelector, strayAmong } from "../../core/plan/selection.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import { defined } from "../../lib/defined.ts";
import { extrasOf, keysOf } from "../compare/compare-now.ts";
import type { Compared } from "../compare/compared.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { guardsOf } from "../guard-settings.ts";
import { takenAlong } from "../home/taken-along.ts";
import { deniedBy, deniedHooks } from "../limits.ts";
import type { SyncOperation } from "../managed-application.ts";
import type { Memory } from "../memory.ts";
import { revisionNamesOf } from "../target/tips.ts";
import { pausedPrunes } from "./guards.ts";

export interface PlanningParts {
  startedAt: string;
  memory: Pick<Memory, "extrasSeen" | "namespaceIs" | "approval">;
  ports: Pick<EnginePorts, "clock" | "settings" | "paused" | "records" | "parents">;
  unproven?: Unproven | undefined;
}

export type PlannedOperation =
  | {
      is: "planned";
      plan: Plan;
      /** What a person approved of by it. */
      approval: Approval | undefined;
      /** How many objects would be deleted if a person approved of it. */
      candidates(): number;
      /** What the same guards say of an object that was to be deleted, as it is by now. */
      refusedNow(live: LiveObject): Refusal | undefined;
    }
  | { is: "refused"; why: string };

/** `refused`: a person approved of another number of deletions than there are. */
export function planOperation(
  request: SyncOperation,
  compared: Compared,
  { startedAt, memory, ports, unproven }: PlanningParts,
): PlannedOperation {
  const { snapshot, target, comparison, reown, handedOver, us } = compared;
  const stray = strayIn(request, compared);
  if (stray !== undefined) return { is: "refused", why: stray };
  const { app, project, cluster, settings } = snapshot;
  const revision = revisionNamesOf(target).join(" ");
  const destinationNamespace = app.spec.destination.namespace ?? "";
  const namespace = cluster.get(
    refKey({ group: "", kind: "Namespace", namespace: "", name: destinationNamespace }),
  );
  const hooks = standingUnderHooks(target.desired, us, cluster);
  const seen = memory.extrasSeen(keysOf(extrasOf(compared)), target.contentKey);
  const input: PlanInput = {
    app,
    desired: target.desired,
    differences: comparison.differences,
    reown,
    request: request.sync,
    asked: request.initiatedBy?.automated === true ? "automatically" : "by-person",
    // The annotation is written after it was said what waits, and before the sync that obeys it.
    startedAt: seen?.since ?? startedAt,
    now: ports.clock.now(),
    revision,
    contents: compared.contents,
    along: takenAlong(cluster, ports).withObject,
    guards: guardsOf(settings, cluster),
    leftOut: target.leftOut,
    ...pausedPrunes(ports),
    ...defined({ unproven, presentBefore: seen?.present }),
    denied: new Map([
      ...deniedBy(project, comparison.differences, cluster),
      ...deniedHooks(project, target.desired, cluster),
      ...handedOver,
    ]),
    hooks,
    namespaceIs: memory.namespaceIs(app),
    ...defined({ destinationNamespace: namespace }),
  };
  const count = request.sync.confirmPrune;
  const planned = (by: PlanInput): PlannedOperation => ({
    is: "planned",
    plan: planSync(by),
    approval: by.approval,
    candidates: () => pruneVerdicts(by).candidates.length,
    refusedNow: (live) => refusedNow(live, by),
  });
  if (count === undefined) return planned(input);
  const { candidates } = pruneVerdicts(input);
  // An earlier try of it has deleted some: what is left by now is fewer, and nothing else was approved of.
  const known = memory.approval?.startedAt === startedAt ? memory.approval : undefined;
  const approval =
    known === undefined
      ? bindApproval(count, candidates, revision)
      : isBound(known, candidates, revision)
        ? known
        : undefined;
  if (approval !== undefined) return planned({ ...input, approval });
  const listed = candidates.slice(0, 5).map(({ ref }) => show(ref));
  const names = listed.length === 0 ? "" : `: ${listed.join(", ")}${candidates.length > 5 ? ", …" : ""}`;
  return {
    is: "refused",
    why:
      known === undefined
        ? `you approved of deleting ${count} objects, but there are ${candidates.length}${names}. Nothing was done`
        : `what you approved of deleting is not what would be deleted by now (${candidates.length}${names}). Nothing more was done`,
  };
}

/** Whoever names what is not there is told so. A heal names what it saw, which may have left since. */
function strayIn(
  { sync: { resources }, initiatedBy }: SyncOperation,
  { comparison, target, snapshot: { app } }: Compared,
): string | undefined {
  if (initiatedBy?.automated === true) return undefined;
  const there = comparison.differences.map((difference) =>
    difference.is === "extra" ? difference.live.ref : difference.desired.ref,
  );
  const stray = strayAmong(resources, [...there, ...target.desired.map(({ ref }) => ref)]);
  if (stray === undefined) return undefined;
  const key = keyOfApp(app);
  return `no object of ${key} fits ${showSelector(stray)}. Nothing was done. See them: holdfast app resources ${key} -o wide`;
}

/** Only what is ours, or was made as a hook of nobody's, may be deleted or written over under a hook's name. */
function standingUnderHooks(
  desired: readonly DesiredObject[],
  us: Claimant,
  cluster: Pick<Cluster, "get">,
): NonNullable<PlanInput["hooks"]> {
  const live = new Map<RefKey, LiveObject>();
  const foreign = new Map<RefKey, string>();
  for (const { key, role } of desired) {
    const there = role.is === "hook" ? cluster.get(key) : undefined;
    if (there === undefined) continue;
    live.set(key, there);
    const owner = owningApp(there, us);
    if (owner.is === "other") foreign.set(key, owner.name);
    else if (owner.is === "nobody" && !isHook(there.object))
      foreign.set(key, "nobody, and was not made as a hook");
  }
  return { live, foreign };
}
