/** Dialogs of repositories, which come when one is opened. */
import { later } from "../components/later.tsx";

const forms = later(() => import("./forms.ts"));
export const CredentialsForm = forms.part(({ CredentialsForm }) => CredentialsForm);
export const TrustDialog = forms.part(({ TrustDialog }) => TrustDialog);
