/**
 * The loop. It takes keys ("application X"), never event payloads: poll, webhook, watch and button all say
 * `queue.add(key)`. One pass looks, decides and publishes; what is decided runs beside the queue, so that an
 * operation that waits holds no place that another application needs.
 */
import { equalJson } from "../core/compare/equal-json.ts";
import { type AppKey, type Application, isAutomated } from "../core/model/application.ts";
import type { Difference } from "../core/model/comparison.ts";
import { asFailure, type Failure } from "../core/model/failure.ts";
import type { RefKey } from "../core/model/object-ref.ts";
import { decideAutoSync } from "../core/plan/decide-auto-sync.ts";
import { recentHeals } from "../core/plan/heal-backoff.ts";
import type { AppState, Cluster, Connection } from "../core/ports.ts";
import { syncStatus } from "../core/status/resource-statuses.ts";
import type { Control } from "./control.ts";
import { deletionStep } from "./deletion.ts";
import { driftInfo } from "./drift-info.ts";
import type { EnginePorts } from "./engine-ports.ts";
import { KeyQueue } from "./key-queue.ts";
import { deniedBy, refuseInvalid } from "./limits.ts";
import type { Look } from "./look.ts";
import { refusalOf } from "./operation.ts";
import { Operations, type Request } from "./operations.ts";
import { destinationOf, lookAt, refuseUnreachable } from "./pass.ts";
import { verdictsOf } from "./publish.ts";
import { reading } from "./reading.ts";
import type { FolderReading } from "./registry.ts";
import { Repositories } from "./repositories.ts";
import { Roster } from "./roster.ts";
import type { AppSession } from "./session.ts";
import { Stage } from "./stage.ts";
import { timestamp } from "./timestamp.ts";
import { writing } from "./writing.ts";

/** Applications that are looked at at once. Most of a look is waiting, so this is more than there are processors. */
const PASSES_AT_ONCE = 32;
/** Pods change in bursts; what descends from an application's objects is looked at once a burst. */
const DESCENDANTS_AFTER_MS = 100;
/** How often the health of an application is shown while one of its operations runs. */
const WHILE_RUNNING_MS = 500;
const CONNECTIONS_EVERY_MS = 2_000;
/** How long a stop waits for requests of operations in flight, and for looks, which lose nothing. */
const STOP_WITHIN_MS = 10_000,
  STOP_LOOKING_WITHIN_MS = 1_000;

export class Engine {
  /** What the API may ask. */
  readonly control: Control;
  readonly #stage: Stage;
  readonly #roster: Roster;
  readonly #operations: Operations;
  readonly #repositories: Repositories;
  readonly #queue: KeyQueue<AppKey>;
  readonly #watched = new Map<Cluster, { stop: () => void; was: string }>();
  #connections: ReturnType<typeof setInterval> | undefined;
  #stopping = false;

