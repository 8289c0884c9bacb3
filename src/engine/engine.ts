/**
 * The engine's doors, and how its rooms hang together. Its loop takes keys ("application X"), never event payloads:
 * poll, webhook, watch and button all say `queue.add(key)`. What a pass decides runs beside the queue, so that an
 * operation that waits holds no place that another application needs.
 */

import { withSources } from "../core/model/aim.ts";
import { type Application, keyOfApp, sourcesOf } from "../core/model/application.ts";
import type { DaemonPause } from "../core/model/daemon-pause.ts";
import type { FolderReading } from "../core/model/folder-reading.ts";
import { sourcesIn } from "../core/model/hold.ts";
import type { RefKey } from "../core/model/object-ref.ts";
import type { SyncRequest } from "../core/model/operation.ts";
import { refuseNamespace } from "../core/policy/refuse-namespace.ts";
import { comparedTo } from "../core/status/compared-to.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { endedWithin } from "../lib/ended-within.ts";
import { equalJson } from "../lib/equal-json.ts";
import type { AnnouncedBy } from "../lib/push-allowance.ts";
import type { PushedRef } from "../lib/pushed-ref.ts";
import { LiveObjects } from "./act/live-objects.ts";
import { ResourceActions } from "./act/resource-actions.ts";
import { Applications } from "./applications.ts";
import { BlastRadius } from "./blast/blast-radius.ts";
import { RevisionDiffs } from "./blast/revision-diffs.ts";
import { KindFollower } from "./compare/follow-kinds.ts";
import { Homes } from "./compare/home-contents.ts";
import { LeftToOthers } from "./compare/left-to-others.ts";
import { OwnerClaims } from "./compare/owner-claims.ts";
import type { Control } from "./control.ts";
import type { EnginePorts, OutsidePorts } from "./engine-ports.ts";
import { GitReverts } from "./hold/git-reverts.ts";
import type { BesideHoldRooms } from "./hold/look-beside-hold.ts";
import { Rollbacks } from "./hold/rollbacks.ts";
import type { Existing } from "./home/existing.ts";
import { ExistingApplications } from "./home/existing-applications.ts";
import { RecordedApplications } from "./home/recorded-applications.ts";
import { Specs } from "./home/specs.ts";
import { nameOfProject, projectOf, refusedBy, unwrittenDefault, writerOf } from "./limits.ts";
import { Loop } from "./loop.ts";
import { makeControl } from "./make-control.ts";
import type { ManagedApplication } from "./managed-application.ts";
import { Pauses } from "./pauses.ts";
import { ProjectRequests } from "./project-requests.ts";
import { Projects } from "./projects.ts";
import type { Rooms } from "./reconcile.ts";
import { Removals } from "./remove/remove.ts";
import { Requests } from "./requests.ts";
import { Orphans } from "./show/orphans.ts";
import { Publisher } from "./show/publisher.ts";
import { Reading } from "./show/reading.ts";
import { TransitionLog } from "./show/transition-log.ts";
import { OF_A_REQUEST, type Snapshot, Snapshots } from "./snapshot.ts";
import { Operations } from "./sync/operations.ts";
import { SyncWindows } from "./sync/sync-windows.ts";
import { claimantOf } from "./target/place-objects.ts";
import type { Look } from "./target/target.ts";
import { Tips } from "./target/tips.ts";
import { WantedKeys } from "./target/wanted-keys.ts";
import { DeletedObjects } from "./undo/deleted-objects.ts";
import { KeptFor } from "./undo/kept-for.ts";
import { Undo } from "./undo/undo.ts";
import { Dependencies } from "./wake/dependencies.ts";
import { FollowedRepositories } from "./wake/followed-repositories.ts";
import { OpeningWindows } from "./wake/opening-windows.ts";
import { OthersLooked } from "./wake/others-looked.ts";
import { Waking } from "./wake/waking.ts";
import { WatchedClusters } from "./wake/watched-clusters.ts";

/**
 * How long a stop waits for answers to what is being written: less than systemd and Kubernetes wait for us. What is not
 * answered by then is looked at by the next start, as after a crash.
 */
const WRITTEN_WITHIN_MS = 10_000;

