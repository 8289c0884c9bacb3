import { describe, expect, test } from "bun:test";
import { type GithubPerson, identityOfGithub } from "./identity-of-github.ts";

const ada: GithubPerson = {
  id: 4711,
  login: "ada",
  emails: [
    { address: "old@x.org", verified: "no", primary: "no" },
    { address: "ada@x.org", verified: "yes", primary: "yes" },
  ],
  organizations: ["Acme", "evil"],
  teams: [
    { organization: "acme", slug: "Platform", name: "The Platform" },
    { organization: "acme", slug: "interns", name: "Interns" },
    { organization: "evil", slug: "platform", name: "The Platform" },
  ],
};
const url = "https://github.com";
const groupsOf = (organizations: { name: string; teams?: string[] }[], person = ada) => {
  const told = identityOfGithub({ url, organizations }, person);
  return told.is === "identity" ? told.identity.groups : told.is;
};

describe("identityOfGithub()", () => {
  test("names a person by their id", () => {
    expect(identityOfGithub({ url, organizations: [{ name: "acme" }] }, ada)).toEqual({
      is: "identity",
      identity: {
        issuer: url,
        subject: "4711",
        name: "ada",
        email: "ada@x.org",
        emailVerified: true,
        groups: ["acme", "acme:platform", "acme:interns"],
      },
    });
  });

  test.each<[string, { name: string; teams?: string[] }[], readonly string[] | string]>([
    ["those teams alone that are named", [{ name: "acme", teams: ["platform"] }], ["acme", "acme:platform"]],
    ["nobody who is in none of the teams", [{ name: "acme", teams: ["owners"] }], "refused"],
    ["nobody who is in none of the organizations", [{ name: "other" }], "refused"],
    ["nobody where nothing is named", [], "refused"],
    ["nothing of an organization whose name begins alike", [{ name: "acm" }], "refused"],
  ])("takes %s", (_, organizations, groups) => {
    expect(groupsOf(organizations)).toEqual(groups as string[]);
  });

  test("a team without its organization is none", () => {
    expect(groupsOf([{ name: "acme" }], { ...ada, organizations: [] })).toBe("refused");
  });

  test("calls teams as Dex does, where a policy was written for it, and organizations by nothing", () => {
    const of = (
      dexTeams: "name" | "slug" | "both",
      organizations: { name: string; teams?: string[] }[],
      person = ada,
    ) => {
      const told = identityOfGithub({ url, organizations, dexTeams }, person);
      return told.is === "identity" ? told.identity.groups : told.is;
    };
    const acme = [{ name: "acme" }];
    expect(of("name", acme)).toEqual(["acme:The Platform", "acme:Interns"]);
    expect(of("slug", acme)).toEqual(["acme:Platform", "acme:interns"]);
    expect(of("both", acme)).toEqual(["acme:The Platform", "acme:Platform", "acme:Interns", "acme:interns"]);
    expect(of("name", [{ name: "acme", teams: ["Interns"] }])).toEqual(["acme:Interns"]);
    // To the letter, as there.
    expect(of("name", [{ name: "acme", teams: ["interns"] }])).toBe("refused");
    expect(of("name", acme, { ...ada, teams: [] })).toEqual([]);
    expect(of("name", [{ name: "other" }])).toBe("refused");
    expect(of("name", [{ name: "acme", teams: ["Interns"] }], { ...ada, organizations: [] })).toBe("refused");
  });

  test("an address is a group where the policy's scopes say so, and GitHub vouches for it", () => {
    const groupClaims = ["groups", "email", "preferred_username"];
    const groups = (person: GithubPerson) => {
      const told = identityOfGithub(
        { url, organizations: [{ name: "acme", teams: ["interns"] }], groupClaims },
        person,
      );
      return told.is === "identity" ? told.identity.groups : told.is;
    };
    expect(groups(ada)).toEqual(["acme", "acme:interns", "ada@x.org", "ada"]);
    const unverified = ada.emails.map((one) => ({ ...one, verified: "no" as const }));
    expect(groups({ ...ada, emails: unverified })).toEqual(["acme", "acme:interns", "ada"]);
  });
});
