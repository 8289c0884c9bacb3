/** Of a cluster by its name or its address. */
export function clusterPath(cluster: string): string {
  return `/api/v1/clusters/${encodeURIComponent(cluster)}`;
}
