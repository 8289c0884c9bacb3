/** The pages that are gone to now and then, which come together. */
export { ActivityPage } from "../activity/activity-page.tsx";
export { ClustersPage } from "../clusters/clusters-page.tsx";
export { ProjectsPage } from "../projects/projects-page.tsx";
export { CredentialsForm } from "../repositories/credentials-form.tsx";
export { RepositoriesPage } from "../repositories/repositories-page.tsx";
export { TrustDialog } from "../repositories/trust-dialog.tsx";
export { ResourcesPage } from "../resources/resources-page.tsx";
