import type { FoundRepository } from "../core/ports/generator-facts.ts";
import { defined } from "../lib/defined.ts";
import type { Lru } from "../lib/lru.ts";
import type { RepositoryFilter } from "./filters.ts";
import type { Branch, CloneProtocol, FoundBefore, RepositoryProvider } from "./provider.ts";

/** Repositories looked into at once: providers ask for few. */
const AT_ONCE = 4;

/** Paths that commits were seen to have, which nothing changes. That one has none may be said too early, and is not kept. */
export type KnownPaths = Lru<string, true>;

export interface Wanted {
  protocol: CloneProtocol;
  branches: "all" | "default";
  /** Empty: everything. */
  filters: readonly RepositoryFilter[];
  paths: KnownPaths;
  /** Which server is asked. */
  server: string;
}

/**
 * What a provider has of what is wanted, in its order. Nobody looks into a repository that no filter takes by its name
 * and labels, and paths are looked at last.
 */
export async function findRepositories(
  provider: RepositoryProvider,
  wanted: Wanted,
): Promise<readonly FoundRepository[]> {
  const { protocol, branches, filters } = wanted;
  const all = await provider.repositories(protocol);
  const found = await mapFew(all, AT_ONCE, async (repository) => {
    const own = filters.filter((filter) => filter.takesRepository(repository));
    if (filters.length > 0 && own.length === 0) return [];
    const heads = await headsOf(provider, repository, branches);
    const taken: FoundRepository[] = [];
    for (const head of heads)
      if (filters.length === 0 || (await isTaken(provider, repository, head, own, wanted)))
        taken.push(shown(repository, head));
    return taken;
  });
  return found.flat();
}

async function headsOf(
  provider: RepositoryProvider,
  repository: FoundBefore,
  branches: Wanted["branches"],
): Promise<readonly Branch[]> {
  if (repository.hidden !== undefined) throw repository.hidden;
  if (branches === "all") return provider.branches(repository);
  const { defaultBranch } = repository;
  const head =
    defaultBranch === undefined ? undefined : await provider.defaultBranch(repository, defaultBranch);
  return head === undefined ? [] : [head];
}

async function isTaken(
  provider: RepositoryProvider,
  repository: FoundBefore,
  head: Branch,
  filters: readonly RepositoryFilter[],
  { paths, server }: Pick<Wanted, "paths" | "server">,
): Promise<boolean> {
  const asked = new Map<string, boolean>();
  const has = async (path: string): Promise<boolean> => {
    const { organization, repository: name, repositoryId } = repository;
    const key = JSON.stringify([server, organization, name, repositoryId, head.sha, path]);
    const answer = paths.get(key) ?? asked.get(path) ?? (await provider.hasPath(repository, head, path));
    if (answer) paths.set(key, true);
    asked.set(path, answer);
    return answer;
  };
  for (const filter of filters) {
    if (!filter.takesBranch(head.name)) continue;
    if (
      (await allAre(filter.pathsExist, has, "there")) &&
      (await allAre(filter.pathsDoNotExist, has, "not there"))
    )
      return true;
  }
  return false;
}

async function allAre(
  paths: readonly string[],
  has: (path: string) => Promise<boolean>,
  wanted: "there" | "not there",
): Promise<boolean> {
  for (const path of paths) if ((await has(path)) !== (wanted === "there")) return false;
  return true;
}

function shown(
  { organization, repository, repositoryId, url, labels }: FoundBefore,
  { name, sha }: Branch,
): FoundRepository {
  return { organization, repository, ...defined({ repositoryId }), url, branch: name, sha, labels };
}

/** In the order of `items`; after an error nobody begins another one. */
export async function mapFew<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const goOn = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++;
      try {
        results[at] = await work(items[at] as T);
      } catch (cause) {
        next = items.length;
        throw cause;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, goOn));
  return results;
}