export class Engine {
  /** What the API may ask. */
  readonly control: Control;
  readonly #ports: EnginePorts;
  readonly #pauses: Pauses;
  readonly #applications: Applications;
  readonly #publisher: Publisher;
  readonly #operations: Operations;
  readonly #existing: Existing;
  readonly #repositories: FollowedRepositories;
  readonly #clusters: WatchedClusters;
  readonly #waking: Waking;
  readonly #snapshots: Snapshots;
  readonly #loop: Loop;
  readonly #removals: Removals;
  readonly #keptFor: KeptFor;
  readonly #others: OthersLooked;
  readonly #opening: OpeningWindows;

  constructor(outside: OutsidePorts) {
    this.#pauses = new Pauses(outside, () => this.lookAgain());
    const projects = new Projects({
      written: () => this.#existing.projects,
      settings: () => outside.settings(),
      unreadable: (name) => this.#existing.unreadableProject(name),
      unwritten: () => unwrittenDefault(outside),
    });
    const windows = new SyncWindows({
      clock: outside.clock,
      projects: () => projects.all,
      clusters: () => outside.clusters(),
    });
    const ports: EnginePorts = {
      ...outside,
      paused: () => this.#pauses.now(),
      closedFor: (app, ask) => windows.closedFor(app, ask),
    };
    this.#ports = ports;
    const snapshotOf = (managed: ManagedApplication) => this.#snapshotOf(managed);
    this.#snapshots = new Snapshots({
      projects: () => projects.all,
      withheld: (name) => projects.withheld(name),
      clusters: () => ports.clusters(),
      settings: () => ports.settings(),
    });
    this.#applications = new Applications(() => ports.settings());
    const deleted = new DeletedObjects(ports);
    const wanted = new WantedKeys();
    const orphans = new Orphans({
      ports,
      applications: this.#applications,
      wanted,
      learnt: ({ key }) => this.#loop.add(key),
    });
    const transitions = new TransitionLog(ports.store, ports.clock, ports.log);
    this.#publisher = new Publisher(ports, deleted, orphans, transitions);
    const follower = new KindFollower();
    this.#waking = new Waking({
      ports,
      applications: this.#applications,
      wanted,
      follower,
      add: (key, turn) => this.#loop.add(key, turn),
      addAfter: (key, ms) => this.#loop.addAfter(key, ms),
      hurry: (managed) => this.#operations.hurry(managed),
    });
    const snapshotFor = (managed: ManagedApplication, request: SyncRequest) =>
      this.#snapshotFor(managed, request);
    const ask = (managed: ManagedApplication, look: Look) => this.#waking.ask(managed, look);
    const shared = { ports, applications: this.#applications, publisher: this.#publisher, ask };
    const byHand = {
      ...shared,
      ask: (managed: ManagedApplication, look: Look) => this.#waking.askByHand(managed, look),
    };
    const tips = new Tips();
    const comparing = {
      tips,
      follower,
      claims: new OwnerClaims(this.#applications, wanted, () => ports.settings().namespace),
      leftToOthers: new LeftToOthers(ports.jq),
      homes: new Homes(ports.clock),
    };
    this.#opening = new OpeningWindows(ports.clock, (key) => this.#loop.add(key));
    this.#others = new OthersLooked(this.#applications, ports.clock);
    this.#keptFor = new KeptFor({
      ports,
      deleted,
      lessIsKept: (apps) => {
        for (const app of apps) {
          const managed = this.#applications.get(app);
          if (managed !== undefined) this.#publisher.publish(managed);
        }
      },
    });
    this.#operations = new Operations({
      ...shared,
      rooms: {
        ...comparing,
        deleted,
        snapshotOf,
        snapshotFor,
        othersLooked: (...asked) => this.#othersLooked(...asked),
        undecided: (managed) => this.#others.undecided(managed),
      },
    });
    const removals = new Removals({
      ...shared,
      undecided: (managed) => this.#others.undecided(managed),
      ...comparing,
      deleted,
      snapshotOf,
      lookInto: async (app, all, cluster, age) => {
        const settings = ports.settings();
        const project = projectOf(app, projects.all);
        return project === undefined
          ? new Map()
          : comparing.homes.look(all, { cluster, project }, claimantOf(app, settings), age);
      },
      actAs: (app, cluster) => {
        const settings = ports.settings();
        const project = projectOf(app, projects.all);
        if (project === undefined) return { is: "refused", why: `there is no project ${app.spec.project}` };
        const why = refuseNamespace(project, app.metadata.namespace, settings.namespace);
        return why === undefined ? writerOf({ app, project, cluster }, settings) : { is: "refused", why };
      },
      mayDelete: (app, { key, ref }, cluster) => {
        const settings = ports.settings();
        const project = projectOf(app, projects.all);
        // Whatever its project says now, what another application wants is that one's own from now on.
        const heir = comparing.claims.otherWanting(keyOfApp(app), cluster, key);
        if (heir !== undefined) return `application ${heir.key} wants it now`;
        return project === undefined
          ? (projects.withheld(nameOfProject(app)) ?? `there is no project ${app.spec.project}`)
          : (refuseNamespace(project, app.metadata.namespace, settings.namespace) ??
              refusedBy(project, ref, cluster));
      },
    });
    this.#removals = removals;
    const specs = new Specs({
      ...shared,
      operations: this.#operations,
      removals,
      isWritten: (key) => this.#existing.isWritten(key),
    });
    const existing = { ...shared, removals, specs };
    const { records } = outside;
    this.#existing =
      records === undefined
        ? new ExistingApplications(existing)
        : new RecordedApplications({ ...existing, operations: this.#operations, records });
    if (ports.parents !== undefined)
      this.#publisher.onEvent(({ type, app }) => {
        if (type !== "DELETED") this.#tellParents(app);
      });
    this.#repositories = new FollowedRepositories(ports, this.#applications, tips, (managed, look, since) =>
      this.#waking.ask(managed, look, since),
    );
    this.#clusters = new WatchedClusters(() => ports.clusters(), {
      changed: (cluster, change) => this.#waking.changed(cluster, change),
      kindsChanged: (owners) => this.#waking.kindsChanged(owners),
      followed: (cluster) => transitions.connection(cluster),
      connectionChanged: (cluster) => {
        transitions.connection(cluster);
        this.#waking.connectionChanged(cluster);
      },
    });
    const dependencies = new Dependencies({
      applications: this.#applications,
      clock: ports.clock,
      told: () => this.#repositories.told(),
      wake: (managed) => this.#waking.wake([managed]),
    });
    const beside: BesideHoldRooms = {
      ports,
      snapshotAsWritten: ({ spec }) => this.#snapshots.take({ app: spec.app }, undefined),
      lift: (managed, why) => specs.lift(managed, "daemon", why),
    };
    const rooms: Rooms = {
      ...comparing,
      ...beside,
      ports,
      dependencies,
      snapshotOf,
      snapshotFor,
      operations: this.#operations,
      publisher: this.#publisher,
      opens: ({ key }, at) => this.#opening.note(key, at),
      again: (managed, afterMs) => this.#loop.addAfter(managed.key, afterMs),
      lookForOrphans: (managed, snapshot, age) => {
        const dueMs = orphans.look(managed, snapshot, age);
        if (dueMs !== undefined) this.#loop.addAfter(managed.key, dueMs);
      },
      found: (managed, { cluster }, { desired }, look) => {
        if (look !== "nothing") this.#repositories.located(managed);
        const letGo = wanted.note(managed, cluster, desired);
        if (letGo !== undefined) this.#waking.letGo(letGo);
      },
      passed: (managed) => {
        this.#waking.wake(comparing.claims.answered(managed));
        dependencies.moved(managed.key);
      },
      letsGo: (managed) => {
        const letGo = wanted.forget(managed);
        if (letGo !== undefined) this.#waking.letGo(letGo);
      },
      othersLooked: (...asked) => this.#othersLooked(...asked),
    };
    this.#loop = new Loop({ ...shared, rooms, removals, existing: this.#existing });
    const requests = new Requests({
      ...byHand,
      existing: this.#existing,
      specs,
      operations: this.#operations,
      snapshots: this.#snapshots,
    });
    const reading = new Reading({
      ports,
      transitions,
      applications: this.#applications,
      publisher: this.#publisher,
      existing: this.#existing,
      windows,
      orphans,
      projects,
      snapshotOf,
    });
    const planning = { ports, applications: this.#applications, snapshots: this.#snapshots, comparing };
    this.control = makeControl(
      this.#pauses,
      reading,
      requests,
      new ProjectRequests({ ports, applications: this.#applications, existing: this.#existing }),
      new ResourceActions({ ports, applications: this.#applications, snapshotOf }),
      new LiveObjects({ ports, applications: this.#applications, snapshotOf }),
      new BlastRadius({ ...comparing, ports, applications: this.#applications, snapshots: this.#snapshots }),
      new Rollbacks({
        ...byHand,
        comparing,
        beside,
        specs,
        operations: this.#operations,
        snapshots: this.#snapshots,
      }),
      new Undo({ ...byHand, ...comparing, deleted, snapshotOf, operations: this.#operations }),
      new GitReverts({
        ...byHand,
        snapshots: this.#snapshots,
        pushed: (urls) => this.pushed(urls),
      }),
      planning,
      new RevisionDiffs(planning),
    );
  }

  /** Takes up what the store remembers and what `foldersRead` was told before. */
  start(): void {
    this.#existing.takeUp(new Map(this.#ports.store.states().map((state) => [state.key, state])));
    this.#clusters.follow();
    this.#repositories.start();
    this.#keptFor.start();
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
    this.#keptFor.start();
    this.#waking.askAll("known");
  }

  /** Clusters came, went, or are connected anew. */
  clustersChanged(): void {
    this.#clusters.follow();
    this.#waking.askAll("known");
  }

  /** What stood in the way of all of them is gone. */
  lookAgain(): void {
    this.#waking.askAll("known");
  }

  /** Users' own checks say something else of these objects than before. */
  healthChanged(keys: readonly RefKey[]): void {
    for (const cluster of this.#clusters) for (const key of keys) this.#waking.healthChanged(cluster, key);
  }

  /** A push was announced for these repository addresses. @param ref absent: it is not said of what */
  pushed(urls: readonly string[], by?: AnnouncedBy, ref?: PushedRef): void {
    this.#repositories.pushed(urls, by, ref);
  }

  /** Resolves when the operations that run now have ended, whatever started meanwhile. */
  released(): Promise<void> {
    return this.#operations.released();
  }

  /** Who has the whole daemon hold still, and how far. */
  get pauses(): readonly DaemonPause[] {
    return this.#pauses.all;
  }

  /** Applications that wait or are being looked at. */
  get depth(): number {
    return this.#loop.depth;
  }

  async stop(): Promise<void> {
    this.#clusters.stop();
    this.#repositories.stop();
    this.#existing.stop();
    this.#keptFor.stop();
    this.#opening.stop();
    const written = Promise.all([this.#operations.stop(), this.#removals.stop()]);
    await Promise.all([this.#loop.stop(), endedWithin(written, WRITTEN_WITHIN_MS, this.#ports.clock)]);
    this.#publisher.close();
  }

  /** What a child comes to is what the waves of its parent wait for. */
  #tellParents(app: Application): void {
    const { parents, log } = this.#ports;
    const key = keyOfApp(app);
    const origin = this.#applications.get(key)?.spec.origin;
    // What a set made has no parent that waits for it: the set reads what it comes to from here.
    if (parents === undefined || origin?.from !== "parent" || origin.set !== undefined) return;
    // An edit is told of with the status from before it, which says nothing of what it is to be now.
    if (app.status === undefined || !equalJson(app.status.sync.comparedTo, comparedTo(app))) return;
    try {
      parents.putStatus(app);
    } catch (cause) {
      // Whoever shows a status must go on; the store's condition is said elsewhere, and the next change tries again.
      log.warn("the status of a child could not be kept for its parent", {
        app: key,
        why: messageOf(cause),
      });
    }
  }

  async #othersLooked(...[managed, signal, say]: Parameters<OthersLooked["before"]>): Promise<void> {
    await this.#repositories.told();
    await this.#others.before(managed, signal, say);
  }

  /** @throws {Failure} invalid-spec */
  #snapshotFor(managed: ManagedApplication, request: SyncRequest): Snapshot {
    const { app, taken: own } = managed.aim;
    const { taken = own } = request;
    const named = sourcesIn(request);
    const isOwn = named.length === 0 || equalJson(named, sourcesOf(app.spec));
    if (isOwn && equalJson(taken, own)) return this.#snapshotOf(managed);
    const aim = { app: withSources(app, request), ...defined({ taken }) };
    const snapshot = this.#snapshots.take(aim, undefined);
    return { ...snapshot, generation: OF_A_REQUEST };
  }

  /** @throws {Failure} invalid-spec */
  #snapshotOf(managed: ManagedApplication): Snapshot {
    managed.snapshot = this.#snapshots.take(managed.aim, managed.snapshot);
    return managed.snapshot;
  }
}
