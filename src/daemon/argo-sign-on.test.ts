import { describe, expect, test } from "bun:test";
import { NO_TEXTS } from "../core/argocd/argo-texts.ts";
import { holdArgo, NOTHING_HELD } from "../core/argocd/held.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { showProblem } from "../core/model/problem.ts";
import { Secret } from "../core/model/secret.ts";
import type { OidcSignOn, SignOnSettings } from "../core/model/sign-on.ts";
import { withArgoSignOn } from "./argo-sign-on.ts";

const OIDC =
  "{ name: Okta, issuer: https://acme.okta.com, clientID: c, clientSecret: $oidc.secret, rootCA: $tls:ca }";
const CM = { url: "https://cd.example.org/", "oidc.config": OIDC.replace(", rootCA: $tls:ca", "") };

const object = (kind: string, name: string, data: Record<string, string>): KubeObject =>
  ({
    apiVersion: "v1",
    kind,
    metadata: { name, namespace: "argocd", uid: name },
    data,
  }) as unknown as KubeObject;
const secret = (name: string, data: Record<string, string>): KubeObject =>
  object(
    "Secret",
    name,
    Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
    ),
  );
const ARGOCD_SECRET = secret("argocd-secret", { "oidc.secret": "canary", "server.secretkey": "x" });

function textsOf(
  cm: Record<string, string> | undefined,
  kept: KubeObject[] | undefined = [ARGOCD_SECRET],
  before = NOTHING_HELD,
) {
  const maps = cm === undefined ? [] : [object("ConfigMap", "argocd-cm", cm)];
  const rbac = object("ConfigMap", "argocd-rbac-cm", { scopes: "[groups, roles]" });
  return holdArgo({ secrets: [], configMaps: [...maps, rbac], kept }, before);
}

function together(
  cm: Record<string, string>,
  written: { server?: { url?: string }; signOn?: SignOnSettings[] } = {},
  kept?: KubeObject[],
) {
  const { texts } = textsOf(cm, kept).held;
  const read = withArgoSignOn({ server: {}, signOn: [], ...written }, texts, ["groups", "roles"]);
  return { ...read, problems: read.problems.map(showProblem) };
}

describe("withArgoSignOn()", () => {
  test("takes oidc.config, its secret of argocd-secret, the claims of argocd-rbac-cm and the address", () => {
    const { url, signOn, problems } = together(CM);
    expect(problems).toEqual([]);
    expect(url).toBe("https://cd.example.org");
    expect(signOn).toMatchObject([
      {
        by: "oidc",
        name: "Okta",
        issuer: "https://acme.okta.com",
        clientSecret: new Secret("canary"),
        groupClaims: ["groups", "roles"],
      },
    ]);
  });

  test("what the config says stands", () => {
    const own = { by: "oidc", name: "okta" } as OidcSignOn;
    const { url, signOn, problems } = together(CM, { server: { url: "https://own" }, signOn: [own] });
    expect([url, signOn]).toEqual(["https://own", [own]]);
    expect(problems.join()).toContain("changes nothing: signOn of the config has a provider named Okta too");
  });

  test("a secret that is not seen yet is no problem, and one that is not there is", () => {
    const unseen = textsOf(CM, [ARGOCD_SECRET]).held.texts;
    expect(withArgoSignOn({ server: {}, signOn: [] }, { ...unseen, secrets: undefined }, ["groups"])).toEqual(
      {
        url: "https://cd.example.org",
        signOn: [],
        problems: [],
      },
    );
    const { signOn, problems } = together(CM, {}, []);
    expect(signOn).toEqual([]);
    expect(problems.join()).toContain("names the Secret argocd-secret, which is not there");
    expect(together({ ...CM, "oidc.config": OIDC }).problems.join()).toContain("names the Secret tls");
  });

  test.each([
    [{ ...CM, url: "" }, "server.url"],
    [{ ...CM, url: "http://cd.example.org" }, "is no https address"],
    [{ ...CM, url: "https://cd.example.org/argo" }, "is no URL without a path"],
    [{ ...CM, "oidc.config": "[" }, "oidc.config"],
  ])("nobody signs in by what cannot be used: %p", (cm, words) => {
    const { signOn, problems } = together(cm);
    expect(signOn).toEqual([]);
    expect(problems.join("\n")).toContain(words);
    expect(problems.join("\n")).not.toContain("canary");
  });

  const connector = (name: string, type = "oidc"): object => ({
    ...{ type, id: name, name },
    config:
      type === "oidc"
        ? { issuer: "https://id.example.org", clientID: "c", clientSecret: "$oidc.secret" }
        : { host: "ldap.example.org", userSearch: { baseDN: "dc=x", username: "uid" } },
  });
  const dex = (...connectors: object[]) => ({
    url: CM.url,
    "dex.config": JSON.stringify({ connectors }),
  });
  const withDex = (cm: Record<string, string>, written: { signOn?: SignOnSettings[] } = {}) => {
    const { texts } = textsOf(cm).held;
    const { signOn, problems } = withArgoSignOn({ server: {}, signOn: [], ...written }, texts, ["groups"]);
    return { names: signOn.map(({ name }) => name), said: problems.map(showProblem) };
  };

  test("takes the connectors of dex.config, and tells that several have no plain names", () => {
    expect(withDex(dex(connector("Okta")))).toEqual({ names: ["Okta"], said: [] });
    const both = withDex(dex(connector("Okta"), connector("Directory", "ldap")));
    expect(both.names).toEqual(["Okta", "Directory"]);
    expect(both.said).toEqual([
      "ConfigMap argocd-cm: dex.config: there are several providers, so that a policy names people and groups as sso:Okta:…, and plain names are nobody's. Write them as signOn of the config, and policyNames: plain at the one whose names the policy has as they are",
    ]);
    const plain = { by: "oidc", name: "Own", policyNames: "plain" } as SignOnSettings;
    expect(withDex(dex(connector("Okta")), { signOn: [plain] })).toEqual({
      names: ["Own", "Okta"],
      said: [],
    });
  });

  test("of two of one name the first counts, and without an address a directory alone", () => {
    const twice = withDex(dex(connector("Okta"), connector("okta")));
    expect([twice.names, twice.said.join()]).toEqual([
      ["Okta"],
      expect.stringContaining("two connectors are named"),
    ]);
    const own = { by: "oidc", name: "okta" } as OidcSignOn;
    expect(withDex(dex(connector("Okta")), { signOn: [own] }).names).toEqual(["okta"]);
    const nowhere = withDex({ ...dex(connector("Okta"), connector("Directory", "ldap")), url: "" });
    expect(nowhere.names).toEqual(["Directory"]);
    expect(nowhere.said.join()).toContain("nobody signs in by Okta of dex.config");
  });

  test("says nothing where argocd-cm says nothing", () => {
    expect(together({})).toEqual({ signOn: [], problems: [] });
    expect(withArgoSignOn({ server: {}, signOn: [] }, NO_TEXTS, ["groups"])).toEqual({
      signOn: [],
      problems: [],
    });
  });

  test("a ConfigMap that is replaced leaves what it said, and a Secret that is removed takes it along", () => {
    const first = textsOf(CM);
    const { held, memory } = textsOf(undefined, undefined, first.memory);
    expect(held.texts).toEqual(first.held.texts);
    expect(textsOf(CM, [], memory).held.texts.secrets?.size).toBe(0);
  });
});
