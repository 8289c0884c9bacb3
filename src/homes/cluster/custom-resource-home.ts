/** The Applications and AppProjects of a cluster: seen by watches, written back by patches. */
import { isOwnAncestor } from "../../core/manifest/parent-of.ts";
import {
  type AppKey,
  type Application,
  type ApplicationStatus,
  appKey,
} from "../../core/model/application.ts";
import type { Health } from "../../core/model/health.ts";
import { type KubeObject, parseApiVersion } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { type ObjectRef, refOf } from "../../core/model/object-ref.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { Project } from "../../core/model/project.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { ClusterObjects, Lookup } from "../../core/ports/cluster-objects.ts";
import type {
  CustomResources,
  RecordAnswer,
  RecordedApplication,
  RecordReading,
  UnreadableRecord,
} from "../../core/ports/custom-resources.ts";
import type { Home } from "../../core/ports/home.ts";
import type { Log } from "../../core/ports/log.ts";
import type { ObjectWatch } from "../../core/ports/object-watch.ts";
import { endedWithin } from "../../lib/ended-within.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { ANYWHERE, matchesGlob } from "../../lib/glob.ts";
import { type ApplicationRecord, applicationRecord } from "./application-record.ts";
import { childHealth, NOT_LOOKED_AT } from "./child-health.ts";
import { ClusterProjects } from "./cluster-projects.ts";
import { DefinitionLook } from "./definition-look.ts";
import { deleteRecord, putRecord } from "./edit-records.ts";
import { isNews } from "./is-news.ts";
import { KnownCluster } from "./known-cluster.ts";
import { LastReadable } from "./last-readable.ts";
import { Releases } from "./releases.ts";
import type { StandingApplications } from "./standing-applications.ts";
import { STATUS_PAUSES, type StatusPauses, StatusWriter } from "./status-writer.ts";
import { unreadableStatus, withProblems } from "./unreadable.ts";
import { whyBlind } from "./why-blind.ts";
import { releasePatch, writeBackPatch } from "./write-back.ts";

const VERSION = "argoproj.io/v1alpha1";
const DEFINITION_VERSION = "apiextensions.k8s.io/v1";
const DEFINITION: ObjectRef = {
  group: "apiextensions.k8s.io",
  kind: "CustomResourceDefinition",
  namespace: "",
  name: "applications.argoproj.io",
};
const OWN_STATUS = "the application's own status";
const STOP_WITHIN_MS = 2_000;

export interface ClusterHomeOptions {
  /** Of the cluster, as the config names it. */
  cluster: string;
  /** Home namespace: projects are here alone. */
  namespace: string;
  /** Globs of further namespaces whose Applications count. */
  namespaces: readonly string[];
  /** Of the cluster's namespace kube-system; "": of the first that was found. */
  uid: string;
  store: Pick<Home, "value" | "putValue">;
  log: Log;
  pauses?: StatusPauses;
}

export class CustomResourceHome implements CustomResources {
  readonly cluster: string;
  readonly #options: ClusterHomeOptions;
  readonly #records = new Map<AppKey, ApplicationRecord>();
  readonly #readable = new LastReadable();
  readonly #projects: ClusterProjects;
  readonly #writer: StatusWriter<AppKey, ApplicationStatus>;
  readonly #releases: Releases<AppKey>;
  readonly #definition: DefinitionLook;
  readonly #known: KnownCluster;
  readonly #listeners = new Set<() => void>();
  readonly #onEach = new Set<(key: AppKey) => void>();
  #of: Cluster | undefined;
  /** Why nothing could be concluded, as it was said last. */
  #said: string | undefined;
  #applicationWatch: ObjectWatch | undefined;
  #telling: ReturnType<typeof setImmediate> | undefined;

