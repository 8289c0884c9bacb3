/** One operation, from its start to its end: a try, whether another one follows, and what is written down of it. */

import { asFailure } from "../../core/model/failure.ts";
import type { OperationState } from "../../core/model/operation.ts";
import { mayRetry, retryDelayMs } from "../../core/plan/retry-delay.ts";
import { defined } from "../../lib/defined.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { compareNow, saw } from "../compare/compare-now.ts";
import type { ManagedApplication, RunningOperation } from "../managed-application.ts";
import { findTarget } from "../target/find-target.ts";
import { frozen } from "../target/tips.ts";
import { attempt, type Ended } from "./attempt.ts";
import type { OperationHost } from "./operation-host.ts";
import { Superseded } from "./superseded.ts";
import { Overdue } from "./time-limit.ts";
import { stateOf } from "./trying.ts";

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
    .hold((slot) => attempt(managed, run, host, slot), signal, run.place)
    .catch((cause) => endOf(cause, managed, signal, host));
  if (ended === undefined) {
    managed.memory.write();
    return undefined;
  }
  const { terminatedBy: _, ...state } = stateOf(managed);
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
    : {
        ...state,
        phase: ended.phase,
        finishedAt,
        message: ended.message,
        ...defined({ terminatedBy: ended.phase === "Succeeded" ? undefined : personIn(signal) }),
      };
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

function terminatedBy(signal: AbortSignal): string {
  const { reason } = signal;
  if (reason instanceof Superseded || reason instanceof Overdue) return reason.message;
  const person = personIn(signal);
  return `operation terminated${person === undefined ? "" : ` by ${person}`}`;
}

/** Whoever terminated it. */
function personIn({ aborted, reason }: AbortSignal): string | undefined {
  return aborted && typeof reason === "string" ? reason : undefined;
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
