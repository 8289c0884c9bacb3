import { describe, expect, test } from "bun:test";
import { inspect } from "node:util";
import { showProblem } from "../core/model/problem.ts";
import { Secret } from "../core/model/secret.ts";
import { parseConfig } from "./load-config.ts";

function parse(signOn: object, url = "https://cd.example.org") {
  return parseConfig(JSON.stringify({ server: { url }, signOn }), "holdfast.yaml", {
    env: {},
    readFile: (path) => `content of ${path.split("/").at(-1)}\n`,
    validateCron: () => undefined,
  });
}

function accepted(signOn: object) {
  const parsed = parse(signOn);
  if (!parsed.ok) throw new Error(parsed.problems.map(showProblem).join("\n"));
  return { settings: parsed.value.signOn, warnings: parsed.warnings.map(showProblem) };
}

function refused(signOn: object, url?: string): string {
  const parsed = parse(signOn, url);
  expect(parsed.ok).toBe(false);
  return parsed.ok ? "" : parsed.problems.map(showProblem).join("\n");
}

const OIDC = { name: "Okta", issuer: "https://acme.okta.com", clientId: "c", clientSecret: "canary" };
const GITHUB = { name: "GitHub", clientId: "c", clientSecretFile: "github", organizations: ["acme"] };
const LDAP = { name: "Directory", url: "ldap://ldap.example.org", users: { base: "ou=people,dc=x" } };

