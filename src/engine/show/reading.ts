/** What the API shows. Nothing here changes anything. */

import { verifying } from "../../core/activity/verify-chain.ts";
import type { ActivityEntry, ActivityQuery, Verification } from "../../core/model/activity.ts";
import {
  type AppKey,
  type Application,
  type ApplicationStatus,
  type RevisionHistory,
  sourcesOf,
} from "../../core/model/application.ts";
import type { CommitSha } from "../../core/model/commit-sha.ts";
import { Failure } from "../../core/model/failure.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { type ObjectRef, refKey } from "../../core/model/object-ref.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { Project } from "../../core/model/project.ts";
import { sourceKind } from "../../core/model/source.ts";
import type { Transition, TransitionQuery } from "../../core/model/transition.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Past } from "../../core/ports/home.ts";
import type { SyncRun } from "../../core/ports/journal.ts";
import { defined } from "../../lib/defined.ts";
import { inSlices } from "../../lib/in-steps.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import type { Applications } from "../applications.ts";
import { refuseUnreachable } from "../compare/compare-now.ts";
import type { Compared } from "../compare/compared.ts";
import { liveHealth } from "../compare/live-health.ts";
import type { AppEvent, AppOrigin, Found, ReadControl, ResourceNode } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { Existing } from "../home/existing.ts";
import { pastByTime } from "../home/past.ts";
import { nameOfProject, unwrittenDefault } from "../limits.ts";
import { type ManagedApplication, shownApplication } from "../managed-application.ts";
import type { Projects } from "../projects.ts";
import type { Settings } from "../settings.ts";
import type { Snapshot } from "../snapshot.ts";
import type { SyncWindows } from "../sync/sync-windows.ts";
import { answeredFor } from "../target/answered-for.ts";
import { targetAt } from "../target/find-target.ts";
import { sayingNear } from "../target/named-target.ts";
import { entriesFor, repositoryAccess } from "../target/repository-access.ts";
import type { Target } from "../target/target.ts";
import { revisionNamesOf } from "../target/tips.ts";
import { artifactAbout } from "./artifact-about.ts";
import { deploymentsWithCommits } from "./deployed-commits.ts";
import { hostsOf } from "./hosts.ts";
import { LastChanges } from "./last-changes.ts";
import { NewestChanges } from "./newest-changes.ts";
import type { Orphans } from "./orphans.ts";
import { containersOf, MOST_PODS, noPodFix, PodLogs, podsMeant } from "./pod-logs.ts";
import type { Publisher } from "./publisher.ts";
import { openTerminal } from "./terminal.ts";
import type { TransitionLog } from "./transition-log.ts";
import { resourceTree } from "./tree.ts";
import { valuesOf } from "./values.ts";
import { managedResources, manifestsOf } from "./views.ts";

/** Objects whose Kubernetes Events are asked for at once. */
const MOST_EVENT_OWNERS = 50;

export interface ReadingParts {
  ports: EnginePorts;
  applications: Applications;
  publisher: Publisher;
  transitions: TransitionLog;
  existing: Existing;
  windows: SyncWindows;
  orphans: Orphans;
  projects: Projects;
  /** @throws {Failure} invalid-spec */
  snapshotOf(managed: ManagedApplication): Snapshot;
}

