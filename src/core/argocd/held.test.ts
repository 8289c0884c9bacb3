import { describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { issueCertificate } from "../../lib/issue-certificate.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { showProblem } from "../model/problem.ts";
import type { RepositoryAccess } from "../model/repository-access.ts";
import { revealed } from "../model/revealed.ts";
import { Secret } from "../model/secret.ts";
import { type ArgoHeld, type ArgoMemory, holdArgo, NOTHING_HELD } from "./held.ts";

const CANARY = "canary-71c0de";
const CERT = issueCertificate({
  commonName: "x",
  uses: ["authority"],
  nowMs: Date.UTC(2026, 10, 28),
  days: 1,
});
const RSA = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
}).privateKey;
const GOOGLE = JSON.stringify({
  type: "service_account",
  client_email: "ci@shop.example",
  private_key: RSA,
  token_uri: "https://oauth2.example.com/token",
});
let versions = 0;

function object(kind: string, name: string, rest: object, labels = {}): KubeObject {
  const metadata = { name, namespace: "argocd", resourceVersion: String(++versions), labels };
  return { apiVersion: "v1", kind, metadata, ...rest };
}
function secret(type: string, name: string, data: Record<string, string>): KubeObject {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  return object(
    "Secret",
    name,
    { data: Object.fromEntries(encoded) },
    { "argocd.argoproj.io/secret-type": type },
  );
}
const map = (name: string, data: Record<string, string>): KubeObject => object("ConfigMap", name, { data });

function hold(
  objects: KubeObject[],
  before: ArgoMemory = NOTHING_HELD,
): { held: ArgoHeld; memory: ArgoMemory } {
  return holdArgo(
    {
      secrets: objects.filter(({ kind }) => kind === "Secret"),
      configMaps: objects.filter(({ kind }) => kind === "ConfigMap"),
    },
    before,
  );
}
const sentences = ({ problems }: ArgoHeld): string[] => problems.map(showProblem);
/** With its secrets in the clear. */
function open(entry: RepositoryAccess): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(entry).map(([key, value]) => [key, value instanceof Secret ? value.reveal() : value]),
  );
}
const opened = ({ repositories }: ArgoHeld): unknown[] => repositories.map(open);
const GIT = "https://git.example.com/team/shop.git";

