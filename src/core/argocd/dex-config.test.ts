import { describe, expect, test } from "bun:test";
import { issueCertificate } from "../../lib/issue-certificate.ts";
import { showProblem } from "../model/problem.ts";
import { revealed } from "../model/revealed.ts";
import { readDexConfig } from "./dex-config.ts";

const ca = issueCertificate({ commonName: "authority", uses: ["authority"], nowMs: 0, days: 1 }).certificate;
const SECRETS: Record<string, Record<string, string>> = {
  "argocd-secret": { "dex.secret": "canary-1\n", "dex.id": "aabb", "dex.ldap": "canary-2", empty: "" },
  team: { secret: "canary-3" },
};
const read = (text: string, claims?: string[], more: Record<string, string> = {}) => {
  const { settings, problems } = readDexConfig(
    { "dex.config": text, ...more },
    (name) => SECRETS[name],
    claims,
  );
  const said = problems.map((one) => `${one.severity}: ${showProblem(one)}`);
  expect(said.join()).not.toContain("canary");
  return { settings: settings.map(revealed), said };
};
const one = (connector: object, claims?: string[]) =>
  read(JSON.stringify({ connectors: [connector] }), claims);
const GITHUB = {
  type: "github",
  id: "github",
  name: "GitHub",
  config: { clientID: "$dex.id", clientSecret: "$dex.secret", orgs: [{ name: "acme", teams: ["Ops Team"] }] },
};
const OIDC = {
  type: "oidc",
  id: "okta",
  name: "Okta",
  config: { issuer: "https://acme.okta.com", clientID: "c", clientSecret: "$team:secret" },
};
const LDAP = {
  type: "ldap",
  id: "ad",
  name: "Directory",
  config: {
    host: "ldap.example.org:636",
    bindDN: "cn=dex,dc=example,dc=org",
    bindPW: "$dex.ldap",
    userSearch: { baseDN: "ou=people,dc=example,dc=org", username: "uid" },
  },
};
const changed = (connector: { config: object }, config: object) => ({
  ...connector,
  config: { ...connector.config, ...config },
});

