/**
 * One pass over one application, readable without scrolling: snapshot, target, comparison, decision, act, publish.
 * What it finds is used only while the snapshot that it was found under still holds.
 */
import { healsItself } from "../core/model/application.ts";
import { asFailure, type Failure, type FailureCode } from "../core/model/failure.ts";
import { parseRefKey, show } from "../core/model/object-ref.ts";
import type { SyncRequest } from "../core/model/operation.ts";
import { isFoughtOver } from "../core/plan/fights.ts";
import { isSelected } from "../core/plan/selection.ts";
import { backoffMs } from "../lib/backoff.ts";
import { giveWay } from "../lib/in-steps.ts";
import { timestamp } from "../lib/timestamp.ts";
import {
  type CompareRooms,
  compareNow,
  compareToShow,
  couldNotSee,
  isStill,
  saw,
} from "./compare/compare-now.ts";
import type { Compared } from "./compare/compared.ts";
import { type Decision, decide } from "./decide.ts";
import type { EnginePorts } from "./engine-ports.ts";
import { type BesideHoldRooms, lookBesideHold } from "./hold/look-beside-hold.ts";
import type { Asked } from "./inbox.ts";
import type { ManagedApplication, RunningOperation } from "./managed-application.ts";
import type { Publisher } from "./show/publisher.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Operations } from "./sync/operations.ts";
import { overtakenBy } from "./sync/superseded.ts";
import { reviewTerminated } from "./sync/terminated.ts";
import { findTarget } from "./target/find-target.ts";
import type { Look, Target } from "./target/target.ts";
import { frozen, revisionNamesOf, type Tips } from "./target/tips.ts";
import type { Dependencies } from "./wake/dependencies.ts";
import type { OthersLooked } from "./wake/others-looked.ts";

export interface Rooms extends CompareRooms, BesideHoldRooms {
  ports: EnginePorts;
  operations: Operations;
  publisher: Publisher;
  /** @throws {Failure} invalid-spec */
  snapshotOf(managed: ManagedApplication): Snapshot;
  /** With the sources that a request names. @throws {Failure} invalid-spec */
  snapshotFor(managed: ManagedApplication, request: SyncRequest): Snapshot;
  /** Has the application come again after a pause; an earlier time that is set already stands. */
  again(managed: ManagedApplication, afterMs: number): void;
  /** Has it come again when the window opens that it waits for; undefined: it waits for none. */
  opens(managed: ManagedApplication, at: number | undefined): void;
  tips: Tips;
  dependencies: Dependencies;
  /** A pass has ended: those who had to know what it wants hear of it. */
  passed(managed: ManagedApplication): void;
  /** It is on its way out: whoever wants what it had may take it over. */
  letsGo(managed: ManagedApplication): void;
  /** See `OthersLooked`. */
  othersLooked: OthersLooked["before"];
  /** Has what is no application's looked for, where that is due. */
  lookForOrphans(managed: ManagedApplication, snapshot: Snapshot, age: "now" | "lately"): void;
  /** What Git wants was found: those whom its commits, or its objects, concern hear of it before anything is done. */
  found(managed: ManagedApplication, snapshot: Snapshot, target: Target, look: Look): void;
}

export async function reconcile(managed: ManagedApplication, asked: Asked, rooms: Rooms): Promise<void> {
  try {
    await lookBesideHold(managed, asked, rooms);
    const snapshot = rooms.snapshotOf(managed);
    const target = await look(managed, snapshot, asked, rooms);
    rooms.found(managed, snapshot, target, asked.look);
    rooms.lookForOrphans(managed, snapshot, asked.look === "hard" ? "now" : "lately");
    await rooms.dependencies.heard(managed);
    if (reviewTerminated(managed, { snapshot, target }) === "changed") rooms.publisher.changed(managed);
    if (asked.look !== "nothing" || !isStill(managed, snapshot, target)) {
      if (asked.look === "hard") await rooms.follower.relist(managed, snapshot);
      const fromMs = rooms.ports.clock.now();
      const compared = await compareNow(managed, snapshot, frozen(target), rooms);
      rooms.ports.observe.compared?.(managed.spec.app, { fromMs, toMs: rooms.ports.clock.now() });
      // What it waited for, many wait for: a list, a folder of their commit.
      await giveWay();
      // Edited meanwhile: what was found is of another world. It is looked at again, at once.
      if (rooms.snapshotOf(managed).generation !== snapshot.generation) return rooms.again(managed, 0);
      saw(managed, compared, timestamp(rooms.ports.clock.now()));
      againWhereUnjudged(managed, rooms);
      againWhereOthersAre(managed, compared, rooms);
    }
  } catch (cause) {
    failed(managed, asFailure(cause, `Application ${managed.key}`, "compare it"), asked, rooms);
  }
  if (managed.target !== undefined) rooms.operations.supersede(managed, revisionNamesOf(managed.target));
  const compared = managed.seen.is === "compared" ? managed.seen.compared : undefined;
  if (compared !== undefined) reviewFights(managed, compared, rooms);
  const fights = managed.memory.fights.size;
  const decision = decide(managed, compared, rooms.ports, rooms.operations, rooms.dependencies);
  if (decision.do !== "nothing" || decision.condition?.type !== "DependencyWarning")
    rooms.dependencies.rest(managed);
  managed.memory.decided(decision.do === "nothing" ? decision.condition : undefined);
  // Before it is acted on: an operation that starts shows its own state on top, and no status is worked out twice.
  rooms.publisher.publish(managed, asked.look === "nothing" ? "if-changed" : "looked");
  // A daemon that is killed now goes on leaving to others what is said to be left to them.
  if (managed.memory.fights.size > fights) rooms.publisher.flush(managed.key);
  act(managed, decision, rooms);
}