  constructor(private readonly ports: EnginePorts) {
    const ask = (session: AppSession, look: Look) => this.#ask(session, look);
    this.#queue = new KeyQueue((key) => this.#work(key), PASSES_AT_ONCE);
    this.#stage = new Stage(ports);
    this.#operations = new Operations(
      ports,
      this.#stage,
      (app, desired, cluster) => deniedBy(app, desired, cluster, this.#roster.projects, ports.settings()),
      ask,
    );
    this.#roster = new Roster(ports, this.#stage, this.#operations, ask);
    this.#repositories = new Repositories(
      ports,
      () => this.#stage,
      (session, look, since) => this.#ask(session, look, since),
    );
    this.control = {
      ...reading(ports, this.#stage, this.#roster),
      ...writing({ ports, stage: this.#stage, roster: this.#roster, operations: this.#operations, ask }),
      ready: () => this.#roster.known && [...this.#stage].every(({ seen }) => seen),
    };
  }

  /** Takes up what the store remembers and what `foldersRead` was told before. */
  start(): void {
    this.#roster.takeUp(new Map(this.ports.store.states().map((state) => [state.key, state])));
    this.#clustersChanged();
    this.#connections = setInterval(() => this.#checkConnections(), CONNECTIONS_EVERY_MS);
    this.#repositories.start();
  }

  /** What the configured folders hold now. Before `start` it is only taken note of. */
  foldersRead(reading: FolderReading): void {
    this.#roster.read(reading);
  }

  /** The settings are other ones: everything is looked at again, and running operations end as they began. */
  settingsChanged(): void {
    this.#repositories.start();
    this.#clustersChanged();
    this.#roster.takeUp();
    for (const session of this.#stage) this.#ask(session, "known");
  }

  /** Users' own checks say something else of these objects than before. */
  healthChanged(keys: readonly RefKey[]): void {
    for (const cluster of this.#watched.keys()) {
      for (const key of keys) {
        const app = cluster.get(key)?.tracking?.app;
        if (app !== undefined) this.#changed(app, "soon");
      }
    }
  }

  /** A push was announced for these repository addresses. */
  pushed(urls: readonly string[]): void {
    this.#repositories.pushed(urls);
  }

  /** Resolves when the operations that run now have ended, whatever started meanwhile. */
  async released(): Promise<void> {
    await Promise.all([...this.#stage].map(({ running }) => running?.done));
  }

  /** Applications that wait or are being looked at. */
  get depth(): number {
    return this.#queue.depth;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#connections);
    this.#repositories.stop();
    for (const { stop } of this.#watched.values()) stop();
    const ended = new AbortController();
    const atMost = (ms: number) => this.ports.clock.sleep(ms, ended.signal).catch(() => undefined);
    await Promise.all([
      Promise.race([this.#queue.stop(), atMost(STOP_LOOKING_WITHIN_MS)]),
      Promise.race([this.#operations.stop(), atMost(STOP_WITHIN_MS)]),
    ]);
    ended.abort();
    this.#stage.writer.close();
  }

  // -------------------------------------------------------------- what makes work

  #ask(session: AppSession, look: Look, since = this.ports.clock.now()): void {
    session.need(look, since);
    this.#queue.add(session.key);
  }

  #clustersChanged(): void {
    const clusters = new Set(this.ports.clusters());
    for (const [cluster, { stop }] of this.#watched) {
      if (clusters.has(cluster)) continue;
      stop();
      this.#watched.delete(cluster);
    }
    for (const cluster of clusters) {
      if (this.#watched.has(cluster)) continue;
      const stops = [
        cluster.onChange(({ key, apps, tracked }) => {
          this.ports.observe.changed(cluster, key);
          for (const app of apps) this.#changed(app, tracked ? "at-once" : "soon");
        }),
        cluster.onKindsChange((owners) => this.#kindsChanged(owners as readonly AppKey[])),
      ];
      this.#watched.set(cluster, {
        stop: () => stops.forEach((stop) => stop()),
        was: nameOf(cluster.connection()),
      });
    }
  }

  #changed(trackingName: string, when: "at-once" | "soon"): void {
    const session = this.#stage.tracked(trackingName);
    if (session === undefined) return;
    session.wake();
    // A running operation judges for itself; what it changes is looked at when it has ended.
    if (session.running !== undefined) this.#queue.addAfter(session.key, WHILE_RUNNING_MS);
    else if (when === "at-once") this.#queue.add(session.key);
    else this.#queue.addAfter(session.key, DESCENDANTS_AFTER_MS);
  }

  /** Kinds came, went, or are seen again: those who use them follow them anew. */
  #kindsChanged(keys: readonly AppKey[]): void {
    for (const session of keys.flatMap((key) => this.#stage.get(key) ?? [])) {
      session.following = undefined;
      this.#queue.add(session.key);
    }
  }

  /** A cluster that went away or came back concerns all of its applications, once. No request is made here. */
  #checkConnections(): void {
    for (const [cluster, known] of this.#watched) {
      const is = nameOf(cluster.connection());
      if (is === known.was) continue;
      known.was = is;
      for (const session of this.#stage)
        if (session.lastSeen?.cluster === cluster || session.trouble !== undefined)
          this.#queue.add(session.key);
    }
  }

  // -------------------------------------------------------------- one pass

  async #work(key: AppKey): Promise<void> {
    const session = this.#stage.get(key);
    if (session === undefined) return;
    const endPass = session.startPass();
    const started = performance.now();
    try {
      if (session.state.deleting !== undefined) await this.#deletionPass(session, session.state.deleting);
      else if (session.running !== undefined) this.#stage.publish(session);
      else await this.#pass(session);
    } catch (cause) {
      // What it looked with is closed, and nobody is told any more.
      if (this.#stopping) return;
      const failure = asFailure(cause, `Application ${key}`, "look at it");
      this.ports.log.error("a pass failed", {
        app: key,
        error: failure.message,
        stack: cause instanceof Error ? cause.stack : undefined,
      });
      if (failure.code === "store") {
        session.trouble = { failure, times: 1 };
        this.#stage.publish(session);
      }
      this.#queue.addAfter(key, this.ports.settings().retry.mostMs);
    } finally {
      endPass();
      this.ports.observe.reconciled(session.app, performance.now() - started);
    }
  }

  async #pass(session: AppSession): Promise<void> {
    const asked = session.look;
    const commits = session.aim?.commits;
    try {
      refuseInvalid(session.app, this.#roster.projects, this.ports.clusters(), this.ports.settings());
      refuseUnreachable(destinationOf(session.app, this.ports));
      session.lastSeen = await lookAt(session, this.ports);
      session.trouble = undefined;
      const { differences } = session.lastSeen.observation.comparison;
      this.#lookAgain(session, differences.filter(({ is }) => is === "unknown").length);
      session.extras = extrasOf(differences, session.extras, timestamp(this.ports.clock.now()));
    } catch (cause) {
      this.#troubled(session, asFailure(cause, `Application ${session.key}`, "compare it"), asked);
    }
    this.#decide(session);
    this.#stage.publish(session, asked === "nothing" ? "if-changed" : "looked");
    if (asked !== "nothing" && session.aim !== undefined && !equalJson(commits, session.aim.commits))
      this.#repositories.moved(session);
  }

  /** What could not be judged is judged again after a pause, for want of an event that would say when. */
  #lookAgain(session: AppSession, unjudged: number): void {
    const { retry } = this.ports.settings();
    if (unjudged > 0)
      this.#queue.addAfter(
        session.key,
        Math.min(retry.firstMs * 2 ** Math.min(session.blindLooks, 16), retry.mostMs),
      );
    session.blindLooks = unjudged > 0 ? session.blindLooks + 1 : 0;
  }

  #troubled(session: AppSession, failure: Failure, asked: Look): void {
    const { retry } = this.ports.settings();
    const times = session.trouble?.failure.message === failure.message ? session.trouble.times + 1 : 1;
    if (times === 1)
      this.ports.log.warn("application cannot be compared", {
        app: session.key,
        code: failure.code,
        why: failure.message,
      });
    session.trouble = { failure, times };
    if (failure.retry !== "backoff") return;
    if (failure.code === "git-unreachable" || failure.code === "git-auth")
      session.need(asked === "hard" ? "hard" : "latest", this.ports.clock.now());
    const pauseMs = Math.min(retry.firstMs * 2 ** Math.min(times - 1, 16), retry.mostMs);
    this.#queue.addAfter(session.key, Math.max(pauseMs, failure.retryAfterMs ?? 0));
  }

  /** Starts what was asked for, or what an automated sync would do. */
  #decide(session: AppSession): void {
    session.decisionCondition = undefined;
    const { operation, deleting } = session.state;
    // A deletion may have begun while it was looked at: nothing is written for it any more.
    if (this.#stopping || session.running !== undefined || deleting !== undefined) return;
    if (operation !== undefined)
      return this.#operations.start(
        session,
        operation as Request,
        operation.initiatedBy?.automated === true ? "automated" : "manual",
      );
    if (session.trouble === undefined && session.aim !== undefined)
      this.#operations.giveUpSuperseded(session, session.aim.commits);
    const due = this.#operations.retryDue(session);
    if (due !== undefined && due.inMs <= 0)
      return this.#operations.start(
        session,
        due.state.operation as Request,
        "retry",
        due.state.retryCount ?? 1,
      );
    if (due !== undefined) this.#queue.addAfter(session.key, due.inMs);
    if (session.lastSeen !== undefined && session.trouble === undefined)
      this.#decideAutomated(session, session.lastSeen);
  }

  #decideAutomated(session: AppSession, seen: NonNullable<AppSession["lastSeen"]>): void {
    const { clock, log } = this.ports;
    session.heals = recentHeals(session.heals, clock.now());
    const { comparison, reown, drifted } = seen.observation;
    const decision = decideAutoSync({
      app: {
        ...appToDecide(session),
        ...(session.state.status === undefined ? {} : { status: session.state.status }),
      },
      syncStatus: syncStatus(comparison, session.app.spec.syncPolicy?.syncOptions),
      differences: comparison.differences,
      revisions: seen.aim.commits,
      blocked: new Set(verdictsOf(session, seen, this.ports).refusals.map(({ key }) => key)),
      reown,
      lastOperation: session.operationState,
      failedTries: session.failedTries,
      heals: session.heals,
      fieldsOf: (key: RefKey) => drifted.get(key) ?? "",
      now: clock.now(),
    });
    if (decision.do === "nothing") {
      if (!comparison.differences.some((difference) => difference.is === "missing" || isGoing(difference)))
        session.comesBack = false;
      session.decisionCondition = decision.condition;
      if (decision.againInMs !== undefined) this.#queue.addAfter(session.key, decision.againInMs);
      return;
    }
    const refusal = refusalOf(session.app, seen.aim, decision.operation.sync ?? {}, this.ports);
    if (refusal !== undefined) {
      session.decisionCondition = { type: "SyncError", message: refusal };
      return;
    }
    log.debug("automated sync", { app: session.key, because: decision.because });
    if (decision.do === "self-heal") {
      session.heals.push(...decision.drifts.map((drift) => ({ ...drift, at: clock.now() })));
      if (decision.againInMs !== undefined) this.#queue.addAfter(session.key, decision.againInMs);
    }
    if (decision.do === "sync") return this.#operations.start(session, decision.operation, "automated");
    this.#operations.start(
      session,
      { ...decision.operation, info: driftInfo(decision.drifts, seen.cluster) },
      "self-heal",
    );
  }

