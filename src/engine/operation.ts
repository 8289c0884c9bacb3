/** One operation, from its start to its end: aim, compare, plan, carry out, and what is written down of it. */
import { ignoredFields } from "../core/compare/ignored-fields.ts";
import { recordIntended } from "../core/compare/records.ts";
import { type Application, sourcesOf } from "../core/model/application.ts";
import type { ObjectRecord } from "../core/model/comparison.ts";
import type { DesiredObject } from "../core/model/desired-object.ts";
import { asFailure, Failure } from "../core/model/failure.ts";
import { type RefKey, refKey, show } from "../core/model/object-ref.ts";
import type {
  Operation,
  OperationState,
  ResourceResult,
  SyncRequest,
  SyncSource,
} from "../core/model/operation.ts";
import type { Plan, Refusal, StepResult } from "../core/model/plan.ts";
import { type Approval, bindApproval } from "../core/plan/approval.ts";
import { type PlanInput, planSync } from "../core/plan/plan-sync.ts";
import { pruneVerdicts } from "../core/plan/prune-guards.ts";
import { mayRetry, retryDelayMs } from "../core/plan/retry-delay.ts";
import { refuseUnsupported, toleranceOf, unsupportedOf } from "../core/plan/unsupported.ts";
import type { Cluster } from "../core/ports.ts";
import type { Slot, Slots } from "../lib/slots.ts";
import { carryOut, type WaitFor } from "./carry-out.ts";
import type { EnginePorts } from "./engine-ports.ts";
import { guardsOf } from "./guards.ts";
import { liveHealth } from "./live-health.ts";
import type { Aim, Seen } from "./look.ts";
import { aimAt, compareWith, destinationOf, faultsOf } from "./pass.ts";
import type { AppSession, RunningOperation } from "./session.ts";
import { timestamp } from "./timestamp.ts";

/** What an operation asks of the engine around it. */
export interface OperationHost {
  ports: EnginePorts;
  slots: Slots;
  /** The daemon ends: what waits is cut off. */
  stopping: AbortSignal;
  /** Sentences of the project's limits, by key. @throws {Failure} invalid-spec */
  deniedBy(app: Application, desired: readonly DesiredObject[], cluster: Cluster): PlanInput["denied"];
  /** Shows and stores the operation's state. `durable`: on disk before anything else happens. */
  show(session: AppSession, state: OperationState, how: "soon" | "durable"): void;
}

type Request = Operation & { sync: SyncRequest };

/** How long a wave's wait sleeps where no watch event comes: a safety net, never the clock of the sync. */
const LOOK_AGAIN_MS = 10_000;

export async function runOperation(
  session: AppSession,
  running: RunningOperation,
  host: OperationHost,
): Promise<void> {
  const { clock, store, log } = host.ports;
  const operation = running.state.operation as Request;
  const ended = await host.slots
    .hold((slot) => attempt(session, running, operation, host, slot), running.abort.signal)
    .catch((cause): Ended | undefined => {
      if (host.stopping.aborted) return undefined;
      if (running.abort.signal.aborted)
        return { phase: "Failed", message: terminatedBy(running.abort.signal), retry: "never" };
      const failure = asFailure(cause, `Application ${session.key}`, "sync");
      if (failure.code === "internal")
        log.error("sync failed", {
          app: session.key,
          error: failure.message,
          stack: failure.cause instanceof Error ? failure.cause.stack : undefined,
        });
      return {
        phase: failure.code === "internal" || failure.code === "store" ? "Error" : "Failed",
        message: failure.message,
        retry: "may",
      };
    });
  // Cut off: on disk it runs, and the next start takes it up.
  if (ended === undefined) return;
  const tried = running.state.retryCount ?? 0;
  const finishedAt = timestamp(clock.now());
  const again =
    ended.phase !== "Succeeded" &&
    ended.retry === "may" &&
    !running.abort.signal.aborted &&
    mayRetry(operation.retry, tried);
  if (again) {
    const delayMs = retryDelayMs(operation.retry, tried);
    const at = timestamp(clock.now() + delayMs);
    running.state = {
      ...running.state,
      phase: "Running",
      finishedAt,
      retryCount: tried + 1,
      message: `${ended.message}. Try ${tried + 2} follows at ${at}`,
    };
  } else {
    running.state = { ...running.state, phase: ended.phase, finishedAt, message: ended.message };
    await seeWhatItLeft(session, operation, host.ports);
  }
  // The next try is a run of its own; this one has ended as it ended.
  store.updateRun(running.id, { ...running.state, phase: ended.phase });
  host.show(session, running.state, "durable");
  host.ports.observe.synced(session.app, { ...running.state, phase: ended.phase });
}

