/** An empty list means everything. Groups and clusters are globs; a kind is its name or `*`. */
export interface ResourceFilter {
  apiGroups: readonly string[];
  kinds: readonly string[];
  /** Addresses. */
  clusters: readonly string[];
}

export interface ResourceFilters {
  exclusions: readonly ResourceFilter[];
  /** Empty: everything that is not excluded. */
  inclusions: readonly ResourceFilter[];
}