  // -------------------------------------------------------------- the end of an application

  async #deletionPass(session: AppSession, deleting: NonNullable<AppState["deleting"]>): Promise<void> {
    if (session.running !== undefined) await session.running.done;
    const { retry } = this.ports.settings();
    try {
      const step = await deletionStep(session, deleting, this.ports);
      // Its file came back meanwhile, or a person said something new.
      if (session.state.deleting !== deleting) return;
      if (step.is === "ended") return this.#leave(session, step.kept);
      session.deletionConditions = step.conditions;
      // Objects that are gone say so by an event; refusals are asked again.
      this.#queue.addAfter(session.key, step.conditions.length > 0 ? retry.firstMs * 4 : retry.mostMs);
    } catch (cause) {
      const failure = asFailure(cause, `Application ${session.key}`, "delete it");
      session.deletionConditions = [{ type: "DeletionError", message: failure.message }];
      this.#queue.addAfter(session.key, retry.firstMs * 4);
    }
    this.#stage.publish(session);
  }

  /** @param kept sentences about what stays behind */
  #leave(session: AppSession, kept: string[]): void {
    const { store, clock, log } = this.ports;
    store.atomically(() => {
      store.deleteRecords(session.key, "all");
      store.deleteApplication(session.key);
      this.#stage.writer.drop(session.key);
      store.audit({
        at: timestamp(clock.now()),
        actor: "daemon",
        action: "deleted",
        app: session.key,
        details: { kept },
      });
    });
    if (kept.length > 0) log.info("application was deleted; some objects stay", { app: session.key, kept });
    this.#queue.forget(session.key);
    for (const cluster of this.ports.clusters()) cluster.unfollow(session.key);
    this.#stage.remove(session);
    // There is no next pass that could answer whoever asked during this one.
    session.startPass()();
    this.ports.observe.left(session.key);
    this.#roster.takeUp();
  }
}

/** What went with a deletion that was called off is made again, though nobody may heal drift. */
function appToDecide({ app, comesBack }: AppSession): Application {
  const { syncPolicy } = app.spec;
  if (!comesBack || !isAutomated(app.spec)) return app;
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

/** One that was lost and is there again is another one. */
function nameOf(connection: Connection): string {
  return connection.is === "starting" ? connection.is : `${connection.is} since ${connection.since}`;
}

/** Whoever approved of deleting some has said nothing of those that came after. */
function extrasOf(
  differences: readonly Difference[],
  before: AppSession["extras"],
  now: string,
): AppSession["extras"] {
  const keys = new Set(differences.flatMap(({ is, key }) => (is === "extra" ? [key] : [])));
  if (keys.size === 0) return undefined;
  return { keys, since: before !== undefined && keys.isSubsetOf(before.keys) ? before.since : now };
}