/** Whoever waits for the end sees the application as the operation left it, not as it found it. */
async function seeWhatItLeft(session: AppSession, { sync }: Request, ports: EnginePorts): Promise<void> {
  const { aim, key } = session;
  if (sync.dryRun === true || aim === undefined || session.lastSeen === undefined) return;
  try {
    session.lastSeen = await compareWith(session, aim, destinationOf(session.app, ports), ports);
  } catch (cause) {
    // The pass that follows every operation meets the same fault, and says so in a condition.
    ports.log.debug("not compared at the end of an operation", { app: key, why: String(cause) });
  }
}

interface Ended {
  phase: "Succeeded" | "Failed" | "Error";
  message: string;
  retry: "may" | "never";
}

async function attempt(
  session: AppSession,
  running: RunningOperation,
  operation: Request,
  host: OperationHost,
  slot: Slot,
): Promise<Ended> {
  const { ports } = host;
  const { app } = session;
  const { signal } = running.abort;
  const cluster = destinationOf(app, ports);
  const aim = await aimOf(session, operation, cluster, ports, signal);
  running.aim = aim;
  const unsupported = refusalOf(app, aim, operation.sync, ports);
  if (unsupported !== undefined) return { phase: "Failed", message: unsupported, retry: "never" };
  const seen = await compareWith(session, aim, cluster, ports);
  const { plan, unbound } = planFor(session, running, operation, seen, host);
  if (unbound !== undefined) return { phase: "Failed", message: unbound, retry: "never" };

  const results: ResourceResult[] = refusedPrunes(plan.refusals);
  const show = (how: "soon" | "durable", message?: string) => {
    running.state = {
      ...running.state,
      ...(message === undefined ? {} : { message }),
      syncResult: { ...sourcesAt(app, aim), resources: results },
    };
    host.show(session, running.state, how);
  };
  if (operation.sync.dryRun !== true) rememberIntent(session, plan, ports);
  show("soon", "syncing");

  const keeper = new RecordKeeper(session, ports);
  const carried = await carryOut({
    cluster,
    clock: ports.clock,
    plan,
    signal,
    mode: operation.sync.dryRun === true ? "dry-run" : "write",
    faults: faultsOf(app, ports.settings()),
    ignoredOf: ({ ref }) => ignoredFields(app, ref),
    recordOf: (key) => session.records.get(key),
    keep: (record) => keeper.keep(record),
    report: (result) => {
      results.push(resultOf(result));
    },
    progress: (message) => show("soon", message),
    untilDone: (objects) => {
      keeper.flush();
      return slot.without(() =>
        untilDone(objects, session, cluster, host, AbortSignal.any([signal, host.stopping]), (message) =>
          show("soon", message),
        ),
      );
    },
  }).finally(() => keeper.flush());
  show("soon");
  if (carried.is === "stopped") return { phase: "Failed", message: carried.message, retry: "may" };
  if (operation.sync.dryRun === true)
    return { phase: "Succeeded", message: "dry run: everything would pass", retry: "never" };
  return { phase: "Succeeded", message: successOf(plan, results, operation), retry: "never" };
}

