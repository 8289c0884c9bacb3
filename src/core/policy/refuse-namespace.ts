import { ANYWHERE, matchesGlob } from "../../lib/glob.ts";
import type { Project } from "../model/project.ts";

/** Why applications that live in `namespace` may not use the project; undefined where they may. The home namespace always may. */
export function refuseNamespace(
  project: Project,
  namespace: string,
  homeNamespace: string,
): string | undefined {
  if (namespace === homeNamespace) return undefined;
  const permitted = (project.spec.sourceNamespaces ?? []).some((pattern) => {
    const expression = /^\/(.+)\/$/.exec(pattern)?.[1];
    return expression === undefined
      ? matchesGlob(pattern, namespace, ANYWHERE)
      : new RegExp(expression).test(namespace);
  });
  return permitted
    ? undefined
    : `applications in namespace '${namespace}' are not permitted to use project '${project.metadata.name}'`;
}