/** @throws {Failure} */
async function look(
  managed: ManagedApplication,
  snapshot: Snapshot,
  asked: Asked,
  { ports, tips }: Rooms,
): Promise<Target> {
  const fromMs = ports.clock.now();
  const target = await findTarget(managed, snapshot, asked, ports, tips);
  const stretch = { fromMs, toMs: ports.clock.now() };
  ports.observe.looked?.(managed.spec.app, revisionNamesOf(target), stretch);
  return target;
}

/**
 * While an operation runs it judges for itself; a pass learns what Git wants now, and shows what came of the operation so
 * far. What the first changes ends an automated wait for health: what it waits for may be what the commit, or the edit,
 * mends. What is not permitted any more ends every wait.
 */
export async function reconcileBesideOperation(
  managed: ManagedApplication,
  asked: Asked,
  rooms: Rooms,
): Promise<void> {
  try {
    await lookBesideHold(managed, asked, rooms);
    const snapshot = rooms.snapshotOf(managed);
    const target = await look(managed, snapshot, asked, rooms);
    rooms.found(managed, snapshot, target, asked.look);
    if (reviewTerminated(managed, { snapshot, target }) === "changed") rooms.publisher.changed(managed);
    const { operation } = managed;
    const delivers = operation.is === "running" ? operation.run.delivers : undefined;
    const overtaken =
      delivers === undefined
        ? undefined
        : overtakenBy(
            managed,
            rooms.snapshotFor(managed, operation.state?.operation.sync ?? {}),
            delivers.target,
          );
    if (overtaken !== undefined) rooms.operations.endWait(managed, overtaken);
    else {
      // Whether a commit ends what a person asked for depends on what that waits for, and it says so itself.
      if (delivers !== undefined && delivers.target.renderKey !== target.renderKey) managed.changed();
      await showWhatIsThere(managed, snapshot, target, rooms);
    }
  } catch (cause) {
    // The pass after the operation meets the same fault, and shows it.
    const failure = asFailure(cause, `Application ${managed.key}`, "look at it beside its operation");
    rooms.ports.log.debug("not looked at beside its operation", { app: managed.key, why: failure.message });
    managed.inbox.stillNeed(asked.look, asked.since);
    // What it waits to write would be refused, and others would wait for it to look until then.
    if (failure.code === "invalid-spec") rooms.operations.endWait(managed, `given up: ${failure.message}`);
  }
  rooms.publisher.publish(managed);
}

/**
 * An operation that waits for others has written what it could: what came of it is to be seen meanwhile. One that waits
 * for its turns to delete says how far it is, and every turn would be a look at all of it.
 */
async function showWhatIsThere(
  managed: ManagedApplication,
  snapshot: Snapshot,
  target: Target,
  rooms: Rooms,
): Promise<void> {
  const { operation } = managed;
  if (operation.is !== "running" || !waitsForOthers(operation.run)) return;
  const { run } = operation;
  const compared = await compareToShow(managed, snapshot, frozen(target), rooms);
  // It may have gone on, or ended and been looked at better.
  const isStillWaiting = managed.operation.is === "running" && managed.operation.run === run;
  if (!isStillWaiting || !waitsForOthers(run)) return;
  if (rooms.snapshotOf(managed).generation !== snapshot.generation) return;
  saw(managed, compared, timestamp(rooms.ports.clock.now()));
}

