/** Dialogs of repositories, which come with the list of them: the page of one loads them when one is opened. */
import { later } from "../components/later.tsx";

const forms = later(() => import("../app/rest.ts"));
export const CredentialsForm = forms.part(({ CredentialsForm }) => CredentialsForm);
export const TrustDialog = forms.part(({ TrustDialog }) => TrustDialog);
