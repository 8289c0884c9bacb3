/** Where a cluster is the home: what its Secrets, renders, logins and refusals hold comes out of nothing that anybody is shown. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { routes } from "../advisories/routes.ts";
import { type SourceDaemon, startSourceDaemon } from "../advisories/source-daemon.ts";
import { cli } from "../lib/cli.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { type RawApi, rawApi } from "../lib/raw-api.ts";
import { APPLICATIONS, DEFINITIONS, MERGE } from "../lib/records-stage.ts";
import { canaries } from "./canary.ts";

setDefaultTimeout(180_000);

const { canary, keep, places, leaksIn } = canaries();
const HOME = "argocd";
const TOKEN = canary("server token");
const PASSWORDS = { admin: canary("password of admin"), bob: canary("password of bob") };
const SOPS = join(import.meta.dir, "../../plugins/decryptors/sops/testdata");
/** What the API server says of the Secrets that it does not take: all of what it was sent. */
const ECHOED = canary("Secret that the API server refuses and repeats");
let dir: string, sandbox: Sandbox, git: GitServer, daemon: SourceDaemon, api: RawApi;

const hash = (password: string) => Bun.password.hash(password, { algorithm: "bcrypt", cost: 4 });
const pem = (place: string) => `-----BEGIN PRIVATE KEY-----\n${canary(place)}\n-----END PRIVATE KEY-----\n`;
const asValue = (name: string, value: string) =>
  `apiVersion: v1\nkind: Secret\nmetadata: { name: ${name} }\nstringData: { value: ${value} }\n`;

const APPS = ["plain", "sops", "chart", "plugin", "refused"] as const;

async function put(kind: "secrets" | "configmaps", name: string, data: object, labels: object) {
  const field = kind === "secrets" ? "stringData" : "data";
  await api.must("POST", `/api/v1/namespaces/${HOME}/${kind}`, {
    apiVersion: "v1",
    kind: kind === "secrets" ? "Secret" : "ConfigMap",
    metadata: { name, namespace: HOME, labels },
    [field]: data,
  });
}
const typed = (type: string, name: string, data: object) =>
  put("secrets", name, data, { "argocd.argoproj.io/secret-type": type });
const ofArgo = { "app.kubernetes.io/part-of": "argocd" };

/** As Argo CD's installation has them, each field with a secret in it. */
async function fillHome(): Promise<void> {
  const hashes = { admin: await hash(PASSWORDS.admin), bob: await hash(PASSWORDS.bob) };
  keep("hash of admin", hashes.admin);
  keep("hash of bob", hashes.bob);
  const argo = {
    "admin.password": hashes.admin,
    "accounts.bob.password": hashes.bob,
    "server.secretkey": canary("server.secretkey"),
    "tls.key": pem("tls.key"),
    "dex.github.clientSecret": canary("client secret for dex"),
    "oidc.clientSecret": canary("client secret of oidc.config"),
    "webhook.github.secret": canary("webhook secret of GitHub"),
    "webhook.gitlab.secret": canary("webhook secret of GitLab"),
  };
  await put("secrets", "argocd-secret", argo, ofArgo);
  const settings = {
    "accounts.bob": "login, apiKey",
    "oidc.config":
      "name: Okta\nissuer: https://127.0.0.1:1\nclientID: it\nclientSecret: $oidc.clientSecret\n",
    "dex.config":
      "connectors:\n- { type: github, id: github, name: GitHub, config: { clientID: it, clientSecret: $dex.github.clientSecret } }\n",
  };
  await put("configmaps", "argocd-cm", settings, ofArgo);
  await put("configmaps", "argocd-rbac-cm", { "policy.csv": "g, bob, role:readonly" }, ofArgo);
  const away = (name: string) => ({ url: `https://127.0.0.1:1/${name}.git` });
  const repositories = {
    password: { username: "ci", password: canary("password of a repository's Secret") },
    bearer: { bearerToken: canary("bearer token of a repository's Secret") },
    ssh: { url: "git@127.0.0.1:ssh.git", sshPrivateKey: pem("ssh key of a repository's Secret") },
    tls: { tlsClientCertData: "none", tlsClientCertKey: pem("TLS client key of a repository's Secret") },
    github: { githubAppID: "1", githubAppPrivateKey: pem("key of a GitHub App") },
    gcp: {
      gcpServiceAccountKey: JSON.stringify({ private_key: canary("key of a Google service account") }),
    },
    proxy: { proxy: `http://me:${canary("password of a repository's proxy")}@127.0.0.1:1` },
  };
  for (const [name, more] of Object.entries(repositories))
    await typed("repository", `repo-${name}`, { ...away(name), ...more });
  const creds = {
    url: "https://127.0.0.1:1/team/",
    username: "ci",
    password: canary("password of repo-creds"),
  };
  await typed("repo-creds", "team", creds);
  const clusters = {
    token: { bearerToken: canary("bearer token of a cluster's Secret") },
    basic: { username: "me", password: canary("password of a cluster's Secret") },
    tls: {
      tlsClientConfig: {
        certData: Buffer.from("none").toString("base64"),
        keyData: Buffer.from(pem("client key of a cluster's Secret")).toString("base64"),
      },
    },
    exec: {
      execProviderConfig: {
        command: "false",
        args: ["--token", canary("argument of an exec plugin")],
        env: { LOGIN: canary("environment of an exec plugin") },
        apiVersion: "client.authentication.k8s.io/v1",
      },
    },
  };
  for (const [name, config] of Object.entries(clusters))
    await typed("cluster", `cluster-${name}`, {
      ...{ name, server: `https://${name}.invalid:1`, config: JSON.stringify(config) },
    });
}

