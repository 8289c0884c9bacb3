import { type Application, keyOfApp } from "../core/model/application.ts";
import type { DesiredObject } from "../core/model/desired-object.ts";
import { Failure } from "../core/model/failure.ts";
import type { RefKey } from "../core/model/object-ref.ts";
import type { Project } from "../core/model/project.ts";
import { checkApplication } from "../core/policy/check-application.ts";
import { defaultProject } from "../core/policy/default-project.ts";
import { refuseObject } from "../core/policy/refuse-object.ts";
import { clusterFor, type Named } from "./destinations.ts";
import type { Settings } from "./settings.ts";

/** The project that an application names; `default` exists and permits all unless somebody wrote another one. */
export function projectOf(
  app: Application,
  projects: ReadonlyMap<string, Project>,
  { namespace }: Pick<Settings, "namespace">,
): Project | undefined {
  const name = app.spec.project === "" ? "default" : app.spec.project;
  return projects.get(name) ?? (name === "default" ? defaultProject(namespace) : undefined);
}

/**
 * Refuses an application that its project does not permit, or whose destination is not known.
 * @throws {Failure} invalid-spec with all reasons
 */
export function refuseInvalid(
  app: Application,
  projects: ReadonlyMap<string, Project>,
  clusters: readonly Named[],
  settings: Pick<Settings, "namespace">,
): void {
  const reached = clusterFor(app.spec.destination, clusters);
  const conditions = checkApplication(app, {
    project: projectOf(app, projects, settings),
    cluster:
      reached.is === "found" ? { server: reached.cluster.server, name: reached.cluster.name } : undefined,
    homeNamespace: settings.namespace,
  });
  if (conditions.length === 0) return;
  throw new Failure("invalid-spec", `Application ${keyOfApp(app)}`, "after-edit", {
    cannot: "use its spec",
    why: conditions.map(({ message }) => message).join("; "),
  });
}

/** Why the project does not permit an object to be written, by key; asked before each write. */
export function deniedBy(
  app: Application,
  desired: readonly DesiredObject[],
  cluster: Named,
  projects: ReadonlyMap<string, Project>,
  settings: Pick<Settings, "namespace">,
): ReadonlyMap<RefKey, string> {
  const project = projectOf(app, projects, settings);
  const denied = new Map<RefKey, string>();
  for (const { ref, key } of desired) {
    const why =
      project === undefined
        ? `there is no project ${app.spec.project}`
        : refuseObject(project, ref, ref.namespace === "" ? "cluster" : "namespaced", cluster);
    if (why !== undefined) denied.set(key, why);
  }
  return denied;
}
