import { lastWriter, owningApp } from "../core/compare/index.ts";
import { type Application, type Condition, isAutomated } from "../core/model/application.ts";
import type { Difference, ObjectDrift } from "../core/model/comparison.ts";
import { type DaemonPause, endOfPause, sayPause } from "../core/model/daemon-pause.ts";
import type { RefKey } from "../core/model/object-ref.ts";
import { decideAutoSync } from "../core/plan/decide-auto-sync.ts";
import { type Contested, sayFight } from "../core/plan/fights.ts";
import type { Drift } from "../core/plan/heal-backoff.ts";
import { failedAsShown } from "../core/plan/whole-sync.ts";
import { rollbackOf } from "../core/status/history.ts";
import { syncStatus } from "../core/status/resource-statuses.ts";
import { defined } from "../lib/defined.ts";
import type { Compared } from "./compare/compared.ts";
import type { EnginePorts } from "./engine-ports.ts";
import type { ManagedApplication, RunningOperation, SyncOperation } from "./managed-application.ts";
import { driftInfo, linesOf } from "./sync/drift-info.ts";
import { automaticVerdicts } from "./sync/guards.ts";
import { closedTo, mayStart, pauseFor, refusalOf, refuseContent } from "./sync/may-start.ts";
import type { Operations } from "./sync/operations.ts";
import type { ClosedWindows } from "./sync/sync-windows.ts";
import { waitsByItself } from "./sync/waiting.ts";
import { revisionNamesOf } from "./target/tips.ts";
import type { Dependencies } from "./wake/dependencies.ts";

/** Where no end of a closed window is to be seen it may be too far away: it is looked for again a day later. */
const NO_END_SEEN_MS = 86_400_000;

/** What a pass does with what it saw. `againInMs`: there is something to do then, unless an event comes before. */
export type Decision =
  | {
      do: "nothing";
      because: string;
      condition?: Condition | undefined;
      againInMs?: number | undefined;
      /** When the window opens that it waits for, milliseconds since 1970. */
      opensAt?: number | undefined;
    }
  | { do: "refuse"; why: string }
  | {
      do: "start";
      because: string;
      request: SyncOperation;
      cause: RunningOperation["cause"];
      /** Tries before this one. */
      retryCount: number;
      /** What a self-heal puts back. */
      heals: readonly Drift[];
      againInMs?: number | undefined;
    };

/**
 * Whether an operation starts now: the one that was asked for, the retry of one that failed, or an automated one.
 * @param compared undefined where the application could not be judged: then nothing starts by itself
 * @param dependencies asked where a whole sync would start by itself; drift is healed whatever others do
 */
export function decide(
  managed: ManagedApplication,
  compared: Compared | undefined,
  ports: EnginePorts,
  operations: Pick<Operations, "retryDueMs">,
  dependencies: Pick<Dependencies, "waitsFor">,
): Decision {
  const { operation } = managed;
  // Whether it is still what is wanted cannot be told.
  if (waitsByItself(operation) !== undefined && managed.target === undefined)
    return { do: "nothing", because: "what Git wants is not known yet" };
  if (operation.is === "waiting") {
    const { request } = operation;
    const pause = pauseFor(request.sync, ports);
    if (pause !== undefined && waitsByItself(operation) !== undefined) return leftUndone(pause);
    const refusal = pause === undefined ? undefined : refusalOf(pause);
    const allowed = mayStart(managed, "a person", refusal);
    if (allowed.may === "not") return { do: "refuse", why: allowed.why };
    // Permitted when it was asked for, or before a restart: it is not refused now, it waits.
    const closed = closedTo(managed.spec.app, request, ports);
    if (closed !== undefined) return waitsFor(closed);
    const others = comesByItself(operation) ? dependencies.waitsFor(managed) : undefined;
    if (others !== undefined) return comesAfter(others);
    const cause = causeOf(request);
    return { do: "start", because: "it was asked for", request, cause, retryCount: 0, heals: [] };
  }
  const pause = pauseFor({}, ports);
  if (pause !== undefined && operation.is === "retrying") return leftUndone(pause);
  const allowed = mayStart(managed, operation.is === "retrying" ? "a retry" : "an automated sync", undefined);
  if (allowed.may === "not") return { do: "nothing", because: allowed.why };
  if (operation.is !== "retrying") return decideAutomated(managed, compared, ports, dependencies);
  const { state } = operation;
  const closed = closedTo(managed.spec.app, state.operation as SyncOperation, ports);
  if (closed !== undefined) return waitsFor(closed);
  const others = comesByItself(operation) ? dependencies.waitsFor(managed) : undefined;
  if (others !== undefined) return comesAfter(others);
  const dueMs = operations.retryDueMs(managed, operation);
  if (dueMs <= 0)
    return {
      do: "start",
      because: "it is time for another try",
      request: state.operation as SyncOperation,
      cause: "retry",
      retryCount: state.retryCount ?? 1,
      heals: [],
    };
  const decision = decideAutomated(managed, compared, ports, dependencies);
  return { ...decision, againInMs: Math.min(dueMs, decision.againInMs ?? dueMs) };
}

