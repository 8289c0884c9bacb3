/**
 * What a whole daemon answers is what its own document says, with nothing beside it: every GET of `/openapi.json` is asked,
 * and the writes that cost little, over the wire and over a cluster that has something.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueCertificate } from "../../src/lib/issue-certificate.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { type Reply, type SourceDaemon, startSourceDaemon } from "../advisories/source-daemon.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { type Document, servedAnswers } from "../lib/served-answers.ts";

setDefaultTimeout(180_000);

const TOKEN = "an-administrator";
const PASSWORD = "correct horse battery";
const NAMESPACE = "argocd";
let dir: string, sandbox: Sandbox, git: GitServer, daemon: SourceDaemon, document: Document;
/** What the names in a path are. */
let names: Record<string, string>;
let repoURL: string;

const app = (name: string, more: object) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name },
  spec: {
    project: "team",
    source: { repoURL, targetRevision: "main", path: "." },
    destination: { name: "in-cluster", namespace: "shop" },
    ...more,
  },
});
const set = (name: string) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ApplicationSet",
  metadata: { name },
  spec: {
    goTemplate: true,
    generators: [{ list: { elements: [{ name: name === "teams" ? "made" : "new" }] } }],
    template: {
      metadata: { name: "{{.name}}" },
      spec: app("", { destination: { name: "in-cluster", namespace: "made" } }).spec,
    },
  },
});

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-answers-"));
  [sandbox, git] = await Promise.all([
    startSandbox({ listen: "127.0.0.1:0", podMs: 10, stepMs: 1 }),
    startGitServer(),
  ]);
  writeFileSync(join(dir, "kubeconfig"), sandbox.kubeconfig, { mode: 0o600 });
  writeFileSync(join(dir, "away"), sandbox.kubeconfig.replace(/https:[^\s"]+/, "https://127.0.0.1:1"), {
    mode: 0o600,
  });
  const map = (name: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { a: b }\n`;
  repoURL = await git.createRepo("shop", {
    "web.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "nginx:1" }] }
`,
    "secret.yaml": "apiVersion: v1\nkind: Secret\nmetadata: { name: key }\nstringData: { a: b }\n",
    "old.yaml": map("old"),
    "map.yaml": map("map"),
  });
  const project = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "team" },
    spec: {
      sourceRepos: ["*"],
      destinations: [{ server: "*", namespace: "*" }],
      clusterResourceWhitelist: [{ group: "*", kind: "*" }],
      orphanedResources: {},
      syncWindows: [{ kind: "allow", schedule: "* * * * *", duration: "1h", applications: ["*"] }],
      roles: [{ name: "ops", policies: ["p, proj:team:ops, applications, get, team/*, allow"] }],
    },
  };
  const hash = await Bun.password.hash(PASSWORD, { algorithm: "bcrypt", cost: 4 });
  daemon = await startSourceDaemon(
    {
      dir,
      server: `, token: "${TOKEN}", badges: ["team/shop"], url: "https://cd.example.com"`,
      env: { PATH: process.env["PATH"] ?? "" },
      apps: {
        "team.yaml": JSON.stringify(project),
        "shop.yaml": JSON.stringify(
          app("shop", {
            syncPolicy: { automated: { prune: true }, syncOptions: ["CreateNamespace=true"] },
          }),
        ),
        "set.yaml": JSON.stringify(set("teams")),
      },
      config: `poll: 1s
clusters: ${JSON.stringify([
        { name: "in-cluster", server: "https://kubernetes.default.svc", kubeconfig: join(dir, "kubeconfig") },
        { name: "away", server: "https://away.invalid", kubeconfig: join(dir, "away") },
      ])}
accounts: ${JSON.stringify([{ name: "ann", passwordHash: hash, may: ["login", "apiKey"] }])}
rbac: { policy: "g, ann, role:admin" }
repositories: ${JSON.stringify([
        {
          url: "ssh://git@git.invalid/",
          sshKnownHosts:
            "git.invalid ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMaRq1eGya0zYfiRBzY82jDW1erAfen4C+kn4T5Bf10g",
        },
        {
          url: "https://git.invalid/",
          ca: issueCertificate({ commonName: "ca", uses: ["authority"], nowMs: Date.now(), days: 2 })
            .certificate,
        },
      ])}
`,
    },
    TOKEN,
  );
  document = (await daemon.ask("GET", "/openapi.json")).json;
  const synced = await daemon.until(
    "shop",
    (at) => at.status?.sync?.status === "Synced" && at.status.history,
  );
  await git.commit("shop", { "old.yaml": null }, "without old");
  await daemon.until(
    "shop",
    (at) => at.status.history.length === 2 && at.status.operationState?.phase === "Succeeded",
  );
  await daemon.until("made", (at) => at.status?.health?.status !== undefined);
  const tree = (await daemon.ask("GET", "/api/v1/applications/shop/resource-tree")).json;
  names = {
    pod: tree.nodes.find(({ kind }: { kind: string }) => kind === "Pod").name,
    revision: synced.status.sync.revision,
    repo: encodeURIComponent(repoURL),
    url: encodeURIComponent(git.url),
  };
  const everything = { username: "ci", password: "p", noProxy: "*", forceHttpBasicAuth: true };
  await daemon.ask("POST", "/api/v1/repocreds", { url: git.url, type: "git", ...everything });
  await daemon.ask("POST", "/api/v1/repositories", {
    ...{ repo: repoURL, name: "shop", depth: "1", enableLfs: true, insecureIgnoreHostKey: true },
    ...everything,
  });
});
afterAll(async () => {
  await daemon?.stop();
  await sandbox?.stop();
  await git?.close();
  rmSync(dir, { recursive: true, force: true });
});

