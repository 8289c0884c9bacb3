/** One operation, from its start to its end: what it delivers, what differs, the plan, and what is written down of it. */

import { isHook, migrationOf, NOTHING_IGNORED, owningApp, recordIntended } from "../../core/compare/index.ts";
import { refusedByPause } from "../../core/model/daemon-pause.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import { asFailure, Failure } from "../../core/model/failure.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { namespaceMetadata } from "../../core/model/namespace-metadata.ts";
import type { ObjectRef } from "../../core/model/object-ref.ts";
import type { OperationState, ResourceResult, SyncRequest, SyncSource } from "../../core/model/operation.ts";
import type { Plan } from "../../core/model/plan.ts";
import { mayRetry, retryDelayMs } from "../../core/plan/retry-delay.ts";
import { optionsOf } from "../../core/plan/sync-options.ts";
import { undoWords } from "../../core/undo/undo-words.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import type { Slot, Slots } from "../../lib/slots.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { type CompareRooms, compareNow, isStill, saw } from "../compare/compare-now.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { refusedBy } from "../limits.ts";
import type { ManagedApplication, RunningOperation, SyncOperation } from "../managed-application.ts";
import type { Memory } from "../memory.ts";
import { isSameAim, type Snapshot } from "../snapshot.ts";
import { findTarget, targetAt } from "../target/find-target.ts";
import { faultsOf } from "../target/place-objects.ts";
import type { Target } from "../target/target.ts";
import { commitsOf, frozen, type Tips } from "../target/tips.ts";
import type { DeletedObjects } from "../undo/deleted-objects.ts";
import { giveAllBack, undoneMessage } from "../undo/end-undo.ts";
import { planUndo, type UndoPlan } from "../undo/plan-undo.ts";
import { carryOut } from "./carry-out.ts";
import { driftInfo, driftsIn, withInfo } from "./drift-info.ts";
import { untilGone, untilOpen } from "./gate.ts";
import { pausedPrunes } from "./guards.ts";
import { HookRuns } from "./hooks.ts";
import { refuseContent } from "./may-start.ts";
import { planOperation } from "./plan-operation.ts";
import { dryRunEnd, putResult, refusedPrunes, resultOf, sourcesAt, successOf } from "./results.ts";

/** What an operation asks of the engine around it. */
export interface OperationHost extends CompareRooms {
  ports: EnginePorts;
  slots: Slots;
  deleted: DeletedObjects;
  /** The daemon ends: what waits is cut off. */
  stopping: AbortSignal;
  /** @throws {Failure} invalid-spec */
  snapshotOf(managed: ManagedApplication): Snapshot;
  /** With the sources that a request names in place of the application's own. @throws {Failure} invalid-spec */
  snapshotFor(managed: ManagedApplication, request: SyncRequest): Snapshot;
  tips: Tips;
  /** Resolves when every other application knows what it wants of what is known now, or after a while. */
  othersLooked(managed: ManagedApplication, signal: AbortSignal): Promise<void>;
  /** Has a pass show what came of the operation so far. */
  lookBeside(managed: ManagedApplication): void;
  /** Shows and stores the operation's state. `durable`: on disk before anything else happens. */
  show(managed: ManagedApplication, state: OperationState, how: "soon" | "durable"): void;
}

/** Why an automated wait ends without anybody terminating it. */
export class Superseded extends Error {
  override readonly name = "Superseded";
}

interface Ended {
  phase: "Succeeded" | "Failed" | "Error";
  message: string;
  retry: "may" | "never";
}

/** How a run ended, to be written down. */
export interface EndedRun {
  /** Of the application: an operation that is tried again goes on. */
  state: OperationState;
  /** Of the run itself: the next try is a run of its own, and this one has ended as it ended. */
  phase: Ended["phase"];
}

/**
 * Never throws but for the store.
 * @returns undefined where a stop cut it off
 */
export async function runOperation(
  managed: ManagedApplication,
  run: RunningOperation,
  host: OperationHost,
): Promise<EndedRun | undefined> {
  const { clock } = host.ports;
  const { signal } = run.abort;
  const ended = await host.slots
    .hold((slot) => attempt(managed, run, host, slot), signal)
    .catch((cause) => endOf(cause, managed, signal, host));
  if (ended === undefined) {
    managed.memory.write();
    return undefined;
  }
  const state = stateOf(managed);
  const tried = state.retryCount ?? 0;
  const { operation } = state;
  const finishedAt = timestamp(clock.now());
  const isTriedAgain =
    ended.phase !== "Succeeded" &&
    ended.retry === "may" &&
    !signal.aborted &&
    mayRetry(operation.retry, tried);
  const last: OperationState = isTriedAgain
    ? {
        ...state,
        phase: "Running",
        finishedAt,
        retryCount: tried + 1,
        message: `${ended.message}. Try ${tried + 2} follows at ${timestamp(clock.now() + retryDelayMs(operation.retry, tried))}`,
      }
    : { ...state, phase: ended.phase, finishedAt, message: ended.message };
  if (!isTriedAgain && operation.sync?.dryRun !== true) await seeWhatItLeft(managed, run, host);
  return { state: last, phase: ended.phase };
}

