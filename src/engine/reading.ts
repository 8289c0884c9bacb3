/** The reading half of `Control`: what the API shows. Nothing here changes anything. */
import { type AppKey, keyOfApp, sourcesOf } from "../core/model/application.ts";
import { Failure } from "../core/model/failure.ts";
import { defaultProject } from "../core/policy/default-project.ts";
import type { CommitSha } from "../core/ports.ts";
import type { Control, Found } from "./control.ts";
import type { EnginePorts } from "./engine-ports.ts";
import { liveHealth } from "./live-health.ts";
import type { Seen } from "./look.ts";
import { aimAt, destinationOf } from "./pass.ts";
import { repositoryAccess } from "./repository-access.ts";
import type { Roster } from "./roster.ts";
import type { AppSession } from "./session.ts";
import { type Stage, shown } from "./stage.ts";
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

export function reading(ports: EnginePorts, stage: Stage, roster: Roster): Reading {
  const treeOf = (session: AppSession) => {
    if (session.lastSeen === undefined) return [];
    const { cluster, aim, us } = session.lastSeen;
    const rules = { userHealth: ports.userHealth, pods: ports.settings().pods };
    return resourceTree(cluster, cluster.trackedBy(us.app), aim.desired, (live) =>
      liveHealth(live, cluster, rules),
    );
  };

  return {
    applications: () => [...stage].map(shown).sort((a, b) => (keyOfApp(a) < keyOfApp(b) ? -1 : 1)),
    application: (key) => {
      const session = stage.get(key);
      return session === undefined ? undefined : shown(session);
    },
    origin: (key) => stage.get(key)?.origin,
    problems: () => roster.problems,
    projects: () =>
      (roster.projects.has("default") ? [] : [defaultProject(ports.settings().namespace)]).concat(
        ...roster.projects.values(),
      ),

    manifests: (key, revision) =>
      found(stage, key, async (session) => {
        const known = session.aim;
        const aim =
          revision === undefined && known !== undefined
            ? known
            : await aimAt(session.app, destinationOf(session.app, ports), ports, {
                look: "known",
                since: 0,
                known,
                records: session.records,
                revisions: revision === undefined ? [] : [revision],
              });
        return {
          manifests: manifestsOf(aim.desired),
          revision: aim.commits[0] ?? "",
          sourceType: aim.sourceTypes[0] ?? "",
        };
      }),

    managedResources: (key) =>
      found(stage, key, (session) => managedResources(session, seenBy(session), ports)),

    resourceTree: (key) => {
      const session = stage.get(key);
      return session === undefined ? { is: "absent" } : { is: "found", value: treeOf(session) };
    },

    events: (key, of) =>
      found(stage, key, async (session) => {
        const cluster = session.lastSeen?.cluster;
        if (cluster === undefined) return [];
        const meant = treeOf(session).filter(
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

    history: (key) => {
      const session = stage.get(key);
      return session === undefined
        ? { is: "absent" }
        : { is: "found", value: session.state.status?.history ?? [] };
    },

    commit: (key, revision) =>
      found(stage, key, async ({ app }) => {
        const [source] = sourcesOf(app.spec);
        if (source === undefined)
          throw new Failure("invalid-spec", `Application ${key}`, "after-edit", {
            cannot: "show a commit",
            why: "it has no source",
          });
        return ports.git.info(
          repositoryAccess(source.repoURL, ports.settings().repositories),
          revision as CommitSha,
        );
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
    onEvent: (listener) => stage.onEvent(listener),
  };
}

async function found<T>(
  stage: Stage,
  key: AppKey,
  work: (session: AppSession) => Promise<T>,
): Promise<Found<T>> {
  const session = stage.get(key);
  return session === undefined ? { is: "absent" } : { is: "found", value: await work(session) };
}

/** @throws {Failure} why there is nothing to show */
function seenBy({ key, lastSeen, trouble }: AppSession): Seen {
  if (trouble !== undefined) throw trouble.failure;
  if (lastSeen !== undefined) return lastSeen;
  throw new Failure("internal", `Application ${key}`, "backoff", {
    cannot: "show its resources",
    why: "it was not compared yet",
    fix: "Try again in a moment",
  });
}
