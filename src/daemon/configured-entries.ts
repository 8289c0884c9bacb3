import type { ClusterConfig, Config } from "../config/config.ts";
import type { ClusterEntry } from "../core/model/cluster-entry.ts";
import { Secret } from "../core/model/secret.ts";
import { filled } from "../lib/defined.ts";

/** The clusters of the config, as entries. */
export function configuredEntries({ clusters }: Pick<Config, "clusters">): ClusterEntry[] {
  return clusters.map(entryOf);
}

function entryOf({
  name,
  server,
  kubeconfig,
  context,
  namespaces,
  clusterResources,
  project,
  labels,
}: ClusterConfig): ClusterEntry {
  return {
    name,
    server,
    credential:
      kubeconfig === undefined ? { by: "service-account" } : { by: "kubeconfig", file: kubeconfig, context },
    tls: { check: "certificate" },
    scope:
      namespaces.length === 0
        ? { is: "whole" }
        : {
            is: "namespaces",
            namespaces,
            clusterResources: clusterResources ? "included" : "left-out",
          },
    labels,
    annotations: {},
    ...filled({ project }),
    kept: new Secret({ data: {}, config: {}, tls: {}, metadata: {} }),
  };
}
