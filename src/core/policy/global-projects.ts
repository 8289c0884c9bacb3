import { selectorMatches } from "../model/label-selector.ts";
import type { GlobalProject, Project, ProjectSpec } from "../model/project.ts";

/** Projects as they hold: what is written, and the rules of global projects behind it. */
export interface ProjectsInForce {
  /** By name, `default` too; without those that are withheld. */
  readonly projects: ReadonlyMap<string, Project>;
  /** By name: why nothing is permitted by a project, a sentence without a full stop. */
  readonly withheld: ReadonlyMap<string, string>;
  /** By name: the global projects whose rules are in it, in the order of the config. */
  readonly from: ReadonlyMap<string, readonly string[]>;
}

/** What a project takes over from a global one, each list behind its own. Source: Argo CD, mergeVirtualProject. */
const MERGED_LISTS = [
  "sourceRepos",
  "destinations",
  "clusterResourceWhitelist",
  "clusterResourceBlacklist",
  "namespaceResourceWhitelist",
  "namespaceResourceBlacklist",
  "syncWindows",
] as const satisfies readonly (keyof ProjectSpec)[];

/**
 * What projects permit, with the rules of the global projects whose selector takes their labels. A global project takes
 * nothing over from itself, and nothing from what it took over. Where one is missing, the projects that should have its
 * rules are withheld: what it denies cannot be known, so nothing is permitted. (Argo CD goes on without its rules.)
 * @param unwritten the project `default`, where nobody wrote it
 */
export function projectsInForce(
  written: ReadonlyMap<string, Project>,
  rules: readonly GlobalProject[],
  unwritten: Project,
): ProjectsInForce {
  const own = written.has("default") ? written : new Map([["default", unwritten], ...written]);
  const projects = new Map<string, Project>();
  const withheld = new Map<string, string>();
  const from = new Map<string, readonly string[]>();
  for (const [name, project] of own) {
    const names = globalsOf(project, rules);
    const missing = names.find((one) => !own.has(one));
    if (names.length > 0) from.set(name, names);
    if (missing === undefined)
      projects.set(name, names.map((one) => own.get(one) as Project).reduce(withRulesOf, project));
    else
      withheld.set(
        name,
        `globalProjects in the config gives project ${name} the rules of project ${missing}, which does not exist, so nothing is permitted in it. Write AppProject ${missing}, or take it out of globalProjects`,
      );
  }
  return { projects, withheld, from };
}

function globalsOf({ metadata }: Project, rules: readonly GlobalProject[]): string[] {
  const names = rules
    .filter(({ labelSelector }) => selectorMatches({ ...labelSelector }, metadata.labels ?? {}))
    .map(({ projectName }) => projectName);
  return [...new Set(names)].filter((name) => name !== metadata.name);
}

function withRulesOf(project: Project, { spec }: Project): Project {
  const merged: Record<string, unknown> = { ...project.spec };
  for (const list of MERGED_LISTS) {
    const [ours, theirs] = [project.spec[list], spec[list]];
    if (theirs !== undefined && theirs.length > 0) merged[list] = [...(ours ?? []), ...theirs];
  }
  return { ...project, spec: merged };
}