function decideAutomated(
  managed: ManagedApplication,
  compared: Compared | undefined,
  ports: EnginePorts,
  dependencies: Pick<Dependencies, "waitsFor">,
): Exclude<Decision, { do: "refuse" }> {
  if (compared === undefined) return { do: "nothing", because: "it could not be judged" };
  const { memory, status, operation } = managed;
  const { snapshot, target, comparison, drifted } = compared;
  const ticks = ports.clock.monotonic();
  const failing = memory.failing ?? failedAsShown(operation.state);
  const app = appToDecide(managed);
  const lastAttempt = isToBeHad(managed, compared) ? "other" : memory.attemptAt(target.contentKey);
  const decision = decideAutoSync({
    app: { ...app, ...defined({ status }) },
    syncStatus: syncStatus(comparison, app.spec.syncPolicy?.syncOptions, memory.namespaceIs(app)),
    namespaceIs: memory.namespaceIs(app),
    differences: comparison.differences,
    revisions: revisionNamesOf(target),
    blocked: new Set(automaticVerdicts(managed, compared, ports).refusals.map(({ key }) => key)),
    reown: lostToOthers(managed, compared),
    lastOperation: operation.state,
    ...defined({ lastAttempt, failing, terminatedBy: memory.terminated?.by }),
    hooks: managed.spec.hold === undefined ? "run" : "left-out",
    healsOf: (key) => memory.healsOf(key, ticks),
    driftOf: (key) => driftOf(key, drifted.get(key), snapshot),
    fightOf: (key) => memory.fights.of(key, ticks),
    fights: snapshot.settings.fights,
    ...defined({
      sinceEndMs: failing === undefined ? undefined : memory.sinceEndMs(failing.endedAt, ports.clock),
    }),
    now: ports.clock.now(),
    ticks,
  });
  if ("contested" in decision) noteContested(managed, compared, decision.contested ?? [], ports);
  if (decision.do !== "nothing") {
    const refusal = refuseContent(snapshot);
    if (refusal !== undefined)
      return { do: "nothing", because: "it is refused", condition: { type: "SyncError", message: refusal } };
    const pause = pauseFor({}, ports);
    if (pause !== undefined) return leftUndone(pause);
    const closed = closedTo(snapshot.app, decision.operation, ports);
    if (closed !== undefined) return waitsFor(closed);
    const others = decision.do === "sync" ? dependencies.waitsFor(managed) : undefined;
    if (others !== undefined) return comesAfter(others);
  }
  switch (decision.do) {
    case "nothing":
      if (!comparison.differences.some((difference) => difference.is === "missing" || isGoing(difference)))
        memory.setComesBack("no");
      return decision;
    case "sync":
      return { ...startOf(decision.because, decision.operation, "automated") };
    case "self-heal": {
      const { drifts, againInMs } = decision;
      const request = { ...decision.operation, info: driftInfo(drifts, snapshot.cluster) };
      return { ...startOf(decision.because, request, "self-heal"), heals: drifts, againInMs };
    }
  }
}

/** Its application shows that something waits for the daemon's pause to end. */
function leftUndone(pause: DaemonPause): Extract<Decision, { do: "nothing" }> {
  const message = `What is to be synced waits: ${sayPause(pause)}. ${endOfPause(pause)}`;
  return { do: "nothing", because: sayPause(pause), condition: { type: "PausedWarning", message } };
}

/** Its application shows which window it waits for, and is there when that opens. */
function waitsFor({ why, opensAt }: ClosedWindows): Extract<Decision, { do: "nothing" }> {
  const message = `What is to be synced waits: ${why}`;
  const condition = { type: "SyncWindowWarning", message } as const;
  const againInMs = opensAt === undefined ? NO_END_SEEN_MS : undefined;
  return { do: "nothing", because: why, condition, opensAt, againInMs };
}

