/** The pages of ApplicationSets, which come together. */
export { SetPage } from "./set-page.tsx";
export { SetsPage } from "./sets-page.tsx";
