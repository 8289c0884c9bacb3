import { describe, expect, test } from "bun:test";
import { issueCertificate } from "../../lib/issue-certificate.ts";
import { showProblem } from "../model/problem.ts";
import { readOidcConfig } from "./oidc-config.ts";

const ca = issueCertificate({ commonName: "authority", uses: ["authority"], nowMs: 0, days: 1 }).certificate;
const SECRETS: Record<string, Record<string, string>> = {
  "argocd-secret": { "oidc.okta.clientSecret": "canary-1\n", "oidc.azure": "canary-2", empty: "" },
  "team-sso": { "client:secret": "canary-3", secret: "canary-4" },
};
const read = (lines: string, more: Record<string, string> = {}, scopes?: string[]) =>
  readOidcConfig({ "oidc.config": lines, ...more }, (name) => SECRETS[name], scopes);
const said = (lines: string, more: Record<string, string> = {}): string[] =>
  read(lines, more).problems.map((one) => `${one.severity}: ${showProblem(one)}`);
const OKTA = `name: Okta
issuer: https://acme.okta.com
clientID: aabb
clientSecret: $oidc.okta.clientSecret
`;

describe("readOidcConfig()", () => {
  test("reads an everyday one as it stands", () => {
    const { settings, problems } =
      read(`${OKTA}requestedScopes: ["openid", "profile", "email", "groups", "groups"]
requestedIDTokenClaims: {"groups": {"essential": true}, acr: null}
logoutURL: https://acme.okta.com/logout?id_token_hint={{token}}
enablePKCEAuthentication: true
cliClientID: ccdd
allowedAudiences: [aabb]
`);
    expect(problems).toEqual([]);
    const { clientSecret, ...rest } = settings ?? {};
    expect(clientSecret?.reveal()).toBe("canary-1");
    expect(rest).toEqual({
      by: "oidc",
      name: "Okta",
      issuer: "https://acme.okta.com",
      clientId: "aabb",
      scopes: ["openid", "profile", "email", "groups"],
      idTokenClaims: { groups: { essential: true }, acr: null },
      groupClaims: ["groups"],
      logoutUrl: "https://acme.okta.com/logout?id_token_hint={{token}}",
      tls: {},
    });
  });

  test("nothing is nothing", () => {
    expect(readOidcConfig({}, () => undefined)).toEqual({ settings: undefined, problems: [] });
    expect(read("  \n")).toEqual({ settings: undefined, problems: [] });
  });

  test("a Secret of another name is named before a colon", () => {
    const of = (reference: string) =>
      read(OKTA.replace("$oidc.okta.clientSecret", reference)).settings?.clientSecret?.reveal();
    expect(of("$team-sso:secret")).toBe("canary-4");
    expect(of("$team-sso:client:secret")).toBe("canary-3");
    expect(of("plain")).toBe("plain");
  });

  test.each([
    ["$missing", "names a key of the Secret argocd-secret that holds nothing"],
    ["$empty", "names a key of the Secret argocd-secret that holds nothing"],
    ["$canary-password", "is kept there, too"],
    ["$gone:secret", "names the Secret gone, which is not there or does not bear the label"],
    ["$team-sso:toString", "holds nothing"],
  ])("a reference to nothing is never a password: %s", (reference, words) => {
    const lines = OKTA.replace("$oidc.okta.clientSecret", reference);
    expect(read(lines).settings).toBeUndefined();
    expect(said(lines).join("\n")).toContain(words);
    expect(said(lines).join("\n")).not.toContain("canary");
  });

  test("without a secret there is PKCE, where it says so", () => {
    const lines = OKTA.replace(/clientSecret.*\n/, "");
    expect(said(lines)[0]).toStartWith('error: argocd-cm: data["oidc.config"].clientSecret: is missing');
    const { settings, problems } = read(`${lines}enablePKCEAuthentication: true\n`);
    expect(problems).toEqual([]);
    expect(settings).not.toHaveProperty("clientSecret");
  });

  test("groups are also asked for beside the token", () => {
    expect(
      read(`${OKTA}enableUserInfoGroups: true\nuserInfoPath: /userinfo\nuserInfoCacheExpiration: 5m\n`)
        .settings?.userInfo,
    ).toEqual({
      path: "/userinfo",
    });
    expect(said(`${OKTA}enableUserInfoGroups: true\n`)[0]).toContain("enableUserInfoGroups needs it");
  });

  test("a certificate is looked at by rootCA, and not at all where argocd-cm says so", () => {
    const pem = ca
      .trim()
      .split("\n")
      .map((line) => `  ${line}`)
      .join("\n");
    expect(read(`${OKTA}rootCA: |\n${pem}\n`).settings?.tls).toEqual({ ca });
    expect(said(`${OKTA}rootCA: nonsense\n`)[0]).toContain("rootCA: holds no certificate in PEM");
    const skipped = read(OKTA, { "oidc.tls.insecure.skip.verify": "true" });
    expect(skipped.settings?.tls).toEqual({ check: "nothing" });
    expect(skipped.problems).toMatchObject([
      { severity: "warning", path: 'data["oidc.tls.insecure.skip.verify"]' },
    ]);
    expect(read(OKTA, { "oidc.tls.insecure.skip.verify": "false" }).settings?.tls).toEqual({});
  });

  test.each([
    ["http://sso.example.org", "warning: ", "without TLS"],
    ["ftp://sso.example.org", "error: ", "is no https address"],
    ["sso.example.org", "error: ", "is no https address"],
    ["https://u:p@sso.example.org", "error: ", "holds a user name"],
    ["https://sso.example.org?x=1", "error: ", "without a query"],
    ["https://login.microsoftonline.com/common/v2.0", "error: ", "is that of all tenants"],
    ["https://login.microsoftonline.us/organizations/v2.0", "error: ", "is that of all tenants"],
  ])("an issuer %s is told of", (issuer, severity, words) => {
    const [first = ""] = said(OKTA.replace("https://acme.okta.com", issuer));
    expect(first).toStartWith(severity);
    expect(first).toContain(words);
  });

  test("what it cannot use is said all at once", () => {
    expect(
      said(
        "issuerr: x\nrequestedScopes: groups\nrequestedIDTokenClaims: [groups]\nclientID: {}\nazure: {useWorkloadIdentity: true}\n",
      ),
    ).toEqual([
      'warning: argocd-cm: data["oidc.config"].issuerr: nobody reads this key (did you mean issuer?). Correct its name, or remove it',
      'warning: argocd-cm: data["oidc.config"].azure: is not honoured yet. Give clientSecret',
      expect.stringContaining("clientSecret: is missing"),
      'error: argocd-cm: data["oidc.config"].issuer: is missing',
      'error: argocd-cm: data["oidc.config"].clientID: must be a text',
      expect.stringContaining("requestedScopes: must be a list of scopes"),
      expect.stringContaining("requestedIDTokenClaims: must be a mapping of claims"),
    ]);
    expect(said("- a\n")).toEqual(['error: argocd-cm: data["oidc.config"]: must be one mapping']);
    expect(said("a: [\n")[0]).toStartWith("error: argocd-cm: ");
  });

  test("an id of digits is a text, and a scope cannot bring another parameter", () => {
    expect(read(OKTA.replace("aabb", "12345678901234567890")).settings?.clientId).toBe(
      "12345678901234567890",
    );
    expect(said(`${OKTA}requestedScopes: ["openid x"]\n`)[0]).toContain("must be a list of scopes");
  });
});