describe("repository Secrets", () => {
  test("every field that says who asks comes along, for each type", () => {
    const { held } = hold([
      secret("repository", "git", { url: GIT, username: "ci", password: "p", project: "team", name: "Shop" }),
      secret("repository", "ssh", { url: "git@git.example.com:team/shop.git", sshPrivateKey: "KEY" }),
      secret("repository", "charts", {
        type: "helm",
        name: "shop",
        url: "https://charts.example.com",
        tlsClientCertData: CERT.certificate,
        tlsClientCertKey: CERT.key,
      }),
      secret("repository", "old-oci", {
        type: "helm",
        enableOCI: "true",
        url: "registry.example.com/charts",
      }),
      secret("repository", "oci", {
        type: "oci",
        url: "oci://r.example.com/c",
        insecureOCIForceHttp: "True",
        bearerToken: "b",
      }),
    ]);
    expect(sentences(held)).toEqual([]);
    expect(opened(held)).toEqual([
      {
        url: "https://charts.example.com",
        type: "helm",
        name: "shop",
        clientCertificate: CERT.certificate,
        clientKey: CERT.key,
      },
      { url: GIT, type: "git", project: "team", username: "ci", password: "p", speaksFor: "itself" },
      { url: "oci://r.example.com/c", type: "oci", bearerToken: "b", plainHttp: true },
      { url: "registry.example.com/charts", type: "oci" },
      { url: "git@git.example.com:team/shop.git", type: "git", sshPrivateKey: "KEY", speaksFor: "itself" },
    ]);
  });

  test("one without credentials has those of the longest repo-creds at a boundary of its path, of whatever type", () => {
    const { held } = hold([
      secret("repository", "shop", { url: GIT }),
      secret("repo-creds", "host", { url: "https://git.example.com", username: "host", password: "h" }),
      secret("repo-creds", "team", {
        type: "helm",
        url: "https://git.example.com/team",
        username: "team",
        password: "t",
      }),
      secret("repo-creds", "tea", { url: "https://git.example.com/team/sh", username: "tea", password: "x" }),
      secret("repo-creds", "longer", {
        url: "https://git.example.com/team/shop-b",
        username: "b",
        password: "x",
      }),
    ]);
    expect(opened(held)[0]).toEqual({
      url: GIT,
      type: "git",
      username: "team",
      password: "t",
      speaksFor: "itself",
    });
    // What has no Secret of its own goes by them too, whichever kind of repository it is.
    expect(held.repositories.filter(({ username }) => username === "host").map(({ type }) => type)).toEqual([
      "git",
      "helm",
      "oci",
    ]);
  });

  test("those of a host are lent to no other port of it, whether it is a registry's or has a scheme", () => {
    const lent = (url: string, type: string, from: string): string | undefined =>
      hold([
        secret("repository", "it", { url, type }),
        secret("repo-creds", "host", { type, url: from, username: "host", password: "h" }),
      ]).held.repositories[0]?.username;
    expect(lent("oci://r.example.com:5000/x", "oci", "oci://r.example.com")).toBeUndefined();
    expect(lent("r.example.com:5000/x", "oci", "r.example.com")).toBeUndefined();
    expect(lent("https://git.example.com:8443/x", "git", "https://git.example.com")).toBeUndefined();
    expect(lent("oci://r.example.com/x", "oci", "oci://r.example.com")).toBe("host");
    expect(lent("git@git.example.com:team/x", "git", "git@git.example.com")).toBe("host");
  });

  test("credentials of its own are used alone, and those of a project only in it", () => {
    const { held } = hold([
      secret("repository", "shop", { url: GIT, username: "own" }),
      secret("repository", "other", { url: "https://git.example.com/team/other" }),
      secret("repo-creds", "team", {
        url: "https://git.example.com/",
        project: "team",
        username: "team",
        password: "t",
      }),
    ]);
    expect(opened(held).slice(0, 2)).toEqual([
      { url: "https://git.example.com/team/other", type: "git", speaksFor: "itself" },
      { url: GIT, type: "git", username: "own", speaksFor: "itself" },
    ]);
  });

  test("of two for one address the older one counts, and the other one is told", () => {
    const younger = secret("repository", "a", { url: GIT, username: "younger" });
    const older = secret("repository", "b", { url: "https://GIT.example.com/team/shop", username: "older" });
    younger.metadata.creationTimestamp = "2026-02-01T00:00:00Z";
    older.metadata.creationTimestamp = "2026-01-01T00:00:00Z";
    const { held } = hold([younger, older]);
    expect(held.repositories.map(({ username }) => username)).toEqual(["older"]);
    expect(sentences(held)).toEqual([
      "Secret argocd/a: url: is that of Secret argocd/b too, which is older and counts. Remove one of them",
    ]);
  });

  test("hosts' certificates and keys come from their ConfigMaps, and hold for hosts that have no Secret too", () => {
    const { held } = hold([
      secret("repository", "shop", { url: "https://git.example.com:8443/shop", username: "ci" }),
      secret("repository", "ssh", { url: "ssh://git@git.example.com/shop", sshPrivateKey: "KEY" }),
      map("argocd-tls-certs-cm", { "git.example.com": CERT.certificate }),
      map("argocd-ssh-known-hosts-cm", { ssh_known_hosts: "git.example.com ssh-ed25519 AAAA" }),
    ]);
    expect(
      held.repositories.map(({ url, type, ca, sshKnownHosts }) => [
        url,
        type,
        ca !== undefined,
        sshKnownHosts,
      ]),
    ).toEqual([
      ["https://git.example.com:8443/shop", "git", true, undefined],
      ["ssh://git@git.example.com/shop", "git", true, "git.example.com ssh-ed25519 AAAA"],
      ["https://git.example.com/", "git", true, undefined],
      ["https://git.example.com/", "helm", true, undefined],
      ["https://git.example.com/", "oci", true, undefined],
    ]);
  });

  const BAD: [data: Record<string, string>, sentence: string][] = [
    [{ username: CANARY }, "url: must not be empty. Write it as applications do in repoURL"],
    [
      { url: `https://ci:${CANARY}@git.example.com/x` },
      "url: has a password or a token in it. Write it into username and password",
    ],
    [
      { url: `ci:${CANARY}@r.example.com/x`, type: "oci" },
      "url: has a password or a token in it. Write it into username and password",
    ],
    [{ url: `oci://${CANARY}@r.example.com/x`, type: "oci" }, "url: names who asks. Write it into username"],
    [{ url: `${CANARY}@r.example.com/x`, type: "oci" }, "url: names who asks. Write it into username"],
    [
      { url: `https://git.example.com/../${CANARY}` },
      "url: its address holds a step . or .. (or one written as %2e). Write it as applications do in repoURL",
    ],
    [{ url: GIT, type: "gti" }, "type: must be git, helm or oci. Did you mean git?"],
    [{ url: GIT, enableLfs: CANARY }, "enableLfs: must be true or false"],
    [{ url: "oci://r.example.com" }, "url: is the address of a registry. Set type: oci"],
    [
      { url: "r.example.com", type: "helm" },
      'url: is no address of a chart repository. Write it with https://, or set enableOCI: "true" where it is a registry',
    ],
    [
      { url: "https://c.example.com", type: "helm", tlsClientCertKey: CANARY },
      "tlsClientCertKey: is there without tlsClientCertData. Write both, or none",
    ],
    [
      { url: "https://c.example.com", type: "helm", tlsClientCertData: CANARY, tlsClientCertKey: CANARY },
      "tlsClientCertData: holds no certificate in PEM",
    ],
    [{ url: GIT, username: `${CANARY}:x` }, "username: holds a colon or a sign that does not print"],
    [{ url: GIT, project: `${CANARY}/x` }, "project: is no name of a project"],
    [
      { url: GIT, githubAppID: "1", githubAppPrivateKey: CANARY },
      "githubAppPrivateKey: holds no key in PEM, or one that is locked by a password",
    ],
    [{ url: GIT, githubAppPrivateKey: RSA }, "githubAppID: is missing"],
    [{ url: GIT, githubAppID: CANARY, githubAppPrivateKey: RSA }, "githubAppID: is no number"],
    [{ url: GIT, githubAppID: "1" }, "githubAppPrivateKey: is missing"],
    [
      { url: GIT, githubAppID: "1", githubAppPrivateKey: RSA, githubAppInstallationID: CANARY },
      "githubAppInstallationID: is no number. Leave it out, and it is asked for by the repository's address",
    ],
    [
      {
        ...{ url: GIT, githubAppID: "1", githubAppPrivateKey: RSA },
        githubAppEnterpriseBaseUrl: `http://${CANARY}.example.com`,
      },
      "githubAppEnterpriseBaseUrl: is no https address. Write it like https://github.example.com/api/v3",
    ],
    [
      { url: "git@git.example.com:team/shop", githubAppID: "1", githubAppPrivateKey: RSA },
      "githubAppID: is for https alone, and the address is none of it. Write the repository's https address",
    ],
    [
      { url: "https://c.example.com", type: "helm", githubAppID: "1", githubAppPrivateKey: RSA },
      "githubAppID: is for Git repositories alone. Give a user name and a password (a token)",
    ],
    [
      { url: "https://c.example.com", type: "helm", useAzureWorkloadIdentity: "true" },
      "useAzureWorkloadIdentity: is for Git repositories and registries alone. Give a user name and a password (a token)",
    ],
    [
      { url: GIT, gcpServiceAccountKey: CANARY },
      "gcpServiceAccountKey: is no JSON text. Write the key's JSON file into it",
    ],
    [
      {
        url: GIT,
        gcpServiceAccountKey: `{"type":"service_account","client_email":"a@b","private_key":"${CANARY}"}`,
      },
      "gcpServiceAccountKey: has a private_key that holds no key in PEM, or one that is locked by a password. Write the key's JSON file into it",
    ],
    [
      { url: GIT, gcpServiceAccountKey: GOOGLE.replace("https:", "http:") },
      "gcpServiceAccountKey: has a token_uri that is no https address. Write the key's JSON file into it",
    ],
    [
      { url: GIT, azureServicePrincipalClientId: "c", azureServicePrincipalTenantId: "t" },
      "azureServicePrincipalClientSecret: is missing",
    ],
    [
      { url: GIT, useAzureWorkloadIdentity: "true", gcpServiceAccountKey: GOOGLE },
      "useAzureWorkloadIdentity: is there beside gcpServiceAccountKey: one of them can ask. Keep one of them",
    ],
    [
      { url: GIT, proxy: `socks5://${CANARY}@p` },
      "proxy: is no address of an HTTP proxy. Write it like http://proxy.example.com:3128",
    ],
  ];
  test.each(BAD)("a fault is told by Secret, key and fix, and shows no value: %o", (data, sentence) => {
    const { held } = hold([secret("repository", "bad", data)]);
    const [before = "", fix] = sentence.split(/\. (?=[A-Z])/);
    const want = `${before}; nothing of it is used${fix === undefined ? "" : `. ${fix}`}`;
    expect(sentences(held)).toEqual([`Secret argocd/bad: ${want}`]);
    expect(JSON.stringify(held)).not.toContain(CANARY);
    expect(held.repositories).toEqual([]);
  });

  test("who lends tokens comes along, from a repository or from repo-creds, where it opens something", () => {
    const { held } = hold([
      secret("repository", "shop", { url: GIT }),
      secret("repository", "ssh", { url: "ssh://git@git.example.com/shop" }),
      secret("repo-creds", "app", {
        url: "https://git.example.com",
        githubAppID: " 1\n",
        githubAppPrivateKey: RSA,
        githubAppEnterpriseBaseUrl: "https://git.example.com/api/v3",
      }),
      secret("repo-creds", "registry", {
        ...{ url: "https://r.azurecr.io", type: "oci" },
        azureServicePrincipalClientID: "client",
        azureServicePrincipalClientSecret: "s",
        azureServicePrincipalTenantID: "tenant",
        azureActiveDirectoryEndpoint: "https://login.example.com",
      }),
      secret("repository", "google", { url: "https://source.example.com/p/r", gcpServiceAccountKey: GOOGLE }),
      secret("repository", "azure", { url: "https://dev.example.com/r", useAzureWorkloadIdentity: "true" }),
    ]);
    expect(sentences(held)).toEqual([]);
    const byPlace = held.repositories.map(({ url, type, lender }) => [url, type, revealed(lender)]);
    const app = {
      ...{ from: "github-app", appId: "1", privateKey: RSA.trim() },
      baseUrl: "https://git.example.com/api/v3",
    };
    const principal = {
      ...{ from: "azure-principal", clientId: "client", clientSecret: "s", tenantId: "tenant" },
      authority: "https://login.example.com",
    };
    expect(byPlace).toEqual([
      ["https://dev.example.com/r", "git", { from: "azure-workload" }],
      ["https://source.example.com/p/r", "git", { from: "google", key: GOOGLE }],
      [GIT, "git", app],
      ["ssh://git@git.example.com/shop", "git", undefined],
      ["https://git.example.com", "git", app],
      ["https://git.example.com", "helm", undefined],
      ["https://git.example.com", "oci", undefined],
      ["https://r.azurecr.io", "git", principal],
      ["https://r.azurecr.io", "helm", undefined],
      ["https://r.azurecr.io", "oci", principal],
    ]);
    expect(JSON.stringify(held)).not.toContain("PRIVATE KEY");
  });

  test("a proxy and a certificate that is not looked at are of the repository; a proxy of its credentials is lent too", () => {
    const { held } = hold([
      secret("repository", "shop", {
        url: GIT,
        insecure: "true",
        proxy: `http://ci:${CANARY}@p:3128`,
        noProxy: "a, b",
      }),
      secret("repository", "other", { url: "https://git.example.com/team/other" }),
      secret("repository", "ssh", { url: "git@git.example.com:team/x", insecure: "true", proxy: "http://p" }),
      secret("repo-creds", "team", {
        ...{ url: "https://git.example.com/team/", username: "ci" },
        proxy: "http://of-all:3128",
        insecure: "true",
      }),
    ]);
    expect(
      held.repositories.map(({ url, type, tlsCheck, proxy, noProxy }) => [
        ...[`${type} ${url}`, tlsCheck, proxy?.reveal(), noProxy],
      ]),
    ).toEqual([
      ["git https://git.example.com/team/other", undefined, "http://of-all:3128", undefined],
      [`git ${GIT}`, "nothing", `http://ci:${CANARY}@p:3128`, "a, b"],
      ["git git@git.example.com:team/x", undefined, undefined, undefined],
      ["git https://git.example.com/team/", undefined, "http://of-all:3128", undefined],
      ["helm https://git.example.com/team/", undefined, "http://of-all:3128", undefined],
      ["oci https://git.example.com/team/", undefined, "http://of-all:3128", undefined],
    ]);
    expect(sentences(held)).toEqual([
      "Secret argocd/shop: insecure: whoever answers at its address is taken for the right one. Write the authority's certificate into argocd-tls-certs-cm, and remove insecure",
      "Secret argocd/ssh: proxy: changes nothing: ssh is asked without a proxy",
      "Secret argocd/ssh: insecure: changes nothing: host keys are looked at all the same: argocd-ssh-known-hosts-cm says which are right",
      "Secret argocd/team: insecure: changes nothing: it is of repositories, not of credentials",
    ]);
    expect(JSON.stringify(held)).not.toContain(CANARY);
  });

  test("what is passed over is told, with the reason, and what is off is not", () => {
    const { held } = hold([
      secret("repository", "shop", {
        url: GIT,
        username: "ci",
        insecureIgnoreHostKey: "true",
        enableLfs: "false",
        noProxy: CANARY,
        usrname: CANARY,
        depth: "1",
        githubAppID: "",
        gcpServiceAccountKey: CANARY,
      }),
      secret("repository", "idle", { url: "https://a.example.com/", githubAppEnterpriseBaseUrl: CANARY }),
    ]);
    expect(sentences(held)).toEqual([
      "Secret argocd/shop: gcpServiceAccountKey: changes nothing: username is there, and counts. Keep one of them",
      "Secret argocd/shop: noProxy: changes nothing without proxy",
      "Secret argocd/shop: insecureIgnoreHostKey: changes nothing: host keys are looked at all the same: argocd-ssh-known-hosts-cm says which are right",
      "Secret argocd/shop: usrname: is none of Argo CD's keys, and changes nothing. Did you mean username?",
      "Secret argocd/idle: githubAppEnterpriseBaseUrl: says nothing by itself, and changes nothing",
    ]);
    expect(held.repositories).toHaveLength(2);
  });

  test.each([
    [
      "repository-write",
      "repository-write changes nothing: nothing is pushed with it: manifests are rendered where they are applied",
    ],
    ["repository-creds", "is no type of Secret that Argo CD knows; nothing of it is used"],
  ])("a Secret of type %s is used for nothing, and that is told", (type, sentence) => {
    const { held } = hold([secret(type, "x", { url: GIT, username: "ci", password: CANARY })]);
    expect(held.repositories).toEqual([]);
    expect(sentences(held)[0]).toContain(sentence);
    expect(JSON.stringify(held)).not.toContain(CANARY);
  });
});

