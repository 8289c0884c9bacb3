import { resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { IN_CLUSTER, IN_CLUSTER_NAME } from "../core/model/application.ts";
import type { ApplicationSet } from "../core/model/application-set.ts";
import { Failure } from "../core/model/failure.ts";
import type { RepositoryType } from "../core/model/repository-access.ts";
import type { GeneratorFacts } from "../core/ports/generator-facts.ts";
import type { Git } from "../core/ports/git.ts";
import type { SourceTree } from "../core/ports/source-tree.ts";
import { entriesFor, repositoryAccess } from "../engine/target/repository-access.ts";
import { folderTree } from "../render/folder-tree.ts";
import { projectOf } from "../sets/live-facts.ts";
import { byConfigAlone } from "./config-alone.ts";
import { readClusters } from "./read-clusters.ts";

export interface FactSources {
  /** Paths are relative to it. */
  cwd: string;
  /** A folder that stands for every repository; else they are fetched. */
  source: string | undefined;
  /** File of clusters. */
  clusters: string | undefined;
  git: Pick<Git, "resolve" | "tree">;
  config: Pick<Config, "repositories"> | undefined;
  signal: AbortSignal;
}

/** What can be learned without a daemon and a cluster, for one set. Whatever it asks twice is looked up once. */
export function factsFor(
  set: ApplicationSet,
  { cwd, source, clusters, git, config, signal }: FactSources,
): GeneratorFacts {
  const entries = entriesFor(config?.repositories ?? [], projectOf(set));
  const access = (url: string, type: RepositoryType) => repositoryAccess(url, entries, type);
  const trees = new Map<string, Promise<SourceTree>>();
  const fetched = async (repoURL: string, revision: string): Promise<SourceTree> => {
    const repository = access(repoURL, "git");
    const { commit } = await git.resolve(repository, revision, { freshness: "latest" });
    return git.tree(repository, commit, signal);
  };
  const unknown = (what: string, fix: string) => async (): Promise<never> => {
    throw new Failure("config", what, "after-edit", {
      cannot: "learn it",
      why: "nobody is asked offline",
      fix,
    });
  };
  const online = "Generate it where a daemon runs; the other generators of the file can be looked at here";
  return {
    clusters:
      clusters === undefined
        ? unknown("which clusters there are", "Name a file of them with --clusters FILE")
        : async () => ({
            known: readClusters(resolve(cwd, clusters), clusters),
            local: { name: IN_CLUSTER_NAME, server: IN_CLUSTER, labels: {}, annotations: {} },
          }),
    tree({ repoURL, revision }) {
      const key = JSON.stringify([repoURL, revision]);
      const known = trees.get(key);
      if (known !== undefined) return known;
      const tree =
        source === undefined ? byConfigAlone(fetched(repoURL, revision)) : folderTree(resolve(cwd, source));
      trees.set(key, tree);
      return tree;
    },
    pullRequests: unknown("the pull requests of a provider", online),
    repositories: unknown("the repositories of a provider", online),
    decisions: unknown("the decisions about clusters", online),
    plugin: unknown("what a plugin answers", online),
  };
}