/** Why a sync would not be what is asked for; undefined where it would, or where that is tolerated. */
export function refusalOf(
  app: Application,
  { desired }: Aim,
  sync: SyncRequest,
  ports: EnginePorts,
): string | undefined {
  const tolerance = toleranceOf(app, ports.settings().unsupported);
  return refuseUnsupported(unsupportedOf(app, desired), tolerance, sync);
}

/** The aim that the request names: a revision of its own, or what the application follows. */
async function aimOf(
  session: AppSession,
  { sync }: Request,
  cluster: Cluster,
  ports: EnginePorts,
  signal: AbortSignal,
): Promise<Aim> {
  const wanted =
    sync.revisions ?? (sync.revision === undefined || sync.revision === "" ? [] : [sync.revision]);
  const known = session.aim;
  if (known !== undefined && wanted.every((revision, at) => known.commits[at] === revision)) return known;
  return aimAt(
    session.app,
    cluster,
    ports,
    {
      look: wanted.length === 0 ? "latest" : "known",
      since: session.lookSince,
      known,
      records: session.records,
      revisions: wanted,
    },
    signal,
  );
}

function planFor(
  session: AppSession,
  running: RunningOperation,
  operation: Request,
  { aim, cluster, observation }: Seen,
  host: OperationHost,
): { plan: Plan; unbound?: string } {
  const { app, state } = session;
  const denied = host.deniedBy(app, aim.desired, cluster);
  const revision = aim.commits.join(" ");
  const destinationNamespace = app.spec.destination.namespace ?? "";
  const namespace = cluster.get(
    refKey({ group: "", kind: "Namespace", namespace: "", name: destinationNamespace }),
  );
  const input: PlanInput = {
    app,
    desired: aim.desired,
    differences: observation.comparison.differences,
    reown: observation.reown,
    request: operation.sync,
    asked: operation.initiatedBy?.automated === true ? "automatically" : "by-person",
    // The annotation is written after it was said what waits, and before the sync that obeys it.
    startedAt: session.extras?.since ?? running.state.startedAt,
    revision,
    guards: guardsOf(host.ports.settings()),
    leftOut: aim.leftOut,
    ...(denied === undefined ? {} : { denied }),
    ...(namespace === undefined ? {} : { destinationNamespace: namespace }),
    ...(state.approval === undefined ? {} : { approval: state.approval }),
  };
  const count = operation.sync.confirmPrune;
  if (count === undefined) return { plan: planSync(input) };
  const { candidates } = pruneVerdicts(input);
  const approval: Approval | undefined = bindApproval(count, candidates, revision);
  if (approval === undefined) {
    const listed = candidates
      .slice(0, 5)
      .map(({ ref }) => show(ref))
      .join(", ");
    return {
      plan: planSync(input),
      unbound: `you approved of deleting ${count} objects, but there are ${candidates.length}${candidates.length === 0 ? "" : `: ${listed}${candidates.length > 5 ? ", …" : ""}`}. Nothing was done`,
    };
  }
  return { plan: planSync({ ...input, approval }) };
}

/** Before the first write: every key that may be written is ours to write, and that is on disk. */
function rememberIntent(session: AppSession, plan: Plan, ports: EnginePorts): void {
  const wanted = new Set(plan.intended);
  const fresh = [...wanted].flatMap((key) =>
    session.records.has(key) ? [] : [recordIntended(key, undefined)],
  );
  if (fresh.length > 0) ports.store.putRecords(session.key, fresh);
  for (const record of fresh) session.records.set(record.key, record);
}

/**
 * What a write taught, stored together with what its neighbours teach. Lost with the process, it is learnt again: the
 * key is in the stored intent, and the live object bears our tracking id.
 */
class RecordKeeper {
  readonly #fresh = new Map<RefKey, ObjectRecord>();

  constructor(
    private readonly session: AppSession,
    private readonly ports: EnginePorts,
  ) {}

  keep(record: ObjectRecord): void {
    this.session.records.set(record.key, record);
    this.#fresh.set(record.key, record);
  }