function endOf(
  cause: unknown,
  managed: ManagedApplication,
  signal: AbortSignal,
  { stopping, ports }: OperationHost,
): Ended | undefined {
  if (stopping.aborted) return undefined;
  if (signal.aborted) return { phase: "Failed", message: terminatedBy(signal), retry: "never" };
  if (cause instanceof Superseded) return { phase: "Failed", message: cause.message, retry: "never" };
  const failure = asFailure(cause, `Application ${managed.key}`, "sync");
  const isOurs = failure.code === "internal" || failure.code === "store";
  if (failure.code === "internal")
    ports.log.error("sync failed", {
      app: managed.key,
      error: failure.message,
      stack: failure.cause instanceof Error ? failure.cause.stack : undefined,
    });
  const retry = failure.code === "invalid-spec" ? "never" : "may";
  return { phase: isOurs ? "Error" : "Failed", message: failure.message, retry };
}

function terminatedBy({ reason }: AbortSignal): string {
  if (reason instanceof Superseded) return reason.message;
  return `operation terminated${typeof reason === "string" ? ` by ${reason}` : ""}`;
}

/** Whoever waits for the end sees the application as the operation left it, not as it found it. */
async function seeWhatItLeft(
  managed: ManagedApplication,
  { delivers }: RunningOperation,
  host: OperationHost,
): Promise<void> {
  const { ports, snapshotOf } = host;
  if (delivers === undefined) return;
  try {
    const snapshot = snapshotOf(managed);
    // It wrote through the connection that it began with: what the one that took its place has seen may be older.
    if (snapshot.cluster !== delivers.snapshot.cluster) await host.follower.relist(managed, snapshot);
    const target = await findTarget(managed, snapshot, { look: "nothing", since: 0 }, ports, host.tips);
    const now = timestamp(ports.clock.now());
    saw(managed, await compareNow(managed, snapshot, frozen(target), host), now);
  } catch (cause) {
    // The pass that follows every operation meets the same fault, and says so in a condition.
    ports.log.debug("not compared at the end of an operation", { app: managed.key, why: String(cause) });
  }
}

