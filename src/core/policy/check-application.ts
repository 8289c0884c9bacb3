import { type Application, type Condition, sourcesOf } from "../model/application.ts";
import type { Project } from "../model/project.ts";
import { type ResolvedDestination, refuseDestination } from "./refuse-destination.ts";
import { refuseNamespace } from "./refuse-namespace.ts";
import { refuseSource } from "./refuse-source.ts";

export interface ApplicationBounds {
  /** The project that the application names; undefined where there is none. */
  project: Project | undefined;
  /** Why the project that it names holds for nobody, where that is so: a sentence without a full stop. */
  withheld?: string | undefined;
  /** The destination as configured; undefined where no cluster has that server or name. */
  cluster: Omit<ResolvedDestination, "namespace"> | undefined;
  homeNamespace: string;
}

/** What keeps an application from being synced at all, each as an InvalidSpecError; empty where nothing does. */
export function checkApplication(
  app: Application,
  { project, withheld, cluster, homeNamespace }: ApplicationBounds,
): Condition[] {
  const invalid = (message: string): Condition => ({ type: "InvalidSpecError", message });
  const { destination, project: projectName } = app.spec;
  const conditions: Condition[] = [];
  if (cluster === undefined) {
    conditions.push(
      invalid(
        `there are no clusters with ${destination.name ? `the name ${destination.name}` : `the server ${destination.server ?? ""}`}. Add it to clusters in the config`,
      ),
    );
  }
  if (project === undefined)
    return [
      ...conditions,
      invalid(withheld ?? `Application referencing project ${projectName} which does not exist`),
    ];
  const namespace = refuseNamespace(project, app.metadata.namespace, homeNamespace);
  if (namespace !== undefined) return [...conditions, invalid(namespace)];
  for (const repoURL of new Set(sourcesOf(app.spec).map(({ repoURL }) => repoURL))) {
    const refusal = refuseSource(project, repoURL);
    if (refusal !== undefined) conditions.push(invalid(refusal));
  }
  if (cluster !== undefined) {
    const refusal = refuseDestination(project, { ...cluster, namespace: destination.namespace ?? "" });
    if (refusal !== undefined) conditions.push(invalid(refusal));
  }
  return conditions;
}