function waitsForOthers({ doing }: RunningOperation): boolean {
  return doing === "waiting-for-health" || doing === "waiting-for-hooks";
}

function act(managed: ManagedApplication, decision: Decision, rooms: Rooms): void {
  const { ports, operations } = rooms;
  if ("againInMs" in decision && decision.againInMs !== undefined) rooms.again(managed, decision.againInMs);
  rooms.opens(managed, decision.do === "nothing" ? decision.opensAt : undefined);
  if (decision.do === "refuse") operations.refuse(managed, decision.why);
  if (decision.do !== "start") return;
  const { because, request, cause, retryCount, heals } = decision;
  ports.log.debug("sync starts", { app: managed.key, cause, because });
  const { memory } = managed;
  const { resources, dryRun } = request.sync;
  // A person wants it as Git has it: what others do then is counted anew.
  if ((cause === "manual" || cause === "rollback") && dryRun !== true)
    memory.startAnew((key) => isSelected(parseRefKey(key), resources));
  // A heal of another field leaves what is fought over: it is no try of that.
  const fought = heals.filter((drift) => {
    const fight = memory.fights.known(drift.key);
    return fight !== undefined && isFoughtOver(drift, fight);
  });
  for (const { key } of fought) memory.fights.tried(key, ports.settings().fights, ports.clock);
  if (fought.length > 0) rooms.publisher.changed(managed);
  memory.healed(heals, ports.clock.monotonic());
  operations.start(managed, request, cause, retryCount);
}

/** Those that are over end; the next one that may be, or is to be tried again, brings the application back. */
function reviewFights(managed: ManagedApplication, compared: Compared, rooms: Rooms): void {
  const { memory, spec, key: app } = managed;
  if (!healsItself(spec.app.spec)) return memory.startAnew(() => true);
  const { ended, againInMs } = memory.fights.review(
    compared,
    compared.snapshot.settings.fights,
    rooms.ports.clock.monotonic(),
  );
  const isOver = new Set(ended.map(({ key }) => key));
  memory.startAnew((key) => isOver.has(key));
  for (const { key, because } of ended)
    rooms.ports.log.info("it is healed again", { app, object: show(parseRefKey(key)), because });
  if (againInMs !== undefined) rooms.again(managed, againInMs);
}

/** What could not be judged is judged again after a pause, for want of an event that would say when. */
function againWhereUnjudged(managed: ManagedApplication, rooms: Rooms): void {
  const { retry } = rooms.ports.settings();
  const times = managed.memory.blindLooks;
  if (times > 0) rooms.again(managed, backoffMs(times, retry));
}

/** A source's server could not be asked: what it says by the next try is what counts. */
const OF_THE_SERVER: ReadonlySet<FailureCode> = new Set([
  "git-unreachable",
  "git-auth",
  "artifact-unreachable",
  "artifact-auth",
]);

/** Nobody tells that others have left a Namespace that is to go: an automated prune looks again. */
function againWhereOthersAre(
  managed: ManagedApplication,
  { contents, snapshot }: Compared,
  rooms: Rooms,
): void {
  const isHeldBack = [...contents.values()].some(({ is }) => is !== "ours-alone");
  if (!isHeldBack || snapshot.app.spec.syncPolicy?.automated?.prune !== true) return;
  rooms.again(managed, rooms.ports.settings().retry.mostMs);
}

function failed(managed: ManagedApplication, failure: Failure, asked: Asked, rooms: Rooms): void {
  const { ports } = rooms;
  const { retry } = ports.settings();
  const times = couldNotSee(managed, failure);
  const stack = failure.cause instanceof Error ? failure.cause.stack : undefined;
  if (failure.code === "internal")
    ports.log.error("a pass failed", { app: managed.key, error: failure.message, stack });
  else if (times === 1)
    ports.log.warn("application cannot be compared", {
      app: managed.key,
      code: failure.code,
      why: failure.message,
    });
  // What was to be looked up still is.
  if (OF_THE_SERVER.has(failure.code) && asked.look !== "hard")
    managed.inbox.stillNeed("latest", ports.clock.now());
  else managed.inbox.stillNeed(asked.look, asked.since);
  if (failure.retry !== "backoff") return;
  const pauseMs = backoffMs(times, retry);
  rooms.again(managed, Math.max(pauseMs, failure.retryAfterMs ?? 0));
}