describe("readDexConfig()", () => {
  test("nothing is nothing, and oidc.config stands before it as with Argo CD", () => {
    expect(read("  \n")).toEqual({ settings: [], said: [] });
    expect(readDexConfig({}, () => undefined)).toEqual({ settings: [], problems: [] });
    const both = read(JSON.stringify({ connectors: [GITHUB] }), undefined, { "oidc.config": "name: x" });
    expect(both).toEqual({
      settings: [],
      said: [
        'warning: argocd-cm: data["dex.config"]: changes nothing: oidc.config counts, as with Argo CD. Remove one of them',
      ],
    });
  });

  test("an everyday one of GitHub's, as Argo CD's pages have it", () => {
    const { settings, said } = read(`logger: { level: debug }
connectors:
- type: github
  id: github
  name: GitHub
  config:
    clientId: $dex.id
    clientSecret: $dex.secret
    loadAllGroups: false
    orgs:
    - name: acme
      teams: [Ops Team]
    - name: other
- type: ldap
  id: ad
  name: Directory
  config: ${JSON.stringify(LDAP.config)}
`);
    expect(said).toEqual([]);
    expect(settings).toEqual([
      {
        by: "github",
        name: "GitHub",
        url: "https://github.com",
        clientId: "aabb",
        clientSecret: "canary-1",
        organizations: [{ name: "acme", teams: ["Ops Team"] }, { name: "other" }],
        dexTeams: "name",
        groupClaims: ["groups"],
        returnsTo: "/api/dex/callback",
        tls: {},
      },
      {
        by: "ldap",
        name: "Directory",
        url: "ldaps://ldap.example.org:636",
        wire: "ldaps",
        account: { dn: "cn=dex,dc=example,dc=org", password: "canary-2" },
        users: {
          base: "ou=people,dc=example,dc=org",
          filter: "(objectClass=*)",
          loginAttribute: "uid",
          idAttribute: "uid",
          nameAttribute: "cn",
          mailAttribute: "mail",
        },
        groupClaims: ["groups"],
        tls: {},
      },
    ]);
  });

  test("OpenID Connect gives no groups unless it is told to, as with Dex", () => {
    const plain = one(OIDC);
    expect(plain.said).toEqual([]);
    expect(plain.settings).toEqual([
      {
        by: "oidc",
        name: "Okta",
        issuer: "https://acme.okta.com",
        clientId: "c",
        clientSecret: "canary-3",
        scopes: ["openid", "profile", "email"],
        idTokenClaims: {},
        groupClaims: [],
        neededClaims: { email_verified: ["true", "false"] },
        returnsTo: "/api/dex/callback",
        tls: {},
      },
    ]);
    const of = (config: object, claims?: string[]) => {
      const { settings, said } = one(changed(OIDC, config), claims);
      return { ...(settings[0] as Record<string, unknown>), said };
    };
    const scopes = ["groups", "openid", "email"];
    expect(of({ insecureEnableGroups: true, scopes })).toMatchObject({
      groupClaims: ["groups"],
      scopes: ["openid", "groups", "email"],
    });
    const mapped = { insecureEnableGroups: true, claimMapping: { groups: "roles" } };
    const asked = ["groups", "email"];
    expect(of({ ...mapped, overrideClaimMapping: true }, asked)).toMatchObject({
      groupClaims: ["roles", "email"],
      said: [],
    });
    expect(of(mapped)).toMatchObject({
      groupClaims: ["groups", "roles"],
      said: [expect.stringContaining("counts beside the claim groups")],
    });
    expect(of({ hostedDomains: ["example.org"], userIDKey: "sub" })).toMatchObject({
      neededClaims: { hd: ["example.org"], email_verified: ["true", "false"] },
      said: [],
    });
    expect(of({ insecureSkipEmailVerified: true })).not.toHaveProperty("neededClaims");
    expect(of({ scopes: ["profile"] })).not.toHaveProperty("neededClaims");
    expect(of({ insecureSkipVerify: true })).toMatchObject({
      tls: { check: "nothing" },
      said: [expect.stringContaining("whoever is in between can log in as anybody")],
    });
    expect(of({ issuer: "http://idp.example.org" }).said).toEqual([expect.stringContaining("without TLS")]);
  });

  test("Google is OpenID Connect within the domains that are named", () => {
    const google = {
      type: "google",
      id: "google",
      name: "Google",
      config: { clientID: 7, clientSecret: "s" },
    };
    expect(one(changed(google, { hostedDomains: ["example.org"] }), ["groups", "email"])).toMatchObject({
      settings: [
        {
          by: "oidc",
          issuer: "https://accounts.google.com",
          clientId: "7",
          groupClaims: ["email"],
          neededClaims: { hd: ["example.org"] },
        },
      ],
      said: [],
    });
    const open = one(google);
    expect([open.settings.length, open.said.join()]).toEqual([
      1,
      expect.stringContaining("anybody with an account"),
    ]);
    const directory = one(changed(google, { hostedDomains: ["x"], adminEmail: "a@x", groups: ["g"] }));
    expect(directory.settings).toEqual([]);
    expect(directory.said).toHaveLength(2);
  });

  test("a directory's wire, authority, attributes and groups are as Dex takes them", () => {
    const of = (config: object, claims?: string[]) => {
      const { settings, said } = one(changed(LDAP, config), claims);
      return { ...(settings[0] as Record<string, unknown>), said };
    };
    expect(of({ host: "ldap.example.org", startTLS: true })).toMatchObject({
      url: "ldap://ldap.example.org",
      wire: "starttls",
      said: [],
    });
    expect(of({ insecureNoSSL: true, startTLS: true })).toMatchObject({
      wire: "nothing",
      said: [expect.anything()],
    });
    expect(of({ rootCAData: Buffer.from(ca).toString("base64") })).toMatchObject({ tls: { ca }, said: [] });
    expect(of({ insecureSkipVerify: true })).toMatchObject({ tls: { check: "nothing" } });
    expect(of({ bindDN: "", bindPW: "" })).not.toHaveProperty("account");
    const users = {
      ...LDAP.config.userSearch,
      filter: "(objectClass=person)",
      idAttr: "DN",
      emailAttr: "mail",
    };
    const groups = { baseDN: "ou=groups", nameAttr: "cn", filter: "(objectClass=group)" };
    const matched = { ...groups, userMatchers: [{ userAttr: "DN", groupAttr: "member" }] };
    const whole = of({ userSearch: users, groupSearch: matched }, ["groups", "email"]);
    expect(whole).toMatchObject({
      users: { filter: "(objectClass=person)", idAttribute: "dn" },
      groups: {
        base: "ou=groups",
        filter: "(objectClass=group)",
        nameAttribute: "cn",
        memberAttribute: "member",
        userAttribute: "dn",
        nested: { is: "not followed" },
      },
      groupClaims: ["groups", "email"],
      said: [],
    });
    // As old ones have it.
    const old = of({ groupSearch: { ...groups, userAttr: "uid", groupAttr: "memberUid" } });
    expect(old).toMatchObject({ groups: { memberAttribute: "memberUid", userAttribute: "uid" }, said: [] });
  });

  test.each<[string, object, string]>([
    [
      "another type",
      { ...GITHUB, type: "saml" },
      "type: is saml, and connectors of github, google, ldap, oidc are",
    ],
    ["a type of a prototype's", { ...GITHUB, type: "toString" }, "type: is toString"],
    ["gitlab", { ...GITHUB, type: "gitlab" }, "Write oidc.config, with GitLab as its issuer"],
    ["microsoft", { ...GITHUB, type: "microsoft" }, "docs/sign-on-entra.md"],
    ["no type", { ...GITHUB, type: undefined }, "type: is missing"],
    ["no name", { ...GITHUB, name: "", id: "" }, "id: is missing"],
    ["a name like a link", { ...GITHUB, name: "<a>" }, "name: has 1 to 64 letters"],
    ["no config", { type: "github", id: "g", name: "G" }, "clientID: is missing"],
    ["a list for a config", { ...GITHUB, config: ["x"] }, "config: must be a mapping"],
    ["another key beside them", { ...GITHUB, allow: ["x"] }, "allow: is not honoured: nobody knows here"],
    ["a key that nobody knows", changed(GITHUB, { allowedUsers: ["x"] }), "allowedUsers: is not honoured"],
    [
      "no organization",
      changed(GITHUB, { orgs: undefined }),
      "anybody with an account of GitHub's could log in",
    ],
    [
      "an organization without a name",
      changed(GITHUB, { orgs: [{ teams: ["x"] }] }),
      "orgs[0].name: is missing",
    ],
    [
      "the old org",
      changed(GITHUB, { org: "acme" }),
      "org: is not honoured: its teams would have other names",
    ],
    ["names for ids", changed(GITHUB, { useLoginAsID: true }), "useLoginAsID: is not honoured"],
    ["teams by something else", changed(GITHUB, { teamNameField: "id" }), "must be name, slug or both"],
    [
      "a file",
      changed(GITHUB, { rootCA: "/etc/dex/ca" }),
      "rootCA: is not honoured: it names a file of Dex's own",
    ],
    ["a path for a host", changed(GITHUB, { hostName: "x/y" }), "hostName: is no host"],
    [
      "a secret that is not there",
      changed(GITHUB, { clientSecret: "$none" }),
      "names a key of the Secret argocd-secret that holds nothing",
    ],
    [
      "a Secret that is not there",
      changed(GITHUB, { clientSecret: "$no:x" }),
      "names the Secret no, which is not",
    ],
    ["an empty one", changed(GITHUB, { clientSecret: "$empty" }), "that holds nothing"],
    [
      "a password that begins with $",
      changed(GITHUB, { clientSecret: "$canary-Pass" }),
      "is kept there, too",
    ],
    [
      "one with a colon",
      changed(GITHUB, { clientSecret: "$canary!:Pass" }),
      "names the Secret, which is not",
    ],
    [
      "ids by mail",
      changed(OIDC, { userIDKey: "email" }),
      "userIDKey: is not honoured: policies name a person by sub",
    ],
    ["a stronger login", changed(OIDC, { acrValues: ["mfa"] }), "acrValues: is not honoured"],
    ["groups of elsewhere", changed(OIDC, { getUserInfo: true }), "getUserInfo: is not honoured"],
    [
      "groups that are filtered",
      changed(OIDC, { claimModifications: { x: 1 } }),
      "claimModifications: is not",
    ],
    [
      "another claim for mail",
      changed(OIDC, { claimMapping: { email: "m" } }),
      "claimMapping.email: is not honoured",
    ],
    [
      "a claim for something else",
      changed(OIDC, { claimMapping: { x: "m" } }),
      "claimMapping.x: is not honoured",
    ],
    [
      "an issuer of all tenants",
      changed(OIDC, { issuer: "https://login.microsoftonline.com/common/v2.0" }),
      "all tenants",
    ],
    [
      "no truth",
      changed(OIDC, { insecureEnableGroups: "yes" }),
      "insecureEnableGroups: must be true or false",
    ],
    ["a scope alone", changed(OIDC, { scopes: "groups" }), "scopes: must be a list of texts"],
    [
      "one level",
      changed(LDAP, { userSearch: { baseDN: "x", username: "uid", scope: "one" } }),
      "scope: must be sub",
    ],
    ["no base", changed(LDAP, { userSearch: { username: "uid" } }), "userSearch.baseDN: is missing"],
    [
      "no filter",
      changed(LDAP, { userSearch: { baseDN: "x", username: "uid", filter: "(" } }),
      "is no filter",
    ],
    [
      "two names to log in by",
      changed(LDAP, { userSearch: { baseDN: "x", username: "uid,mail" } }),
      "no name of one",
    ],
    ["a name without a password", changed(LDAP, { bindPW: "" }), "bindPW: is missing beside the other one"],
    ["no certificate", changed(LDAP, { rootCAData: "eA==" }), "rootCAData: "],
    [
      "two ways to a group",
      changed(LDAP, {
        groupSearch: { baseDN: "x", nameAttr: "cn", userMatchers: [{ userAttr: "a", groupAttr: "b" }, {}] },
      }),
      "userMatchers: has several",
    ],
    [
      "groups in groups",
      changed(LDAP, {
        groupSearch: {
          ...{ baseDN: "x", nameAttr: "cn" },
          userMatchers: [{ userAttr: "a", groupAttr: "b", recursionGroupAttr: "member" }],
        },
      }),
      "userMatchers[0].recursionGroupAttr: is not honoured",
    ],
  ])("nobody signs in by a connector with %s", (_, connector, words) => {
    const { settings, said } = one(connector);
    expect(settings).toEqual([]);
    expect(said.join("\n")).toContain(words);
    expect(said.join("\n")).toContain("; nobody signs in by ");
    // What is wrong with one costs no other.
    const beside = read(JSON.stringify({ connectors: [connector, { ...OIDC, name: "Beside" }] }));
    expect(beside.settings).toMatchObject([{ name: "Beside" }]);
  });

  test("a policy that names people by what is not said of them here has no connector", () => {
    expect(one(LDAP, ["groups", "preferred_username"]).said.join()).toContain(
      "type: gives no preferred_username",
    );
    expect(one(GITHUB, ["groups", "name"]).settings).toEqual([]);
    expect(one(GITHUB, ["groups", "email", "preferred_username"]).said).toEqual([]);
  });

  test("what is said beside the connectors is told, by its key", () => {
    const beside = { staticClients: [], enablePasswordDB: true, issuer: "x", oauth2: {}, newKey: 1 };
    const { settings, said } = read(JSON.stringify({ ...beside, connectors: [GITHUB] }));
    expect(settings).toHaveLength(1);
    expect(said.map((text) => /dex.config"\]\.(\w+): is not honoured/.exec(text)?.[1])).toEqual([
      ...["staticClients", "enablePasswordDB", "newKey"],
    ]);
  });

  test.each(["[", "x", "- a", "{}", "connectors: {}", "connectors: 1", "a: 1\n---\nb: 1"])(
    "%j is told, and is no provider",
    (text) => {
      const { settings, said } = read(text);
      expect(settings).toEqual([]);
      expect(said.join()).toContain("error: argocd-cm");
    },
  );
});
