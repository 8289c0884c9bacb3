import { IN_CLUSTER, IN_CLUSTER_NAME } from "../core/model/application.ts";
import type { FieldPath } from "../lib/field-path.ts";
import type { ClusterConfig, Config } from "./config.ts";

/** Whoever makes the cluster around us the home need not say how to reach it. */
export function withHomeCluster(
  clusters: ClusterConfig[],
  { home, homeCluster: { name } }: Pick<Config, "home" | "homeCluster">,
): ClusterConfig[] {
  if (home !== "cluster" || name !== IN_CLUSTER_NAME || homeClusterIn(clusters, name) !== undefined)
    return clusters;
  const around: ClusterConfig = {
    name,
    server: IN_CLUSTER,
    kubeconfig: undefined,
    context: undefined,
    namespaces: [],
    clusterResources: true,
    project: "",
    labels: {},
  };
  return [...clusters, around];
}

export function checkHome(
  { home, homeCluster: { name }, clusters, applications }: Config,
  report: (path: FieldPath, text: string, fix?: string) => void,
): void {
  if (home !== "cluster") return;
  if (homeClusterIn(clusters, name) === undefined)
    report(["homeCluster", "name"], `there is no cluster ${name} in clusters`, "Name it there");
  if (applications.length > 0)
    report(
      ["applications"],
      "files are not read where a cluster is the home",
      "Make what they hold in the cluster (kubectl apply -f), and remove this key",
    );
}

/** By its name; the cluster around us by its address too. */
export function homeClusterIn<T extends { name: string; server: string }>(
  clusters: readonly T[],
  name: string,
): T | undefined {
  return (
    clusters.find((cluster) => cluster.name === name) ??
    (name === IN_CLUSTER_NAME ? clusters.find(({ server }) => server === IN_CLUSTER) : undefined)
  );
}
