import type { RepositoryAccess, RepositoryType } from "../../core/model/repository-access.ts";
import { whyLeadsAway } from "../../lib/plain-address.ts";

/** One configured entry: its `url` is a prefix of the repositories that it speaks for. */
export type RepositoryEntry = RepositoryAccess;

/**
 * How to reach `url`: the configured entry of its type with the longest matching prefix lends its credentials.
 * A prefix ends at a path boundary: `https://git.example.com/team` does not speak for `https://git.example.com/team-b`.
 */
export function repositoryAccess(
  url: string,
  entries: readonly RepositoryEntry[],
  type: RepositoryType = "git",
): RepositoryAccess {
  const best = entryFor(url, entries, type);
  return best === undefined ? { url } : { ...best, url };
}

/** The entry that speaks for it, undefined where there is none: none speaks for what begins as it does and leads away. */
export function entryFor(
  url: string,
  entries: readonly RepositoryEntry[],
  type: RepositoryType,
): RepositoryEntry | undefined {
  if (whyLeadsAway(url) !== undefined) return undefined;
  return entries
    .filter((entry) => (entry.type ?? "git") === type && speaksFor(entry.url, url, type))
    .sort((a, b) => b.url.length - a.url.length)[0];
}

function speaksFor(prefix: string, url: string, type: RepositoryType): boolean {
  const bare = comparable(prefix, type).replace(/\/+$/, "");
  const asked = comparable(url, type);
  if (!asked.startsWith(bare)) return false;
  const rest = asked.slice(bare.length);
  // `git@host` speaks for `git@host:team/repo`; behind a host of a URL stands a port, which is another server.
  const isPath = rest.startsWith(":") && type === "git" && !bare.includes("://");
  return rest === "" || rest.startsWith("/") || isPath || rest === ".git" || bare.endsWith(":");
}

/** A registry is written with its scheme, and without; a scheme's own port is none. */
function comparable(url: string, type: RepositoryType): string {
  const lower = url
    .toLowerCase()
    .replace(/^(https:\/\/[^/:]+):443(?=\/|$)|^(http:\/\/[^/:]+):80(?=\/|$)/, "$1$2");
  return type === "oci" ? lower.replace(/^oci:\/\//, "") : lower;
}
