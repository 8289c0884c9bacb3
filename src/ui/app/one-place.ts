/** Pages of one project, one cluster and one repository, which come together. */
export { ProjectPage } from "../projects/project-page.tsx";