describe("signOn of the config", () => {
  test("whose names stand alone in a policy is said where there are several, and of one at most", () => {
    expect(accepted({ oidc: [OIDC], github: [GITHUB] }).warnings.join()).toContain("sso:Okta:");
    const said = { oidc: [{ ...OIDC, policyNames: "plain" }], github: [GITHUB] };
    expect(accepted(said).warnings).toEqual([]);
    expect(accepted(said).settings.map(({ policyNames }) => policyNames)).toEqual(["plain", undefined]);
    expect(refused({ ...said, github: [{ ...GITHUB, policyNames: "plain" }] })).toContain(
      "the names of GitHub and of Okta would be the same people",
    );
  });

  test("OpenID Connect, short and whole", () => {
    expect(accepted({ oidc: [OIDC] })).toEqual({
      warnings: [],
      settings: [
        {
          by: "oidc",
          name: "Okta",
          issuer: "https://acme.okta.com",
          clientId: "c",
          clientSecret: new Secret("canary"),
          scopes: ["openid", "profile", "email", "groups"],
          idTokenClaims: {},
          groupClaims: ["groups"],
          tls: {},
        },
      ],
    });
    const [whole] = accepted({
      oidc: [
        {
          ...OIDC,
          clientSecret: undefined,
          scopes: ["email", "offline_access"],
          groupClaims: ["roles"],
          essentialClaims: ["groups"],
          userInfoPath: "/userinfo",
          logoutUrl: "https://x/out?t={{token}}",
          domainHint: "acme.org",
        },
      ],
    }).settings;
    expect(whole).toMatchObject({
      scopes: ["openid", "email", "offline_access"],
      idTokenClaims: { groups: { essential: true } },
      groupClaims: ["roles"],
      userInfo: { path: "/userinfo" },
      logoutUrl: "https://x/out?t={{token}}",
      domainHint: "acme.org",
    });
    expect(whole).not.toHaveProperty("clientSecret");
  });

  test("GitHub's organizations, whole or by teams", () => {
    const organizations = ["acme:platform", "ACME:Ops", "other"];
    expect(accepted({ github: [{ ...GITHUB, organizations, url: "https://github.example.org/" }] })).toEqual({
      warnings: [],
      settings: [
        {
          by: "github",
          name: "GitHub",
          url: "https://github.example.org",
          clientId: "c",
          clientSecret: new Secret("content of github"),
          organizations: [{ name: "acme", teams: ["platform", "Ops"] }, { name: "other" }],
          tls: {},
        },
      ],
    });
  });

  test.each([
    [{}, "starttls", 0],
    [{ url: "ldaps://ldap.example.org:1636/" }, "ldaps", 0],
    [{ startTls: "off" }, "nothing", 1],
  ])("the wire of a directory: %p", (more, wire, warnings) => {
    const read = accepted({ ldap: [{ ...LDAP, ...more }] });
    expect(read.settings).toMatchObject([{ by: "ldap", wire, users: { filter: "(objectClass=person)" } }]);
    expect(read.settings[0]).not.toHaveProperty("groups");
    expect(read.warnings).toHaveLength(warnings);
  });

  test.each([
    ["no", { is: "not followed" }],
    ["search", { is: "by search", depth: 5 }],
    ["rule", { is: "by rule" }],
  ])("groups of a directory, nested: %s", (nested, read) => {
    const account = { accountDn: "cn=h", accountPassword: "canary" };
    const [settings] = accepted({
      ldap: [{ ...LDAP, ...account, groups: { base: "ou=g", nested } }],
    }).settings;
    expect(settings).toMatchObject({
      account: { dn: "cn=h", password: new Secret("canary") },
      groups: { base: "ou=g", nameAttribute: "cn", memberAttribute: "member", userAttribute: "dn" },
    });
    expect(settings).toHaveProperty("groups.nested", read);
    expect(settings).not.toHaveProperty("groups.depth");
  });

  test.each<[string, object, string]>([
    ["no issuer", { oidc: [{ ...OIDC, issuer: "" }] }, "signOn.oidc[0].issuer: this setting is required"],
    ["one that is no address", { oidc: [{ ...OIDC, issuer: "acme.okta.com" }] }, "is no https address"],
    ["one with a query", { oidc: [{ ...OIDC, issuer: "https://x/?a" }] }, "is no https address"],
    ["one with a password", { oidc: [{ ...OIDC, issuer: "https://a:b@x" }] }, "holds a user name"],
    [
      "one of everybody",
      { oidc: [{ ...OIDC, issuer: "https://login.microsoftonline.com/common/v2.0" }] },
      "is that of all tenants",
    ],
    ["scopes in one text", { oidc: [{ ...OIDC, scopes: ["openid email"] }] }, "scopes[0]: is no scope"],
    ["a script", { oidc: [{ ...OIDC, logoutUrl: "javascript:alert(1)" }] }, "logoutUrl: must be a URL"],
    ["no authority", { oidc: [{ ...OIDC, ca: "x" }] }, "signOn.oidc[0].ca:"],
    ["a name twice", { oidc: [OIDC], ldap: [{ ...LDAP, name: "okta" }] }, "two providers are named okta"],
    ["no secret", { github: [{ ...GITHUB, clientSecretFile: undefined }] }, "clientSecret: this setting is"],
    ["no organization", { github: [{ ...GITHUB, organizations: [] }] }, "names none: nobody could come in"],
    ["a wrong one", { github: [{ ...GITHUB, organizations: ["acme/x"] }] }, "is no organization"],
    ["one twice over", { github: [{ ...GITHUB, organizations: ["a", "A:b"] }] }, "whole and by a team"],
    ["another GitHub", { github: [{ ...GITHUB, url: "github.com" }] }, "github[0].url: is no https address"],
    ["another protocol", { ldap: [{ ...LDAP, url: "https://x" }] }, "is no address of a directory"],
    ["a base in the address", { ldap: [{ ...LDAP, url: "ldap://x/dc=x" }] }, "is no address of a directory"],
    ["TLS twice", { ldap: [{ ...LDAP, url: "ldaps://x", startTls: "off" }] }, "is for ldap:// alone"],
    ["half an account", { ldap: [{ ...LDAP, accountDn: "cn=x" }] }, "accountPassword: is missing beside"],
    ["a password alone", { ldap: [{ ...LDAP, accountPassword: "x" }] }, "accountDn: is missing beside"],
    ["no base", { ldap: [{ ...LDAP, users: {} }] }, "users.base: this setting is required"],
    [
      "a filter that ends the one around it",
      { ldap: [{ ...LDAP, users: { base: "x", filter: "objectClass=*)(|(uid=*" } }] },
      "users.filter: is no filter",
    ],
    [
      "an attribute that is a filter",
      { ldap: [{ ...LDAP, users: { base: "x", loginAttribute: "uid=*)(cn" } }] },
      "is no name of an attribute",
    ],
  ])("%s is an error", (_, signOn, words) => {
    const said = refused(signOn);
    expect(said).toContain(words);
    expect(said).not.toContain("canary");
  });

  test.each([
    ["", "server.url: is missing"],
    ["http://cd.example.org", "server.url: is no https address"],
  ])("who comes back to %p comes back to nobody", (url, words) => {
    expect(refused({ oidc: [OIDC] }, url)).toContain(words);
    expect(parse({ ldap: [LDAP] }, url).ok).toBe(true);
  });

  test.each([
    "http://127.0.0.1:8080",
    "http://[::1]:8080",
    "http://localhost:8080",
    "https://cd.example.org/",
  ])("who comes back to %s comes back", (url) => {
    expect(parse({ oidc: [OIDC] }, url)).toMatchObject({
      ok: true,
      value: { server: { url: url.replace(/\/$/, "") } },
    });
  });

  test("an issuer without TLS is told of, and no secret is shown", () => {
    const read = accepted({ oidc: [{ ...OIDC, issuer: "http://sso" }] });
    expect(read.warnings.join()).toContain("signOn.oidc[0].issuer: is asked without TLS");
    expect(inspect(read, { depth: 10 })).not.toContain("canary");
  });
});