async function attempt(
  managed: ManagedApplication,
  run: RunningOperation,
  host: OperationHost,
  slot: Slot,
): Promise<Ended> {
  const { ports } = host;
  const { memory } = managed;
  const { signal } = run.abort;
  const request = stateOf(managed).operation as SyncOperation;
  const mode = request.sync.dryRun === true ? "dry-run" : "write";
  const snapshot = host.snapshotFor(managed, request.sync);
  const { app, cluster, settings } = snapshot;
  const target = frozen(await targetOf(managed, snapshot, request, ports, signal));
  run.delivers = { snapshot, target };
  const unsupported = refuseContent(snapshot);
  if (unsupported !== undefined) return { phase: "Failed", message: unsupported, retry: "never" };
  const compared =
    managed.seen.is === "compared" && isStill(managed, snapshot, target)
      ? managed.seen.compared
      : await compareNow(managed, snapshot, target, host);
  const urgency = run.cause === "self-heal" ? "heal" : "sync";
  const objects = cluster.for({ owner: managed.key, urgency });
  const ids = request.sync.undo;
  const undo =
    ids === undefined
      ? undefined
      : await planUndo(
          host.deleted.of(managed.key).filter(({ id }) => ids.includes(id)),
          { managed, snapshot, claims: host.claims },
          objects,
        );
  const planned =
    undo ??
    planOperation(request, compared, {
      startedAt: stateOf(managed).startedAt,
      memory,
      ports,
    });
  if (planned.is === "refused") return { phase: "Failed", message: planned.why, retry: "never" };
  const { plan } = planned;

  const isResumed = stateOf(managed).syncResult !== undefined;
  const remembered = hooksBefore(stateOf(managed), sourcesAt(app, target));
  const { skipped = [], wholes }: Partial<UndoPlan> = undo?.is === "planned" ? undo : {};
  const results: ResourceResult[] = [...refusedPrunes(plan.refusals), ...remembered, ...skipped];
  const ignoredOf = ({ key }: DesiredObject) => compared.ignored.get(key) ?? NOTHING_IGNORED;
  // Told before it is written over: afterwards nobody can say who had set it.
  const drifts = driftsIn(plan, compared, memory.records, ignoredOf);
  const operation = withInfo(request, driftInfo(drifts, cluster));
  const show = (message?: string, how: "soon" | "durable" = "soon") => {
    const state = { ...stateOf(managed), operation };
    const syncResult = { ...sourcesAt(app, target), resources: results };
    host.show(managed, { ...state, ...defined({ message }), syncResult }, how);
  };
  if (mode === "write") rememberIntent(memory, plan);
  // From here on this content was tried; a part of it, or a rehearsal, is no attempt.
  if (mode === "write" && (request.sync.resources ?? []).length === 0) memory.attempted(target.contentKey);
  show("syncing");

  const ended = AbortSignal.any([signal, host.stopping]);
  const permits = (ref: ObjectRef) =>
    refusedBy(stillMeant(managed, snapshot, request.sync, host).project, ref, cluster);
  const holder = (live: LiveObject) => host.claims.holder(live, compared.us, cluster, managed);
  const mustStay = () => pausedPrunes(ports).paused;
  const { startedAt, retryCount = 0 } = stateOf(managed);
  const hooks = new HookRuns({
    cluster,
    objects,
    clock: ports.clock,
    rules: { userHealth: ports.userHealth, pods: settings.pods, ignoreAnnotation: "see-through" },
    run: {
      is: isResumed ? "resumed" : "begun",
      revision: commitsOf(target)[0] ?? "",
      startedAt,
      id: `${startedAt} ${retryCount}`,
    },
    plan,
    timeoutMs: settings.hookTimeoutMs,
    stillAsked() {
      const overtaken = overtakenBy(managed, snapshot, target);
      if (overtaken !== undefined) throw new Superseded(overtaken);
    },
    remembered,
    permits,
    async holder(live) {
      const isNobodys = owningApp(live, compared.us).is === "nobody" && !isHook(live.object);
      return (await holder(live)) ?? (isNobodys ? "nobody, and was not made as a hook," : undefined);
    },
    report(result) {
      putResult(results, resultOf(result));
      show(undefined, "durable");
    },
    progress: show,
    nextChange: (ms, signal) => managed.nextChange(ms, signal),
    signal: ended,
  });
  const carried = await carryOut({
    cluster,
    objects,
    hooks,
    clock: ports.clock,
    plan,
    signal,
    stopping: host.stopping,
    mode,
    notes: new Map(),
    unasked: new Map(),
    migration: migrationOf(app),
    faultsOf: ({ syncOptions }) => faultsOf(app, settings, syncOptions),
    mustStay,
    ignoredOf,
    recordOf: (key) => memory.records.get(key),
    keep: (record) => memory.keepSoon(record),
    remember: (record) => memory.keep([record]),
    report: (result) => putResult(results, resultOf(result)),
    madeNamespace: (metadata) => memory.gaveNamespace(metadata),
    progress: show,
    permits,
    holder,
    keepDeleted: (live) =>
      host.deleted.keep(live, { app: managed.key, run: run.id, server: cluster.server, objects }),
    undoWords: (ref) => (settings.keepDeletedForMs === 0 ? undefined : undoWords(ref)),
    handedOver(live) {
      const paused = mustStay();
      if (paused !== undefined) return paused;
      // Whoever took it over since it was compared may have let go of it again: it is that one's all the same.
      const owner = owningApp(live, compared.us);
      if (owner.is !== "us") return `it belongs to ${owner.is === "other" ? owner.name : "nobody"} by now`;
      const heir = host.claims.otherWanting(managed.key, cluster, live.key);
      return heir === undefined ? undefined : `application ${heir.key} wants it now`;
    },
    othersLooked: () =>
      slot.without(() => host.othersLooked(managed, AbortSignal.any([signal, host.stopping]))),
    async untilOpen(gate) {
      memory.write();
      const overtaken = overtakenBy(managed, snapshot, target);
      if (overtaken !== undefined) throw new Superseded(overtaken);
      run.doing = "waiting-for-health";
      host.lookBeside(managed);
      try {
        return await slot.without(() => untilOpen(gate, managed, cluster, host.ports, ended, show));
      } finally {
        run.doing = "working";
      }
    },
    // A hook is not overtaken: a migration that is cut off in the middle is worse than a commit that waits.
    async untilCompleted(wave) {
      if (!hooks.isRunning(wave)) return hooks.untilCompleted(wave);
      memory.write();
      run.doing = "waiting-for-hooks";
      host.lookBeside(managed);
      try {
        return await slot.without(() => hooks.untilCompleted(wave));
      } finally {
        run.doing = "working";
      }
    },
    untilGone: (steps) => slot.without(() => untilGone(steps, managed, cluster, ports.clock, ended)),
  })
    .catch(async (cause) => {
      // A stop of the daemon leaves them running, for the next start to find.
      if (!host.stopping.aborted) await hooks.stopRunning().catch(() => undefined);
      throw cause;
    })
    .finally(() => hooks.close());
  if (wholes !== undefined && mode === "write") await giveAllBack(wholes, results, objects, permits);
  // Nothing had to be given to it: it has what is asked for.
  const givesNamespace = plan.waves.some(({ steps }) => steps.some((step) => step.do === "create-namespace"));
  if (mode === "write" && undo === undefined && !givesNamespace)
    memory.gaveNamespace(
      namespaceMetadata(app, optionsOf(app, request.sync)) ?? memory.givenToNamespace ?? {},
    );
  show();
  if (carried.is === "stopped") return { phase: "Failed", message: carried.message, retry: "may" };
  if (mode === "dry-run") return { phase: "Succeeded", message: dryRunEnd(results), retry: "never" };
  const message = undo === undefined ? successOf(plan, results, operation) : undoneMessage(results);
  return { phase: "Succeeded", message, retry: "never" };
}

