/**
 * Whose token it is, and which Secret it lives in; undefined where the token says neither, or lives in none.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#legacy-serviceaccount-token-controller
 */
export function accountSecretOf(
  token: string,
): { namespace: string; account: string; secret: string } | undefined {
  let claims: unknown;
  try {
    claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  } catch {
    return undefined;
  }
  const said = (name: string): string | undefined => {
    const value = (claims as Record<string, unknown> | null)?.[`kubernetes.io/serviceaccount/${name}`];
    return typeof value === "string" && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(value) ? value : undefined;
  };
  const namespace = said("namespace"),
    account = said("service-account.name"),
    secret = said("secret.name");
  return namespace === undefined || account === undefined || secret === undefined
    ? undefined
    : { namespace, account, secret };
}
