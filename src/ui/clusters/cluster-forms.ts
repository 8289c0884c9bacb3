/** What changes clusters, loaded when somebody does. */
export { AddCluster } from "./add-cluster.tsx";
export { ChangeCluster } from "./change-cluster.tsx";
