/**
 * The engine's doors, and how its rooms hang together. Its loop takes keys ("application X"), never event payloads:
 * poll, webhook, watch and button all say `queue.add(key)`. What a pass decides runs beside the queue, so that an
 * operation that waits holds no place that another application needs.
 */
import { type AppKey, keyOfApp, trackingName } from "../core/model/application.ts";
import type { RefKey } from "../core/model/object-ref.ts";
import type { Cluster, LiveChange } from "../core/ports/cluster.ts";
import { Applications } from "./applications.ts";
import { KindFollower } from "./compare/follow-kinds.ts";
import { OwnerClaims } from "./compare/owner-claims.ts";
import type { Control } from "./control.ts";
import type { EnginePorts } from "./engine-ports.ts";
import { ExistingApplications } from "./home/existing-applications.ts";
import type { FolderReading } from "./home/folder-reading.ts";
import { Specs } from "./home/specs.ts";
import { projectOf, refusedBy } from "./limits.ts";
import { Loop } from "./loop.ts";
import type { ManagedApplication, Seen } from "./managed-application.ts";
import type { Rooms } from "./reconcile.ts";
import { Removals } from "./remove/remove.ts";
import { Requests } from "./requests.ts";
import { Publisher } from "./show/publisher.ts";
import { reading } from "./show/reading.ts";
import { type Snapshot, Snapshots } from "./snapshot.ts";
import { Operations } from "./sync/operations.ts";
import type { Look } from "./target/target.ts";
import { Tips } from "./target/tips.ts";
import { type LetGo, WantedKeys } from "./target/wanted-keys.ts";
import { Repositories } from "./wake/repositories.ts";
import { WatchedClusters } from "./wake/watched-clusters.ts";

/** Pods change in bursts; what descends from an application's objects is looked at once a burst. */
const DESCENDANTS_AFTER_MS = 100;
/** How often the health of an application is shown while one of its operations runs. */
const WHILE_RUNNING_MS = 500;
/** How long a prune waits for applications that may want what it would delete. */
const LOOKS_WITHIN_MS = 30_000;

export class Engine {
  /** What the API may ask. */
  readonly control: Control;
  readonly #ports: EnginePorts;
  readonly #applications: Applications;
  readonly #publisher: Publisher;
  readonly #operations: Operations;
  readonly #existing: ExistingApplications;
  readonly #repositories: Repositories;
  readonly #clusters: WatchedClusters;
  readonly #follower = new KindFollower();
  readonly #wanted = new WantedKeys();
  readonly #snapshots: Snapshots;
  readonly #loop: Loop;

