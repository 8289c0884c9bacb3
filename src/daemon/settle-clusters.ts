/** Who has a name or an address that two want: the config, then who had it before, then who was added first. */

import type { FoundCluster } from "../config/cluster-folder.ts";
import { type ClusterEntry, serverKey } from "../core/model/cluster-entry.ts";
import type { Problem } from "../core/model/problem.ts";
import type { KnownEntry } from "../core/ports/cluster-desk.ts";

/**
 * @param found of files and Secrets
 * @param before what was settled last: these keep what they have
 * @returns of each name and address one, and a problem for each that lost
 */
export function settleClusters(
  configured: readonly ClusterEntry[],
  found: readonly KnownEntry[],
  before: readonly KnownEntry[],
): { entries: KnownEntry[]; problems: Problem[] } {
  // One that was edited into another name or address has no older claim to that one than anybody else.
  const claim = (each: KnownEntry): string =>
    JSON.stringify([each.place, each.entry.name, serverKey(each.entry.server)]);
  const held = new Set(before.map(claim));
  const age = (each: KnownEntry): [number, string, string] => [
    held.has(claim(each)) ? 0 : 1,
    // Who says no time comes after those who do.
    each.entry.createdAt ?? "9999",
    sayPlace(each),
  ];
  const entries: KnownEntry[] = configured.map((entry) => ({ entry, place: { in: "config" } }));
  const problems: Problem[] = [];
  for (const { entry, place } of [...found].sort((a, b) => inOrder(age(a), age(b)))) {
    const taken = takenBy(entry, entries);
    if (taken === undefined) entries.push({ entry, place });
    else
      problems.push({
        severity: "error",
        file: place.in === "secret" ? place.secret : sayPlace({ place }).replace(/ of the data folder$/, ""),
        object: `cluster ${entry.name}`,
        text: `${taken}, which keeps it; this ${place.in === "secret" ? "Secret" : "file"} is passed over`,
        fix: "Remove one of them, or give each its own name and server",
      });
  }
  return { entries, problems };
}

/** What lies in the data folder, with its place. */
export function inFolder(found: readonly FoundCluster[]): KnownEntry[] {
  return found.map(({ file, entry }) => ({ entry, place: { in: "file", file } }));
}

/** Why there cannot be this one beside the others; undefined where there can. */
export function takenBy(
  { name, server }: Pick<ClusterEntry, "name" | "server">,
  others: readonly KnownEntry[],
): string | undefined {
  const [what, holder] =
    [
      ["name", others.find((other) => other.entry.name === name)] as const,
      ["server", others.find((other) => serverKey(other.entry.server) === serverKey(server))] as const,
    ].find(([, other]) => other !== undefined) ?? [];
  if (what === undefined || holder === undefined) return undefined;
  return `its ${what} ${what === "name" ? name : server} is that of cluster ${holder.entry.name} (${holder.entry.server}) in ${sayPlace(holder)}`;
}

export function sayPlace({ place }: Pick<KnownEntry, "place">): string {
  switch (place.in) {
    case "config":
      return "clusters of the config";
    case "file":
      return `clusters/${place.file} of the data folder`;
    case "secret":
      return place.secret;
  }
}

function inOrder(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [at, left] of a.entries()) {
    const right = b[at] ?? "";
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
