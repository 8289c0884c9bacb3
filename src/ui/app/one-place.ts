/** Pages of one project, one cluster and one repository, which come together. */
export { ClusterPage } from "../clusters/cluster-page.tsx";
export { ProjectPage } from "../projects/project-page.tsx";
export { RepositoryPage } from "../repositories/repository-page.tsx";
