import type { Operation, OperationState, SyncRequest } from "../core/model/operation.ts";
import { retryDelayMs } from "../core/plan/retry-delay.ts";
import { equalJson } from "../lib/equal-json.ts";
import { Slots } from "../lib/slots.ts";
import type { EnginePorts } from "./engine-ports.ts";
import type { Look } from "./look.ts";
import { type OperationHost, runOperation } from "./operation.ts";
import type { AppSession, RunningOperation } from "./session.ts";
import type { Stage } from "./stage.ts";
import { timestamp } from "./timestamp.ts";

export type Request = Operation & { sync: SyncRequest };

/** Operations that talk to a cluster at once; those that wait for health do not count. */
const OPERATIONS_AT_ONCE = 32;
/** An operation that takes longer, on a cluster that is slow or silent, does not count any more either. */
const HELD_AT_MOST_MS = 2_000;

/** Starts, shows, resumes and ends operations; each is on disk before it does anything, and after it ended. */
export class Operations {
  readonly #host: OperationHost;
  /** Ends of runs that the store did not take; written with the next run that it takes. */
  readonly #unwritten = new Map<number, OperationState>();
  readonly #stopping = new AbortController();

  /** @param ask puts the application on the work list */
  constructor(
    private readonly ports: EnginePorts,
    private readonly stage: Stage,
    deniedBy: OperationHost["deniedBy"],
    private readonly ask: (session: AppSession, look: Look) => void,
  ) {
    this.#host = {
      ports,
      deniedBy,
      stopping: this.#stopping.signal,
      slots: new Slots(OPERATIONS_AT_ONCE, HELD_AT_MOST_MS),
      show: (session, state, how) => this.#show(session, state, how),
    };
  }

  start(session: AppSession, operation: Request, cause: RunningOperation["cause"], retryCount = 0): void {
    const { store, clock, log } = this.ports;
    const startedAt =
      cause === "retry"
        ? (session.operationState?.startedAt ?? timestamp(clock.now()))
        : timestamp(clock.now());
    const state: OperationState = {
      operation,
      phase: "Running",
      message: "starting",
      startedAt,
      ...(retryCount === 0 ? {} : { retryCount }),
    };
    const before = { state: session.state, operationState: session.operationState };
    const { operation: _, ...rest } = session.state;
    const running: RunningOperation = {
      id: 0,
      cause,
      state,
      abort: new AbortController(),
      aim: undefined,
      done: Promise.resolve(),
    };
    try {
      store.atomically(() => {
        for (const [id, ended] of this.#unwritten) store.updateRun(id, ended);
        running.id = store.startRun({ app: session.key, cause, state });
        session.running = running;
        this.stage.setState(session, rest);
        this.#show(session, state, "durable");
      });
      this.#unwritten.clear();
    } catch (failure) {
      // What cannot be written down is not begun, and stays to be done.
      session.running = undefined;
      session.operationState = before.operationState;
      this.stage.setState(session, before.state);
      throw failure;
    }
    running.done = runOperation(session, running, this.#host)
      .catch((cause) => {
        log.error("the end of an operation could not be written down", {
          app: session.key,
          error: String(cause),
        });
        this.#unwritten.set(running.id, running.state);
        session.operationState = running.state;
      })
      .finally(() => {
        session.running = undefined;
        const failed = running.state.phase === "Failed" || running.state.phase === "Error";
        const again =
          before.operationState !== undefined &&
          equalJson(revisionsOf(before.operationState), revisionsOf(state));
        session.failedTries = failed ? (again ? session.failedTries + 1 : 1) : 0;
        if (!this.#stopping.signal.aborted) this.ask(session, "nothing");
      });
  }

  /** Notes what a person asked for; it starts with the next pass. */
  request(session: AppSession, operation: Request, actor: string): void {
    const { store, clock } = this.ports;
    const { syncOptions, retry } = session.app.spec.syncPolicy ?? {};
    const complete: Request = {
      ...operation,
      initiatedBy: operation.initiatedBy ?? { username: actor },
      sync: { ...(syncOptions === undefined ? {} : { syncOptions }), ...operation.sync },
      ...(operation.retry === undefined && retry !== undefined ? { retry } : {}),
    };
    store.audit({
      at: timestamp(clock.now()),
      actor,
      action: "sync",
      app: session.key,
      details: { ...complete.sync },
    });
    this.stage.setState(session, { ...session.state, operation: complete });
    this.stage.writer.flush();
    this.ask(
      session,
      complete.sync.revision === undefined && complete.sync.revisions === undefined ? "latest" : "nothing",
    );
  }

  /** @returns false where there is nothing to end */
  terminate(session: AppSession, actor: string): boolean {
    const { running, operationState } = session;
    const waits = operationState?.phase === "Running" && operationState.finishedAt !== undefined;
    if (running === undefined && session.state.operation === undefined && !waits) return false;
    this.ports.store.audit({
      at: timestamp(this.ports.clock.now()),
      actor,
      action: "terminate",
      app: session.key,
      details: {},
    });
    if (running !== undefined) {
      running.state = { ...running.state, phase: "Terminating", message: "operation is terminating" };
      this.#show(session, running.state, "durable");
      running.abort.abort(actor);
      return true;
    }
    const { operation: _, ...rest } = session.state;
    this.stage.setState(session, rest);
    if (waits)
      this.#show(
        session,
        { ...operationState, phase: "Failed", message: `operation terminated by ${actor}` },
        "durable",
      );
    this.ask(session, "nothing");
    return true;
  }

  /** The try that a failed operation waits for, and in how many milliseconds it is due. */
  retryDue(session: AppSession): { state: OperationState; inMs: number } | undefined {
    const state = session.operationState;
    if (state?.phase !== "Running" || state.finishedAt === undefined) return undefined;
    const delay = retryDelayMs(state.operation.retry, Math.max(0, (state.retryCount ?? 1) - 1));
    return { state, inMs: Date.parse(state.finishedAt) + delay - this.ports.clock.now() };
  }

  /**
   * A newer commit supersedes an automated sync that waits for its next try, also where that commit leaves nothing to do:
   * what was reverted in Git must not be applied by a try that comes late.
   */
  giveUpSuperseded(session: AppSession, commits: readonly string[]): void {
    const state = session.operationState;
    if (
      state?.phase !== "Running" ||
      state.finishedAt === undefined ||
      state.operation.initiatedBy?.automated !== true
    )
      return;
    const { revision, revisions = revision === undefined ? [] : [revision] } = state.operation.sync ?? {};
    if (equalJson(revisions, commits)) return;
    this.#show(
      session,
      {
        ...state,
        phase: "Failed",
        message: `${state.message.replace(/\. Try \d+ follows at \S+$/, "")}. It is not tried again, because ${commits.join(", ")} came`,
      },
      "durable",
    );
  }

  /** An operation that a stop of the daemon cut off is asked for again: it is idempotent, and its record says so. */
  resume(session: AppSession): void {
    const { store, clock } = this.ports;
    const cutOff = {
      phase: "Error",
      finishedAt: timestamp(clock.now()),
      message: "cut off by a restart of the daemon; started again",
    } as const;
    for (const run of store.runs({ app: session.key, limit: 10, unfinished: true })) {
      if (run.state.phase !== "Running" || run.state.finishedAt === undefined)
        store.updateRun(run.id, { ...run.state, ...cutOff });
    }
    const state = session.operationState;
    if (state === undefined || state.finishedAt !== undefined) return;
    if (state.phase === "Running")
      this.stage.setState(session, { ...session.state, operation: state.operation });
    session.operationState = { ...state, ...cutOff };
  }

  /** Cuts off what waits, and resolves when what is in flight has ended; the next start takes it up again. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the daemon is stopping"));
    await Promise.all([...this.stage].map(({ running }) => running?.done));
  }

  #show(session: AppSession, state: OperationState, how: "soon" | "durable"): void {
    session.operationState = state;
    const { status } = session.state;
    if (state.finishedAt !== undefined || status === undefined) this.stage.publish(session);
    else {
      this.stage.setState(session, { ...session.state, status: { ...status, operationState: state } });
      this.stage.emit("MODIFIED", session);
    }
    if (how === "durable") this.stage.writer.flush(session.key);
  }
}

/** What was asked for: another commit has its own count of tries. */
function revisionsOf({ operation: { sync } }: OperationState): unknown {
  return [sync?.revision ?? "", sync?.revisions ?? []];
}
