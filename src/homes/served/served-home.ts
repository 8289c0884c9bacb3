import { isOwnAncestor, parentOf, setOf } from "../../core/manifest/parent-of.ts";
import {
  type AppKey,
  type Application,
  appKey,
  IN_CLUSTER,
  IN_CLUSTER_NAME,
  keyOfApp,
  refOfApp,
} from "../../core/model/application.ts";
import { serverKey } from "../../core/model/cluster-entry.ts";
import type { Health } from "../../core/model/health.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { type ObjectRef, refOf, show } from "../../core/model/object-ref.ts";
import type { Parsed, Problem } from "../../core/model/problem.ts";
import type { Project } from "../../core/model/project.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type {
  Child,
  ParentsChange,
  ParentsHome,
  ParentsReading,
  UnreadableChild,
} from "../../core/ports/parents-home.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { keptOn } from "../../lib/kept-on.ts";
import { startTimer, type Timer } from "../../lib/timer.ts";
import { nowhere } from "./nowhere.ts";
import { errorsIn, readableOf, readServed, type ServedManifest } from "./read-served.ts";
import { ServedApi, type ServedApiParts } from "./served-api.ts";
import { ServedSets } from "./served-sets.ts";
import { ServedCache, servingCluster } from "./serving-cluster.ts";

export interface ServedHomeParts extends ServedApiParts {
  /** What stands before every cluster that serves: it may refuse writes. */
  guard?(cluster: Cluster): Cluster;
}

/**
 * Where children of applications live when Holdfast is at home in no cluster: it serves Applications and AppProjects to
 * its own engine, at the destination that manifests know as the cluster of Argo CD, and keeps them in the store.
 */
export class ServedHome implements ParentsHome {
  /** ApplicationSets, and the applications that they make. */
  readonly sets: ServedSets;
  readonly #api: ServedApi;
  readonly #cache: ServedCache;
  readonly #homeNamespace: string;
  readonly #serve: (cluster: Cluster) => Cluster;
  readonly #nowhere: Cluster;
  readonly #serving = new WeakMap<Cluster, Cluster>();
  /** By object, which is never changed in place. */
  readonly #read = keptOn<KubeObject, Parsed<ServedManifest>>();
  /** What it is as an application, where it is one that can be read; by object likewise. */
  readonly #children = keptOn<KubeObject, Child>();
  readonly #listeners = new Set<(change: ParentsChange) => void>();
  /** What is still to be told: applications that were edited and nothing else, or anything. */
  #untold: Set<AppKey> | "anything" = new Set();
  #telling: Timer | undefined;

  /** @throws {Failure} store */
  constructor(parts: ServedHomeParts) {
    const { guard = (cluster) => cluster } = parts;
    this.#serve = (cluster) => guard(servingCluster(cluster, this.#cache));
    this.#homeNamespace = parts.homeNamespace;
    this.#api = new ServedApi(parts);
    this.sets = new ServedSets(this.#api, parts.homeNamespace, (object) => this.#parsed(object));
    this.#cache = new ServedCache(this.#api);
    this.#nowhere = this.#serve(nowhere(parts.now()));
    this.#api.onChange((ref, object, before) => {
      // What an application comes to is its own word: nobody needs to hear it from here.
      if (object !== undefined && before !== undefined && isSameBesideStatus(object, before)) return;
      const isEdit = this.#childOf(object) !== undefined && this.#childOf(before) !== undefined;
      if (!isEdit) this.#untold = "anything";
      else if (this.#untold !== "anything") this.#untold.add(appKey(ref.namespace, ref.name));
      this.#tellSoon();
    });
  }

