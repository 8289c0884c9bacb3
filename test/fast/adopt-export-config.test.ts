/** What `adopt --export` writes is read back by the config as it was meant. */
import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { parseConfig } from "../../src/config/load-config.ts";
import { exportedHome } from "../../src/core/adopt/exported-home.ts";
import { showProblem } from "../../src/core/model/problem.ts";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import { revealed } from "../../src/core/model/revealed.ts";
import { Secret } from "../../src/core/model/secret.ts";

const KEY = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
}).privateKey;
const GOOGLE = JSON.stringify({
  type: "service_account",
  client_email: "ci@shop.example",
  private_key: KEY,
  token_uri: "https://oauth2.example.com/$token",
});

test("repositories with all that says how they are asked, images, the cluster around, and kustomize's options", () => {
  const repositories: RepositoryAccess[] = [
    { url: "https://a.example.com/", type: "git", username: "c$i", password: new Secret("p$w") },
    {
      ...{ url: "https://b.example.com/", type: "git", project: "team" },
      lender: {
        ...{ from: "github-app", appId: "1", installationId: "2", privateKey: new Secret(KEY) },
        baseUrl: "https://b.example.com/api/v3",
      },
    },
    { url: "https://c.example.com/", type: "helm", lender: { from: "google", key: new Secret(GOOGLE) } },
    {
      ...{ url: "oci://d.example.com", type: "oci" },
      lender: {
        ...{ from: "azure-principal", clientId: "c$", clientSecret: new Secret("s$"), tenantId: "t" },
        authority: "https://login.example.com",
      },
    },
    { url: "https://e.example.com/", type: "git", lender: { from: "azure-workload" } },
    {
      ...{ url: "https://f.example.com/", type: "git", tlsCheck: "nothing" },
      proxy: new Secret("http://ci:p$w@proxy:3128"),
      noProxy: "a, b",
    },
    {
      url: "git@g.example.com:a",
      type: "git",
      sshPrivateKey: new Secret("KEY"),
      sshKnownHosts: "g ssh-rsa A",
    },
    { url: "oci://h.example.com:5000", type: "oci", plainHttp: true, requestsPerSecond: 5 },
  ];
  const images = {
    ...{ authorName: "Robot $1", authorEmail: "robot@example.com", signOff: true },
    messageTemplate: "build: {{ range $i, $c := .AppChanges }}{{ $c.NewTag }}{{ end }}\n",
  };
  const { files } = exportedHome({
    ...{ namespace: "argocd", applications: [], projects: [], repositories, customizations: undefined },
    ...{ globalProjects: [], installationID: undefined, impersonation: "off", images, imageUpdaters: [] },
    buildOptions: ["--load-restrictor", "LoadRestrictionsNone"],
    clusters: [
      {
        ...{ name: "mgmt", server: "https://kubernetes.default.svc", credential: { by: "service-account" } },
        ...{ tls: { check: "certificate" }, scope: { is: "whole" }, annotations: {} },
        labels: { env: "mgmt", tier: "" },
        kept: new Secret({ data: {}, config: {}, tls: {}, metadata: {} }),
      },
    ],
    home: { kubeconfig: "/home/me/.kube/config", context: undefined },
  });
  const byPath = new Map(files.map(({ path, text }) => [`/x/${path}`, text]));
  const parsed = parseConfig(byPath.get("/x/holdfast.yaml") ?? "", "/x/holdfast.yaml", {
    env: {},
    readFile: (path) => byPath.get(path) ?? "",
    validateCron: () => undefined,
  });
  if (!parsed.ok) throw new Error(parsed.problems.map(showProblem).join("\n"));
  const read = parsed.value.repositories.map(({ implementation: _, push: __, ...entry }) => entry);
  expect(revealed(read)).toEqual(revealed(repositories));
  expect(parsed.value.render.buildOptions).toEqual(["--load-restrictor", "LoadRestrictionsNone"]);
  const { authorName: name, authorEmail: email, ...words } = images;
  expect(parsed.value.images).toMatchObject({ author: { name, email }, ...words });
  expect(parsed.value.clusters).toMatchObject([{ name: "mgmt", labels: { env: "mgmt", tier: "" } }]);
  for (const { path, text, readers } of files)
    if (/p\$w|PRIVATE KEY|s\$\n/.test(text)) expect([path, readers]).toEqual([path, "owner"]);
});