async function placeApps(): Promise<void> {
  const chart = (values: string, file: string, path: string) => ({
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    [file]: values,
    "templates/s.yaml": asValue("key", `{{ ${path} | quote }}`),
  });
  const sops = readFileSync(join(SOPS, "secret.yaml"), "utf8");
  const files: Record<(typeof APPS)[number], Record<string, string>> = {
    plain: { "s.yaml": asValue("key", canary("Secret in Git")) },
    sops: chart(sops, "secrets.yaml", ".Values.stringData.password"),
    chart: chart(`login: ${canary("Helm value that is in a Secret")}\n`, "values.yaml", ".Values.login"),
    plugin: { "s.yaml": asValue("key", "PLACE") },
    refused: { "s.yaml": asValue("key", ECHOED) },
  };
  const sources: Partial<Record<(typeof APPS)[number], object>> = {
    sops: { helm: { valueFiles: ["secrets://secrets.yaml"] } },
    plugin: { plugin: { name: "filling" } },
  };
  for (const name of APPS) {
    const repoURL = await git.createRepo(name, files[name]);
    if (name === "plain") {
      const message = `Moved from https://me:${canary("password of a URL in a commit's message")}@git.example.com/x.git`;
      await git.commit(name, { README: "a\n" }, message);
    }
    await api.must("POST", APPLICATIONS, {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name, namespace: HOME },
      spec: {
        project: "default",
        source: { repoURL, path: ".", targetRevision: "main", ...sources[name] },
        destination: { name: "in-cluster", namespace: name },
        syncPolicy: { automated: {}, syncOptions: ["CreateNamespace=true"] },
      },
    });
  }
  // Repositories that do not let anybody in: what is said of them is said with their credentials at hand.
  for (const name of ["password", "bearer", "tls", "github", "gcp", "proxy"])
    await api.must("POST", APPLICATIONS, {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name: `of-${name}`, namespace: HOME },
      spec: {
        project: "default",
        source: { repoURL: `https://127.0.0.1:1/${name}.git`, path: ".", targetRevision: "main" },
        destination: { name: name === "bearer" ? "exec" : "token", namespace: name },
      },
    });
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-home-canaries-"));
  [sandbox, git] = await Promise.all([
    startSandbox({
      ...{ listen: "127.0.0.1:0", podMs: 10, stepMs: 1 },
      refuses: ({ method, path }) =>
        method !== "GET" && path.includes("/namespaces/refused/secrets")
          ? `admission webhook "all.example.com" denied it: {"stringData":{"value":"${ECHOED}"},"data":{"value":"${Buffer.from(ECHOED).toString("base64")}"}}`
          : undefined,
    }),
    startGitServer(),
  ]);
  const kubeconfig = join(dir, "kubeconfig");
  writeFileSync(kubeconfig, sandbox.kubeconfig, { mode: 0o600 });
  copyFileSync(join(SOPS, "age.txt"), join(dir, "age.txt"));
  keep("age key", /AGE-SECRET-KEY-\S+/.exec(readFileSync(join(SOPS, "age.txt"), "utf8"))?.[0] ?? "");
  keep("what SOPS encrypted", "correct horse battery staple");
  keep("token of the home cluster", sandbox.token);
  const users = {
    key: { "client-key-data": Buffer.from(pem("client key of a kubeconfig")).toString("base64") },
    exec: {
      exec: {
        apiVersion: "client.authentication.k8s.io/v1",
        interactiveMode: "Never",
        command: "false",
        args: [],
        env: [{ name: "LOGIN", value: canary("exec plugin's environment of a kubeconfig") }],
      },
    },
  };
  const away = Object.entries(users).map(([name, user]) => {
    const file = join(dir, `${name}-kubeconfig`);
    const text = {
      ...{ apiVersion: "v1", kind: "Config", "current-context": "it" },
      contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
      clusters: [{ name: "it", cluster: { server: "https://127.0.0.1:1" } }],
      users: [{ name: "it", user }],
    };
    writeFileSync(file, JSON.stringify(text));
    return { name: `file-${name}`, server: `https://file-${name}.invalid`, kubeconfig: file };
  });
  api = await rawApi(kubeconfig);
  await api.makeNamespace(HOME);
  for (const definition of customResourceDefinitions()) await api.must("POST", DEFINITIONS, definition);
  await fillHome();
  await placeApps();
  const inCluster = { name: "in-cluster", server: "https://kubernetes.default.svc", kubeconfig };
  const filling = {
    name: "filling",
    generate: ["sh", "-c", 'sed "s/PLACE/$FILLED/" s.yaml'],
    tools: ["sh", "sed"],
    env: ["FILLED"],
  };
  daemon = await startSourceDaemon(
    {
      dir,
      server: `, token: "${TOKEN}", url: "http://127.0.0.1:9"`,
      env: {
        PATH: process.env["PATH"] ?? "",
        FILLED: canary("environment of a config management plugin"),
      },
      home: "cluster",
      config: `poll: 1s
log: { level: debug }
clusters: ${JSON.stringify([inCluster, ...away])}
decryption: { ageKeys: ["${join(dir, "age.txt")}"] }
configManagementPlugins: ${JSON.stringify([filling])}
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

const sendForm = (fields: Record<string, string>, cookie: string): Promise<Response> =>
  fetch(`${daemon.url}/cli-login`, {
    method: "POST",
    redirect: "manual",
    headers: { cookie, origin: daemon.url, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields),
  });

/** What a program has in its hands after somebody let it in by their browser. */
async function handOver(cookie: string): Promise<void> {
  const verifier = canary("verifier of a login that is handed over").padEnd(43, "v");
  const challenge = new Bun.CryptoHasher("sha256").update(verifier).digest("base64url");
  const asked = await daemon.ask("POST", "/api/holdfast/v1/cli-logins", {
    ...{
      challenge,
      agent: "it",
      way: "browser",
      port: 1_024,
      state: canary("state of a login that is handed over").padEnd(22, "s"),
    },
  });
  expect(asked.status).toBe(200);
  const { request } = asked.json;
  const allowed = await sendForm({ do: "allow", request }, cookie);
  const code = /[?&;]code=([\w-]+)/.exec(await allowed.text())?.[1] ?? "";
  keep("code of a login that is handed over", code);
  const token = await daemon.ask("POST", "/api/holdfast/v1/cli-logins/token", { request, verifier, code });
  keep("token of a login that is handed over", token.json.token);
}

/** What comes first and within a moment after it; streams do not end. */
async function firstOf(path: string, headers: Record<string, string>): Promise<string> {
  const ended = new AbortController();
  let timer = setTimeout(() => ended.abort(), 15_000);
  let said = "";
  try {
    const response = await fetch(`${daemon.url}${path}`, { headers, signal: ended.signal });
    const text = new TextDecoder();
    for await (const piece of response.body ?? []) {
      if (said === "") {
        clearTimeout(timer);
        timer = setTimeout(() => ended.abort(), 1_000);
      }
      said += text.decode(piece, { stream: true });
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  return said;
}

const REPO = "https://127.0.0.1:1/password.git";
/** Each in each of its formats. */
const COMMANDS: readonly (readonly [string, readonly string[]])[] = [
  ...APPS.flatMap((name) =>
    ["app get", "app tree", "app resources", "app history", "app manifests", "app why", "app events"].map(
      (command) => [`${command} ${name}`, ["", "json", "yaml", "wide"]] as const,
    ),
  ),
  ...APPS.map((name) => [`app diff ${name} --no-exit-code`, ["", "json"]] as const),
  ...APPS.map((name) => [`app get-resource ${name} --kind Secret`, ["", "json", "yaml"]] as const),
  ["app list", ["", "json", "yaml", "wide"]],
  ["cluster list", ["", "json", "yaml", "wide"]],
  ...["token", "basic", "tls", "exec", "file-key", "file-exec"].map(
    (name) => [`cluster get ${name}`, ["", "json", "yaml"]] as const,
  ),
  ["cluster test exec", ["", "json"]],
  ["repo list", ["", "json", "yaml", "wide"]],
  [`repo get ${REPO}`, ["", "json", "yaml"]],
  [`repo test ${REPO}`, ["", "json"]],
  ["repocreds list", ["", "json", "yaml", "wide"]],
  ["project get default", ["", "json", "yaml"]],
  ["account list", ["", "json", "yaml"]],
  ["account get bob", ["", "json", "yaml"]],
  ["account token list --account bob", ["", "json", "yaml"]],
  ["account session list", ["", "json", "yaml"]],
  ["status", ["", "json", "yaml"]],
  ["runs", ["", "json", "yaml"]],
  ["audit", ["", "json", "yaml"]],
  ["whoami", ["", "json", "yaml"]],
  ["activity list", ["", "json", "yaml", "wide"]],
  ["activity verify", ["", "json"]],
  ["activity export", [""]],
];

test("no route, stream, page, command, export, metric or line of the log has one of them", async () => {
  for (const name of ["plain", "sops", "chart", "plugin"])
    await daemon.until(name, (app) => app?.status?.sync?.status === "Synced");
  // They got where they are meant to be: nothing below holds because nothing was read.
  const kept = async (name: string) =>
    atob((await api.must("GET", `/api/v1/namespaces/${name}/secrets/key`))["data"].value);
  expect(
    leaksIn((await Promise.all(["plain", "sops", "chart", "plugin"].map(kept))).join(" ")).sort(),
  ).toEqual(
    [
      "Helm value that is in a Secret",
      "Secret in Git",
      "environment of a config management plugin",
      "what SOPS encrypted",
    ].sort(),
  );
  await daemon.until("refused", (app) => /denied|refuse/i.test(JSON.stringify(app?.status ?? "")));

  const login = await eventually("bob gets in by argocd-secret", async () => {
    const answer = await daemon.ask(
      ...(["POST", "/api/v1/session", { username: "bob", password: PASSWORDS.bob }, {}] as const),
    );
    return answer.status === 200 ? answer : undefined;
  });
  keep("session token", login.json.token);
  const browsed = await sendForm({ do: "sign-in", username: "bob", password: PASSWORDS.bob }, "");
  const cookie = browsed.headers.get("set-cookie")?.split(";")[0] ?? "";
  keep("session cookie", cookie.slice(cookie.indexOf("=") + 1));
  const made = await daemon.ask("POST", "/api/v1/account/bob/token", { name: "t" });
  keep("API token", made.json.token);
  await handOver(cookie);

  const found: string[] = [];
  const look = (said: string, where: string): void => {
    for (const place of leaksIn(said)) found.push(`${place}: ${where}`);
  };
  const acted = await daemon.ask("POST", "/api/v1/applications/plain/resource/actions/v2", {
    ...{
      appNamespace: HOME,
      namespace: "plain",
      resourceName: "key",
      version: "v1",
      group: "",
      kind: "Secret",
    },
    action: "restart",
    resourceActionParameters: [{ name: "value", value: canary("parameter of an action") }],
  });
  expect(acted.status).toBeGreaterThanOrEqual(400);
  look(acted.text, "what is said of an action");
  const people = {
    "the administrator": { authorization: `Bearer ${TOKEN}` },
    bob: { authorization: `Bearer ${login.json.token}` },
    nobody: {},
  };
  const commit = (await daemon.ask("GET", "/api/v1/applications/plain")).json.status.sync.revision;
  const told = { "the administrator": 0, bob: 0, nobody: 0 };
  const names = [...APPS, "of-password", "of-bearer", "of-tls", "of-github", "of-gcp", "of-proxy"];
  for (const [person, headers] of Object.entries(people))
    for (const name of names)
      for (const { method, path } of routes({ namespace: HOME, name, commit })) {
        if (method !== "GET" || /logout|stream/.test(path)) continue;
        if (name !== "plain" && !path.includes(name)) continue;
        for (const query of ["", "?kind=Secret&name=key&resourceName=key&version=v1"]) {
          const full = `${path}${query}${query === "" ? "" : `&namespace=${name}`}`;
          const said = await Promise.race([
            daemon.ask("GET", full, undefined, headers),
            Bun.sleep(5_000).then(() => undefined),
          ]);
          if (said?.status === 200) told[person as keyof typeof told] += 1;
          if (said !== undefined)
            look(said.text + JSON.stringify([...said.headers]), `GET ${full} as ${person}`);
        }
      }
  const streams = [
    "/api/v1/stream/applications",
    "/api/v1/stream/applicationsets",
    "/api/holdfast/v1/stream/list",
    ...APPS.map((name) => `/api/v1/stream/applications/${name}/resource-tree`),
  ];
  // The list's stream says what changes, and nothing before.
  const changing = setInterval(() => {
    const change = { metadata: { labels: { seen: crypto.randomUUID() } } };
    for (const name of APPS) void api.request("PATCH", `${APPLICATIONS}/${name}`, change, MERGE);
  }, 300);
  const heard = await Promise.all(streams.map((path) => firstOf(path, people["the administrator"]))).finally(
    () => clearInterval(changing),
  );
  for (const [at, said] of heard.entries()) look(said, `${streams[at]}`);
  expect(streams.filter((path, at) => heard[at] === "" && !path.endsWith("sets"))).toEqual([]);
  for (const page of ["/", "/applications/argocd/plain", "/cli-login", "/metrics"])
    look((await daemon.ask("GET", page, undefined, { ...people.bob, cookie })).text, `the page ${page}`);

  const env = { HOLDFAST_TOKEN: TOKEN, XDG_CONFIG_HOME: join(dir, "home") };
  const printed: string[] = [];
  for (const [command, formats] of COMMANDS)
    for (const format of formats) {
      const argv = [...command.split(" "), ...(format === "" ? [] : ["-o", format])];
      const ran = await cli(argv, { server: daemon.url, env });
      if (ran.code === 0) printed.push(argv.join(" "));
      look(ran.stdout + ran.stderr, `${argv.join(" ")} ended with ${ran.code}`);
    }
  expect(printed).toContain("activity export");
  expect(printed).toContain("app manifests sops -o json");
  expect(printed.length).toBeGreaterThan(90);
  expect(daemon.log()).toContain('"debug"');
  look(daemon.log(), "the log");
  // What the daemon writes back into its home is for everybody who may read applications there.
  look(JSON.stringify(await api.must("GET", APPLICATIONS)), "status of the applications");
  look(JSON.stringify(await api.must("GET", "/api/v1/events")), "Events of the cluster");

  // It would hold as well where nobody is told anything.
  expect(Math.min(told["the administrator"], told.bob)).toBeGreaterThan(60);
  expect(places().length).toBeGreaterThanOrEqual(40);
  expect(found).toEqual([]);
});
