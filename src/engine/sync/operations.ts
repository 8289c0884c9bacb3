import type { OperationState } from "../../core/model/operation.ts";
import { isAskedNow } from "../../core/plan/decide-auto-sync.ts";
import { retryDelayMs } from "../../core/plan/retry-delay.ts";
import { isWhole, revisionsAsked } from "../../core/plan/whole-sync.ts";
import { reasonOf, rollbackOf } from "../../core/status/history.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { keptOn } from "../../lib/kept-on.ts";
import { Pace } from "../../lib/pace.ts";
import { Slots } from "../../lib/slots.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Applications } from "../applications.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type {
  ManagedApplication,
  OperationSlot,
  RunningOperation,
  SyncOperation,
} from "../managed-application.ts";
import type { Memory } from "../memory.ts";
import type { Publisher } from "../show/publisher.ts";
import type { Look } from "../target/target.ts";
import { placeOfOperation } from "../turns.ts";
import { CUT_OFF, isCutOff } from "./cut-off.ts";
import { asksForNewest } from "./delivered-target.ts";
import { logEnd } from "./log-end.ts";
import type { OperationHost } from "./operation-host.ts";
import { type EndedRun, runOperation } from "./run-operation.ts";
import { Superseded } from "./superseded.ts";
import { noteTerminated } from "./terminated.ts";
import { endInTime, Overdue } from "./time-limit.ts";
import { hasRunningHook, waitsByItself } from "./waiting.ts";

/** Operations that talk to a cluster at once; those that wait for health do not count. */
const OPERATIONS_AT_ONCE = 32;
/** More of them, that put back what drifted: they are small, and never wait behind all that one commit concerns. */
const HEALS_AT_ONCE = 8;
/** An operation that takes longer, on a cluster that is slow or silent, does not count any more either. */
const HELD_AT_MOST_MS = 2_000;

export interface OperationsParts {
  ports: EnginePorts;
  applications: Applications;
  publisher: Publisher;
  /** What a run asks of the rooms around it. */
  rooms: Pick<
    OperationHost,
    | "snapshotOf"
    | "snapshotFor"
    | "follower"
    | "claims"
    | "leftToOthers"
    | "homes"
    | "tips"
    | "othersLooked"
    | "undecided"
    | "deleted"
  >;
  /** Puts the application on the work list. */
  ask(managed: ManagedApplication, look: Look): void;
}

/** Starts, shows, resumes and ends operations; each is on disk before it does anything, and after it ended. */
export class Operations {
  readonly #parts: OperationsParts;
  readonly #host: OperationHost;
  /** Ends of runs that the store did not take; written with the next run that it takes. */
  readonly #unwritten = new Map<number, OperationState>();
  readonly #stopping = new AbortController();
  readonly #slots = new Slots(OPERATIONS_AT_ONCE, HELD_AT_MOST_MS, HEALS_AT_ONCE);
  readonly #paces = keptOn<ManagedApplication, Pace>();

