/** What only pages for writing need, loaded by them alone: the daemon's parser of YAML, and what is made of a text with it. */
export { firstText, readManifest, withChanges, withDraft } from "./manifest-text.ts";
export { ObjectForm } from "./object-form.tsx";
export { objectText, readObject } from "./object-text.ts";
