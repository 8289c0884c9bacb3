import type { RepositoryAccess, RepositoryType } from "../../core/model/repository-access.ts";
import { repositoryKey } from "../../core/model/repository-key.ts";
import { whyLeadsAway } from "../../lib/plain-address.ts";

/** One configured entry: its `url` is a prefix of the repositories that it speaks for. */
export type RepositoryEntry = RepositoryAccess;

const keys = new WeakMap<RepositoryEntry, string>();
const openedFor = new WeakMap<readonly RepositoryEntry[], Map<string, readonly RepositoryEntry[]>>();

/**
 * The entries that an application of this project may use: everybody's, and the project's own, opened for it. Any other
 * entry of a project speaks for nobody, so that whoever forgets to ask gets none of them.
 * @returns the very same list for the same entries and project
 */
export function entriesFor(entries: readonly RepositoryEntry[], project: string): readonly RepositoryEntry[] {
  const known = openedFor.get(entries) ?? new Map<string, readonly RepositoryEntry[]>();
  openedFor.set(entries, known);
  const opened = known.get(project) ?? entries.flatMap((entry) => open(entry, project));
  known.set(project, opened);
  return opened;
}

/** Everybody's and every project's: for who asks on the operator's behalf whether all of them answer. */
export function entriesOfAll(entries: readonly RepositoryEntry[]): readonly RepositoryEntry[] {
  return entries.flatMap((entry) => open(entry, entry.project ?? ""));
}

function open(entry: RepositoryEntry, to: string): RepositoryEntry[] {
  const { project, ...rest } = entry;
  if (project === undefined) return [entry];
  return project === to ? [{ ...rest, scope: project }] : [];
}

/** The project whose own entry an application of it reaches `url` by; "" where it is reached as by everybody. */
export function scopeOf(url: string, entries: readonly RepositoryEntry[], project: string): string {
  return scopeIn(url, entriesFor(entries, project));
}

/** The same of entries that are opened. */
export function scopeIn(url: string, opened: readonly RepositoryEntry[]): string {
  const scopes = (["git", "helm", "oci"] as const).map((type) => entryFor(url, opened, type)?.scope);
  return scopes.find((scope) => scope !== undefined) ?? "";
}

/**
 * How to reach `url`: the configured entry of its type with the longest matching prefix lends its credentials.
 * A prefix ends at a path boundary: `https://git.example.com/team` does not speak for `https://git.example.com/team-b`.
 */
export function repositoryAccess(
  url: string,
  entries: readonly RepositoryEntry[],
  type: RepositoryType = "git",
): RepositoryAccess {
  const best = entryFor(url, entries, type) ?? entryOfHost(url, entries, type);
  return best === undefined ? { url } : { ...best, url };
}

/** The entry that speaks for it, undefined where there is none: none speaks for what begins as it does and leads away. */
export function entryFor(
  url: string,
  entries: readonly RepositoryEntry[],
  type: RepositoryType,
): RepositoryEntry | undefined {
  if (whyLeadsAway(url) !== undefined) return undefined;
  const key = repositoryKey(url);
  return entries
    .filter(
      (entry) =>
        entry.project === undefined &&
        entry.speaksFor !== "host" &&
        (entry.type ?? "git") === type &&
        (entry.speaksFor === "itself" ? keyOf(entry) === key : speaksFor(entry, url, type)),
    )
    .sort((a, b) => bare(b.url).length - bare(a.url).length || rank(b) - rank(a))[0];
}

function entryOfHost(
  url: string,
  entries: readonly RepositoryEntry[],
  type: RepositoryType,
): RepositoryEntry | undefined {
  const ofHosts = entries.filter((entry) => entry.speaksFor === "host" && (entry.type ?? "git") === type);
  if (ofHosts.length === 0 || whyLeadsAway(url) !== undefined) return undefined;
  const host = hostOf(url, type);
  return host === undefined ? undefined : ofHosts.find((entry) => hostOf(entry.url, "git") === host);
}

/** Of what is asked over HTTPS. */
function hostOf(url: string, type: RepositoryType): string | undefined {
  const whole = type === "oci" ? url.replace(/^(?:oci:\/\/)?(?!\w+:\/\/)/i, "https://") : url;
  const parsed = URL.parse(whole);
  return parsed?.protocol === "https:" ? parsed.hostname.toLowerCase() : undefined;
}

/** Asked for each source of each application. */
function keyOf(entry: RepositoryEntry): string {
  const known = keys.get(entry) ?? repositoryKey(entry.url);
  keys.set(entry, known);
  return known;
}

function bare(url: string): string {
  return url.replace(/\/+$/, "");
}

/** Of two for the same address the project's own one is meant. */
function rank({ scope }: RepositoryEntry): number {
  return scope === undefined ? 0 : 1;
}

function speaksFor(entry: RepositoryEntry, url: string, type: RepositoryType): boolean {
  const bare = comparable(entry.url, type).replace(/\/+$/, "");
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
