/**
 * The loop. It takes keys ("application X"), never event payloads: poll, webhook, watch and button all say
 * `queue.add(key)`. One pass looks, decides and publishes; what is decided runs beside the queue, so that an
 * operation that waits holds no place that another application needs.
 */
import { equalJson } from "../core/compare/equal-json.ts";
import { keyOfApp, sourcesOf, trackingName, type AppKey, type Application } from "../core/model/application.ts";
import { asFailure, Failure } from "../core/model/failure.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { RefKey } from "../core/model/object-ref.ts";
import type { Operation, OperationState, SyncRequest } from "../core/model/operation.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Project } from "../core/model/project.ts";
import { decideAutoSync } from "../core/plan/decide-auto-sync.ts";
import { recentHeals } from "../core/plan/heal-backoff.ts";
import { retryDelayMs } from "../core/plan/retry-delay.ts";
import { syncStatus } from "../core/status/resource-statuses.ts";
import type { AppState, Cluster, CommitInfo, CommitSha, Connection } from "../core/ports.ts";
import type { AppEvent, AppOrigin, Control, Found, ManagedResource, ResourceNode, Written } from "./control.ts";
import { cascadeOf, deletionStep } from "./deletion.ts";
import type { EnginePorts } from "./engine-ports.ts";
import { KeyQueue } from "./key-queue.ts";
import { deniedBy, refuseInvalid } from "./limits.ts";
import { liveHealth } from "./live-health.ts";
import { runOperation, type OperationHost } from "./operation.ts";
import { aimAt, destinationOf, lookAt, type Seen } from "./pass.ts";
import { statusOf, verdictsOf } from "./publish.ts";
import { register, type FolderReading, type RegistryState } from "./registry.ts";
import { Repositories } from "./repositories.ts";
import { repositoryAccess } from "./repository-access.ts";
import { AppSession, type Look, type RunningOperation } from "./session.ts";
import { Slots } from "./slots.ts";
import { StateWriter } from "./state-writer.ts";
import { timestamp } from "./timestamp.ts";
import { resourceTree } from "./tree.ts";
import { managedResources, manifestsOf } from "./views.ts";

/** Applications that are looked at at once. Most of a look is waiting, so this is more than there are processors. */
const PASSES_AT_ONCE = 32;
/** Operations that talk to a cluster at once; those that wait for health do not count. */
const OPERATIONS_AT_ONCE = 32;
/** Pods change in bursts; what descends from an application's objects is looked at once a burst. */
const DESCENDANTS_AFTER_MS = 100;
/** How often the health of an application is shown while one of its operations runs. */
const WHILE_RUNNING_MS = 500;
const CONNECTIONS_EVERY_MS = 2_000;

export class Engine implements Control {
  readonly #sessions = new Map<AppKey, AppSession>();
  /** By cluster-independent tracking name, for watch events. */
  readonly #byTrackingName = new Map<string, AppKey>();
  readonly #queue: KeyQueue<AppKey>;
  readonly #writer: StateWriter;
  readonly #host: OperationHost;
  readonly #repositories: Repositories;
  readonly #listeners = new Set<(event: AppEvent) => void>();
  readonly #watched = new Map<Cluster, { stop: () => void; was: Connection["is"] }>();
  #registry: RegistryState | undefined;
  #filesBefore = new Map<string, number>();
  #reading: FolderReading = { applications: [], projects: [], problems: [], folders: [] };
  #connections: ReturnType<typeof setInterval> | undefined;
  #stopping = false;

  constructor(private readonly ports: EnginePorts) {
    this.#queue = new KeyQueue((key) => this.#work(key), PASSES_AT_ONCE);
    this.#writer = new StateWriter(ports.store, ports.log);
    this.#host = {
      ports,
      slots: new Slots(OPERATIONS_AT_ONCE),
      deniedBy: (app, desired, cluster) => deniedBy(app, desired, cluster, this.#projects(), ports.settings()),
      show: (session, state, how) => this.#showOperation(session, state, how),
    };
    this.#repositories = new Repositories(ports, () => this.#sessions.values(), (session, look, since) => this.#ask(session, look, since));
  }

  // -------------------------------------------------------------- life

