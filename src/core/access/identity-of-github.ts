/** What GitHub says of a person, as an identity. Groups are `organization` and `organization:team`, as Dex writes them. */
import type { GithubSignOn } from "../model/sign-on.ts";
import { identityOfClaims, type ReadIdentity } from "./identity-of-claims.ts";

export interface GithubPerson {
  /** Never given to somebody else, as names are. */
  id: number;
  login: string;
  emails: readonly { address: string; verified: "yes" | "no"; primary: "yes" | "no" }[];
  organizations: readonly string[];
  teams: readonly { organization: string; slug: string }[];
}

/** Names are of any case there. Groups of organizations that nobody named are whatever a stranger called them. */
export function identityOfGithub(
  { url, organizations }: Pick<GithubSignOn, "url" | "organizations">,
  person: GithubPerson,
): ReadIdentity {
  const groups: string[] = [];
  for (const { name, teams } of organizations) {
    const isIn = person.organizations.some((one) => sameName(one, name));
    if (!isIn) continue;
    const own = person.teams
      .filter(({ organization }) => sameName(organization, name))
      .map(({ slug }) => slug);
    const named =
      teams === undefined ? own : own.filter((slug) => teams.some((team) => sameName(team, slug)));
    if (teams !== undefined && named.length === 0) continue;
    groups.push(name, ...named.map((slug) => `${name}:${slug.toLowerCase()}`));
  }
  if (groups.length === 0)
    return {
      is: "refused",
      why: "they are in none of the organizations and teams that may come in, or GitHub does not show it to this application",
      fix: "Add them there, and have the organization's owners approve the OAuth application (Third-party access)",
    };
  const email = person.emails.find(({ primary }) => primary === "yes") ?? person.emails[0];
  return identityOfClaims(
    url,
    {
      sub: String(person.id),
      preferred_username: person.login,
      email: email?.address,
      email_verified: email?.verified === "yes",
      groups,
    },
    ["groups"],
  );
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