  constructor(options: ClusterHomeOptions) {
    this.#options = options;
    this.cluster = options.cluster;
    const { log, pauses = STATUS_PAUSES } = options;
    this.#writer = new StatusWriter({
      what: "an application",
      isNews,
      steps: writeBackPatch,
      known: (key) => this.#records.get(key)?.object,
      finish: (key, status) => withProblems(status, this.#records.get(key)?.app),
      patch: (object, steps) => this.#patch(object, steps),
      log,
      pauses,
    });
    this.#projects = new ClusterProjects({
      cluster: options.cluster,
      namespace: options.namespace,
      objects: (owner) => this.#objects(owner),
      changed: () => this.#changed(),
      became: () => this.#became(),
      log,
      again: pauses.again,
    });
    this.#releases = new Releases({
      trouble: "an application is deleted, and its finalizer cannot be taken away",
      steps: releasePatch,
      known: (key) => this.#records.get(key)?.object,
      patch: (object, steps) => this.#patch(object, steps),
      log,
      again: pauses.again,
    });
    this.#known = new KnownCluster({
      name: options.cluster,
      uid: options.uid,
      store: options.store,
      became: () => this.#became(),
      again: pauses.again,
    });
    this.#definition = new DefinitionLook({
      read: () => this.#readDefinition(),
      changed: () => this.#changed(),
      again: pauses.again,
    });
  }

  // ---------------------------------------------------------------- which cluster

  /** Watches this cluster from now on. What was known of the one before counts until this one has shown what it has. */
  follow(cluster: Cluster | undefined): void {
    if (cluster === this.#of) return;
    this.#endWatches();
    this.#definition.anew();
    this.#of = cluster;
    this.#known.follow(cluster, (known) => this.#watch(known));
    this.#changed();
  }

  async stop(): Promise<void> {
    this.#definition.stop();
    this.#known.stop();
    this.#releases.stop();
    // A cluster that does not answer holds no stop up: what it was not told it is told by the next start.
    await endedWithin(this.#writer.stop(), STOP_WITHIN_MS);
    clearImmediate(this.#telling);
    this.#endWatches();
    this.#projects.stop();
  }

  #watch(cluster: Cluster): void {
    this.#endWatches();
    const { namespace, namespaces } = this.#options;
    const kindOf = (kind: string) => ({ ...parseApiVersion(VERSION), kind });
    const isWide = namespaces.some((glob) => /[*?[{]/.test(glob));
    const wanted = isWide ? [] : [...new Set([namespace, ...namespaces])];
    const became = (): void => this.#became();
    this.#applicationWatch = cluster.watch(
      kindOf("Application"),
      { namespaces: wanted },
      { changed: (object) => this.#seen(object), gone: () => this.#changed(), became },
    );
    this.#projects.follow(cluster);
  }

  #endWatches(): void {
    this.#applicationWatch?.stop();
    this.#applicationWatch = undefined;
    this.#projects.endWatch();
  }

  // ---------------------------------------------------------------- what is there

  reading(): RecordReading {
    const incomplete = this.#incomplete();
    if (incomplete === undefined) this.#letGo();
    const projectsIncomplete = this.#projects.incomplete;
    if (projectsIncomplete === undefined && this.#closed() === undefined) this.#projects.letGo();
    const applications: RecordedApplication[] = [];
    const unreadable = new Map<AppKey, UnreadableRecord>();
    const problems: Problem[] = [...this.#projects.problems];
    for (const record of this.#records.values()) {
      if (record.life.is === "left" || this.#releases.has(record.key, record.uid)) continue;
      if (!record.app.ok) problems.push(...record.app.problems);
      const known = this.#readable.of(record);
      if (known !== undefined) applications.push(this.#recordedOf(record, known));
      else {
        const { key, uid, object } = record;
        unreadable.set(key, { uid, status: object["status"], goingSince: this.#goingSince(record) });
      }
    }
    return {
      applications,
      projects: this.#projects.all,
      unreadableProjects: this.#projects.unreadable,
      unreadable,
      problems,
      incomplete,
      // Said once.
      projectsIncomplete: this.#closed() === undefined ? projectsIncomplete : undefined,
    };
  }

  #recordedOf({ app: read, ...record }: ApplicationRecord, app: Application): RecordedApplication {
    const { key, uid, object, asked, refresh } = record;
    const { finalizers: _, ...metadata } = app.metadata;
    const { finalizers } = object.metadata;
    return {
      key,
      uid,
      // How its objects go is what stands there now, also where the rest of it cannot be read.
      app: read.ok
        ? app
        : { ...app, metadata: finalizers === undefined ? metadata : { ...metadata, finalizers } },
      status: object["status"],
      asked,
      refresh,
      goingSince: this.#goingSince(record),
    };
  }

  #goingSince({ key, uid, life }: Pick<ApplicationRecord, "key" | "uid" | "life">): string | undefined {
    const isMeant = life.is === "going" && this.#definition.judge(`${key} ${uid}`) === "meant";
    return isMeant ? life.since : undefined;
  }

  recall(known: readonly Pick<RecordedApplication, "key" | "uid" | "app">[]): void {
    this.#readable.recall(known);
    for (const record of this.#records.values()) this.#sayUnreadable(record);
  }

  /** Nobody else has anything to say of one that was never read. */
  #sayUnreadable(record: ApplicationRecord): void {
    if (record.app.ok || !this.#readable.isNever(record)) return;
    this.#writer.show(record.key, unreadableStatus(record.object, record.app.problems));
  }

  /** Every Application that is there, for who keeps children among them. */
  readonly standing: StandingApplications = {
    keys: () => this.#records.keys(),
    get: (key) => {
      const record = this.#records.get(key);
      if (record === undefined) return undefined;
      return { object: record.object, app: record.app.ok ? this.#readable.of(record) : undefined };
    },
    incomplete: () => this.#incomplete(),
    onEach: (listener) => {
      this.#onEach.add(listener);
      return () => this.#onEach.delete(listener);
    },
    onChange: (listener) => this.onChange(listener),
    wrote: (object) => this.#wrote(object),
  };

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Why nothing is read there, and nothing written. */
  #closed(): string | undefined {
    if (this.#of === undefined)
      return `there is no cluster ${this.cluster}, in which the applications live, so none is known`;
    return this.#known.trouble;
  }

  #incomplete(): string | undefined {
    const closed = this.#closed();
    if (closed !== undefined) return closed;
    if (this.#definition.isEnding)
      return `the definition applications.argoproj.io of cluster ${this.cluster} is being deleted, and every Application with it: none is taken as deleted by somebody. Take their finalizers away, and make the definition and them anew`;
    return whyBlind(this.#applicationWatch?.state(), "applications", this.cluster);
  }

  /** What the watch shows whole is all there is: what it does not show is gone. */
  #letGo(): void {
    for (const key of [...this.#records.keys()]) {
      if (this.#applicationWatch?.get(...placeOf(key)) !== undefined) continue;
      const whom = `${key} ${this.#records.get(key)?.uid}`;
      const judged = this.#definition.judge(whom);
      // One that went with its definition is let go of when that is over, and nothing is deleted for it.
      if (judged === "unknown" || (judged === "definition" && this.#definition.isEnding)) continue;
      this.#definition.forget(whom);
      this.#records.delete(key);
      this.#readable.forget(key);
      this.#writer.forget(key);
      this.#releases.forget(key);
      this.#tellOf(key);
    }
  }

  #tellOf(key: AppKey): void {
    for (const listener of this.#onEach) listener(key);
  }

  #isOurs(namespace: string): boolean {
    return (
      namespace === this.#options.namespace ||
      this.#options.namespaces.some((glob) => matchesGlob(glob, namespace, ANYWHERE))
    );
  }

  #seen(object: KubeObject): void {
    if (!this.#isOurs(object.metadata.namespace ?? "")) return;
    const record = applicationRecord(object);
    const { key, uid } = record;
    const before = this.#records.get(key);
    if (before !== undefined && before.uid !== uid) {
      this.#writer.forget(key);
      this.#releases.forget(key);
    }
    this.#records.set(key, record);
    this.#readable.see(record);
    this.#sayUnreadable(record);
    this.#tellOf(key);
    this.#changed();
  }

  #became(): void {
    if (this.#applicationWatch?.state().is === "absent") this.#definition.anew();
    const why = this.#incomplete() ?? this.#projects.incomplete;
    const isListing = this.#applicationWatch?.state().is === "starting";
    if (why !== undefined && why !== this.#said && !isListing)
      this.#options.log.warn("applications and projects are not seen whole: none is taken as gone", { why });
    this.#said = why;
    this.#changed();
  }

  /** Many changes in one turn of the event loop are one. */
  #changed(): void {
    this.#telling ??= setImmediate(() => {
      this.#telling = undefined;
      for (const listener of this.#listeners) listener();
      if ((this.#incomplete() ?? this.#projects.incomplete) === undefined)
        this.#projects.release([...this.#records.values()].map(({ object }) => object));
    });
  }

  // ---------------------------------------------------------------- what is written

  async put(app: Application): Promise<RecordAnswer> {
    const { name, namespace } = app.metadata;
    const watch = this.#applicationWatch;
    const closed = this.#closed();
    if (closed !== undefined) return { is: "conflict", why: closed };
    if (!this.#isOurs(namespace))
      return {
        is: "conflict",
        why: `applications in namespace ${namespace} are not looked at: name it in homeCluster.namespaces of the config`,
      };
    return putRecord(app, watch?.get(namespace, name), this.#objects(`${namespace}/${name}`), (object) =>
      this.#wrote(object),
    );
  }

  async delete(key: AppKey, cascade: "foreground" | "background" | "none"): Promise<RecordAnswer> {
    const object = this.#records.get(key)?.object;
    const closed = this.#closed();
    if (closed !== undefined) return { is: "conflict", why: closed };
    if (object === undefined) return { is: "absent" };
    return deleteRecord(object, cascade, this.#objects(key), (answered) => this.#wrote(answered));
  }

  async putProject(project: Project): Promise<RecordAnswer> {
    const closed = this.#closed();
    return closed === undefined ? this.#projects.put(project) : { is: "conflict", why: closed };
  }

  async deleteProject(name: string): Promise<RecordAnswer> {
    const closed = this.#closed();
    return closed === undefined ? this.#projects.delete(name) : { is: "conflict", why: closed };
  }

  show(key: AppKey, status: ApplicationStatus): void {
    this.#writer.show(key, status);
  }

  took(key: AppKey, written: unknown): void {
    this.#writer.took(key, written);
  }

  refreshed(key: AppKey, written: string): void {
    this.#writer.refreshed(key, written);
  }

  release(key: AppKey, uid: string): void {
    this.#writer.forget(key);
    this.#releases.begin(key, uid);
    const record = this.#records.get(key);
    if (record !== undefined && record.uid !== uid) this.#sayUnreadable(record);
    this.#changed();
  }

  /**
   * Health of a child for its parent, as we know it: one that the parent itself is a child of is not waited for.
   * @param shown the application as it is shown now
   * @returns undefined for what does not live here
   */
  healthOf(
    live: LiveObject,
    shown: (key: AppKey) => Application | undefined,
  ): { health: Health | undefined; check: string } | undefined {
    const { ref, uid, object } = live;
    if (ref.group !== "argoproj.io" || ref.kind !== "Application") return undefined;
    const key = appKey(ref.namespace, ref.name);
    // Other clusters may have Applications too, and namespaces that are not looked at: these are nobody's children here.
    if (!this.#isOurs(ref.namespace) || this.#of?.get(live.key)?.uid !== uid) return undefined;
    const record = this.#records.get(key);
    // Just made: its cluster has shown it to its parent, and not to us yet.
    if (record?.uid !== uid) return { health: NOT_LOOKED_AT, check: OWN_STATUS };
    const objectOf = (of: AppKey): KubeObject | undefined => this.#records.get(of)?.object;
    if (isOwnAncestor(key, objectOf, this.#options.namespace))
      return { health: undefined, check: OWN_STATUS };
    const app = shown(key);
    // What a parent has just applied is known to its cluster first, and to us a moment later.
    const isKnown =
      equalJson(record.object["spec"], object["spec"]) &&
      equalJson(this.#readable.of(record)?.spec, app?.spec);
    return { health: isKnown ? childHealth(app) : NOT_LOOKED_AT, check: OWN_STATUS };
  }

  async #patch(
    ...[object, steps]: Parameters<Releases<AppKey>["patch"]>
  ): ReturnType<Releases<AppKey>["patch"]> {
    const { namespace = "", name } = object.metadata;
    const answer = await this.#objects(`${namespace}/${name}`).patch(refOf(object), VERSION, steps);
    if (answer.is === "done") this.#wrote(answer.object);
    return answer;
  }

  /** As the server answered: our own write is known before the watch tells of it. */
  #wrote(object: KubeObject): void {
    this.#applicationWatch?.wrote(object);
  }

  async #readDefinition(): Promise<Lookup> {
    const cluster = this.#of;
    if (cluster === undefined) return { is: "unreachable", why: "no cluster" };
    if (await this.#known.isStill(cluster)) return cluster.read(DEFINITION, DEFINITION_VERSION);
    return { is: "unreachable", why: this.#known.trouble ?? "it cannot be told which cluster it is" };
  }

  /** @throws {Error} where there is no cluster, or another one */
  #objects(owner: string): ClusterObjects {
    const closed = this.#closed();
    if (this.#of === undefined || closed !== undefined) throw new Error(closed);
    return this.#of.for({ owner, urgency: "sync" });
  }
}

function placeOf(key: AppKey): [namespace: string, name: string] {
  const [namespace = "", name = ""] = key.split("/");
  return [namespace, name];
}