export class Reading
  implements
    Omit<
      ReadControl,
      | "pauses"
      | "actions"
      | "liveObject"
      | "blast"
      | "preview"
      | "previewEdit"
      | "check"
      | "rollbackPlan"
      | "syncPlan"
      | "revisionDiff"
      | "unholdPlan"
      | "revertPlan"
      | "deleted"
      | "undoable"
    >
{
  #told: { from: ReadonlyMap<string, Project>; namespace: string; list: readonly Project[] } | undefined;
  readonly #parts: ReadingParts;
  /** Sorted once for as long as the same ones are there. */
  #inOrder: { at: number; list: readonly ManagedApplication[] } | undefined;
  readonly #logs = new PodLogs();
  readonly #changes: LastChanges;
  readonly #newest: NewestChanges;

  constructor(parts: ReadingParts) {
    this.#parts = parts;
    const { ports, projects, publisher } = parts;
    const tell = (managed: ManagedApplication): void => publisher.emit("MODIFIED", managed);
    this.#changes = new LastChanges(ports, projects, tell);
    this.#newest = new NewestChanges(ports.clock, this.#changes, tell);
  }

  applications(): Application[] {
    const { applications } = this.#parts;
    if (this.#inOrder?.at !== applications.members)
      this.#inOrder = {
        at: applications.members,
        list: [...applications].sort((a, b) => (a.key < b.key ? -1 : 1)),
      };
    return this.#inOrder.list.map(shownApplication);
  }

  application(key: AppKey): Application | undefined {
    const managed = this.#parts.applications.get(key);
    return managed === undefined ? undefined : shownApplication(managed);
  }

  comesTo(key: AppKey): ApplicationStatus | undefined {
    return this.#parts.applications.get(key)?.status;
  }

  looking(key: AppKey): Promise<void> | undefined {
    const inbox = this.#parts.applications.get(key)?.inbox;
    return inbox?.isLooking === true ? inbox.looked() : undefined;
  }

  origin(key: AppKey): AppOrigin | undefined {
    return this.#parts.applications.get(key)?.spec.origin;
  }

  problems(): Problem[] {
    const { existing, ports } = this.#parts;
    return [...existing.problems, ...withoutForce(existing.projects.values(), ports.settings())];
  }

  projects(): readonly Project[] {
    const { existing, ports } = this.#parts;
    const { projects: from } = existing;
    const { namespace } = ports.settings();
    if (this.#told?.from !== from || this.#told.namespace !== namespace) {
      const written = [...from.values()];
      const list = from.has("default") ? written : [unwrittenDefault(ports), ...written];
      this.#told = { from, namespace, list };
    }
    return this.#told.list;
  }

  clusters(): ReturnType<ReadControl["clusters"]> {
    const real = this.#parts.ports.clusters().filter(({ is }) => is !== "a-stand-in");
    return real.map((cluster) => ({
      name: cluster.name,
      server: cluster.server,
      connection: cluster.connection(),
      kubeVersion: cluster.kubeVersion(),
      size: cluster.size(),
    }));
  }

  past(key: AppKey): Past | undefined {
    const { applications, ports } = this.#parts;
    const managed = applications.get(key);
    return managed && (managed.spec.past ?? pastByTime(key, ports.store));
  }

  runs(filter: Parameters<ReadControl["runs"]>[0]): SyncRun[] {
    return this.#parts.ports.store.runs(filter);
  }

  audits(filter: Parameters<ReadControl["audits"]>[0]): ActivityEntry[] {
    return this.#parts.ports.store.audits(filter);
  }

  activity(query: ActivityQuery): ActivityEntry[] {
    return this.#parts.ports.store.activity(query);
  }

  transitions(query: TransitionQuery): Transition[] {
    const { store } = this.#parts.ports;
    // Whoever goes on from one of their numbers must not meet it again after a crash, for another one.
    store.flush();
    return store.transitions(query);
  }

  onTransition(listener: () => void): () => void {
    return this.#parts.transitions.onTransition(listener);
  }

  verifyActivity(...[noted, signal]: Parameters<ReadControl["verifyActivity"]>): Promise<Verification> {
    const { store } = this.#parts.ports;
    return inSlices(
      verifying((from, limit) => store.chain(from, limit), noted),
      { signal },
    );
  }

  onEvent(listener: (event: AppEvent) => void): () => void {
    return this.#parts.publisher.onEvent(listener);
  }

  /** What is on its way out is not looked at any more. */
  ready(): boolean {
    const { existing, applications } = this.#parts;
    return (
      existing.known &&
      [...applications].every(({ seen, spec }) => seen.is !== "never" || spec.deleting !== undefined)
    );
  }

  projectInForce(name: string): ReturnType<ReadControl["projectInForce"]> {
    const { projects, ports } = this.#parts;
    const written = this.projects();
    const own = written.find(({ metadata }) => metadata.name === name);
    if (own === undefined) return { is: "absent" };
    const globals = projects.globalsOf(name);
    const { repositories } = ports.settings();
    return {
      is: "found",
      value: {
        written: own,
        ...defined({ origin: this.#parts.existing.projectOrigin(name) }),
        ...defined({ inForce: projects.all.get(name), withheld: projects.withheld(name) }),
        globals: globals.flatMap((global) => written.find(({ metadata }) => metadata.name === global) ?? []),
        clusters: ports
          .clusters()
          .filter(({ project }) => project === name)
          .map(({ name, server }) => ({ name, server })),
        repositories: repositories
          .filter(({ project }) => project === name)
          .map(({ url, type = "git" }) => ({ url: withoutUserinfo(url), type })),
      },
    };
  }

  projectWindows(name: string): ReturnType<ReadControl["projectWindows"]> {
    const own = this.projects().find(({ metadata }) => metadata.name === name);
    if (own === undefined) return { is: "absent" };
    const project = this.#parts.projects.all.get(name) ?? own;
    return { is: "found", value: this.#parts.windows.now(project.spec.syncWindows ?? []) };
  }

  // ---------------------------------------------------------------- of one application

  syncWindows(key: AppKey): ReturnType<ReadControl["syncWindows"]> {
    const managed = this.#parts.applications.get(key);
    return managed === undefined
      ? { is: "absent" }
      : { is: "found", value: this.#parts.windows.ofApplication(managed.spec.app) };
  }

  manifests(
    ...[key, revisions = [], signal]: Parameters<ReadControl["manifests"]>
  ): ReturnType<ReadControl["manifests"]> {
    return this.#of(key, async (managed) => {
      const target = await this.#targetAt(managed, revisions, signal);
      return {
        manifests: manifestsOf(target.desired),
        revision: revisionNamesOf(target)[0] ?? "",
        sourceType: target.sourceTypes[0] ?? "",
      };
    });
  }

  values(...[key, signal]: Parameters<ReadControl["values"]>): ReturnType<ReadControl["values"]> {
    return this.#of(key, async (managed) => {
      const { snapshotOf, ports } = this.#parts;
      return valuesOf(snapshotOf(managed), await this.#targetAt(managed, [], signal), ports, signal);
    });
  }

  managedResources(key: AppKey): ReturnType<ReadControl["managedResources"]> {
    return this.#of(key, (managed) => managedResources(comparedBy(managed), managed.memory.records));
  }

  resourceTree(key: AppKey): Found<ResourceNode[]> {
    const managed = this.#parts.applications.get(key);
    return managed === undefined ? { is: "absent" } : { is: "found", value: this.#treeOf(managed) };
  }

  changeOf(key: AppKey): ReturnType<ReadControl["changeOf"]> {
    const managed = this.#parts.applications.get(key);
    return managed && this.#changes.shown(managed);
  }

  newestOf(key: AppKey): ReturnType<ReadControl["newestOf"]> {
    const managed = this.#parts.applications.get(key);
    return managed && this.#newest.of(managed);
  }

  async changesFound(keys: readonly AppKey[]): Promise<void> {
    const { applications } = this.#parts;
    await this.#changes.found(keys.flatMap((key) => applications.get(key) ?? []));
  }

  hosts(key: AppKey): ReturnType<ReadControl["hosts"]> {
    return this.#of(key, (managed) => {
      const { clock, settings } = this.#parts.ports;
      const cluster = managed.compared?.snapshot.cluster;
      const { resources } = settings();
      return cluster === undefined ? [] : hostsOf(cluster, this.#treeOf(managed), { clock, resources });
    });
  }

  writtenAt(key: AppKey, ref: ObjectRef): ReturnType<ReadControl["writtenAt"]> {
    const managed = this.#parts.applications.get(key);
    if (managed === undefined) return { is: "absent" };
    const meant = refKey(ref);
    return { is: "found", value: managed.target?.desired.find((one) => one.key === meant)?.origin };
  }

  orphanedResources(key: AppKey): Found<ResourceNode[]> {
    const managed = this.#parts.applications.get(key);
    if (managed === undefined) return { is: "absent" };
    const nodes = this.#parts.orphans.of(managed).map(
      ({ ref, version, uid, resourceVersion, createdAt }): ResourceNode => ({
        ref,
        version,
        uid,
        parents: [],
        resourceVersion,
        createdAt,
        images: [],
        health: undefined,
        info: [],
      }),
    );
    return { is: "found", value: nodes };
  }

  events(key: AppKey, of?: Parameters<ReadControl["events"]>[1]): ReturnType<ReadControl["events"]> {
    return this.#of(key, async (managed) => {
      const cluster = managed.compared?.snapshot.cluster;
      if (cluster === undefined) return [];
      const meant = this.#treeOf(managed).filter(
        ({ ref, uid }) =>
          uid !== undefined &&
          (of === undefined ||
            (ref.name === of.name && ref.namespace === of.namespace && (of.uid === "" || of.uid === uid))),
      );
      if (meant.length > 0) refuseUnreachable(cluster, "list events");
      const asked = meant.slice(0, MOST_EVENT_OWNERS);
      return (await Promise.all(asked.map(({ ref, uid }) => cluster.eventsOf(ref, uid)))).flat();
    });
  }

  logs(...asked: Parameters<ReadControl["logs"]>): ReturnType<ReadControl["logs"]> {
    const [key, of, ask, signal, reader] = asked;
    return this.#of(key, async (managed) => {
      const nodes = this.#treeOf(managed);
      const pods = podsMeant(nodes, of);
      const refuse = (code: "not-found" | "invalid-spec", why: string, fix: string): Failure =>
        new Failure(code, `Application ${key}`, "after-edit", { cannot: "show its logs", why, fix });
      if (pods.length === 0) throw refuse("not-found", "it has no such Pod", noPodFix(nodes, of, key));
      if (pods.length > MOST_PODS)
        throw refuse(
          "invalid-spec",
          `${pods.length} Pods are meant, and ${MOST_PODS} are read at once`,
          "Choose by Pod, or by kind and name of what they belong to",
        );
      // Pods are in a tree of what was compared.
      const cluster = managed.compared?.snapshot.cluster as Cluster;
      refuseUnreachable(cluster, "read logs");
      return {
        pods: pods.map(({ name }) => name),
        events: this.#logs.read(
          cluster,
          of.containers === "all" ? await containersOf(cluster, pods) : pods,
          ask,
          signal,
          reader,
        ),
      };
    });
  }

  terminal(...[key, ask, signal]: Parameters<ReadControl["terminal"]>): ReturnType<ReadControl["terminal"]> {
    return this.#of(key, async (managed) => {
      const cluster = managed.compared?.snapshot.cluster;
      if (cluster !== undefined) refuseUnreachable(cluster, "open a terminal");
      // Without a cluster the tree has no Pod.
      return openTerminal(cluster as Cluster, () => this.#treeNow(key, cluster), ask, signal);
    });
  }

  /** Of an application that is there, and where it was: else undefined. */
  #treeNow(key: AppKey, cluster: Cluster | undefined): readonly ResourceNode[] | undefined {
    const managed = this.#parts.applications.get(key);
    const now = managed?.compared?.snapshot.cluster;
    return managed === undefined || now?.name !== cluster?.name ? undefined : this.#treeOf(managed);
  }

  history(key: AppKey): Found<RevisionHistory[]> {
    const managed = this.#parts.applications.get(key);
    return managed === undefined ? { is: "absent" } : { is: "found", value: managed.status?.history ?? [] };
  }

  deployments(key: AppKey): ReturnType<ReadControl["deployments"]> {
    const { projects, ports } = this.#parts;
    return this.#of(key, (managed) =>
      deploymentsWithCommits(
        managed,
        projects.all.get(nameOfProject(managed.spec.app)),
        ports,
        this.#changes,
      ),
    );
  }

  commit(key: AppKey, revision: string): ReturnType<ReadControl["commit"]> {
    return this.#of(key, async ({ spec }) => {
      const [source] = sourcesOf(spec.app.spec);
      if (source === undefined)
        throw new Failure("invalid-spec", `Application ${key}`, "after-edit", {
          cannot: "show a commit",
          why: "it has no source",
        });
      if (sourceKind(source) !== "git")
        throw new Failure("invalid-spec", `Application ${key}`, "after-edit", {
          cannot: "show a commit",
          why: `its source is ${source.chart === undefined ? "an artifact" : `the chart ${source.chart}`}, which has no commits`,
        });
      const { git, settings } = this.#parts.ports;
      return git.info(
        repositoryAccess(source.repoURL, entriesFor(settings().repositories, nameOfProject(spec.app))),
        revision as CommitSha,
      );
    });
  }

  artifact(key: AppKey, revision: string): ReturnType<ReadControl["artifact"]> {
    return this.#of(key, async (managed) => {
      const { artifacts, settings } = this.#parts.ports;
      // What the project does not permit is not asked.
      this.#parts.snapshotOf(managed);
      return artifactAbout(shownApplication(managed), revision, artifacts, (url, type) =>
        repositoryAccess(url, entriesFor(settings().repositories, nameOfProject(managed.spec.app)), type),
      );
    });
  }

  async #of<T>(key: AppKey, work: (managed: ManagedApplication) => Promise<T> | T): Promise<Found<T>> {
    const managed = this.#parts.applications.get(key);
    return managed === undefined ? { is: "absent" } : { is: "found", value: await work(managed) };
  }

  /** What Git wants; of the last look where that knows it and no revisions are asked for. @throws {Failure} */
  async #targetAt(
    managed: ManagedApplication,
    revisions: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Target> {
    const { ports, snapshotOf } = this.#parts;
    const { target: known, memory } = managed;
    if (revisions.length === 0 && known !== undefined) return known;
    const commits = answeredFor(managed, managed.spec.app, revisions);
    // A branch that somebody names may be new, or have moved on since anybody asked.
    const look = revisions.some((one) => one !== "")
      ? ({ look: "latest", since: ports.clock.now() } as const)
      : ({ look: "known", since: 0 } as const);
    const asked = { ...look, known, records: memory.records, revisions, commits };
    const snapshot = snapshotOf(managed);
    return sayingNear(snapshot.app, revisions, ports, () => targetAt(snapshot, asked, ports, signal));
  }

  #treeOf({ compared, operation }: ManagedApplication): ResourceNode[] {
    if (compared === undefined) return [];
    const { ports } = this.#parts;
    const { snapshot, target, us } = compared;
    const { cluster } = snapshot;
    const rules = { userHealth: ports.userHealth, pods: ports.settings().pods };
    const health = (live: LiveObject) => liveHealth(live, cluster, rules);
    const results = operation.state?.syncResult?.resources;
    return resourceTree(cluster, cluster.trackedBy(us.app), target.desired, health, results);
  }
}

/** @throws {Failure} why there is nothing to show */
function comparedBy({ key, seen }: ManagedApplication): Compared {
  if (seen.is === "failed") throw seen.failure;
  if (seen.is === "compared") return seen.compared;
  throw new Failure("not-ready", `Application ${key}`, "backoff", {
    cannot: "show its resources",
    why: "it was not compared yet",
    fix: "Try again in a moment",
  });
}

/** A rule that nobody obeys must not look like one that is kept. */
function withoutForce(
  projects: Iterable<Project>,
  { impersonation }: Pick<Settings, "impersonation">,
): Problem[] {
  if (impersonation === "on") return [];
  return [...projects].flatMap(({ metadata, spec }): Problem[] =>
    (spec.destinationServiceAccounts ?? []).length === 0
      ? []
      : [
          {
            severity: "warning",
            path: "spec.destinationServiceAccounts",
            text: `AppProject ${metadata.name} names service accounts, and its applications are written as the daemon's own, because sync.impersonation in the config is off`,
            fix: "Set it, or remove destinationServiceAccounts",
          },
        ],
  );
}
