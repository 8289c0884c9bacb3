/** Names to choose from while something is written, by their list. */
import { useAsked } from "../components/asked.tsx";
import { applications } from "../store/applications.ts";
import { ask } from "../store/daemon.ts";

type Named = { items: { name?: string; repo?: string; metadata?: { name: string } }[] | null };

/** What one may not list one may still write. */
export function useKnownNames(): Readonly<Record<string, string[]>> {
  const lists = useAsked(async (signal) => {
    const names = async (path: string): Promise<string[]> =>
      ask<Named>("GET", path, { signal }).then(
        ({ items }) =>
          (items ?? []).flatMap(({ name, repo, metadata }) => repo ?? metadata?.name ?? name ?? []),
        () => [],
      );
    const [projects, repositories, clusters] = await Promise.all([
      names("/api/v1/projects"),
      names("/api/v1/repositories"),
      names("/api/v1/clusters"),
    ]);
    return { projects, repositories, clusters };
  }, []);
  if (lists.is !== "answered") return {};
  // One that everybody may read needs no entry of its own, and applications have it all the same.
  const used = applications.value.flatMap(({ spec: { source, sources = [] } }) =>
    [...(source === undefined ? [] : [source]), ...sources].map(({ repoURL }) => repoURL),
  );
  return { ...lists.value, repositories: [...new Set([...lists.value.repositories, ...used])].sort() };
}
