import { describe, expect, test } from "bun:test";
import { type Claims, identityOfClaims, MAX_GROUPS } from "./identity-of-claims.ts";

const ISSUER = "https://sso.example.org";
const read = (claims: Claims, scopes = ["groups"], found?: readonly string[]) =>
  identityOfClaims(ISSUER, claims, scopes, found);
const why = (claims: Claims, scopes?: string[]): string => {
  const told = read(claims, scopes);
  return told.is === "refused" ? told.why : told.is;
};

describe("identityOfClaims()", () => {
  test("takes what the token says", () => {
    expect(
      read({
        sub: "00u1",
        name: "Ada L.",
        preferred_username: "ada",
        email: "ada@example.org",
        email_verified: true,
        groups: ["dev", "ops", "dev"],
      }),
    ).toEqual({
      is: "identity",
      identity: {
        issuer: ISSUER,
        subject: "00u1",
        name: "ada",
        email: "ada@example.org",
        emailVerified: true,
        groups: ["dev", "ops"],
      },
    });
  });

  test.each<[string, Claims]>([
    ["missing", {}],
    ["empty", { sub: "" }],
    ["white space", { sub: "  " }],
    ["a number", { sub: 7 }],
    ["a list", { sub: ["admin"] }],
    ["null", { sub: null }],
  ])("nobody is somebody: sub is %s", (_, claims) => {
    expect(why({ ...claims, email: "a@b.c", groups: ["admins"] })).toBe(
      "its token names nobody (sub is missing or empty)",
    );
  });

  test("whom a provider of others speaks of is who they are there", () => {
    const claims = { sub: "CgNhZGE", federated_claims: { connector_id: "github", user_id: "4711" } };
    const told = identityOfClaims("https://dex.example.org", claims, ["groups"], undefined, "others");
    expect(told).toMatchObject({ identity: { subject: "4711" } });
    // Whoever was not asked for it writes what it likes.
    expect(read(claims)).toMatchObject({ identity: { subject: "CgNhZGE" } });
    expect(read({ sub: "x", federated_claims: { user_id: "" } })).toMatchObject({
      identity: { subject: "x" },
    });
    expect(read({ sub: "x", federated_claims: "4711" })).toMatchObject({ identity: { subject: "x" } });
  });

  test.each([
    ["role:admin", "which is how roles"],
    ["proj:shop:deployer", "which is how roles"],
    ["sso:Okta:ann", "which is how roles"],
    ["a\u0000b", "control characters"],
    ["x".repeat(1_025), "longer than 1024 characters"],
  ])("no name of a role, and none that cannot be written: %p", (sub, words) => {
    expect(why({ sub })).toContain(words);
    if (sub.includes(":")) expect(why({ sub: "x", groups: [sub] })).toContain(words);
  });

  test.each<[string, unknown, readonly string[]]>([
    ["one name", "dev", ["dev"]],
    ["one name that looks like many", "dev,admins", ["dev,admins"]],
    ["none", [], []],
    ["null", null, []],
    ["empty names", ["", "dev"], ["dev"]],
    ["names of Keycloak's paths", ["/dev/shop"], ["/dev/shop"]],
  ])("groups are %s", (_, groups, names) => {
    expect(read({ sub: "x", groups })).toMatchObject({ identity: { groups: names } });
  });

  test.each<[string, unknown, string]>([
    ["a mapping", { admins: true }, "neither a list of names nor one name"],
    ["a number", 5, "neither a list of names nor one name"],
    ["a list with a mapping", ["dev", { name: "admins" }], "holds something that is no name"],
    ["a list in a list", [["admins"]], "holds something that is no name"],
    ["a name with a line break", ["dev\nadmins"], "control characters"],
    ["too many", Array.from({ length: 10_000 }, (_, at) => `g${at}`), `more than ${MAX_GROUPS} groups`],
  ])("is refused, and not taken without, where groups are %s", (_, groups, words) => {
    expect(why({ sub: "x", groups })).toContain(words);
  });

  test("as many as the limit are taken", () => {
    const groups = Array.from({ length: MAX_GROUPS }, (_, at) => `g${at}`);
    expect(read({ sub: "x", groups })).toMatchObject({ identity: { groups } });
  });

  test("several claims may hold groups, and an address that is not vouched for is none", () => {
    const claims = { sub: "x", groups: ["dev"], roles: "ops", email: "boss@example.org" };
    const scopes = ["groups", "roles", "email"];
    const groupsOf = (more: Claims) => {
      const told = read({ ...claims, ...more }, scopes);
      return told.is === "identity" ? told.identity.groups : told;
    };
    expect(groupsOf({ email_verified: true })).toEqual(["dev", "ops", "boss@example.org"]);
    expect(groupsOf({ email_verified: false })).toEqual(["dev", "ops"]);
    expect(groupsOf({ email_verified: "false" })).toEqual(["dev", "ops"]);
    expect(read(claims, [])).toMatchObject({ identity: { groups: [], emailVerified: false } });
  });

  test.each<[string, Claims]>([
    [
      "_claim_names",
      { _claim_names: { groups: "src1" }, _claim_sources: { src1: { endpoint: "https://x" } } },
    ],
    ["hasgroups", { hasgroups: true }],
    ["hasgroups as text", { hasgroups: "true" }],
  ])("groups that stand elsewhere are asked for there: %s", (_, claims) => {
    expect(read({ sub: "x", ...claims })).toEqual({ is: "groups elsewhere", claims: ["groups"] });
    expect(read({ sub: "x", ...claims }, ["roles"])).toMatchObject({ identity: { groups: [] } });
    expect(read({ sub: "x", ...claims }, ["groups"], ["a", "b", "a"])).toMatchObject({
      identity: { groups: ["a", "b"] },
    });
  });

  test("names for people are fit for one line", () => {
    expect(read({ sub: "x", name: "Eve\n\u001b[31mroot" })).toMatchObject({
      identity: { name: "Eve [31mroot" },
    });
    expect(read({ sub: "x" })).toMatchObject({ identity: { name: "x", email: undefined } });
  });
});
