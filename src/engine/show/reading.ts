/** The reading half of `Control`: what the API shows. Nothing here changes anything. */
import { type AppKey, keyOfApp, sourcesOf } from "../../core/model/application.ts";
import type { CommitSha } from "../../core/model/commit-sha.ts";
import { Failure } from "../../core/model/failure.ts";
import { defaultProject } from "../../core/policy/default-project.ts";
import type { Applications } from "../applications.ts";
import type { Compared } from "../compare/compared.ts";
import { liveHealth } from "../compare/live-health.ts";
import type { Control, Found, ResourceNode } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ExistingApplications } from "../home/existing-applications.ts";
import { type ManagedApplication, shownApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import { targetAt } from "../target/find-target.ts";
import { repositoryAccess } from "../target/repository-access.ts";
import type { Publisher } from "./publisher.ts";
import { resourceTree } from "./tree.ts";
import { managedResources, manifestsOf } from "./views.ts";

type Reading = Pick<
  Control,
  | "applications"
  | "application"
  | "origin"
  | "problems"
  | "projects"
  | "manifests"
  | "managedResources"
  | "resourceTree"
  | "events"
  | "history"
  | "commit"
  | "runs"
  | "audits"
  | "clusters"
  | "onEvent"
>;

/** Objects whose Kubernetes Events are asked for at once. */
const MOST_EVENT_OWNERS = 50;

export interface ReadingParts {
  ports: EnginePorts;
  applications: Applications;
  publisher: Publisher;
  existing: ExistingApplications;
  /** @throws {Failure} invalid-spec */
  snapshotOf(managed: ManagedApplication): Snapshot;
}

export function reading({ ports, applications, publisher, existing, snapshotOf }: ReadingParts): Reading {
  const treeOf = ({ compared }: ManagedApplication): ResourceNode[] => {
    if (compared === undefined) return [];
    const { snapshot, target, us } = compared;
    const { cluster } = snapshot;
    const rules = { userHealth: ports.userHealth, pods: ports.settings().pods };
    const health = (live: Parameters<typeof liveHealth>[0]) => liveHealth(live, cluster, rules);
    return resourceTree(cluster, cluster.trackedBy(us.app), target.desired, health);
  };
  const found = async <T>(
    key: AppKey,
    work: (managed: ManagedApplication) => Promise<T> | T,
  ): Promise<Found<T>> => {
    const managed = applications.get(key);
    return managed === undefined ? { is: "absent" } : { is: "found", value: await work(managed) };
  };

  return {
    applications: () =>
      [...applications].map(shownApplication).sort((a, b) => (keyOfApp(a) < keyOfApp(b) ? -1 : 1)),
    application(key) {
      const managed = applications.get(key);
      return managed === undefined ? undefined : shownApplication(managed);
    },
    origin: (key) => applications.get(key)?.spec.origin,
    problems: () => existing.problems,
    projects: () =>
      (existing.projects.has("default") ? [] : [defaultProject(ports.settings().namespace)]).concat(
        ...existing.projects.values(),
      ),

    manifests: (key, revision) =>
      found(key, async (managed) => {
        const known = managed.target;
        const target =
          revision === undefined && known !== undefined
            ? known
            : await targetAt(
                snapshotOf(managed),
                {
                  look: "known",
                  since: 0,
                  known,
                  records: managed.memory.records,
                  revisions: revision === undefined ? [] : [revision],
                },
                ports,
              );
        return {
          manifests: manifestsOf(target.desired),
          revision: target.tips[0]?.commit ?? "",
          sourceType: target.sourceTypes[0] ?? "",
        };
      }),

    managedResources: (key) =>
      found(key, (managed) => managedResources(comparedBy(managed), managed.memory.records)),

    resourceTree(key) {
      const managed = applications.get(key);
      return managed === undefined ? { is: "absent" } : { is: "found", value: treeOf(managed) };
    },

    events: (key, of) =>
      found(key, async (managed) => {
        const cluster = managed.compared?.snapshot.cluster;
        if (cluster === undefined) return [];
        const meant = treeOf(managed).filter(
          ({ ref, uid }) =>
            uid !== undefined &&
            (of === undefined ||
              (ref.name === of.name && ref.namespace === of.namespace && (of.uid === "" || of.uid === uid))),
        );
        return (
          await Promise.all(
            meant.slice(0, MOST_EVENT_OWNERS).map(({ ref, uid }) => cluster.eventsOf(ref, uid)),
          )
        ).flat();
      }),

    history(key) {
      const managed = applications.get(key);
      return managed === undefined ? { is: "absent" } : { is: "found", value: managed.status?.history ?? [] };
    },

    commit: (key, revision) =>
      found(key, async ({ spec }) => {
        const [source] = sourcesOf(spec.app.spec);
        if (source === undefined)
          throw new Failure("invalid-spec", `Application ${key}`, "after-edit", {
            cannot: "show a commit",
            why: "it has no source",
          });
        const access = repositoryAccess(source.repoURL, ports.settings().repositories);
        return ports.git.info(access, revision as CommitSha);
      }),

    runs: (filter) => ports.store.runs(filter),
    audits: (filter) => ports.store.audits(filter),
    clusters: () =>
      ports.clusters().map((cluster) => ({
        name: cluster.name,
        server: cluster.server,
        connection: cluster.connection(),
        kubeVersion: cluster.kubeVersion(),
      })),
    onEvent: (listener) => publisher.onEvent(listener),
  };
}

/** @throws {Failure} why there is nothing to show */
function comparedBy({ key, seen }: ManagedApplication): Compared {
  if (seen.is === "failed") throw seen.failure;
  if (seen.is === "compared") return seen.compared;
  throw new Failure("internal", `Application ${key}`, "backoff", {
    cannot: "show its resources",
    why: "it was not compared yet",
    fix: "Try again in a moment",
  });
}
