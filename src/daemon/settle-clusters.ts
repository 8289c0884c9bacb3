/** Who has a name or an address that two want: the config, then who had it before, then who was added first. */

import type { FoundCluster } from "../config/cluster-folder.ts";
import { IN_CLUSTER, IN_CLUSTER_NAME } from "../core/model/application.ts";
import { type ClusterEntry, serverKey } from "../core/model/cluster-entry.ts";
import type { Problem } from "../core/model/problem.ts";
import type { KnownEntry } from "../core/ports/cluster-desk.ts";

interface Settled {
  entries: KnownEntry[];
  problems: Problem[];
}

/**
 * @param found of files and Secrets
 * @param before what was settled last: these keep what they have
 * @returns of each name and address one, and a problem for each that lost
 */
export function settleClusters(
  configured: readonly ClusterEntry[],
  found: readonly KnownEntry[],
  before: readonly KnownEntry[],
): Settled {
  const said = found.find(saysAround);
  if (said === undefined) return settle(configured, found, before);
  const without = configured.filter((entry) => !isUnsaid(entry));
  const settled = settle(without, found, before);
  // Nobody else may be taken for the cluster around us, by its name or by its address.
  const isTaken = settled.entries.some(({ entry }) => entry !== said.entry && entry.name === IN_CLUSTER_NAME);
  return settled.entries.includes(said) && !isTaken ? settled : settle(configured, found, before);
}

/** Whether the config says no more of the cluster around us than that there is one. */
export function isUnsaid({ name, server, credential, scope, project, labels }: ClusterEntry): boolean {
  return (
    name === IN_CLUSTER_NAME &&
    serverKey(server) === IN_CLUSTER &&
    credential.by === "service-account" &&
    scope.is === "whole" &&
    project === undefined &&
    Object.keys(labels).length === 0
  );
}

/** A Secret gives the cluster around us a name, labels, a project, and leaves to us how it is reached. */
function saysAround({ entry, place }: KnownEntry): boolean {
  return (
    place.in === "secret" &&
    serverKey(entry.server) === IN_CLUSTER &&
    entry.credential.by === "service-account"
  );
}

function settle(
  configured: readonly ClusterEntry[],
  found: readonly KnownEntry[],
  before: readonly KnownEntry[],
): Settled {
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
  for (const each of [...found].sort((a, b) => inOrder(age(a), age(b)))) {
    const { entry, place } = each;
    const taken = takenBy(entry, entries);
    if (taken === undefined) entries.push(each);
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
