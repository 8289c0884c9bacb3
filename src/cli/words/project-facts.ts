import type { GroupKindRule, Project, ProjectSpec } from "../../core/model/project.ts";
import { windowWords } from "./window-words.ts";
import { type Origin, writtenIn } from "./written-in.ts";

/** A project as the API tells of it, at `/api/v1/projects/{name}/detailed`. */
export interface ToldProject {
  project: Project;
  globalProjects: Project[];
  clusters: { name: string; server: string }[];
  repositories: { repo: string; type: string }[];
  holdfast: { inForce?: Project; withheld?: string; origin?: Origin };
}

const NONE = "none";

/** What a project permits as it holds, a name and its lines each; what a global project gives is said behind it. */
export function projectFacts(told: ToldProject): [name: string, lines: readonly string[]][] {
  const { project, globalProjects, clusters, repositories, holdfast } = told;
  const { spec } = holdfast.inForce ?? project;
  const { roles = [], orphanedResources } = spec;
  const lines = <K extends keyof ProjectSpec>(
    list: K,
    words: (item: NonNullable<ProjectSpec[K]> extends (infer I)[] ? I : never) => string,
    none = NONE,
  ): readonly string[] => {
    const own = ((project.spec[list] ?? []) as never[]).length;
    const items = (spec[list] ?? []) as never[];
    const givers = globalProjects.flatMap(({ metadata, spec }) =>
      ((spec[list] ?? []) as unknown[]).map(() => metadata.name),
    );
    const said = items.map((item, at) =>
      at < own ? words(item) : `${words(item)}   (global project ${givers[at - own] ?? ""})`,
    );
    return said.length === 0 ? [none] : said;
  };
  return [
    ["Project", [project.metadata.name]],
    ["Description", [spec.description ?? ""]],
    ["Written in", [holdfast.origin === undefined ? "nothing: it is built in" : writtenIn(holdfast.origin)]],
    ...(holdfast.withheld === undefined
      ? []
      : [["Permits nothing", [holdfast.withheld]] as [string, string[]]]),
    ["Global projects", [globalProjects.map(({ metadata }) => metadata.name).join(", ") || NONE]],
    ["Repositories", lines("sourceRepos", String)],
    ["Its own alone", repositories.map(({ repo, type }) => `${repo} (${type})`)],
    [
      "Destinations",
      lines(
        "destinations",
        ({ server, name, namespace = "" }) => `${server || name || NONE}, namespace ${namespace || NONE}`,
      ),
    ],
    ["Its own clusters", clusters.map(({ name, server }) => `${name} (${server})`)],
    ["Other clusters", spec.permitOnlyProjectScopedClusters === true ? ["not permitted"] : []],
    ["Source namespaces", lines("sourceNamespaces", String, "the home namespace alone")],
    ["Cluster kinds", lines("clusterResourceWhitelist", kindWords)],
    ["  denied", lines("clusterResourceBlacklist", kindWords, "")],
    [
      "Namespaced kinds",
      lines("namespaceResourceWhitelist", kindWords, spec.namespaceResourceWhitelist ? NONE : "all"),
    ],
    ["  denied", lines("namespaceResourceBlacklist", kindWords, "")],
    ["Sync windows", lines("syncWindows", windowWords)],
    [
      "Written as",
      lines(
        "destinationServiceAccounts",
        ({ server = "", namespace = "", defaultServiceAccount = "" }) =>
          `${defaultServiceAccount} on ${server || NONE}, namespace ${namespace || NONE}`,
        "",
      ),
    ],
    ["Orphaned resources", [orphanWords(orphanedResources)]],
    ["Roles", roles.map(roleWords)],
  ].filter(([, said]) => said !== undefined && (said as string[]).join("") !== "") as [
    string,
    readonly string[],
  ][];
}

function kindWords({ group, kind, name }: GroupKindRule): string {
  return `${group || "core"}/${kind}${name === undefined || name === "" ? "" : ` ${name}`}`;
}

function orphanWords(settings: ProjectSpec["orphanedResources"]): string {
  if (settings === undefined) return "not looked for";
  const ignored = settings.ignore?.length ?? 0;
  const how = settings.warn === false ? "shown in the tree" : "a condition tells of them";
  return ignored === 0 ? how : `${how}, but for ${ignored} ignored ${ignored === 1 ? "rule" : "rules"}`;
}

function roleWords(role: unknown): string {
  const { name, policies } = (role ?? {}) as { name?: unknown; policies?: unknown };
  const all = Array.isArray(policies) ? policies.length : 0;
  return `${String(name ?? "")} (${all} ${all === 1 ? "policy" : "policies"})`;
}
