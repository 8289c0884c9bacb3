/** What an application's project permits it. */
import type { Acting } from "../core/model/acting.ts";
import type { Application } from "../core/model/application.ts";
import type { Difference } from "../core/model/comparison.ts";
import type { DesiredObject } from "../core/model/desired-object.ts";
import type { LiveObject } from "../core/model/live-object.ts";
import type { ObjectRef, RefKey } from "../core/model/object-ref.ts";
import type { Project } from "../core/model/project.ts";
import { actingFor } from "../core/policy/acting.ts";
import { defaultProject } from "../core/policy/default-project.ts";
import { refuseObject } from "../core/policy/refuse-object.ts";
import { isFilteredOut } from "../core/policy/resource-filters.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { Named } from "./destinations.ts";
import type { Settings } from "./settings.ts";

/** None is `default`. */
export function nameOfProject({ spec }: Application): string {
  return spec.project === "" ? "default" : spec.project;
}

/** The project that an application names. @param projects those that hold: `default` is one of them, unless it is withheld */
export function projectOf(app: Application, projects: ReadonlyMap<string, Project>): Project | undefined {
  return projects.get(nameOfProject(app));
}

/**
 * The project `default` where nobody wrote it. Where a cluster is the home, others than who writes projects may write
 * applications, each in a namespace of theirs.
 */
export function unwrittenDefault({
  settings,
  records,
}: {
  settings(): Pick<Settings, "namespace">;
  /** A cluster that is the home. */
  records?: unknown;
}): Project {
  return defaultProject(settings().namespace, records === undefined ? "of-every-namespace" : "of-the-home");
}

/** As whom an application's objects are written: as ourselves, unless the config says that projects name accounts. */
export function writerOf(
  { app, project, cluster }: { app: Application; project: Project; cluster: Named },
  { impersonation }: Pick<Settings, "impersonation">,
): Acting {
  return impersonation === "off" ? { is: "itself" } : actingFor(project, app, cluster);
}

/** Why the project does not permit this object to be written or deleted; undefined where it does. */
export function refusedBy(project: Project, ref: ObjectRef, cluster: Named): string | undefined {
  return refuseObject(project, ref, ref.namespace === "" ? "cluster" : "namespaced", cluster);
}

/** What bears the application's mark, but for the kinds that nothing is done with. */
export function trackedOf(
  app: string,
  cluster: Pick<Cluster, "trackedBy" | "server">,
  { resources }: Pick<Settings, "resources">,
): LiveObject[] {
  return cluster.trackedBy(app).filter(({ ref }) => !isFilteredOut(ref, cluster, resources));
}

/** The same of hooks, which are never compared. */
export function deniedHooks(
  project: Project,
  desired: readonly DesiredObject[],
  cluster: Named,
): ReadonlyMap<RefKey, string> {
  return new Map(
    desired.flatMap(({ key, ref, role }): [RefKey, string][] => {
      const why = role.is === "hook" ? refusedBy(project, ref, cluster) : undefined;
      return why === undefined ? [] : [[key, why]];
    }),
  );
}

/** Why the project does not permit objects to be written, or deleted, by key. */
export function deniedBy(
  project: Project,
  differences: readonly Difference[],
  cluster: Named,
): ReadonlyMap<RefKey, string> {
  const denied = new Map<RefKey, string>();
  for (const difference of differences) {
    const ref = difference.is === "extra" ? difference.live.ref : difference.desired.ref;
    const why = refusedBy(project, ref, cluster);
    if (why !== undefined) denied.set(difference.key, why);
  }
  return denied;
}
