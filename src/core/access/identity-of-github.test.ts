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
    { organization: "acme", slug: "Platform" },
    { organization: "acme", slug: "interns" },
    { organization: "evil", slug: "platform" },
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
});
