import { nearest } from "../../lib/nearest.ts";
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
  /** The clusters that there are, for one that names none of them: those that its project permits are named to it. */
  clusters: readonly Omit<ResolvedDestination, "namespace">[];
  homeNamespace: string;
}

const MOST_NAMED = 10;

/** What keeps an application from being synced at all, each as an InvalidSpecError; empty where nothing does. */
export function checkApplication(
  app: Application,
  { project, withheld, cluster, clusters, homeNamespace }: ApplicationBounds,
): Condition[] {
  const invalid = (message: string): Condition => ({ type: "InvalidSpecError", message });
  const { destination, project: projectName } = app.spec;
  const conditions: Condition[] = [];
  if (cluster === undefined) conditions.push(invalid(noCluster(app, project, clusters)));
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

/** Of what the project does not permit nothing is told: its people need not know which clusters others have. */
function noCluster(
  { spec: { destination } }: Application,
  project: Project | undefined,
  clusters: ApplicationBounds["clusters"],
): string {
  const { name, server, namespace = "" } = destination;
  const asked = name ? `the name ${name}` : `the server ${server ?? ""}`;
  const usable = clusters.filter(
    (one) => project !== undefined && refuseDestination(project, { ...one, namespace }) === undefined,
  );
  const names = usable.map((one) => one.name).sort();
  const meant = name
    ? nearest(name, names)
    : nearest(
        server ?? "",
        usable.map((one) => one.server),
      );
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  const known = `${names.slice(0, MOST_NAMED).join(", ")}${more}`;
  return `there are no clusters with ${asked}. ${meant === undefined ? "" : `Did you mean ${meant}? `}${
    names.length === 0
      ? "Add it to clusters in the config"
      : `Project ${project?.metadata.name ?? ""} may deploy to ${known}: name one of these, or add it to clusters in the config`
  }`;
}