describe("what changes", () => {
  test("a Secret that breaks is used as it was, and one that goes takes its entry along", () => {
    const good = secret("repository", "shop", { url: GIT, username: "ci", password: "one" });
    const first = hold([good]);
    const broken = hold([secret("repository", "shop", { url: "", password: CANARY })], first.memory);
    expect(opened(broken.held)).toEqual(opened(first.held));
    expect(sentences(broken.held)).toEqual([
      "Secret argocd/shop: url: must not be empty; what was read of it last is used. Write it as applications do in repoURL",
    ]);
    const rotated = hold(
      [secret("repository", "shop", { url: GIT, username: "ci", password: "two" })],
      broken.memory,
    );
    expect(opened(rotated.held)).toMatchObject([{ password: "two" }]);
    expect(sentences(rotated.held)).toEqual([]);
    expect(hold([], rotated.memory).held.repositories).toEqual([]);
  });

  test("one that is deleted and made anew under its name has nothing left of what it was", () => {
    const [repository, cluster] = [
      secret("repository", "shop", { url: GIT, username: "ci", password: CANARY }),
      secret("cluster", "prod", { server: "https://10.0.0.1:6443", config: `{"bearerToken":"${CANARY}"}` }),
    ].map((made) => ({ ...made, metadata: { ...made.metadata, uid: `first-${made.metadata.name}` } }));
    const first = hold([repository as KubeObject, cluster as KubeObject]);
    const [other, another] = [
      secret("repository", "shop", { url: "" }),
      secret("cluster", "prod", { server: "https://10.0.0.1:6443", config: "{" }),
    ].map((made) => ({ ...made, metadata: { ...made.metadata, uid: `second-${made.metadata.name}` } }));
    const { held } = hold([other as KubeObject, another as KubeObject], first.memory);
    expect([held.repositories, held.clusters]).toEqual([[], []]);
    expect(sentences(held)).toEqual([
      "Secret argocd/shop: url: must not be empty; nothing of it is used. Write it as applications do in repoURL",
      "Secret argocd/prod: cluster https://10.0.0.1:6443: config: is not JSON; nothing of it is used",
    ]);
  });

  test("one that becomes another type of Secret, and a broken one, has nothing left of what it was", () => {
    const first = hold([secret("repository", "shop", { url: GIT, username: "ci" })]);
    const other = hold([secret("repo-creds", "shop", { url: "" })], first.memory);
    expect(other.held.repositories).toEqual([]);
  });

  test("a cluster's entry is the very same while its Secret is, stays as it was while it is broken, and goes with it", () => {
    const server = "https://10.0.0.1:6443";
    const good = secret("cluster", "prod", {
      name: "prod",
      server,
      config: '{"bearerToken":"t"}',
      shard: "1",
    });
    const first = hold([good]);
    expect(sentences(first.held)).toEqual([]);
    expect(first.held.clusters).toMatchObject([
      { secret: "Secret argocd/prod", entry: { name: "prod", server } },
    ]);
    const again = hold([good], first.memory);
    expect(again.held.clusters[0]?.entry).toBe(first.held.clusters[0]?.entry as never);
    const broken = hold(
      [secret("cluster", "prod", { name: "prod", server, config: `{"bearerToken":"${CANARY}` })],
      again.memory,
    );
    expect(broken.held.clusters[0]?.entry).toBe(first.held.clusters[0]?.entry as never);
    expect(sentences(broken.held)).toEqual([
      "Secret argocd/prod: cluster prod: config: is not JSON; what was read of it last is used",
    ]);
    expect(hold([], broken.memory).held.clusters).toEqual([]);
  });

  test("a certificate that breaks is what it was", () => {
    const first = hold([map("argocd-tls-certs-cm", { "a.example.com": CERT.certificate })]);
    const { held } = hold([map("argocd-tls-certs-cm", { "a.example.com": "cut" })], first.memory);
    expect(held.repositories[0]?.ca).toBe(CERT.certificate);
    expect(sentences(held)).toEqual([
      'ConfigMap argocd/argocd-tls-certs-cm: data["a.example.com"]: holds no certificate in PEM; the certificates are as they were read last. Write the certificates of the host\'s authority in PEM',
    ]);
  });
});

