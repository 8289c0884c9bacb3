import { ANYWHERE } from "../../lib/glob.ts";
import type { Project } from "../model/project.ts";
import { isDeny, matchesPattern } from "./pattern.ts";

/** A cluster by both of its names, `""` for one it does not have, and the namespace that is written to. */
export interface ResolvedDestination {
  server: string;
  name: string;
  namespace: string;
  /** Whose alone the cluster is; absent: everybody's. */
  project?: string;
}

/**
 * Why the project does not permit a destination; undefined where it does. One deny that applies is enough; a deny of a
 * cluster's name counts whatever the namespace, a deny of a server only where the namespace matches. Source: Argo CD.
 */
export function refuseDestination(project: Project, target: ResolvedDestination): string | undefined {
  const { metadata, spec } = project;
  if (!isPermitted(project, target))
    return `application destination server '${target.server || target.name}' and namespace '${target.namespace}' do not match any of the allowed destinations in project '${metadata.name}'`;
  if (spec.permitOnlyProjectScopedClusters !== true || target.project === metadata.name) return undefined;
  return `project '${metadata.name}' permits clusters of its own alone (permitOnlyProjectScopedClusters), and cluster '${target.name || target.server}' is not one of them: it needs project: ${metadata.name} in its entry`;
}

function isPermitted(project: Project, target: ResolvedDestination): boolean {
  let permitted = false;
  for (const item of project.spec.destinations ?? []) {
    const name = target.name !== "" && matchesPattern(item.name, target.name, ANYWHERE);
    const server =
      target.server !== "" &&
      matchesPattern(withoutSlash(item.server), withoutSlash(target.server), ANYWHERE);
    const namespace = matchesPattern(item.namespace, target.namespace, ANYWHERE);
    if ((server || name) && namespace) permitted = true;
    else if (!name && isDeny(item.name)) return false;
    else if (!server && isDeny(item.server) && namespace) return false;
    else if (!namespace && isDeny(item.namespace) && server) return false;
  }
  return permitted;
}

function withoutSlash<T extends string | undefined>(server: T): T | string {
  return server?.replace(/\/$/, "") ?? server;
}
