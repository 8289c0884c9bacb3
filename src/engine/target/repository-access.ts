import type { RepositoryAccess } from "../../core/model/repository-access.ts";

/** One configured entry: its `url` is a prefix of the repositories that it speaks for. */
export type RepositoryEntry = RepositoryAccess;

/**
 * How to reach `url`: the configured entry with the longest matching prefix lends its credentials.
 * A prefix ends at a path boundary: `https://git.example.com/team` does not speak for `https://git.example.com/team-b`.
 */
export function repositoryAccess(url: string, entries: readonly RepositoryEntry[]): RepositoryAccess {
  const best = entries
    .filter((entry) => speaksFor(entry.url, url))
    .sort((a, b) => b.url.length - a.url.length)[0];
  return best === undefined ? { url } : { ...best, url };
}

function speaksFor(prefix: string, url: string): boolean {
  const bare = prefix.replace(/\/+$/, "");
  if (!url.toLowerCase().startsWith(bare.toLowerCase())) return false;
  const rest = url.slice(bare.length);
  return rest === "" || rest.startsWith("/") || rest.startsWith(":") || rest === ".git" || bare.endsWith(":");
}
