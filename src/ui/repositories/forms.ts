/** What is asked of whoever adds or changes a repository, or has its server believed. */
export { CredentialsForm } from "./credentials-form.tsx";
export { TrustDialog } from "./trust-dialog.tsx";
