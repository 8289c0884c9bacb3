/**
 * Texts that stand in a Secret: `$key` in `argocd-secret`, `$secret:key` in another one that bears the label
 * `app.kubernetes.io/part-of: argocd`. https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/#sensitive-data-and-sso-client-secrets
 */
import { PART_OF } from "./setting-keys.ts";

/** Contents of a Secret, decoded; undefined where there is none, or it does not bear the label. */
export type SecretLookUp = (name: string) => Readonly<Record<string, string>> | undefined;

const OWN_SECRET = "argocd-secret";
/** Of a Secret. */
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/**
 * Argo CD takes the reference itself for the value where nothing is kept under it; here that is told.
 * @param reference begins with `$`
 * @returns a text without spaces around it
 */
export function keptText(
  reference: string,
  secretNamed: SecretLookUp,
): { is: "kept"; text: string } | { is: "missing"; why: string; fix: string } {
  const [first = "", ...rest] = reference.slice(1).split(":");
  const [secret, item] = rest.length === 0 ? [OWN_SECRET, first] : [first.trim(), rest.join(":").trim()];
  const kept = secretNamed(secret);
  const value = kept !== undefined && Object.hasOwn(kept, item) ? kept[item]?.trim() : undefined;
  if (value !== undefined && value !== "") return { is: "kept", text: value };
  // A password may begin with $ too, and no problem repeats one: its place says what is meant.
  const shown = NAME.test(secret) ? `Secret ${secret}` : "Secret";
  return kept === undefined
    ? {
        is: "missing",
        why: `names the ${shown}, which is not there or does not bear the label ${PART_OF.label}: ${PART_OF.value}`,
        fix: "Create it, or label it",
      }
    : {
        is: "missing",
        why: `names a key of the ${shown} that holds nothing`,
        fix: "Write that key into it; what begins with $ itself is kept there, too",
      };
}