  /** @throws {Failure} store */
  flush(): void {
    if (this.#fresh.size > 0) this.ports.store.putRecords(this.session.key, [...this.#fresh.values()]);
    this.#fresh.clear();
  }
}

// ---------------------------------------------------------------- waiting

async function untilDone(
  objects: readonly WaitFor[],
  session: AppSession,
  cluster: Cluster,
  host: OperationHost,
  signal: AbortSignal,
  say: (message: string) => void,
): Promise<string | undefined> {
  const settings = host.ports.settings();
  const rules = {
    userHealth: host.ports.userHealth,
    pods: settings.pods,
    ignoreAnnotation: "see-through",
  } as const;
  let said = "";
  for (;;) {
    const waiting: string[] = [];
    for (const object of objects) {
      const live = cluster.get(object.key);
      if (object.until === "gone") {
        if (live !== undefined && live.uid === object.uid) waiting.push(`deletion of ${show(object.ref)}`);
        continue;
      }
      if (live === undefined) {
        if (object.ref.kind !== "Namespace") waiting.push(`${show(object.ref)} to appear`);
        continue;
      }
      const health = liveHealth(live, cluster, rules);
      if (health === undefined || health.status === "Healthy") continue;
      if (health.status === "Degraded") return `${show(object.ref)} is Degraded: ${health.message}`;
      waiting.push(
        `healthy state of ${show(object.ref)}${health.message === "" ? "" : ` (${health.message})`}`,
      );
    }
    const [first] = waiting;
    if (first === undefined) return undefined;
    const message = `waiting for ${first}${waiting.length === 1 ? "" : ` and ${waiting.length - 1} more`}`;
    if (message !== said) say(message);
    said = message;
    await session.nextChange(LOOK_AGAIN_MS, signal);
  }
}

// ---------------------------------------------------------------- words and shapes

export function sourcesAt(app: Application, aim: Aim): SyncSource {
  const sources = sourcesOf(app.spec);
  return app.spec.sources !== undefined && app.spec.sources.length > 0
    ? { revisions: [...aim.commits], sources }
    : { revision: aim.commits[0] ?? "", ...(sources[0] === undefined ? {} : { source: sources[0] }) };
}

function resultOf({ ref, version, phase, outcome, message }: StepResult): ResourceResult {
  const status = (
    {
      applied: "Synced",
      unchanged: "Synced",
      pruned: "Pruned",
      "prune-skipped": "PruneSkipped",
      failed: "SyncFailed",
    } as const
  )[outcome];
  return {
    group: ref.group,
    version,
    kind: ref.kind,
    namespace: ref.namespace,
    name: ref.name,
    status,
    message,
    syncPhase: phase,
  };
}

function refusedPrunes(refusals: readonly Refusal[]): ResourceResult[] {
  return refusals.map(({ ref, text }) => ({
    group: ref.group,
    version: "",
    kind: ref.kind,
    namespace: ref.namespace,
    name: ref.name,
    status: "PruneSkipped",
    message: text,
    syncPhase: "Sync",
  }));
}

function successOf({ refusals }: Plan, results: readonly ResourceResult[], { info = [] }: Operation): string {
  const counted = (status: ResourceResult["status"]) =>
    results.filter((result) => result.status === status).length;
  const parts = [
    `${counted("Synced")} applied`,
    ...(counted("Pruned") > 0 ? [`${counted("Pruned")} pruned`] : []),
    ...(refusals.length > 0 ? [`${refusals.length} not pruned`] : []),
  ];
  const [drift, ...others] = info.filter(({ name }) => name === "drift");
  const healed =
    drift === undefined
      ? ""
      : `. Put back: ${drift.value}${others.length === 0 ? "" : `; and ${others.length} more`}`;
  return `successfully synced (${parts.join(", ")})${healed}`;
}

function terminatedBy(signal: AbortSignal): string {
  return `operation terminated${signal.reason instanceof Failure || signal.reason instanceof Error ? "" : typeof signal.reason === "string" ? ` by ${signal.reason}` : ""}`;
}
