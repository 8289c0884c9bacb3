/** One try of an operation, once it has a plan: what it works with, and what is said of it. */
import { type IgnoredFields, NOTHING_IGNORED } from "../../core/compare/index.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import { Failure } from "../../core/model/failure.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import type { ObjectRef } from "../../core/model/object-ref.ts";
import type { OperationState, ResourceResult, SyncSource } from "../../core/model/operation.ts";
import type { Plan, Refusal } from "../../core/model/plan.ts";
import type { Approval } from "../../core/plan/approval.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import type { Slot } from "../../lib/slots.ts";
import type { Compared } from "../compare/compared.ts";
import { refusedBy } from "../limits.ts";
import type { ManagedApplication, RunningOperation, SyncOperation } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import type { Target } from "../target/target.ts";
import type { UndoPlan } from "../undo/plan-undo.ts";
import { withContested } from "./contested-fields.ts";
import { driftInfo, driftsIn, withInfo } from "./drift-info.ts";
import type { OperationHost } from "./operation-host.ts";
import { isStartedHook, refusedPrunes, sourcesAt } from "./results.ts";
import { RunLanes } from "./run-lanes.ts";
import { stillMeant } from "./superseded.ts";

/** What was found out before anything is written. */
export interface Found {
  managed: ManagedApplication;
  run: RunningOperation;
  host: OperationHost;
  slot: Slot;
  request: SyncOperation;
  snapshot: Snapshot;
  target: Target;
  /** What was known to be wanted when it began: older than what it delivers, or beside it. */
  wantedBefore: Target | undefined;
  compared: Compared;
  /** The cluster's objects, asked for on this operation's errand. */
  objects: ClusterObjects;
  plan: Plan;
  /** What a person approved of deleting by it. */
  approval: Approval | undefined;
  /** What the guards of the plan say of an object that was to be deleted, as it is by now. */
  refusedNow(live: LiveObject): Refusal | undefined;
  /** Where it makes again what prunes deleted. */
  undo: UndoPlan | undefined;
}

export interface Trying extends Found {
  mode: "dry-run" | "write";
  /** `resumed`: an earlier process of this same try had begun it. */
  begun: "anew" | "resumed";
  /** What that one wrote down of its hooks. */
  remembered: readonly ResourceResult[];
  /** As it is shown: with what is known of what it puts back. */
  operation: SyncOperation;
  /** Its steps so far, and again where more is known of them. */
  results: ResourceResult[];
  lanes: RunLanes;
  /** Terminated, overtaken, or the daemon ends. */
  ended: AbortSignal;
  show(message?: string, how?: "soon" | "durable"): void;
  /** What a write of it leaves to others. */
  ignoredOf(desired: DesiredObject): IgnoredFields;
  /**
   * Why it may not be written or deleted now; undefined where it may.
   * @throws {Failure | Superseded} where the operation is not meant any more
   */
  permits(ref: ObjectRef): string | undefined;
  /** Who has it, for people, where it is another's by now. */
  holder(live: LiveObject): Promise<string | undefined>;
}

export function tryWith(found: Found): Trying {
  const { managed, run, host, request, snapshot, target, compared, plan, undo } = found;
  const { app, cluster } = snapshot;
  const before = stateOf(managed);
  const source = sourcesAt(app, target);
  const remembered = hooksBefore(before, source);
  const results: ResourceResult[] = [
    ...refusedPrunes(plan.refusals),
    ...remembered,
    ...(undo?.skipped ?? []),
  ];
  const lanes = new RunLanes(plan, host.ports.clock);
  const ignoredOf = ({ key }: DesiredObject) => compared.ignored.get(key) ?? NOTHING_IGNORED;
  // Told before it is written over: afterwards nobody can say who had set it.
  const drifts = driftsIn(plan, compared, managed.memory.records, ignoredOf);
  const operation = withInfo(request, driftInfo(drifts, cluster));
  return {
    ...found,
    mode: request.sync.dryRun === true ? "dry-run" : "write",
    begun: before.syncResult === undefined ? "anew" : "resumed",
    remembered,
    operation,
    results,
    lanes,
    ended: AbortSignal.any([run.abort.signal, host.stopping]),
    show(message, how = "soon") {
      const { managedNamespaceMetadata } = app.spec.syncPolicy ?? {};
      const syncResult = {
        ...{ ...source, resources: results, lanes: lanes.all() },
        ...defined({ managedNamespaceMetadata }),
      };
      host.show(managed, { ...stateOf(managed), operation, ...defined({ message }), syncResult }, how);
    },
    ignoredOf: (desired) => withContested(ignoredOf(desired), desired, managed, request, compared),
    permits: (ref) => refusedBy(stillMeant(managed, snapshot, request.sync, host).project, ref, cluster),
    holder: (live) => host.claims.holder(live, compared.us, cluster, managed),
  };
}

/** What an earlier process of this same try wrote down of the hooks that it ran; of another commit it says nothing. */
function hooksBefore({ syncResult }: OperationState, now: SyncSource): ResourceResult[] {
  if (syncResult === undefined) return [];
  const { resources, lanes: __, managedNamespaceMetadata: _, ...then } = syncResult;
  return equalJson(then, now) ? resources.filter(isStartedHook) : [];
}

/** @throws {Failure} where there is none */
export function stateOf({ key, operation }: ManagedApplication): OperationState {
  if (operation.state !== undefined) return operation.state;
  throw new Failure("internal", `Application ${key}`, "backoff", {
    cannot: "go on with its operation",
    why: "there is none",
  });
}
