import { IN_CLUSTER, IN_CLUSTER_NAME } from "../core/model/application.ts";
import { type ApplicationSet, keyOfSet } from "../core/model/application-set.ts";
import { Failure } from "../core/model/failure.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import type { GeneratorFacts, KnownCluster } from "../core/ports/generator-facts.ts";
import type { Git } from "../core/ports/git.ts";
import type { SourceTree } from "../core/ports/source-tree.ts";
import { hashValue } from "../lib/hash.ts";
import type { FactsLook, FactsSource, FollowedTree, Telling } from "./sets-ports.ts";

export interface LiveFactsParts {
  git: Pick<Git, "resolve" | "tree">;
  /** How an application of a project reaches a repository. */
  access(url: string, project: string): RepositoryAccess;
  /** Why a project does not permit to read there, a sentence without a full stop; undefined: it does. */
  refused(url: string, project: string): string | undefined;
  /** The clusters that there are; one of them may be the one that manifests call in-cluster. */
  clusters(): readonly KnownCluster[];
  /** Those who ask other people's servers and the home's cluster. */
  others(set: ApplicationSet, signal: AbortSignal): Omit<GeneratorFacts, "clusters" | "tree">;
}

/** What generators are told by a running daemon. */
export class LiveFacts implements FactsSource {
  constructor(private readonly parts: LiveFactsParts) {}

  tell(set: ApplicationSet, look: FactsLook, signal: AbortSignal): Telling {
    const { git, others, clusters } = this.parts;
    const trees = new Map<string, Promise<SourceTree>>();
    const read: (FollowedTree & { commit: string })[] = [];
    let clustersTold: string | undefined;
    const readTree = async ({ repoURL, revision }: FollowedTree): Promise<SourceTree> => {
      this.#demandPermitted(set, repoURL);
      const repository = this.#access(set, repoURL);
      const { commit } = await git.resolve(repository, revision, { freshness: look });
      read.push({ repoURL, revision, commit });
      return git.tree(repository, commit, signal);
    };
    return {
      facts: {
        ...others(set, signal),
        async clusters() {
          const known = clusters();
          clustersTold = hashValue(known);
          return {
            known,
            local: { name: IN_CLUSTER_NAME, server: IN_CLUSTER, labels: {}, annotations: {} },
          };
        },
        tree(source) {
          const key = JSON.stringify([source.repoURL, source.revision]);
          const known = trees.get(key) ?? readTree(source);
          trees.set(key, known);
          return known;
        },
      },
      told: () => ({ trees: read, clusters: clustersTold }),
    };
  }

  async tipOf(set: ApplicationSet, { repoURL, revision }: FollowedTree): Promise<string> {
    const found = await this.parts.git.resolve(this.#access(set, repoURL), revision, { freshness: "latest" });
    return found.commit;
  }

  clustersVersion(): string {
    return hashValue(this.parts.clusters());
  }

  /** Whoever may write a set must not learn by what it makes what the project keeps its applications from. @throws {Failure} */
  #demandPermitted(set: ApplicationSet, url: string): void {
    const project = projectOf(set);
    // One that is a template is known with each application alone.
    const why = project === "" ? undefined : this.parts.refused(url, project);
    if (why === undefined) return;
    throw new Failure("forbidden", `ApplicationSet ${keyOfSet(set)}`, "backoff", {
      cannot: "read what a Git generator names",
      why,
      fix: `Add the repository to sourceRepos of project ${project}, or name another project in template.spec.project`,
    });
  }

  #access(set: ApplicationSet, url: string): RepositoryAccess {
    return this.parts.access(url, projectOf(set));
  }
}

/** Whose credentials count. A project that is a template names none before it is filled in. Source: Argo CD. */
export function projectOf({ spec }: ApplicationSet): string {
  const project = spec.template.spec?.["project"];
  if (typeof project !== "string" || project === "") return "default";
  return project.includes("{{") ? "" : project;
}