  /** Takes up what the store remembers, then the folders. Call `foldersRead` first with what they hold. */
  start(): void {
    const states = new Map(this.ports.store.states().map((state) => [state.key, state]));
    this.#register(states);
    for (const state of states.values()) if (!this.#sessions.has(state.key)) this.#resume(state);
    this.clustersChanged();
    this.#connections = setInterval(() => this.#checkConnections(), CONNECTIONS_EVERY_MS);
    this.#repositories.start();
  }

  /** What the configured folders hold now. Before `start` it is only taken note of. */
  foldersRead(reading: FolderReading): void {
    this.#reading = reading;
    if (this.#registry !== undefined) this.#register(new Map());
  }

  /** The settings are other ones: everything is looked at again, and running operations end as they began. */
  settingsChanged(): void {
    this.#repositories.start();
    this.clustersChanged();
    this.#register(new Map());
    for (const session of this.#sessions.values()) this.#ask(session, "known");
  }

  clustersChanged(): void {
    const clusters = new Set(this.ports.clusters());
    for (const [cluster, { stop }] of this.#watched) {
      if (clusters.has(cluster)) continue;
      stop();
      this.#watched.delete(cluster);
    }
    for (const cluster of clusters) {
      if (this.#watched.has(cluster)) continue;
      const stop = cluster.onChange(({ apps, tracked }) => {
        for (const app of apps) this.#changed(app, tracked ? "at-once" : "soon");
      });
      this.#watched.set(cluster, { stop, was: cluster.connection().is });
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#connections);
    this.#repositories.stop();
    for (const { stop } of this.#watched.values()) stop();
    const running = [...this.#sessions.values()].flatMap(({ running }) => (running === undefined ? [] : [running]));
    await this.#queue.stop();
    // A sync in flight may end its wave; what waits for health is taken up again by the next start.
    await Promise.race([Promise.all(running.map(({ done }) => done)), this.ports.clock.sleep(10_000)]);
    this.#writer.flush();
  }

  /** Resolves when the operations that run now have ended, whatever started meanwhile. */
  async released(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(({ running }) => running?.done));
  }

  /** A push was announced for these repository addresses. */
  pushed(urls: readonly string[]): void {
    this.#repositories.pushed(urls);
  }

  get depth(): number {
    return this.#queue.depth;
  }

  // -------------------------------------------------------------- which applications there are

  #register(states: ReadonlyMap<AppKey, AppState>): void {
    const { store, clock } = this.ports;
    const before = this.#registry;
    const first = before === undefined;
    const filesBefore = first ? new Map(Object.entries(JSON.parse(store.value("folder-files") ?? "{}") as Record<string, number>)) : this.#filesBefore;
    const registry = register(this.#reading, store.applications(), before ?? fromStates(states), filesBefore);
    this.#registry = registry;
    if (registry.incomplete.length === 0) {
      this.#filesBefore = new Map(this.#reading.folders.map(({ path, files }) => [path, files]));
      store.putValue("folder-files", JSON.stringify(Object.fromEntries(this.#filesBefore)));
    } else this.#filesBefore = new Map(filesBefore);
    const projectsChanged = !equalJson([...(before?.projects ?? [])], [...registry.projects]);
    for (const [key, { app, origin }] of registry.apps) {
      const session = this.#sessions.get(key);
      if (session === undefined) this.#enter(key, app, origin, states.get(key));
      else this.#replace(session, app, origin);
      if (session !== undefined && projectsChanged) this.#ask(session, "nothing");
    }
    if (registry.incomplete.length > 0) {
      this.ports.log.warn("the application folders cannot be trusted: nothing is deleted because of what is missing in them", { reasons: registry.incomplete.slice(0, 5) });
      return;
    }
    for (const session of this.#sessions.values()) {
      if (registry.apps.has(session.key) || session.state.deleting !== undefined || session.origin.from === "api") continue;
      this.#beginDeletion(session, { app: session.app, since: timestamp(clock.now()), cascade: cascadeOf(session.app), asked: "by-file" }, `file:${session.origin.file}`);
    }
  }

  #enter(key: AppKey, app: Application, origin: AppOrigin, known: AppState | undefined): AppSession {
    const { store, settings, clock } = this.ports;
    const state: AppState = known ?? { key, uid: crypto.randomUUID() };
    const session = new AppSession(key, app, origin, state);
    for (const record of store.records(key)) session.records.set(record.key, record);
    session.operationState = state.status?.operationState;
    this.#sessions.set(key, session);
    this.#byTrackingName.set(trackingName(key, settings().namespace), key);
    if (origin.from === "file" && (state.last === undefined || !equalJson(state.last.app, app) || state.last.file !== origin.file)) {
      this.#setState(session, { ...state, last: { app, file: origin.file } });
    } else if (known === undefined) this.#writer.put(state);
    if (state.deleting !== undefined && origin.from === "file") {
      // Its file came back before its objects were gone: what is left of them is wanted again.
      const { deleting: _, ...kept } = session.state;
      this.#setState(session, kept);
    }
    this.#resumeOperation(session);
    session.need("latest", clock.now());
    this.#queue.add(key);
    if (known === undefined) this.#emit("ADDED", session);
    return session;
  }

  /** An operation that a stop of the daemon cut off is started again: it is idempotent, and its record goes on. */
  #resumeOperation(session: AppSession): void {
    const { store, clock } = this.ports;
    for (const run of store.runs({ app: session.key, limit: 10, unfinished: true })) {
      if (run.state.phase === "Running" && run.state.finishedAt !== undefined) continue;
      store.updateRun(run.id, { ...run.state, phase: "Error", finishedAt: timestamp(clock.now()), message: "cut off by a restart of the daemon; started again" });
    }
    const state = session.operationState;
    if (state === undefined || state.finishedAt !== undefined) return;
    if (state.phase === "Running") this.#setState(session, { ...session.state, operation: state.operation });
    session.operationState = { ...state, phase: "Error", finishedAt: timestamp(clock.now()), message: "cut off by a restart of the daemon; started again" };
  }

  #resume(state: AppState): void {
    const app = state.deleting?.app ?? state.last?.app;
    if (app === undefined) return this.#writer.drop(state.key);
    const file = state.last?.file;
    const session = this.#enter(state.key, app, file === undefined ? { from: "api" } : { from: "file", file, line: 1 }, state);
    if (state.deleting !== undefined) this.#setState(session, { ...session.state, deleting: state.deleting });
    else if ((this.#registry?.incomplete.length ?? 0) === 0) {
      this.#beginDeletion(session, { app, since: timestamp(this.ports.clock.now()), cascade: cascadeOf(app), asked: "by-file" }, `file:${file ?? ""}`);
    }
  }

  #replace(session: AppSession, app: Application, origin: AppOrigin): void {
    const same = equalJson(session.app, app);
    session.origin = origin;
    if (origin.from === "file" && (!same || session.state.last?.file !== origin.file)) this.#setState(session, { ...session.state, last: { app, file: origin.file } });
    if (same) return;
    const sameSpec = equalJson(session.app.spec, app.spec);
    session.app = app;
    if (!sameSpec) {
      session.aim = undefined;
      session.refusals.clear();
    }
    this.#ask(session, sameSpec ? "nothing" : "known");
    this.#emit("MODIFIED", session);
  }

  #projects(): ReadonlyMap<string, Project> {
    return this.#registry?.projects ?? new Map();
  }

  // -------------------------------------------------------------- what makes work

  #ask(session: AppSession, look: Look, since = this.ports.clock.now()): void {
    session.need(look, since);
    this.#queue.add(session.key);
  }

  #changed(trackingName: string, when: "at-once" | "soon"): void {
    const key = this.#byTrackingName.get(trackingName);
    const session = key === undefined ? undefined : this.#sessions.get(key);
    if (session === undefined) return;
    session.wake();
    // A running operation judges for itself; what it changes is looked at when it has ended.
    if (session.running !== undefined) this.#queue.addAfter(session.key, WHILE_RUNNING_MS);
    else if (when === "at-once") this.#queue.add(session.key);
    else this.#queue.addAfter(session.key, DESCENDANTS_AFTER_MS);
  }

  /** A cluster that went away or came back concerns all of its applications, once. No request is made here. */
  #checkConnections(): void {
    for (const [cluster, known] of this.#watched) {
      const { is } = cluster.connection();
      if (is === known.was) continue;
      known.was = is;
      for (const session of this.#sessions.values()) if (session.lastSeen?.cluster === cluster || session.trouble !== undefined) this.#queue.add(session.key);
    }
  }

  // -------------------------------------------------------------- one pass

  async #work(key: AppKey): Promise<void> {
    const session = this.#sessions.get(key);
    if (session === undefined) return;
    const endPass = session.startPass();
    const started = performance.now();
    try {
      if (session.state.deleting !== undefined) await this.#deletionPass(session, session.state.deleting);
      else if (session.running !== undefined) this.#publish(session);
      else await this.#pass(session);
    } catch (cause) {
      const failure = asFailure(cause, `Application ${key}`, "look at it");
      this.ports.log.error("a pass failed", { app: key, error: failure.message, stack: cause instanceof Error ? cause.stack : undefined });
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
      refuseInvalid(session.app, this.#projects(), this.ports.clusters(), this.ports.settings());
      refuseUnreachable(session.app, this.ports);
      const seen = await lookAt(session, this.ports);
      session.lastSeen = seen;
      session.trouble = undefined;
      const extras = seen.observation.comparison.differences.some(({ is }) => is === "extra");
      session.extrasSince = extras ? (session.extrasSince ?? timestamp(this.ports.clock.now())) : undefined;
    } catch (cause) {
      this.#troubled(session, asFailure(cause, `Application ${session.key}`, "compare it"), asked);
    }
    this.#decide(session);
    this.#publish(session, asked === "nothing" ? "if-changed" : "looked");
    if (asked !== "nothing" && session.aim !== undefined && !equalJson(commits, session.aim.commits)) this.#repositories.moved(session);
  }

  #troubled(session: AppSession, failure: Failure, asked: Look): void {
    const { retry } = this.ports.settings();
    const times = session.trouble?.failure.message === failure.message ? session.trouble.times + 1 : 1;
    if (times === 1) this.ports.log.warn("application cannot be compared", { app: session.key, code: failure.code, why: failure.message });
    session.trouble = { failure, times };
    if (failure.retry !== "backoff") return;
    if (failure.code === "git-unreachable" || failure.code === "git-auth") session.need(asked === "hard" ? "hard" : "latest", this.ports.clock.now());
    const pauseMs = Math.min(retry.firstMs * 2 ** Math.min(times - 1, 16), retry.mostMs);
    this.#queue.addAfter(session.key, Math.max(pauseMs, failure.retryAfterMs ?? 0));
  }

  /** Starts what was asked for, or what an automated sync would do. */
  #decide(session: AppSession): void {
    session.decisionCondition = undefined;
    if (this.#stopping || session.running !== undefined) return;
    const { operation } = session.state;
    if (operation !== undefined) return this.#startOperation(session, operation as Request, "manual");
    const waiting = this.#retryDue(session);
    if (waiting !== undefined && waiting.inMs <= 0) return this.#startOperation(session, waiting.state.operation as Request, "retry", waiting.state.retryCount ?? 1);
    if (waiting !== undefined) this.#queue.addAfter(session.key, waiting.inMs);
    const { lastSeen, trouble } = session;
    if (lastSeen === undefined || trouble !== undefined) return;
    const { clock } = this.ports;
    session.heals = recentHeals(session.heals, clock.now());
    const { comparison: { differences }, reown, drifted } = lastSeen.observation;
    const decision = decideAutoSync({
      app: session.state.status === undefined ? session.app : { ...session.app, status: session.state.status },
      syncStatus: syncStatus(lastSeen.observation.comparison, session.app.spec.syncPolicy?.syncOptions),
      differences,
      revisions: lastSeen.aim.commits,
      blocked: new Set(verdictsOf(session, lastSeen, this.ports).refusals.map(({ key }) => key)),
      reown,
      lastOperation: session.operationState,
      failedTries: session.failedTries,
      heals: session.heals,
      fieldsOf: (key: RefKey) => drifted.get(key) ?? "",
      now: clock.now(),
    });
    if (decision.do === "nothing") {
      session.decisionCondition = decision.condition;
      if (decision.againInMs !== undefined) this.#queue.addAfter(session.key, decision.againInMs);
      return;
    }
    this.ports.log.debug("automated sync", { app: session.key, because: decision.because });
    if (decision.do === "self-heal") {
      session.heals.push(...decision.drifts.map((drift) => ({ ...drift, at: clock.now() })));
      if (decision.againInMs !== undefined) this.#queue.addAfter(session.key, decision.againInMs);
    }
    this.#startOperation(session, decision.operation, decision.do === "self-heal" ? "self-heal" : "automated");
  }

  #retryDue(session: AppSession): { state: OperationState; inMs: number } | undefined {
    const state = session.operationState;
    if (state?.phase !== "Running" || state.finishedAt === undefined) return undefined;
    const delay = retryDelayMs(state.operation.retry, Math.max(0, (state.retryCount ?? 1) - 1));
    return { state, inMs: Date.parse(state.finishedAt) + delay - this.ports.clock.now() };
  }

  // -------------------------------------------------------------- operations

  #startOperation(session: AppSession, operation: Request, cause: RunningOperation["cause"], retryCount = 0): void {
    const { store, clock } = this.ports;
    const startedAt = cause === "retry" ? (session.operationState?.startedAt ?? timestamp(clock.now())) : timestamp(clock.now());
    const state: OperationState = { operation, phase: "Running", message: "starting", startedAt, ...(retryCount === 0 ? {} : { retryCount }) };
    const { operation: _, ...rest } = session.state;
    const running: RunningOperation = { id: 0, cause, state, abort: new AbortController(), aim: undefined, done: Promise.resolve() };
    store.atomically(() => {
      running.id = store.startRun({ app: session.key, cause, state });
      session.running = running;
      this.#setState(session, rest);
      this.#showOperation(session, state, "durable");
    });
    running.done = runOperation(session, running, this.#host).catch((cause) => {
      this.ports.log.error("an operation could not be written down", { app: session.key, error: String(cause) });
    }).finally(() => {
      session.running = undefined;
      const failed = running.state.phase === "Failed" || running.state.phase === "Error";
      session.failedTries = failed ? session.failedTries + 1 : 0;
      if (!this.#stopping) this.#queue.add(session.key);
    });
  }