/** A whole sync that was cut off, or that failed, and that nobody asked for: a heal puts back what was delivered. */
function comesByItself(operation: ManagedApplication["operation"]): boolean {
  const byItself = waitsByItself(operation);
  return byItself !== undefined && (byItself.sync?.resources ?? []).length === 0;
}

/** Whoever it comes after wakes it when that is another thing than it was. */
function comesAfter(others: string): Extract<Decision, { do: "nothing" }> {
  const message = `What is to be synced waits: ${others}`;
  return { do: "nothing", because: others, condition: { type: "DependencyWarning", message } };
}

function causeOf(request: SyncOperation): RunningOperation["cause"] {
  if (request.initiatedBy?.automated === true) return "automated";
  return rollbackOf(request) === undefined ? "manual" : "rollback";
}

/**
 * Of what Git wants and is there, but not as ours: what this application applied, by its own records. What somebody else
 * delivered and nothing differs in is left as it is until a sync comes, also where an entry of ours in it tells of an
 * earlier life: whoever moves in, and in again, writes to nothing that is equal.
 */
function lostToOthers({ memory }: ManagedApplication, { comparison, reown }: Compared): Set<RefKey> {
  const ours = comparison.differences.filter(
    (difference) =>
      reown.has(difference.key) &&
      "live" in difference &&
      memory.records.get(difference.key)?.applied !== undefined,
  );
  return new Set(ours.map(({ key }) => key));
}

function driftOf(
  key: RefKey,
  drift: ObjectDrift | undefined,
  { cluster }: Compared["snapshot"],
): Omit<Drift, "key"> {
  if (drift === undefined) return { fields: "" };
  const { setters, applyHelps } = drift;
  const last = setters.length > 0 ? undefined : lastWriter(cluster.get(key)?.managers ?? []);
  return { fields: linesOf(drift), setters: last === undefined ? setters : [last], applyHelps };
}

/** What others set again after each heal is left to them from now on, and that is said once in the log. */
function noteContested(
  { key: app, memory }: ManagedApplication,
  compared: Compared,
  contested: readonly Contested[],
  { clock, log, observe }: EnginePorts,
): void {
  for (const one of contested) {
    const fight = memory.fights.notice(one, compared, compared.snapshot.settings.fights, clock);
    if (fight === undefined) continue;
    observe.fought(compared.snapshot.app);
    log.warn("others set again what is healed: it is left as it is", { app, why: sayFight(fight) });
  }
}

function startOf(
  because: string,
  request: SyncOperation,
  cause: RunningOperation["cause"],
): Extract<Decision, { do: "start" }> {
  return { do: "start", because, request, cause, retryCount: 0, heals: [] };
}

/**
 * Whether something is to be had now that was another application's when the last sync succeeded, or that another took
 * since and let go of again, or is to go that could not be seen then: that is no drift, and comes by a whole sync with all
 * of its gates.
 */
function isToBeHad({ memory, operation }: ManagedApplication, { comparison, us }: Compared): boolean {
  if (operation.is !== "ended" || operation.state.phase !== "Succeeded") return false;
  const wasNeverHad = (key: RefKey): boolean => (memory.records.get(key)?.uid ?? "") === "";
  return comparison.differences.some(
    (difference) =>
      (difference.is === "missing" && wasNeverHad(difference.key)) ||
      (difference.is === "extra" &&
        difference.unseen === undefined &&
        memory.leftUnseen.has(difference.key)) ||
      (difference.is === "changed" &&
        (wasNeverHad(difference.key) || owningApp(difference.live, us).is === "other")),
  );
}

/** What went with a deletion that was called off is made again, though nobody may heal drift. */
function appToDecide({ aim: { app }, memory }: ManagedApplication): Application {
  const { syncPolicy } = app.spec;
  if (memory.comesBack === "no" || !isAutomated(app.spec)) return app;
  return {
    ...app,
    spec: {
      ...app.spec,
      syncPolicy: { ...syncPolicy, automated: { ...syncPolicy?.automated, selfHeal: true } },
    },
  };
}

function isGoing(difference: Difference): boolean {
  return "live" in difference && difference.live.object.metadata.deletionTimestamp !== undefined;
}