  constructor(ports: EnginePorts) {
    this.#ports = ports;
    const ask = (managed: ManagedApplication, look: Look) => this.#ask(managed, look);
    const snapshotOf = (managed: ManagedApplication) => this.#snapshotOf(managed);
    this.#snapshots = new Snapshots({
      projects: () => this.#existing.projects,
      clusters: () => ports.clusters(),
      settings: () => ports.settings(),
    });
    this.#applications = new Applications(() => ports.settings());
    this.#publisher = new Publisher(ports);
    const shared = { ports, applications: this.#applications, publisher: this.#publisher, ask };
    const tips = new Tips();
    const comparing = {
      tips,
      follower: this.#follower,
      claims: new OwnerClaims(this.#applications, this.#wanted, () => ports.settings().namespace),
    };
    this.#operations = new Operations({
      ...shared,
      rooms: {
        ...comparing,
        snapshotOf,
        othersLooked: (managed, signal) => this.#othersLooked(managed, signal),
      },
    });
    const removals = new Removals(ports, (app, { key, ref }, cluster) => {
      const project = projectOf(app, this.#existing.projects, ports.settings());
      // Whatever its project says now, what another application wants is that one's own from now on.
      const heir = comparing.claims.otherWanting(keyOfApp(app), cluster, key);
      if (heir !== undefined) return `application ${heir.key} wants it now`;
      return project === undefined
        ? `there is no project ${app.spec.project}`
        : refusedBy(project, ref, cluster);
    });
    const specs = new Specs({
      ...shared,
      operations: this.#operations,
      removals,
      isWritten: (key) => this.#existing.isWritten(key),
    });
    this.#existing = new ExistingApplications({ ...shared, removals, specs });
    this.#repositories = new Repositories(ports, this.#applications, tips, (managed, look, since) =>
      this.#ask(managed, look, since),
    );
    this.#clusters = new WatchedClusters(() => ports.clusters(), {
      changed: (cluster, change) => this.#liveChanged(cluster, change),
      kindsChanged: (owners) => this.#kindsChanged(owners),
      connectionChanged: (cluster) => this.#connectionChanged(cluster),
    });
    const rooms: Rooms = {
      ...comparing,
      ports,
      snapshotOf,
      operations: this.#operations,
      publisher: this.#publisher,
      again: (managed, afterMs) => this.#loop.addAfter(managed.key, afterMs),
      found: (managed, { cluster }, { desired }, look) => {
        if (look !== "nothing") this.#repositories.located(managed);
        this.#wakeConcerned(cluster, this.#wanted.note(managed, cluster, desired));
      },
      looked: (managed) => this.#wake(comparing.claims.looked(managed)),
      letsGo: (managed) => {
        const { cluster } = managed.snapshot ?? {};
        const letGo = this.#wanted.forget(managed);
        if (cluster !== undefined) this.#wakeConcerned(cluster, letGo);
      },
      othersLooked: (managed, signal) => this.#othersLooked(managed, signal),
    };
    this.#loop = new Loop({ ...shared, rooms, removals, existing: this.#existing });
    const requests = new Requests({
      ...shared,
      existing: this.#existing,
      specs,
      operations: this.#operations,
      snapshots: this.#snapshots,
    });
    this.control = {
      ...reading({
        ports,
        applications: this.#applications,
        publisher: this.#publisher,
        existing: this.#existing,
        snapshotOf,
      }),
      create: (app, options) => requests.create(app, options),
      update: (app, actor) => requests.update(app, actor),
      remove: (key, options) => requests.remove(key, options),
      waitingRemovals: () => requests.waitingRemovals(),
      approveRemoval: (keys, actor) => requests.approveRemoval(keys, actor),
      refresh: (key, how, signal) => requests.refresh(key, how, signal),
      sync: (key, request) => requests.sync(key, request),
      terminate: (key, actor) => requests.terminate(key, actor),
      // What is on its way out is not looked at any more.
      ready: () =>
        this.#existing.known &&
        [...this.#applications].every(({ seen, spec }) => seen.is !== "never" || spec.deleting !== undefined),
    };
  }

  /** Takes up what the store remembers and what `foldersRead` was told before. */
  start(): void {
    this.#existing.takeUp(new Map(this.#ports.store.states().map((state) => [state.key, state])));
    this.#clusters.follow();
    this.#repositories.start();
  }

  /** What the configured folders hold now. Before `start` it is only taken note of. */
  foldersRead(reading: FolderReading): void {
    this.#existing.read(reading);
  }

  /** The settings are other ones: everything is looked at again, and running operations end as they began. */
  settingsChanged(): void {
    this.#repositories.start();
    this.#clusters.follow();
    this.#existing.takeUp();
    for (const managed of this.#applications) this.#ask(managed, "known");
  }

  /** What stood in the way of all of them is gone. */
  lookAgain(): void {
    for (const managed of this.#applications) this.#ask(managed, "known");
  }

  /** Users' own checks say something else of these objects than before. */
  healthChanged(keys: readonly RefKey[]): void {
    for (const cluster of this.#clusters) {
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
  released(): Promise<void> {
    return this.#operations.released();
  }

  /** Applications that wait or are being looked at. */
  get depth(): number {
    return this.#loop.depth;
  }

  async stop(): Promise<void> {
    this.#clusters.stop();
    this.#repositories.stop();
    this.#existing.stop();
    await Promise.all([this.#loop.stop(), this.#operations.stop()]);
    this.#publisher.close();
  }

  // ---------------------------------------------------------------- what makes work

  #ask(managed: ManagedApplication, look: Look, since = this.#ports.clock.now()): void {
    managed.inbox.need(look, since);
    this.#loop.add(managed.key);
  }

  #liveChanged(cluster: Cluster, { key, apps, tracked }: LiveChange): void {
    this.#ports.observe.changed(cluster, key);
    for (const app of apps) this.#changed(app, tracked ? "at-once" : "soon");
    // Whose it is, is what changes when one application takes over what another had.
    if (tracked)
      this.#wake(
        this.#wanted.wanting(cluster, key).filter((managed) => !apps.includes(this.#nameOf(managed))),
      );
  }

  /** Those who want what one application wants no more, and those whose it is. */
  #wakeConcerned(cluster: Cluster, { keys, others }: LetGo): void {
    this.#wake(others);
    for (const key of keys) {
      const owner = this.#applications.tracked(cluster.get(key)?.tracking?.app ?? "");
      if (owner !== undefined) this.#wake([owner]);
    }
  }

  #wake(applications: Iterable<ManagedApplication>): void {
    for (const managed of applications) {
      managed.changed();
      this.#loop.add(managed.key);
    }
  }

  #nameOf({ key }: ManagedApplication): string {
    return trackingName(key, this.#ports.settings().namespace);
  }

  /** A look that hangs (a Git server that is silent) does not hold up a prune for ever. */
  async #othersLooked(managed: ManagedApplication, signal: AbortSignal): Promise<void> {
    await this.#repositories.told();
    const looking = [...this.#applications].filter(
      ({ key, inbox, seen, spec }) =>
        key !== managed.key && inbox.isLooking && mayStillKnow(seen) && spec.deleting === undefined,
    );
    if (looking.length === 0) return;
    const over = new AbortController();
    const late = this.#ports.clock.sleep(LOOKS_WITHIN_MS, AbortSignal.any([signal, over.signal]));
    try {
      await Promise.race([Promise.all(looking.map(({ inbox }) => inbox.looked())), late]);
    } finally {
      over.abort();
      late.catch(() => undefined);
    }
  }

  #changed(trackingName: string, when: "at-once" | "soon"): void {
    const managed = this.#applications.tracked(trackingName);
    if (managed === undefined) return;
    managed.changed();
    // A running operation judges for itself; what it changes is looked at when it has ended.
    if (managed.operation.is === "running") this.#loop.addAfter(managed.key, WHILE_RUNNING_MS);
    else if (when === "at-once") this.#loop.add(managed.key);
    else this.#loop.addAfter(managed.key, DESCENDANTS_AFTER_MS);
  }

  #kindsChanged(keys: readonly AppKey[]): void {
    for (const managed of keys.flatMap((key) => this.#applications.get(key) ?? [])) {
      this.#follower.renew(managed);
      managed.changed();
      this.#loop.add(managed.key);
    }
  }

  #connectionChanged(cluster: Cluster): void {
    for (const managed of this.#applications) {
      if (managed.snapshot?.cluster !== cluster && managed.seen.is !== "failed") continue;
      managed.changed();
      this.#loop.add(managed.key);
    }
  }

  // ---------------------------------------------------------------- the world of an application

  /** @throws {Failure} invalid-spec */
  #snapshotOf(managed: ManagedApplication): Snapshot {
    managed.snapshot = this.#snapshots.take(managed.spec.app, managed.snapshot);
    return managed.snapshot;
  }
}

/** Whether it is worth waiting for what an application wants: not for one that only an edit mends, nor for one that is known from before. */
function mayStillKnow(seen: Seen): boolean {
  return seen.is !== "failed" || (seen.before === undefined && seen.failure.retry === "backoff");
}