  constructor(parts: OperationsParts) {
    this.#parts = parts;
    this.#host = {
      ...parts.rooms,
      ports: parts.ports,
      stopping: this.#stopping.signal,
      slots: this.#slots,
      paceOf: (managed) => this.#paceOf(managed),
      show: (managed, state, how) => this.#show(managed, state, how),
      lookBeside: (managed) => parts.ask(managed, "nothing"),
      foundNewer: (managed) => parts.ask(managed, "known"),
    };
  }

  /**
   * @throws {Failure} store: what cannot be written down is not begun, and stays to be done
   */
  start(
    managed: ManagedApplication,
    request: SyncOperation,
    cause: RunningOperation["cause"],
    retryCount = 0,
  ): void {
    if (this.#stopping.signal.aborted) return;
    const { store, clock, log } = this.#parts.ports;
    const before = managed.operation;
    const now = timestamp(clock.now());
    // The same try goes on: what its hooks did is not done again.
    const cutOff =
      before.state !== undefined &&
      isCutOff(before.state) &&
      equalJson(before.state.operation.sync, request.sync)
        ? before.state
        : undefined;
    const startedAt = cause === "retry" ? (before.state?.startedAt ?? now) : (cutOff?.startedAt ?? now);
    const tried = cutOff?.retryCount ?? retryCount;
    const state: OperationState = {
      operation: request,
      phase: "Running",
      message: "starting",
      startedAt,
      ...(tried === 0 ? {} : { retryCount: tried }),
      // Also where nothing was written down yet: it says that the try goes on.
      ...(cutOff === undefined ? {} : { syncResult: cutOff.syncResult ?? { resources: [] } }),
    };
    const abort = new AbortController();
    let run: RunningOperation;
    try {
      run = store.atomically(() => {
        for (const [id, ended] of this.#unwritten) store.updateRun(id, ended);
        const id = store.startRun({ app: managed.key, cause, state });
        const started: RunningOperation = {
          id,
          cause,
          abort,
          doing: "working",
          place: placeOfOperation(managed, request),
          delivers: undefined,
          done: Promise.resolve(),
        };
        this.#put(managed, { is: "running", run: started, state });
        this.#showSlot(managed, "durable");
        return started;
      });
      this.#unwritten.clear();
    } catch (failure) {
      this.#put(managed, before);
      throw failure;
    }
    const begunAt = clock.monotonic();
    run.done = runOperation(managed, run, this.#host)
      .then((ended) => {
        // Cut off by a stop: on disk it runs, and the next start takes it up.
        if (ended === undefined) return;
        const tookMs = Math.round(clock.monotonic() - begunAt);
        logEnd(log, managed.key, ended.state, { id: run.id, cause, tookMs });
        this.#ended(managed, run, ended);
      })
      .catch((cause) => {
        log.error("the end of an operation could not be written down", {
          app: managed.key,
          error: String(cause),
        });
        const left = managed.operation.state ?? state;
        this.#unwritten.set(run.id, left);
        this.#put(managed, { is: "ended", state: left });
      })
      .finally(() => {
        if (!this.#stopping.signal.aborted) this.#parts.ask(managed, "nothing");
      });
    const { syncTimeoutMs: limitMs } = this.#parts.ports.settings();
    endInTime(run.done, limitMs, clock, this.#stopping.signal, () => {
      const { operation } = managed;
      if (operation.is === "running" && operation.run === run && !abort.signal.aborted)
        this.#breakOff(managed, operation, new Overdue(limitMs, operation.state.message));
    });
  }

  /**
   * On disk together or not at all: where the store takes none of it, the application's operation is the one before.
   * @throws {Failure} store, or what `write` throws
   */
  wholly(managed: ManagedApplication, write: () => void): void {
    const { operation, memory } = managed;
    const { terminated } = memory;
    try {
      this.#parts.ports.store.atomically(write);
    } catch (failure) {
      if (terminated !== undefined) memory.terminate(terminated);
      this.#put(managed, operation);
      this.#parts.publisher.changed(managed);
      if (managed.status !== undefined) this.#parts.publisher.publish(managed);
      throw failure;
    }
  }

  /** Notes what a person asked for; it starts with the next pass. @throws {Failure} store: nothing was asked for then */
  request(managed: ManagedApplication, operation: SyncOperation, actor: string): void {
    const { store, clock } = this.#parts.ports;
    const { syncOptions, retry } = managed.spec.app.spec.syncPolicy ?? {};
    const request: SyncOperation = {
      ...operation,
      initiatedBy: operation.initiatedBy ?? { username: actor },
      sync: { ...defined({ syncOptions }), ...operation.sync },
      ...(operation.retry === undefined && retry !== undefined ? { retry } : {}),
    };
    const at = timestamp(clock.now());
    this.wholly(managed, () => {
      const { project } = managed.spec.app.spec;
      store.audit({
        ...{ at, actor, action: "sync", app: managed.key, project },
        ...defined({ reason: reasonOf(request) }),
        details: { ...request.sync, ...defined({ rollback: rollbackOf(request) }) },
      });
      if (isWhole(request)) managed.memory.goOn();
      this.#put(managed, { is: "waiting", request, state: managed.operation.state });
      this.#parts.publisher.changed(managed);
      this.#parts.publisher.flush(managed.key);
    });
    this.#parts.ask(managed, asksForNewest(request.sync) ? "latest" : "nothing");
  }

  /** @returns `nothing-to-end` where there is none */
  terminate(managed: ManagedApplication, actor: string): "terminating" | "nothing-to-end" {
    const { operation } = managed;
    if (operation.is === "none" || operation.is === "ended") return "nothing-to-end";
    const { store, clock } = this.#parts.ports;
    const at = timestamp(clock.now());
    store.audit({ at, actor, action: "terminate", app: managed.key, details: {} });
    noteTerminated(managed, actor, at);
    if (operation.is === "running") this.#breakOff(managed, operation, actor);
    else this.#end(managed, `operation terminated by ${actor}`, { terminatedBy: actor });
    return "terminating";
  }

  /** @param why who says so, or what */
  #breakOff(
    managed: ManagedApplication,
    { state, run }: Extract<OperationSlot, { is: "running" }>,
    why: string | Overdue,
  ): void {
    const message = "operation is terminating";
    const by = typeof why === "string" ? { terminatedBy: why } : {};
    try {
      this.#show(managed, { ...state, phase: "Terminating", message, ...by }, "durable");
    } finally {
      run.abort.abort(why);
    }
  }

  /** The application goes: what runs is cut off, and what waits is not begun. */
  giveUp(managed: ManagedApplication, why: string): void {
    if (managed.operation.is === "running") managed.operation.run.abort.abort(new Superseded(why));
  }

  /**
   * Something of the application was edited. An operation that is yet to begin puts that back with the rest of what it
   * does, so it is not left behind others; it is no heal either, and leaves the places of these to what is small.
   */
  hurry({ operation }: ManagedApplication): void {
    if (operation.is === "running") this.#slots.raise(operation.run.place, "soon");
  }

  /** What was asked for cannot be begun: it has failed. */
  refuse(managed: ManagedApplication, why: string): void {
    const { operation } = managed;
    if (operation.is !== "waiting") return this.#end(managed, why);
    const now = timestamp(this.#parts.ports.clock.now());
    const state: OperationState = {
      operation: operation.request,
      phase: "Failed",
      message: why,
      startedAt: now,
      finishedAt: now,
    };
    logEnd(this.#parts.ports.log, managed.key, state);
    this.#put(managed, { is: "ended", state });
    this.#showSlot(managed, "durable");
  }

  /** In how many milliseconds the try that a failed operation waits for is due, whatever is done to the clock meanwhile. */
  retryDueMs({ memory }: ManagedApplication, { state }: Extract<OperationSlot, { is: "retrying" }>): number {
    const delay = retryDelayMs(state.operation.retry, Math.max(0, (state.retryCount ?? 1) - 1));
    return delay - memory.sinceEndMs(state.finishedAt ?? state.startedAt, this.#parts.ports.clock);
  }

  /**
   * An automated sync that waits, for its next try or since a restart cut it off, is of what was wanted when it was
   * decided. What came since supersedes it, also where that leaves nothing to do: what was reverted in Git must not be
   * applied by a sync that comes late. Where it is still to be done it is decided anew.
   */
  supersede(managed: ManagedApplication, commits: readonly string[]): void {
    const { operation, spec, aim } = managed;
    const waiting = waitsByItself(operation);
    const wanted = { app: aim.app, hooks: spec.hold === undefined ? "run" : "left-out" } as const;
    if (waiting === undefined || isAskedNow(waiting, { ...wanted, revisions: commits })) return;
    const { revision, revisions = revision === undefined ? [] : [revision] } = waiting.sync ?? {};
    // A hook of it may still run. It is waited for, as it would have been without the restart, and then what came is synced.
    if (hasRunningHook(operation) && isAskedNow(waiting, { ...wanted, revisions })) return;
    const why = equalJson(revisions, commits)
      ? "the application's spec was edited"
      : `${commits.join(", ")} came`;
    const said = operation.state?.message.replace(/\. Try \d+ follows at \S+$/, "") ?? "";
    this.#end(managed, `${said}. It is not tried again, because ${why}`);
  }

  /** @param why what came, as a sentence: the reason to end an automated wait for health, or for a turn to delete */
  endWait(managed: ManagedApplication, why: string): void {
    const { operation } = managed;
    if (operation.is !== "running") return;
    const { doing, abort } = operation.run;
    if (doing === "waiting-for-health" || doing === "waiting-to-prune") abort.abort(new Superseded(why));
    // Whether a hook may be given up is for whoever waits for it to say.
    else if (doing === "waiting-for-hooks") managed.changed();
  }

  /** An operation that a stop of the daemon cut off is asked for again: it is idempotent, and its record says so. */
  resume(managed: ManagedApplication): void {
    const { store, clock } = this.#parts.ports;
    const cutOff = {
      phase: "Error",
      finishedAt: timestamp(clock.now()),
      message: CUT_OFF,
    } as const;
    // A deletion goes on where it was.
    for (const { id, cause, state } of store.runs({ app: managed.key, limit: 10, unfinished: true }))
      if (cause !== "deletion" && (state.phase !== "Running" || state.finishedAt === undefined))
        store.updateRun(id, { ...state, ...cutOff });
    const { operation } = managed;
    const { state } = operation;
    if (state === undefined || state.finishedAt !== undefined) return;
    const ended: OperationState = { ...state, ...cutOff };
    const request = operation.is === "waiting" ? operation.request : state.operation;
    const isAskedAgain = operation.is === "waiting" || state.phase === "Running";
    this.#put(
      managed,
      isAskedAgain && request.sync !== undefined
        ? { is: "waiting", request: request as SyncOperation, state: ended }
        : { is: "ended", state: ended },
    );
    this.#parts.publisher.changed(managed);
  }

  /** Cuts off what waits, and resolves when what is in flight has ended; the next start takes it up again. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the daemon is stopping"));
    await this.released();
  }

  /** Resolves when the operations that run now have ended, whatever started meanwhile. */
  async released(): Promise<void> {
    const running = [...this.#parts.applications].flatMap(({ operation }) =>
      operation.is === "running" ? [operation.run.done] : [],
    );
    await Promise.all(running);
  }

  // ---------------------------------------------------------------- how it goes on

  /** The run, what it taught and the application's state are on disk together. @throws {Failure} store */
  #ended(managed: ManagedApplication, run: RunningOperation, { state, phase }: EndedRun): void {
    const { store, observe } = this.#parts.ports;
    const failed = state.phase === "Failed" || state.phase === "Error";
    // It was done before it could be ended.
    const { memory } = managed;
    if (!failed && isWhole(state.operation) && typeof run.abort.signal.reason === "string") memory.goOn();
    if (isWhole(state.operation)) noteEnd(memory, state);
    if (state.phase !== "Running") memory.approved(undefined);
    this.#put(managed, { is: state.phase === "Running" ? "retrying" : "ended", state });
    managed.memory.writeIn((putRecords) =>
      store.atomically(() => {
        putRecords();
        store.updateRun(run.id, { ...state, phase });
        this.#showSlot(managed, "durable");
      }),
    );
    observe.synced(managed.spec.app, { ...state, phase });
  }

  /** What waits is not begun. @param message how a try that was to follow ended; what a person asked for has not begun to be */
  #end(managed: ManagedApplication, message: string, by: Pick<OperationState, "terminatedBy"> = {}): void {
    const { operation } = managed;
    const { state } = operation;
    if (state === undefined) this.#put(managed, { is: "none", state });
    else if (operation.is === "waiting" && waitsByItself(operation) === undefined)
      this.#put(managed, { is: "ended", state });
    else {
      const phase = state.phase === "Running" ? "Failed" : state.phase;
      this.#put(managed, { is: "ended", state: { ...state, phase, message, ...by } });
    }
    this.#showSlot(managed, "durable");
    this.#parts.ask(managed, "nothing");
  }

  #show(managed: ManagedApplication, state: OperationState, how: "soon" | "durable"): void {
    const { operation } = managed;
    if (operation.is !== "running") return;
    this.#put(managed, { ...operation, state });
    this.#showSlot(managed, how);
  }

  #showSlot(managed: ManagedApplication, how: "soon" | "durable"): void {
    const { publisher } = this.#parts;
    const { state } = managed.operation;
    if (state === undefined) publisher.changed(managed);
    else publisher.publishOperation(managed, state);
    if (how === "durable") publisher.flush(managed.key);
  }

  #paceOf(managed: ManagedApplication): Pace {
    const { settings, clock } = this.#parts.ports;
    const pace = this.#paces.get(managed) ?? new Pace(() => settings().prune.perSecond, 1_000, clock);
    this.#paces.set(managed, pace);
    return pace;
  }

  #put(managed: ManagedApplication, slot: OperationSlot): void {
    managed.operation = slot;
  }
}

/** What the end of a whole sync, or of one of its tries, says of its revision. */
function noteEnd(memory: Memory, { phase, operation, message, finishedAt, startedAt }: OperationState): void {
  if (phase === "Succeeded") return memory.wholeSyncSucceeded();
  const failed = { revisions: revisionsAsked(operation), message, endedAt: finishedAt ?? startedAt };
  memory.wholeSyncFailed(failed, phase === "Running" ? "tried-again" : "over");
}