const OF_WEB = "?kind=Deployment&group=apps&namespace=shop&resourceName=web";
/** What is asked where the path with its names is not all. */
const ASKED: Record<string, (path: string) => string[]> = {
  "/api/v1/account/can-i/{resource}/{action}/{object}": () => [
    "/api/v1/account/can-i/applications/get/team/*",
  ],
  "/api/v1/account/{name}": () => ["/api/v1/account/ann"],
  "/api/v1/applications": (path) => [path, `${path}?project=team&refresh=normal`],
  "/api/v1/applications/{name}/resource": (path) => [`${path}${OF_WEB}`],
  "/api/v1/applications/{name}/resource/links": (path) => [`${path}${OF_WEB}`],
  "/api/v1/applications/{name}/resource/actions": (path) => [`${path}${OF_WEB}`],
  "/api/v1/applications/{name}/managed-resources": (path) => [path, `${path}?kind=Secret`],
  "/api/holdfast/v1/applications/{namespace}/{name}/terminal": (path) => [
    `${path}?podNamespace=team&pod=web-1`,
  ],
  "/api/badge": (path) => [path, `${path}?name=shop&revision=true`],
  // What was is told first; what comes may be long in coming.
  "/api/holdfast/v1/stream/transitions": (path) => [`${path}?cursor=0`],
  "/api/v1/clusters/{id}": () => ["/api/v1/clusters/in-cluster", "/api/v1/clusters/away"],
  "/api/v1/projects/{name}": (path) => [path, "/api/v1/projects/default"],
  "/api/holdfast/v1/activity": (path) => [
    path,
    `${path}?limit=1`,
    `${path}?format=ndjson`,
    `${path}?format=csv`,
  ],
  "/api/holdfast/v1/applications/{namespace}/{name}": (path) => [path, path.replace("shop", "made")],
  "/api/holdfast/v1/applications/{namespace}/{name}/diff": (path) => [
    `${path}?all=true`,
    path.replace("shop", "made"),
  ],
  "/api/holdfast/v1/applications/{namespace}/{name}/diff/part": (path) => [`${path}?file=none&from=0`],
  "/api/holdfast/v1/applications/{namespace}/{name}/diff/patch": (path) => [path.replace("shop", "made")],
  "/api/holdfast/v1/trace": (path) => [`${path}?kind=pods&name=${names["pod"]}`, `${path}?kind=Pod&name=no`],
};
/** Where there is nothing to show, and why. */
const REFUSED: Record<string, RegExp> = {
  "/api/holdfast/v1/applications/{namespace}/{name}/diff/part": /has changed since it was compared/,
  "/api/holdfast/v1/applications/{namespace}/{name}/hold/diff": /is not held/,
  "/api/holdfast/v1/applications/{namespace}/{name}/terminal": /terminals are off/,
  "/api/holdfast/v1/applications/{namespace}/{name}/history/{id}/revert": /does not allow pushes/,
  "/api/v1/applications/{name}/revisions/{revision}/ocimetadata": /its sources are in Git/,
  "/api/v1/applications/{name}/revisions/{revision}/chartdetails": /its sources are in Git/,
  "/api/v1/repositories/{repo}/helmcharts": /is no chart repository/,
  "/api/v1/repositories/{repo}/oci-tags": /is no registry/,
};

