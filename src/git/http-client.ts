/** The one road to Git servers over HTTP: redirects within the origin, and nowhere else. */
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { defined } from "../lib/defined.ts";
import { type Http, type HttpTerms, httpClient } from "../remote/http.ts";
import type { LookUp } from "../remote/reach.ts";
import { termsOf } from "../remote/terms-of.ts";

/**
 * @param authorization what `access` says, or who is asked for it
 * @param show the repository's URL for failures
 * @throws {Failure} git-unreachable, git-auth; for every answer that is not 200
 */
export function gitHttp(
  access: RepositoryAccess,
  authorization: HttpTerms["authorization"],
  { origin, show, lookUp }: { origin: string; show: string; lookUp?: LookUp | undefined },
): Http {
  return httpClient({
    origin,
    elsewhere: "refused",
    userAgent: "git/holdfast",
    ...defined({
      reach: access.reach,
      lookUp,
      authorization,
    }),
    ...termsOf(access),
    says: {
      object: show,
      cannot: "read from Git",
      unreachable: "git-unreachable",
      auth: "git-auth",
      thing: "repository",
      tooLong: "Use a smaller repository, or raise the limit",
    },
  });
}

export function authorizationOf({ username, password, bearerToken }: RepositoryAccess): string | undefined {
  if (bearerToken !== undefined) return `Bearer ${bearerToken.reveal()}`;
  if (username === undefined && password === undefined) return undefined;
  // Forges take any user name beside a token.
  const user = username === undefined || username === "" ? "git" : username;
  return `Basic ${Buffer.from(`${user}:${password?.reveal() ?? ""}`).toString("base64")}`;
}
