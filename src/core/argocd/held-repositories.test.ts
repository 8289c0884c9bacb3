import { describe, expect, test } from "bun:test";
import {
  CANARY,
  CERT,
  GIT,
  GOOGLE,
  hold,
  map,
  opened,
  RSA,
  secret,
  sentences,
} from "../../../test/lib/argo-held.ts";
import { revealed } from "../model/revealed.ts";

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
