/** Kinds that nothing is done with, as Argo CD's `resource.exclusions` and `resource.inclusions` have it. Pure. */
import { ANYWHERE, matchesGlob } from "../../lib/glob.ts";
import type { ResourceFilter, ResourceFilters } from "../model/resource-filter.ts";

/** Whether objects of the kind are neither applied nor deleted on the cluster, whoever renders them. */
export function isFilteredOut(
  of: { group: string; kind: string },
  { server }: { server: string },
  { exclusions, inclusions }: ResourceFilters,
): boolean {
  const fits = (filter: ResourceFilter): boolean => isMeant(filter, of, server);
  return exclusions.some(fits) || (inclusions.length > 0 && !inclusions.some(fits));
}

function isMeant(
  { apiGroups, kinds, clusters }: ResourceFilter,
  { group, kind }: { group: string; kind: string },
  server: string,
): boolean {
  return (
    any(apiGroups, (glob) => matchesGlob(glob, group, ANYWHERE)) &&
    any(kinds, (one) => one === "*" || one === kind) &&
    any(clusters, (glob) => matchesGlob(glob, server, ANYWHERE))
  );
}

function any(list: readonly string[], fits: (one: string) => boolean): boolean {
  return list.length === 0 || list.some(fits);
}
