/** Each place that holds a secret has one of its own, and none of them comes out of what anybody is shown. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { routes } from "../advisories/routes.ts";
import { type SourceDaemon, startSourceDaemon } from "../advisories/source-daemon.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { canaries } from "./canary.ts";

setDefaultTimeout(180_000);

const { canary, keep, places, leaksIn } = canaries();

const TOKEN = canary("server token");
const PASSWORD = canary("account password");
const METRICS = canary("metrics token");
let dir: string, sandbox: Sandbox, git: GitServer, daemon: SourceDaemon;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-canaries-"));
  [sandbox, git] = await Promise.all([
    startSandbox({ listen: "127.0.0.1:0", podMs: 10, stepMs: 1 }),
    startGitServer(),
  ]);
  writeFileSync(join(dir, "kubeconfig"), sandbox.kubeconfig, { mode: 0o600 });
  const away = (name: string, user: object) => {
    const file = join(dir, `${name}-kubeconfig`);
    writeFileSync(
      file,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "it",
        contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
        clusters: [{ name: "it", cluster: { server: "https://127.0.0.1:1" } }],
        users: [{ name: "it", user }],
      }),
    );
    return { name, server: `https://${name}.invalid`, kubeconfig: file };
  };
  const repoURL = await git.createRepo("shop", {
    "secret.yaml": `apiVersion: v1
kind: Secret
metadata: { name: key, annotations: { kubectl.kubernetes.io/last-applied-configuration: '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"key"},"stringData":{"old":"${canary("last-applied annotation")}"}}' } }
data: { value: ${Buffer.from(canary("Secret data")).toString("base64")} }
stringData: { other: ${canary("Secret stringData")} }
`,
    "map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: map }\ndata: { a: b }\n",
  });
  const broken = await git.createRepo("broken", {
    "secret.yaml": `apiVersion: v1\nkind: Secret\nmetadata: { name: bad }\ndata: { value: "${canary("Secret data that is no base64")}" }\n`,
  });
  const { privateKey: appKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  // A line of it: whoever repeats some of a key repeats it.
  keep("key of a notifier's GitHub App", appKey.split("\n")[3] ?? "");
  const hash = await Bun.password.hash(PASSWORD, { algorithm: "bcrypt", cost: 4 });
  keep("account password hash", hash);
  const app = (name: string, source: object) =>
    JSON.stringify({
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name },
      spec: {
        project: "default",
        source: { targetRevision: "main", path: ".", ...source },
        destination: { name: "in-cluster", namespace: name },
        syncPolicy: { automated: {}, syncOptions: ["CreateNamespace=true"] },
      },
    });
  const repositories = [
    { url: "https://127.0.0.1:1/pw/", username: "ci", password: canary("repository password") },
    { url: "https://127.0.0.1:1/bearer/", bearerToken: canary("repository bearer token") },
    { url: "https://127.0.0.1:1/proxy/", proxy: `http://me:${canary("proxy password")}@127.0.0.1:1` },
    {
      url: "https://127.0.0.1:1/azure/",
      azureServicePrincipalClientId: "id",
      azureServicePrincipalTenantId: "t",
      azureServicePrincipalClientSecret: canary("Azure client secret"),
    },
    { type: "oci", url: "oci://127.0.0.1:1/team", username: "ci", password: canary("registry password") },
    {
      type: "helm",
      name: "shop",
      url: "https://127.0.0.1:1/charts",
      username: "ci",
      password: canary("chart repository password"),
    },
  ];
  daemon = await startSourceDaemon(
    {
      dir,
      server: `, token: "${TOKEN}", url: "http://127.0.0.1:9"`,
      env: { PATH: process.env["PATH"] ?? "", SOME: canary("the daemon's environment") },
      apps: {
        "shop.yaml": app("shop", { repoURL }),
        "broken.yaml": app("broken", { repoURL: broken }),
        "pw.yaml": app("pw", { repoURL: "https://127.0.0.1:1/pw/x.git" }),
        "bearer.yaml": app("bearer", { repoURL: "https://127.0.0.1:1/bearer/x.git" }),
        "proxy.yaml": app("proxy", { repoURL: "https://127.0.0.1:1/proxy/x.git" }),
        "azure.yaml": app("azure", { repoURL: "https://127.0.0.1:1/azure/x.git" }),
        "oci.yaml": app("oci", { repoURL: "oci://127.0.0.1:1/team/x", targetRevision: "1.0.0" }),
        "helm.yaml": app("helm", {
          repoURL: "https://127.0.0.1:1/charts",
          chart: "x",
          targetRevision: "1.0.0",
        }),
        "userinfo.yaml": app("userinfo", {
          repoURL: `https://me:${canary("userinfo of a repository's URL")}@127.0.0.1:1/x.git`,
        }),
      },
      config: `poll: 1s
clusters: ${JSON.stringify([
        { name: "in-cluster", server: "https://kubernetes.default.svc", kubeconfig: join(dir, "kubeconfig") },
        away("bearer", { token: canary("cluster bearer token") }),
        away("basic", { username: "me", password: canary("cluster password") }),
      ])}
repositories: ${JSON.stringify(repositories)}
metrics: { token: "${METRICS}" }
tracing: { endpoint: "http://127.0.0.1:1", authorization: "${canary("authorization of traces")}" }
webhooks:
  github: { secret: "${canary("secret of GitHub's webhooks")}" }
  bitbucket: { uuid: "${canary("uuid of Bitbucket's webhook")}" }
  azureDevOps: { username: it, password: "${canary("password of Azure's webhooks")}" }
accounts: ${JSON.stringify([{ name: "ann", passwordHash: hash, may: ["login", "apiKey"] }])}
rbac: { policy: "g, ann, role:readonly" }
signOn:
  oidc: [{ name: Dex, issuer: "https://127.0.0.1:1", clientId: it, clientSecret: "${canary("OpenID Connect client secret")}" }]
  github: [{ name: GitHub, clientId: it, clientSecret: "${canary("GitHub client secret")}", organizations: ["acme"] }]
  ldap: [{ name: LDAP, url: "ldaps://127.0.0.1:1", accountDn: "cn=it", accountPassword: "${canary("directory bind password")}", users: { base: "ou=x" } }]
secretStores:
- { name: vault, address: "https://127.0.0.1:1", token: "${canary("Vault token")}" }
- { name: role, address: "https://127.0.0.1:1", roleId: it, secretId: "${canary("Vault secret id")}" }
configManagementPlugins: [{ name: vault, renderWith: detected, secretStore: vault }]
notifications:
  services: ${JSON.stringify([
    {
      ...{ name: "statuses", type: "github" },
      settings: { appID: "7", installationID: "42", privateKey: appKey, apiURL: "http://127.0.0.1:1" },
    },
    {
      name: "chat",
      type: "slack",
      settings: { token: canary("token of a notifier"), apiURL: "http://127.0.0.1:1" },
    },
    {
      name: "hook",
      type: "webhook",
      settings: { url: `http://127.0.0.1:1/${canary("address of a notifier")}` },
    },
  ])}
  subscriptions:
  - { service: statuses, recipients: [team/shop], events: [created, sync-running, sync-succeeded, deployed] }
  - { service: chat, recipients: [deploys], events: [created, deployed] }
  - { service: hook, events: [created, deployed] }
applicationSets:
  secrets:
  - { name: scm, key: token, value: "${canary("token of a generator")}" }
  configMaps: []
`,
    },
    TOKEN,
  );
});
afterAll(async () => {
  await daemon?.stop();
  await sandbox?.stop();
  await git?.close();
  rmSync(dir, { recursive: true, force: true });
});

test("nothing that is read by anybody has one of them", async () => {
  await daemon.until("shop", (app) => app.status?.sync?.status === "Synced");
  const login = await daemon.ask("POST", "/api/v1/session", { username: "ann", password: PASSWORD }, {});
  expect(login.status).toBe(200);
  keep("session token", login.json.token);
  const made = await daemon.ask("POST", "/api/v1/account/ann/token", { name: "t" });
  // Here it is meant to be shown, once.
  if (made.status === 200) keep("API token", made.json.token);
  const people = {
    "the administrator": { authorization: `Bearer ${TOKEN}` },
    ann: { authorization: `Bearer ${login.json.token}` },
    metrics: { authorization: `Bearer ${METRICS}` },
    nobody: {},
  };
  const found: string[] = [];
  for (const [at, secret] of [
    { username: "me", password: canary("added password") },
    { bearerToken: canary("added bearer token") },
    { sshPrivateKey: canary("added ssh key") },
    { username: "me", password: "p", proxy: `http://me:${canary("added proxy password")}@127.0.0.1:1` },
    {
      ...{ azureServicePrincipalClientId: "c", azureServicePrincipalTenantId: "t" },
      azureServicePrincipalClientSecret: canary("added Azure secret"),
    },
  ].entries()) {
    const kept = await daemon.ask("POST", "/api/v1/repocreds", {
      ...{ url: `https://added-${at}.example.com/`, ...secret },
    });
    expect([at, kept.status]).toEqual([at, 200]);
    // These do not answer, and are told why.
    const url = "http://127.0.0.1:1/added";
    const refused = await daemon.ask("POST", "/api/v1/repositories", { repo: url, ...secret });
    expect([at, refused.status]).toEqual([at, 400]);
    for (const place of leaksIn(kept.text + refused.text))
      found.push(`${place}: what is said of entry ${at}`);
  }
  const told = { "the administrator": 0, ann: 0, metrics: 0, nobody: 0 };
  for (const name of ["shop", "broken", "userinfo", "proxy", "pw", "helm", "oci", "azure", "bearer"])
    for (const [person, headers] of Object.entries(people))
      for (const { method, path } of routes({ namespace: "argocd", name, commit: "0".repeat(40) })) {
        if (path.includes("stream") || path.includes("/events/")) continue;
        // Whoever has left is told nothing.
        if (/logout|\/session/.test(path)) continue;
        if (method !== "GET" && person !== "ann" && person !== "nobody") continue;
        for (const query of method === "GET"
          ? ["", `?kind=Secret&name=key&resourceName=key&namespace=shop&version=v1`]
          : [""]) {
          const answer = await Promise.race([
            daemon.ask(method, path + query, method === "GET" ? undefined : {}, headers),
            Bun.sleep(5_000).then(() => undefined),
          ]);
          if (answer === undefined) continue;
          if (answer.status === 200) told[person as keyof typeof told] += 1;
          for (const place of leaksIn(answer.text + JSON.stringify([...answer.headers])))
            found.push(`${place}: ${method} ${path}${query} as ${person}`);
        }
      }
  for (const place of leaksIn(daemon.log())) found.push(`${place}: the log`);
  // It would hold as well where nobody is told anything.
  expect(Math.min(told["the administrator"], told.ann)).toBeGreaterThan(100);
  expect(places().length).toBeGreaterThanOrEqual(34);
  expect(found).toEqual([]);
});
