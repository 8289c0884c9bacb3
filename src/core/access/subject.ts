/** Who asks, as policies know them. */
export interface Subject {
  /** A user's id, an account, a role, or `proj:<project>:<role>` of a project's token. */
  name: string;
  groups: readonly string[];
}

/** Which claims hold groups, where nothing else is set. */
const DEFAULT_SCOPES: readonly string[] = ["groups"];

/**
 * @param claims of a verified token
 * @param scopes `scopes` of `argocd-rbac-cm`
 */
export function subjectOfClaims(
  claims: Readonly<Record<string, unknown>>,
  scopes: readonly string[] = DEFAULT_SCOPES,
): Subject {
  const federated = claims["federated_claims"];
  const id =
    typeof federated === "object" && federated !== null
      ? (federated as Record<string, unknown>)["user_id"]
      : undefined;
  const name = [id, claims["sub"]].find((each) => typeof each === "string" && each !== "");
  return {
    name: typeof name === "string" ? name : "",
    groups: [...new Set(scopes.flatMap((scope) => texts(claims[scope])))],
  };
}

function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