describe("settings", () => {
  const CM = {
    "resource.exclusions": "- { apiGroups: [cilium.io], kinds: [CiliumIdentity] }",
    "resource.customizations.ignoreDifferences.apps_Deployment": "jsonPointers: [/spec/replicas]",
    "resource.customizations.health.example.org_Widget": "return {}",
    globalProjects:
      "- projectName: everywhere\n  labelSelector:\n    matchExpressions:\n    - { key: tier, operator: In, values: [tenant] }",
    installationID: "blue",
    "timeout.reconciliation": "120s",
    "timeout.reconciliation.jitter": "60s",
    "application.sync.impersonation.enabled": "true",
    url: "https://argocd.example.com",
  };

  test("are read from their ConfigMaps, and what is known and not honoured is listed", () => {
    const { held } = hold([
      map("argocd-cm", CM),
      map("argocd-cmd-params-cm", { "controller.sync.timeout.seconds": "600", "server.insecure": "true" }),
      map("argocd-rbac-cm", { "policy.csv": "p, a, b, c, d, allow" }),
      map("somebody-elses", { url: "x" }),
    ]);
    expect(sentences(held)).toEqual([]);
    expect(held.settings).toMatchObject({
      customizations: {
        health: [{ kinds: "example.org/Widget", script: "return {}" }],
        ignoreDifferences: [{ group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] }],
        resources: { exclusions: [{ apiGroups: ["cilium.io"], kinds: ["CiliumIdentity"] }] },
      },
      globalProjects: [{ projectName: "everywhere", labelSelector: { matchExpressions: [{ key: "tier" }] } }],
      installationID: "blue",
      pollEveryMs: 120_000,
      pollSpreadMs: 60_000,
      impersonation: "on",
      syncTimeoutMs: 600_000,
    });
    expect(held.notHonoured).toEqual([
      "argocd-cm: url",
      "argocd-cmd-params-cm: server.insecure",
      "argocd-rbac-cm: policy.csv",
    ]);
    expect(held.unknown).toEqual([]);
  });

  test.each([
    [
      "application.resourceTrackingMethod",
      "label",
      "is not honoured: objects bear the annotation `argocd.argoproj.io/tracking-id`, and no label",
    ],
    [
      "helm.enable",
      "false",
      "is not honoured: what renders a source is told by the source; no tool can be turned off",
    ],
    [
      "application.sync.impersonation.enforced",
      "false",
      "is not honoured: where no rule of the project names an account, nothing is written: name one for every destination",
    ],
    [
      "cluster.inClusterEnabled",
      "false",
      "is not honoured: the cluster around us is a destination: forbid it in `destinations` of the projects (`!https://kubernetes.default.svc`)",
    ],
    [
      "helm.valuesFileSchemes",
      "https, secrets",
      "is not honoured: which addresses value files may name is said by `remoteBases` of the config, and these are of https alone unless it says otherwise",
    ],
    [
      "timeout.reconciliation",
      "0s",
      "is not honoured: 0 would be never, and a push that got lost would be lost for good. Write a long time, or `poll` in the config",
    ],
    ["instalationID", "x", "is none of Argo CD's keys, and changes nothing. Did you mean installationID?"],
    [
      "resource.customizations.helth.Pod",
      "x",
      'data["resource.customizations.helth.Pod"]: is none of the keys that Argo CD knows, and changes nothing. Did you mean resource.customizations.health.Pod?',
    ],
  ])("%s: %s is told", (key, value, sentence) => {
    const { held } = hold([map("argocd-cm", { [key]: value })]);
    expect(sentences(held)).toEqual([
      `ConfigMap argocd/argocd-cm: ${sentence.startsWith("data") ? "" : `${key}: `}${sentence}`,
    ]);
    expect(held.unknown).toEqual([]);
  });

  test.each([
    ["application.resourceTrackingMethod", "annotation"],
    ["helm.enable", "true"],
    ["helm.valuesFileSchemes", "http, https"],
    ["cluster.inClusterEnabled", "true"],
    ["kustomize.buildOptions", "--load-restrictor LoadRestrictionsNone"],
    ["accounts.ann", "apiKey"],
  ])("%s: %s needs no word", (key, value) => {
    expect(sentences(hold([map("argocd-cm", { [key]: value })]).held)).toEqual([]);
  });

  const FAULTS: [key: string, value: string, sentence: string][] = [
    ["resource.exclusions", "- apiGroups: [a", ""],
    ["resource.exclusions", "- {}", "[0] names nothing, which would leave everything out"],
    [
      "resource.exclusions",
      "- { kind: [Pod] }",
      "[0] must be a map of the lists apiGroups, kinds and clusters",
    ],
    ["globalProjects", "- { labelSelector: {} }", "this field is required"],
    [
      "globalProjects",
      "- { projectName: a, labelSelector: { matchExpressions: [{ key: a, operator: Inn }] } }",
      "must be one of In, NotIn, Exists, DoesNotExist",
    ],
    ["timeout.reconciliation", "soon", "is no duration"],
    ["application.sync.impersonation.enabled", "yes", "must be true or false"],
    ["installationID", "a b", "holds a space or a sign that does not print"],
  ];
  test.each(FAULTS)(
    "a fault in %s (%s) leaves what held, and where nothing did nothing may be written",
    (key, value, part) => {
      const first = hold([map("argocd-cm", CM)]);
      const broken = hold([map("argocd-cm", { [key]: value })], first.memory);
      expect(broken.held.settings).toEqual(first.held.settings);
      expect(broken.held.unknown).toEqual([]);
      expect(sentences(broken.held).join()).toContain("what was read of the ConfigMap last holds");
      expect(sentences(broken.held).join()).toContain(part);
      const fresh = hold([map("argocd-cm", { [key]: value })]);
      expect(fresh.held.unknown).toEqual(["argocd-cm cannot be read"]);
      expect(sentences(fresh.held).join()).toContain(
        "nothing is written to any cluster before it can be read",
      );
      expect(hold([map("argocd-cm", CM)], fresh.memory).held.unknown).toEqual([]);
    },
  );

  test("a ConfigMap that is gone leaves what it said, which is told", () => {
    const first = hold([map("argocd-cm", CM)]);
    const { held, memory } = hold([], first.memory);
    expect(held.settings).toEqual(first.held.settings);
    expect(sentences(held)).toEqual([
      "ConfigMap argocd-cm: it is gone; what was read of it last holds until it is there again, or the daemon starts anew. Make it again, with what is to hold",
    ]);
    expect(hold([map("argocd-cm", {})], memory).held.settings.installationID).toBeUndefined();
  });

  test("one that could never be read and goes leaves nothing to be written, until it is there again", () => {
    const broken = hold([map("argocd-cm", { "resource.exclusions": "- {" })]);
    const gone = hold([], broken.memory);
    expect(gone.held.unknown).toEqual(["argocd-cm cannot be read"]);
    expect(sentences(gone.held).join()).toContain("it is gone, and could never be read");
    expect(hold([], gone.memory).held.unknown).toEqual(["argocd-cm cannot be read"]);
    expect(hold([map("argocd-cm", CM)], gone.memory).held.unknown).toEqual([]);
    expect(hold([]).held.unknown).toEqual([]);
  });
});
