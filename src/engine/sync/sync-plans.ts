/** What a sync of just these options would do to what is there now; writes nothing. */
import type { AppKey } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import type { ObjectRef, RefKey } from "../../core/model/object-ref.ts";
import type { Step } from "../../core/model/plan.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Applications } from "../applications.ts";
import { compareOnce } from "../blast/compare-once.ts";
import { notCompared } from "../blast/not-compared.ts";
import { shadowOf } from "../blast/shadow.ts";
import { type CompareRooms, compareToShow } from "../compare/compare-now.ts";
import type { Compared } from "../compare/compared.ts";
import type { Found, PlannedObjectStep, SyncPlan } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { SyncOperation } from "../managed-application.ts";
import { managedResources } from "../show/views.ts";
import { OF_A_REQUEST, type Snapshots } from "../snapshot.ts";
import { targetAgain } from "../target/find-target.ts";
import { namedTarget } from "../target/named-target.ts";
import type { Target } from "../target/target.ts";
import { revisionNamesOf } from "../target/tips.ts";
import { refuseGoing } from "./may-start.ts";
import { planProven } from "./plan-proven.ts";

const NEVER = new AbortController().signal;

export interface SyncPlanParts {
  ports: EnginePorts;
  applications: Applications;
  snapshots: Snapshots;
  comparing: CompareRooms;
}

/**
 * @throws {Failure} where it cannot be told
 * @throws the signal's reason
 */
export async function planOfSync(
  key: AppKey,
  operation: SyncOperation,
  { ports, applications, snapshots, comparing }: SyncPlanParts,
  signal: AbortSignal = NEVER,
): Promise<Found<SyncPlan>> {
  const managed = applications.get(key);
  if (managed === undefined) return { is: "absent" };
  refuseGoing(managed, "tell what a sync would do");
  const snapshot = { ...snapshots.take(managed.aim, undefined), generation: OF_A_REQUEST };
  const { revision, revisions = revision === undefined ? undefined : [revision] } = operation.sync;
  const found = await namedTarget(managed, snapshot, revisions, ports, signal);
  // A revision that is named may be nobody's work yet: it opens no watch, and shows nothing that the project does not permit.
  const isNamed = (revisions ?? []).some((one) => one !== "");
  const shadow = isNamed ? shadowOf(managed, { key, app: snapshot.app }) : managed;
  let denied: ReadonlyMap<RefKey, string> = new Map();
  const show = async (target: Target): Promise<Compared> => {
    signal.throwIfAborted();
    if (!isNamed) return compareToShow(managed, snapshot, target, comparing);
    const once = await compareOnce(managed, shadow, snapshot, target, comparing, signal);
    denied = once.denied;
    return { ...once.compared, target };
  };
  const first = { target: found, compared: await show(found) };
  const { planned, target, compared } = await planProven(operation, first, {
    startedAt: timestamp(ports.clock.now()),
    memory: managed.memory,
    ports,
    renderAnew: (target) => targetAgain(managed, snapshot, target, ports, signal),
    compare: show,
  });
  if (planned.is === "refused")
    throw new Failure("conflict", `Application ${key}`, "after-edit", {
      ...{ cannot: "sync it so", why: planned.why.replace(/\.? Nothing was done\.?/, "") },
      fix: "Look at what there is to sync, and choose of that",
    });
  const { waves, refusals, impossible = [] } = planned.plan;
  return {
    is: "found",
    value: {
      revisions: revisionNamesOf(target),
      resources: [
        ...(await managedResources(compared, shadow.memory.records, signal)),
        ...notCompared(target, denied),
      ],
      steps: waves.flatMap(({ steps, phase, wave }) =>
        steps.flatMap((step) => {
          const told = stepOf(step);
          return told === undefined ? [] : [{ ...told, phase, wave }];
        }),
      ),
      refusals: [
        ...refusals.map(({ ref, text, guard }) => ({ ref, text, guard })),
        ...[...impossible, ...deniedOf(target, denied)].map(({ ref, text }) => ({ ref, text })),
      ],
      candidates: planned.candidates(),
    },
  };
}

/** Ordinary objects alone: the plan says it of hooks, which are not compared. */
function deniedOf(
  { desired }: Target,
  denied: ReadonlyMap<RefKey, string>,
): { ref: ObjectRef; text: string }[] {
  return desired.flatMap(({ key, ref, role }) => {
    const text = role.is === "ordinary" ? denied.get(key) : undefined;
    return text === undefined ? [] : [{ ref, text }];
  });
}

function stepOf(step: Step): Pick<PlannedObjectStep, "ref" | "does"> | undefined {
  switch (step.do) {
    case "create-namespace":
      return { ref: namespaceRef(step.namespace), does: "create-namespace" };
    case "apply":
      return { ref: step.desired.ref, does: step.how };
    case "hook":
      return { ref: step.desired.ref, does: "hook" };
    case "prune":
      return { ref: step.ref, does: "prune" };
  }
}

function namespaceRef(name: string): ObjectRef {
  return { group: "", kind: "Namespace", namespace: "", name };
}
