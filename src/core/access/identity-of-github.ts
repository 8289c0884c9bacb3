/** What GitHub says of a person, as an identity. Groups are `organization` and `organization:team`, as Dex writes them. */
import type { GithubSignOn } from "../model/sign-on.ts";
import { identityOfClaims, type ReadIdentity } from "./identity-of-claims.ts";

export interface GithubPerson {
  /** Never given to somebody else, as names are. */
  id: number;
  login: string;
  emails: readonly { address: string; verified: "yes" | "no"; primary: "yes" | "no" }[];
  organizations: readonly string[];
  teams: readonly { organization: string; slug: string; name: string }[];
}

/** Names are of any case there. Groups of organizations that nobody named are whatever a stranger called them. */
export function identityOfGithub(
  settings: Pick<GithubSignOn, "url" | "organizations" | "dexTeams" | "groupClaims">,
  person: GithubPerson,
): ReadIdentity {
  const { url, dexTeams, groupClaims = ["groups"] } = settings;
  const found = dexTeams === undefined ? groupsOf(settings, person) : groupsOfDex(settings, person, dexTeams);
  if (found === undefined)
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
      groups: found,
    },
    groupClaims,
  );
}

type Organizations = Pick<GithubSignOn, "organizations">;

/** @returns undefined where they may not come in */
function groupsOf({ organizations }: Organizations, person: GithubPerson): string[] | undefined {
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
  return groups.length === 0 ? undefined : groups;
}

/** Who is in an organization of which no team is named comes in without any too. Source: Dex's connector for GitHub. */
function groupsOfDex(
  { organizations }: Organizations,
  person: GithubPerson,
  by: "name" | "slug" | "both",
): string[] | undefined {
  const groups: string[] = [];
  let mayCome = false;
  for (const { name, teams } of organizations) {
    if (!person.organizations.some((one) => sameName(one, name))) continue;
    const own = person.teams
      .filter(({ organization }) => sameName(organization, name))
      .flatMap((team) => (by === "both" ? [team.name, team.slug] : [team[by]]));
    const named = teams === undefined ? own : own.filter((one) => teams.includes(one));
    mayCome ||= teams === undefined || named.length > 0;
    groups.push(...named.map((one) => `${name}:${one}`));
  }
  return mayCome ? [...new Set(groups)] : undefined;
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