/** What an earlier process of this same try wrote down of its hooks; of another commit it says nothing. */
function hooksBefore({ syncResult }: OperationState, now: SyncSource): ResourceResult[] {
  if (syncResult === undefined) return [];
  const { resources, ...then } = syncResult;
  return equalJson(then, now) ? resources.filter(({ hookType }) => hookType !== undefined) : [];
}

/** The target that the request names: a revision of its own, or what the application follows. */
async function targetOf(
  { target: known, inbox, memory: { records, standing } }: ManagedApplication,
  snapshot: Snapshot,
  { sync }: SyncOperation,
  ports: EnginePorts,
  signal: AbortSignal,
): Promise<Target> {
  // What is made again was in Git once: that Git cannot be asked now must not stand in its way.
  if (sync.undo !== undefined && known?.generation === snapshot.generation) return known;
  const wanted =
    sync.revisions ?? (sync.revision === undefined || sync.revision === "" ? [] : [sync.revision]);
  if (
    known?.generation === snapshot.generation &&
    inbox.look === "nothing" &&
    wanted.every((revision, at) => known.tips[at]?.commit === revision)
  )
    return known;
  // A pass that was under way when a person asked may have begun this: what it knew is older than the asking.
  const look = wanted.length === 0 ? "latest" : "known";
  const asked = { look, since: inbox.since, known, records, standing, revisions: wanted } as const;
  return targetAt(snapshot, asked, ports, signal);
}

/**
 * What came while an automated sync was on its way that changes what is to be delivered: it is not waited for any more.
 * @returns undefined where nothing did, or where a person asked for exactly this
 */
export function overtakenBy(
  { operation, target: wanted }: ManagedApplication,
  now: Pick<Snapshot, "app" | "cluster">,
  delivered: Pick<Target, "renderKey">,
): string | undefined {
  if (operation.state?.operation.initiatedBy?.automated !== true || operation.is !== "running")
    return undefined;
  const { delivers } = operation.run;
  if (delivers !== undefined && !isSameAim(delivers.snapshot, now))
    return "given up, because the application's spec was edited";
  if (wanted === undefined || wanted.renderKey === delivered.renderKey) return undefined;
  return `given up, because ${commitsOf(wanted).join(", ")} came while it waited`;
}

/**
 * Before each write: the spec that it follows is still the application's, and the project and the config permit it now.
 * @throws {Failure | Superseded}
 */
function stillMeant(
  managed: ManagedApplication,
  snapshot: Snapshot,
  asked: SyncRequest,
  host: OperationHost,
): Snapshot {
  if (managed.spec.deleting !== undefined) throw new Superseded("the application is being deleted");
  const pause = host.ports.paused();
  if (pause?.of === "writes")
    throw refusedByPause(pause, `Application ${managed.key}`, "go on with its sync");
  const now = host.snapshotFor(managed, asked);
  if (isSameAim(snapshot, now)) return now;
  throw new Superseded(
    "the application's spec was edited; this sync was of the spec before, and wrote nothing after",
  );
}

/** Before the first write: every key that may be written is ours to write, and that is on disk. */
function rememberIntent(memory: Memory, plan: Plan): void {
  const wanted = new Set(plan.intended);
  memory.keep(
    [...wanted].flatMap((key) => (memory.records.has(key) ? [] : [recordIntended(key, undefined)])),
  );
}

function stateOf({ key, operation }: ManagedApplication): OperationState {
  if (operation.state !== undefined) return operation.state;
  throw new Failure("internal", `Application ${key}`, "backoff", {
    cannot: "go on with its operation",
    why: "there is none",
  });
}