  #showOperation(session: AppSession, state: OperationState, how: "soon" | "durable"): void {
    session.operationState = state;
    if (state.finishedAt !== undefined) this.#publish(session);
    else {
      const status = session.state.status;
      if (status !== undefined) this.#setState(session, { ...session.state, status: { ...status, operationState: state } });
      else this.#publish(session);
      this.#emit("MODIFIED", session);
    }
    if (how === "durable") this.#writer.flush(session.key);
  }

  // -------------------------------------------------------------- deletion

  #beginDeletion(session: AppSession, deleting: NonNullable<AppState["deleting"]>, actor: string): void {
    session.running?.abort.abort("the application is being deleted");
    this.#setState(session, { ...session.state, deleting });
    this.#writer.flush();
    this.ports.store.audit({ at: timestamp(this.ports.clock.now()), actor, action: "delete", app: session.key, details: { cascade: deleting.cascade } });
    this.ports.log.info("application is being deleted", { app: session.key, cascade: deleting.cascade, actor });
    this.#queue.add(session.key);
  }

  async #deletionPass(session: AppSession, deleting: NonNullable<AppState["deleting"]>): Promise<void> {
    if (session.running !== undefined) await session.running.done;
    const { store, clock, log } = this.ports;
    try {
      const step = await deletionStep(session, deleting, this.ports);
      if (step.is === "going-on") {
        session.deletionConditions = step.conditions;
        this.#publish(session);
        // Objects that are gone say so by an event; refusals are asked again.
        this.#queue.addAfter(session.key, step.conditions.length > 0 ? this.ports.settings().retry.firstMs * 4 : this.ports.settings().retry.mostMs);
        return;
      }
      store.atomically(() => {
        store.deleteRecords(session.key, "all");
        store.deleteApplication(session.key);
        this.#writer.drop(session.key);
        store.audit({ at: timestamp(clock.now()), actor: "daemon", action: "deleted", app: session.key, details: { kept: step.kept } });
      });
      if (step.kept.length > 0) log.info("application was deleted; some objects stay", { app: session.key, kept: step.kept });
      this.#leave(session);
    } catch (cause) {
      const failure = asFailure(cause, `Application ${session.key}`, "delete it");
      session.deletionConditions = [{ type: "DeletionError", message: failure.message }];
      this.#publish(session);
      this.#queue.addAfter(session.key, this.ports.settings().retry.firstMs * 4);
    }
  }

  #leave(session: AppSession): void {
    this.#sessions.delete(session.key);
    this.#byTrackingName.delete(trackingName(session.key, this.ports.settings().namespace));
    this.#queue.forget(session.key);
    for (const cluster of this.ports.clusters()) cluster.unfollow(session.key);
    this.#emit("DELETED", session);
    if (this.#registry !== undefined) this.#register(new Map());
  }

  // -------------------------------------------------------------- what is shown

  /** `looked`: somebody asked, so `reconciledAt` moves even where nothing else does. */
  #publish(session: AppSession, how: "if-changed" | "looked" = "if-changed"): void {
    const before = session.state.status;
    const status = statusOf(session, this.ports);
    const same = before !== undefined && equalJson({ ...before, reconciledAt: "" }, { ...status, reconciledAt: "" });
    if (same && how === "if-changed") return;
    this.#setState(session, { ...session.state, status });
    this.#emit("MODIFIED", session);
  }

  #setState(session: AppSession, state: AppState): void {
    session.state = state;
    this.#writer.put(state);
  }

  #emit(type: AppEvent["type"], session: AppSession): void {
    if (this.#listeners.size === 0) return;
    const event: AppEvent = { type, app: shown(session) };
    for (const listener of this.#listeners) listener(event);
  }

  onEvent(listener: (event: AppEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  ready(): boolean {
    return this.#registry !== undefined && [...this.#sessions.values()].every(({ seen }) => seen);
  }

  // -------------------------------------------------------------- Control: reading

  applications(): Application[] {
    return [...this.#sessions.values()].map(shown).sort((a, b) => (keyOfApp(a) < keyOfApp(b) ? -1 : 1));
  }

  application(key: AppKey): Application | undefined {
    const session = this.#sessions.get(key);
    return session === undefined ? undefined : shown(session);
  }

  origin(key: AppKey): AppOrigin | undefined {
    return this.#sessions.get(key)?.origin;
  }

  problems(): Problem[] {
    const { problems = [], incomplete = [] } = this.#registry ?? {};
    const kept = incomplete.map((why): Problem => ({ severity: "warning", text: `${why}: applications that are missing are kept as they were` }));
    return [...problems, ...kept];
  }

  projects(): Project[] {
    return [...this.#projects().values()];
  }

  async manifests(key: AppKey, revision?: string): Promise<Found<{ manifests: KubeObject[]; revision: string; sourceType: string }>> {
    const session = this.#sessions.get(key);
    if (session === undefined) return { is: "absent" };
    const known = session.aim;
    const aim = revision === undefined && known !== undefined
      ? known
      : await aimAt(session.app, destinationOf(session.app, this.ports), this.ports, { look: "known", since: 0, known, revisions: revision === undefined ? [] : [revision] });
    return { is: "found", value: { manifests: manifestsOf(aim.desired), revision: aim.commits[0] ?? "", sourceType: aim.sourceTypes[0] ?? "" } };
  }

  async managedResources(key: AppKey): Promise<Found<ManagedResource[]>> {
    const session = this.#sessions.get(key);
    if (session === undefined) return { is: "absent" };
    return { is: "found", value: await managedResources(session, seenBy(session), this.ports) };
  }

  resourceTree(key: AppKey): Found<ResourceNode[]> {
    const session = this.#sessions.get(key);
    if (session === undefined) return { is: "absent" };
    const { lastSeen } = session;
    if (lastSeen === undefined) return { is: "found", value: [] };
    const { cluster, aim, us } = lastSeen;
    const rules = { userHealth: this.ports.userHealth, pods: this.ports.settings().pods };
    return { is: "found", value: resourceTree(cluster, cluster.trackedBy(us.app), aim.desired, (live) => liveHealth(live, cluster, rules)) };
  }

  async events(key: AppKey, of?: { name: string; namespace: string; uid: string }): Promise<Found<KubeObject[]>> {
    const session = this.#sessions.get(key);
    if (session === undefined) return { is: "absent" };
    const { lastSeen } = session;
    if (lastSeen === undefined) return { is: "found", value: [] };
    const nodes = this.resourceTree(key);
    const wanted = nodes.is === "found" ? nodes.value.filter(({ ref, uid }) => uid !== undefined && (of === undefined || (ref.name === of.name && ref.namespace === of.namespace && (of.uid === "" || of.uid === uid)))) : [];
    const found = await Promise.all(wanted.slice(0, 50).map(({ ref, uid }) => lastSeen.cluster.eventsOf(ref, uid)));
    return { is: "found", value: found.flat() };
  }

  history(key: AppKey): Found<NonNullable<NonNullable<Application["status"]>["history"]>> {
    const session = this.#sessions.get(key);
    return session === undefined ? { is: "absent" } : { is: "found", value: session.state.status?.history ?? [] };
  }

  async commit(key: AppKey, revision: string): Promise<Found<CommitInfo>> {
    const session = this.#sessions.get(key);
    const [source] = session === undefined ? [] : sourcesOf(session.app.spec);
    if (source === undefined) return { is: "absent" };
    const access = repositoryAccess(source.repoURL, this.ports.settings().repositories);
    return { is: "found", value: await this.ports.git.info(access, revision as CommitSha) };
  }

  runs(filter: Parameters<Control["runs"]>[0]): ReturnType<Control["runs"]> {
    return this.ports.store.runs(filter);
  }

  audits(filter: Parameters<Control["audits"]>[0]): ReturnType<Control["audits"]> {
    return this.ports.store.audits(filter);
  }

  clusters(): ReturnType<Control["clusters"]> {
    return this.ports.clusters().map((cluster) => ({ name: cluster.name, server: cluster.server, connection: cluster.connection(), kubeVersion: this.#versions.get(cluster) ?? this.#askVersion(cluster) }));
  }

  readonly #versions = new WeakMap<Cluster, string>();
  #askVersion(cluster: Cluster): undefined {
    if (cluster.connection().is !== "connected") return undefined;
    void cluster.facts().then(({ kubeVersion }) => this.#versions.set(cluster, kubeVersion), (cause) => this.ports.log.debug("no version", { cluster: cluster.name, why: String(cause) }));
    return undefined;
  }

  // -------------------------------------------------------------- Control: writing

  async create(app: Application, { upsert, actor }: { upsert: boolean; actor: string }): Promise<Written> {
    const key = keyOfApp(app);
    const session = this.#sessions.get(key);
    if (session?.state.deleting !== undefined) return { is: "conflict", why: `the application ${key} is being deleted` };
    if (session?.origin.from === "file") return { is: "managed-by-file", file: session.origin.file };
    if (session !== undefined && !upsert && !equalJson(session.app.spec, app.spec)) return { is: "conflict", why: `an application ${key} exists already with another spec; update it, or create with upsert` };
    return this.#write(app, session === undefined ? "create" : "update", actor);
  }

  async update(app: Application, actor: string): Promise<Written> {
    const session = this.#sessions.get(keyOfApp(app));
    if (session === undefined) return { is: "absent" };
    if (session.origin.from === "file") return { is: "managed-by-file", file: session.origin.file };
    return this.#write(app, "update", actor);
  }

  #write(app: Application, action: "create" | "update", actor: string): Written {
    const { store, clock } = this.ports;
    try {
      refuseInvalid(app, this.#projects(), this.ports.clusters(), this.ports.settings());
    } catch (cause) {
      const failure = asFailure(cause, `Application ${keyOfApp(app)}`, action);
      return { is: "invalid", problems: [{ severity: "error", object: failure.object, text: failure.why, ...(failure.fix === undefined ? {} : { fix: failure.fix }) }] };
    }
    const { status: _, operation, ...manifest } = app;
    const key = keyOfApp(app);
    store.atomically(() => {
      store.putApplication(manifest as Application);
      store.audit({ at: timestamp(clock.now()), actor, action, app: key, details: { spec: manifest.spec } });
    });
    this.#register(new Map());
    const session = this.#sessions.get(key);
    if (session !== undefined && operation?.sync !== undefined) this.#requestOperation(session, operation as Request, actor);
    return session === undefined ? { is: "absent" } : { is: "written", app: shown(session) };
  }

  async remove(key: AppKey, { cascade, actor }: { cascade: "foreground" | "background" | "none"; actor: string }): Promise<Written> {
    const session = this.#sessions.get(key);
    if (session === undefined) return { is: "absent" };
    if (session.origin.from === "file") return { is: "managed-by-file", file: session.origin.file };
    const app = shown(session);
    if (session.state.deleting === undefined) this.#beginDeletion(session, { app: session.app, since: timestamp(this.ports.clock.now()), cascade, asked: "by-person" }, actor);
    return { is: "written", app };
  }

  async refresh(key: AppKey, how: "normal" | "hard", signal?: AbortSignal): Promise<Found<Application>> {
    const session = this.#sessions.get(key);
    if (session === undefined) return { is: "absent" };
    const pass = session.nextPass();
    if (how === "hard") session.refusals.clear();
    this.#ask(session, how === "hard" ? "hard" : "latest");
    const aborted = new Promise<void>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason), { once: true }));
    await Promise.race([pass, aborted]);
    return { is: "found", value: shown(session) };
  }

  async sync(key: AppKey, { operation, actor }: { operation: Request; actor: string }): Promise<Written> {
    const session = this.#sessions.get(key);
    if (session === undefined) return { is: "absent" };
    if (session.state.deleting !== undefined) return { is: "conflict", why: "the application is being deleted" };
    if (session.running !== undefined || session.state.operation !== undefined) return { is: "conflict", why: "another operation is already in progress" };
    this.#requestOperation(session, operation, actor);
    return { is: "written", app: shown(session) };
  }

  #requestOperation(session: AppSession, operation: Request, actor: string): void {
    const { store, clock } = this.ports;
    const complete: Request = {
      ...operation,
      initiatedBy: operation.initiatedBy ?? { username: actor },
      sync: { ...(session.app.spec.syncPolicy?.syncOptions === undefined ? {} : { syncOptions: session.app.spec.syncPolicy.syncOptions }), ...operation.sync },
      ...(operation.retry === undefined && session.app.spec.syncPolicy?.retry !== undefined ? { retry: session.app.spec.syncPolicy.retry } : {}),
    };
    store.audit({ at: timestamp(clock.now()), actor, action: "sync", app: session.key, details: { ...complete.sync } });
    this.#setState(session, { ...session.state, operation: complete });
    this.#writer.flush();
    this.#ask(session, complete.sync.revision === undefined && complete.sync.revisions === undefined ? "latest" : "nothing");
  }

  async terminate(key: AppKey, actor: string): Promise<Written> {
    const session = this.#sessions.get(key);
    if (session === undefined) return { is: "absent" };
    const { running, operationState } = session;
    const waits = operationState?.phase === "Running" && operationState.finishedAt !== undefined;
    if (running === undefined && session.state.operation === undefined && !waits) return { is: "conflict", why: "no operation is in progress" };
    this.ports.store.audit({ at: timestamp(this.ports.clock.now()), actor, action: "terminate", app: key, details: {} });
    if (running !== undefined) {
      running.state = { ...running.state, phase: "Terminating", message: "operation is terminating" };
      this.#showOperation(session, running.state, "durable");
      running.abort.abort(actor);
    } else {
      const { operation: _, ...rest } = session.state;
      this.#setState(session, rest);
      if (waits) this.#showOperation(session, { ...operationState, phase: "Failed", message: `operation terminated by ${actor}` }, "durable");
      this.#queue.add(key);
    }
    return { is: "written", app: shown(session) };
  }
}

type Request = Operation & { sync: SyncRequest };

/** The application as the API shows it: manifest, status, and what was asked for. */
function shown({ app, state }: AppSession): Application {
  return {
    ...app,
    metadata: { ...app.metadata, uid: state.uid, ...(state.deleting === undefined ? {} : { deletionTimestamp: state.deleting.since }) },
    ...(state.status === undefined ? {} : { status: state.status }),
    ...(state.operation === undefined ? {} : { operation: state.operation }),
  };
}

/** @throws {Failure} why there is nothing to show */
function seenBy({ key, lastSeen, trouble }: AppSession): Seen {
  if (trouble !== undefined) throw trouble.failure;
  if (lastSeen !== undefined) return lastSeen;
  throw new Failure("internal", `Application ${key}`, "backoff", { cannot: "show its resources", why: "it was not compared yet", fix: "Try again in a moment" });
}

function refuseUnreachable(app: Application, ports: EnginePorts): void {
  const cluster = destinationOf(app, ports);
  const connection = cluster.connection();
  if (connection.is !== "unreachable") return;
  throw new Failure("cluster-unreachable", `cluster ${cluster.name}`, "backoff", { cannot: "compare with it", why: connection.why, fix: "Check its address, its credentials and the network between" });
}

/** What a start without a complete reading of the folders goes on with. */
function fromStates(states: ReadonlyMap<AppKey, AppState>): RegistryState | undefined {
  const apps = [...states.values()].flatMap(({ key, last }): [AppKey, { app: Application; origin: AppOrigin }][] => (last === undefined ? [] : [[key, { app: last.app, origin: { from: "file", file: last.file, line: 1 } }]]));
  return apps.length === 0 ? undefined : { apps: new Map(apps), projects: new Map(), problems: [], incomplete: [] };
}