  /** The clusters, the one that is home as one that serves Applications too; one that stands for it where there is none. */
  over(clusters: readonly Cluster[]): readonly Cluster[] {
    const home =
      clusters.find(({ server }) => serverKey(server) === IN_CLUSTER) ??
      clusters.find(({ name }) => name === IN_CLUSTER_NAME);
    if (home === undefined) return [...clusters, this.#nowhere];
    const known = this.#serving.get(home) ?? this.#serve(home);
    this.#serving.set(home, known);
    return clusters.map((cluster) => (cluster === home ? known : cluster));
  }

  // ---------------------------------------------------------------- a source of applications

  reading(): ParentsReading {
    const applications: Child[] = [],
      projects: Child<Project>[] = [],
      unreadable = new Map<AppKey, UnreadableChild>(),
      problems: Problem[] = [];
    for (const object of this.#api.all()) {
      if (object.kind === "ApplicationSet") continue;
      const known = this.#childOf(object);
      if (known !== undefined) {
        applications.push(known);
        continue;
      }
      const parsed = this.#parsed(object);
      const ref = refOf(object);
      const parent = parentOf(object, this.#homeNamespace);
      const child = { ref, ...defined({ parent, set: setOf(object) }) };
      if (!parsed.ok) {
        const going = defined({ deletingSince: object.metadata.deletionTimestamp });
        if (ref.kind === "Application")
          unreadable.set(appKey(ref.namespace, ref.name), { ...child, ...going, ...readableOf(object) });
        problems.push(...errorsIn(parsed).map((problem) => named(problem, ref, parent)));
      }
      // One that is to go rules as long as it is there: what is deleted of its applications is deleted under it.
      else if (parsed.value.kind === "AppProject") projects.push({ ...child, value: parsed.value });
    }
    return { applications, projects, unreadable, problems };
  }

  /** Told once for what happens in one turn. */
  onChange(listener: (change: ParentsChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * What an application comes to, for the waves and the tree of its parent. One that is shown at another spec than the one
   * that is served now says nothing.
   */
  putStatus(app: Application): void {
    const ref = refOfApp(keyOfApp(app));
    const object = this.#api.get(ref);
    const parsed = object === undefined ? undefined : this.#parsed(object);
    if (object === undefined || parsed?.ok !== true || !equalJson(parsed.value.spec, app.spec)) return;
    const { health, sync, operationState } = app.status ?? {};
    if (health === undefined || sync === undefined) return;
    const { status, message } = health;
    this.#api.putStatus(ref, {
      health: { status, ...defined({ message }) },
      sync: { status: sync.status, ...defined({ revision: sync.revision }) },
      ...(operationState === undefined ? {} : { operationState: { phase: operationState.phase } }),
      observedGeneration: object.metadata.generation ?? 0,
    });
  }

  /** Somebody deletes it: it is marked, and goes when its deletion is over. `finalizers`: those that say how its objects go. */
  remove(app: Application): void {
    const ref = refOfApp(keyOfApp(app));
    const object = this.#api.get(ref);
    if (object === undefined) return;
    const { finalizers = [] } = app.metadata;
    this.#api.delete(ref, { uid: object.metadata.uid ?? "", finalizers }, "write");
  }

  /** Its deletion is over. One that is not being deleted stays: it was made anew meanwhile. */
  finish(key: AppKey): void {
    const ref = refOfApp(key);
    if (this.#api.get(ref)?.metadata.deletionTimestamp !== undefined) this.#api.putFinalizers(ref, []);
  }

  noteUsers(byProject: ReadonlyMap<string, readonly AppKey[]>): void {
    this.#api.noteUsers(byProject);
  }

  usersOf(project: string): AppKey[] {
    return this.#api.usersOf(project);
  }

  stop(): void {
    this.#telling?.cancel();
  }

  // ---------------------------------------------------------------- what a parent sees of a child

  /**
   * Health of a child, as it says itself: Argo CD's estates have this as a check of their own, and waves among children
   * wait for it. A child that the parent is a child of is not waited for: neither would ever be done.
   * @returns undefined for what is not served here
   */
  healthOf(live: LiveObject): { health: Health | undefined; check: string } | undefined {
    const object = live.ref.kind === "Application" ? this.#api.get(live.ref) : undefined;
    if (object === undefined || object.metadata.uid !== live.uid) return undefined;
    return {
      health: isOwnAncestor(
        appKey(live.ref.namespace, live.ref.name),
        (key) => this.#api.get(refOfApp(key)),
        this.#homeNamespace,
      )
        ? undefined
        : ownHealth(object),
      check: "the application's own status",
    };
  }

  /** The very same for the same object; undefined where it is no application that can be read. */
  #childOf(object: KubeObject | undefined): Child | undefined {
    if (object?.kind !== "Application") return undefined;
    const known = this.#children.get(object);
    if (known !== undefined) return known;
    const parsed = this.#parsed(object);
    if (!parsed.ok || parsed.value.kind !== "Application") return undefined;
    const child: Child = {
      value: parsed.value,
      ref: refOf(object),
      ...defined({
        parent: parentOf(object, this.#homeNamespace),
        set: setOf(object),
        deletingSince: object.metadata.deletionTimestamp,
      }),
    };
    this.#children.set(object, child);
    return child;
  }

  #parsed(object: KubeObject): Parsed<ServedManifest> {
    const parsed = this.#read.get(object) ?? readServed(object, this.#homeNamespace);
    this.#read.set(object, parsed);
    return parsed;
  }

  #tellSoon(): void {
    this.#telling ??= startTimer(0, () => {
      this.#telling = undefined;
      const change = this.#change();
      for (const listener of this.#listeners) listener(change);
    });
  }

  /** What is to be told, as it is now. */
  #change(): ParentsChange {
    const untold = this.#untold;
    this.#untold = new Set();
    if (untold === "anything") return { is: "anything" };
    // In the order of a reading.
    const applications = [...untold]
      .sort()
      .flatMap((key) => this.#childOf(this.#api.get(refOfApp(key))) ?? []);
    return applications.length === untold.size ? { is: "edited", applications } : { is: "anything" };
  }
}

function named(problem: Problem, ref: ObjectRef, parent: AppKey | undefined): Problem {
  return { ...problem, object: `${show(ref)}${parent === undefined ? "" : ` of application ${parent}`}` };
}

function isSameBesideStatus(a: KubeObject, b: KubeObject): boolean {
  const content = ({ metadata, status: _, ...rest }: KubeObject): unknown => {
    const { resourceVersion: __, managedFields: ___, ...meta } = metadata;
    return [meta, rest];
  };
  return equalJson(content(a), content(b));
}

function ownHealth({ metadata, status }: KubeObject): Health {
  const { health, operationState, observedGeneration } = isMapping(status) ? status : {};
  if (observedGeneration !== metadata.generation || !isMapping(health))
    return { status: "Progressing", message: "it has not been looked at as it is now" };
  const phase = isMapping(operationState) ? operationState["phase"] : undefined;
  if (phase === "Running" || phase === "Terminating")
    return { status: "Progressing", message: "it is being synced" };
  const { status: said, message } = health;
  return { status: said as Health["status"], message: typeof message === "string" ? message : "" };
}