test("every GET of the document is answered as the document says, with nothing beside it", async () => {
  const differs = servedAnswers(document);
  const wrong: string[] = [];
  for (const [path, methods] of Object.entries(document.paths)) {
    if (methods["get"] === undefined) continue;
    for (const asked of ASKED[path]?.(filled(path)) ?? [filled(path)]) {
      const reply = await ask(asked);
      const why = REFUSED[path];
      if (why === undefined ? reply.status !== 200 : reply.status !== 400 || !why.test(reply.text))
        wrong.push(`${asked}: ${reply.status} ${reply.text.slice(0, 500)}`);
      wrong.push(...differs("GET", path, reply).map((how) => `${asked}: ${how}`));
      if (methods["get"].responses["200"]?.content?.["text/event-stream"] === undefined) continue;
      const events = await ask(asked, "text/event-stream");
      if (!/^data: \{/m.test(events.text)) wrong.push(`${asked}: no event: ${events.text.slice(0, 500)}`);
      wrong.push(...differs("GET", path, events).map((how) => `${asked} as events: ${how}`));
    }
  }
  expect(wrong).toEqual([]);
});

test("so are writes", async () => {
  const differs = servedAnswers(document);
  const wrong: string[] = [];
  const send = async (operation: string, behind: string, body: unknown, status = 200): Promise<Reply> => {
    const [method = "", path = ""] = operation.split(" ");
    const reply = await daemon.ask(method, `${filled(path)}${behind}`, body);
    if (reply.status !== status) wrong.push(`${operation}: ${reply.status} ${reply.text.slice(0, 500)}`);
    wrong.push(...differs(method, path, reply).map((how) => `${operation}: ${how}`));
    return reply;
  };
  const v1 = "/api/v1/applications/{name}";
  const ours = "/api/holdfast/v1/applications/{namespace}/{name}";
  await send("POST /api/v1/session", "", { username: "ann", password: PASSWORD });
  const token = "/api/v1/projects/{project}/roles/{role}/token";
  await send(`POST ${token}`, "", { id: "ci", expiresIn: "3600", description: "of Argo CD's client" });
  await send("GET /api/holdfast/v1/projects/{project}/roles/{role}/tokens", "", undefined);
  await daemon.ask("POST", "/api/v1/account/ann/token", { id: "ci", expiresIn: 3600 });
  await send("GET /api/v1/account", "", undefined);
  await send("GET /api/holdfast/v1/sessions", "", undefined);
  await send("POST /api/holdfast/v1/cli-logins", "", {
    ...{ challenge: "a".repeat(43), agent: "a test", way: "device" },
  });
  await send("POST /api/holdfast/v1/cli-logins/token", "", { request: "x", verifier: "y" });
  await send("POST /api/v1/clusters", "?validate=false", {
    ...{ name: "other", server: "https://127.0.0.1:1", shard: "1", info: {}, connectionState: null },
    config: { bearerToken: "t", tlsClientConfig: { insecure: true } },
  });
  await daemon.ask("PUT", "/api/v1/clusters/other?updatedFields=labels", { labels: { a: "b" } });
  await send("GET /api/v1/clusters", "", undefined);
  const { json: repository } = await daemon.ask("GET", `/api/v1/repositories/${names["repo"]}`);
  await send("POST /api/v1/repositories", "?upsert=true", { ...repository, insecureIgnoreHostKey: false });
  await send("PUT /api/v1/repositories/{repo}", "", { ...repository, name: "other" });
  await send("POST /api/v1/repositories/{repo}/validate", "", {});
  await send("PUT /api/v1/repocreds/{url}", "", { url: git.url, noProxy: "*", enableOCI: null });
  await send("DELETE /api/v1/repositories/{repo}", "", undefined);
  await send("DELETE /api/v1/repocreds/{url}", "", undefined);
  await send("POST /api/v1/projects", "", { project: { metadata: { name: "new" }, spec: {} } });
  const events = await daemon.ask("GET", "/api/v1/projects/new/events");
  expect(events.json.items).toMatchObject([{ reason: "project-create", involvedObject: { name: "new" } }]);
  wrong.push(...differs("GET", "/api/v1/projects/{name}/events", events));
  await send(`POST ${v1}/sync`, "", { dryRun: true });
  await daemon.until("shop", (at) => at.status.operationState?.phase === "Succeeded");
  await send(`POST ${ours}/refresh`, "?hard=true", undefined);
  const like = await daemon.ask("GET", "/api/v1/applications/shop");
  await send("POST /api/holdfast/v1/applications/preview", "", {
    ...{ metadata: { name: "tried" }, spec: { ...like.json.spec, syncPolicy: {} } },
  });
  await send("POST /api/holdfast/v1/applications/{namespace}/{name}/preview", "", {
    ...{ metadata: { name: "shop", namespace: "argocd" }, spec: like.json.spec },
  });
  await send("POST /api/v1/applicationsets/generate", "", { applicationSet: set("tried") });
  await send("POST /api/holdfast/v1/applicationsets/preview", "", set("tried"));
  await send("POST /api/v1/applicationsets", "?dryRun=true", set("tried"));
  await send("POST /api/holdfast/v1/applicationsets/{namespace}/{name}/refresh", "", undefined);
  await send("POST /api/holdfast/v1/pauses", "", { of: "deletions", why: "a test" });
  await send("GET /api/holdfast/v1/status", "", undefined);
  await send("POST /api/holdfast/v1/pauses/resume", "", { why: "a test" });
  await send(`POST ${v1}/rollback`, "", { id: 0, name: "shop", reason: "a test" });
  await daemon.until("shop", (at) => at.status.holdfast?.hold !== undefined || at.status.operationState);
  await send(`GET ${ours}/hold/diff`, "", undefined);
  await send(`GET ${ours}/history/{id}/diff`, "", undefined);
  await send(`DELETE ${ours}/hold`, "", undefined);
  await send("POST /api/webhook", "", { repository: { clone_url: "https://git.example.com/x.git" } }, 202);
  expect(wrong).toEqual([]);
});

function filled(path: string): string {
  const name = path.includes("/applicationsets/") ? "teams" : path.includes("/projects/") ? "team" : "shop";
  const all: Record<string, string> = {
    namespace: NAMESPACE,
    name,
    project: "team",
    role: "ops",
    seq: "1",
    ...names,
  };
  // Deployments are counted from 0, runs from 1.
  all["id"] = path.includes("/clusters/") ? "in-cluster" : path.includes("/runs/") ? "1" : "0";
  return path.replace(/\{(\w+)\}/g, (whole, one) => all[one] ?? whole);
}

/** Of what goes on, its first line. */
async function ask(path: string, accept = "*/*"): Promise<Reply> {
  const ending = new AbortController();
  const response = await fetch(`${daemon.url}${path}`, {
    headers: { authorization: `Bearer ${TOKEN}`, accept },
    signal: ending.signal,
  });
  let text = "";
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    // It tells what changes, and nothing before.
    if (text === "" && path.endsWith("/stream/list"))
      await daemon.ask("POST", "/api/v1/applications", app("added", {}));
    text += new TextDecoder().decode(chunk);
    if (path.includes("/stream/") && /\}\n+$/.test(text)) break;
  }
  ending.abort();
  return { status: response.status, headers: response.headers, text, json: undefined };
}
