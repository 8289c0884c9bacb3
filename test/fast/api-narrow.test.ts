/**
 * What one who has a project of several is told by every list that there is, of a real daemon over HTTP: nothing that is
 * another project's has its name in an answer, and who sees all finds that name in most of them.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../src/config/load-config.ts";
import { cronProblem } from "../../src/engine/wake/schedule.ts";
import { SERVER } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { type SetsDaemon, startSetsDaemon } from "../lib/sets-daemon.ts";

/** In every name of what is not for ann. */
const HIDDEN = "moonshot";
const PASSWORD = "correct horse battery";
/** Where nobody's applications are told: what is the matter with the daemon, and what everybody may read of it. */
const OF_THE_DAEMON = [
  "/api/badge",
  "/api/holdfast/v1/pauses",
  "/api/holdfast/v1/removals",
  "/api/holdfast/v1/sessions",
  "/api/holdfast/v1/status",
  "/api/v1/account",
  "/api/v1/account/can-i",
  "/api/v1/session/userinfo",
  "/api/v1/settings",
  "/api/v1/settings/plugins",
  "/api/version",
  "/healthz",
  "/readyz",
  "/openapi.json",
  "/cli-login",
  // Hosts whose certificates are trusted are no project's.
  "/api/v1/certificates",
];
const QUERY: Record<string, string> = {
  "/api/holdfast/v1/trace": `?kind=ConfigMap&name=${HIDDEN}-map`,
};
let given: SetsDaemon;
let tokens: Record<string, string>;
let lists: string[];
let streams: string[];
const urls: Record<string, string> = {};

const project = (name: string) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name },
  spec: {
    sourceRepos: ["*"],
    destinations: [{ server: "*", namespace: "*" }],
    clusterResourceWhitelist: [{ group: "*", kind: "*" }],
  },
});
const app = (name: string, of: string, url: string) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name, labels: { team: of } },
  spec: {
    project: of,
    source: { repoURL: url, path: ".", targetRevision: "HEAD" },
    destination: { server: SERVER, namespace: `${name}-ns` },
    syncPolicy: { automated: {}, syncOptions: ["CreateNamespace=true"] },
  },
});
const set = (name: string, of: string, url: string) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ApplicationSet",
  metadata: { name: `${name}-set` },
  spec: {
    generators: [{ list: { elements: [{ n: "one" }] } }],
    template: { ...app(`${name}-{{n}}`, of, url), metadata: { name: `${name}-{{n}}` } },
  },
});

beforeAll(async () => {
  given = await startSetsDaemon();
  const { world, file } = given;
  const hash = await Bun.password.hash(PASSWORD, { algorithm: "bcrypt", cost: 4 });
  const repositories = await Promise.all(
    [HIDDEN, "open"].map((name) =>
      world.repository(`${name}-repository`, {
        "a.yaml": configMap(`${name}-ns`, `${name}-map`),
      }),
    ),
  );
  const [hidden = "", open = ""] = repositories.map(({ url }) => url);
  Object.assign(urls, { [HIDDEN]: hidden, open });
  const config = join(tmpdir(), `narrow-${process.pid}.yaml`);
  writeFileSync(
    config,
    `accounts:
- { name: ann, passwordHash: "${hash}", may: [login, apiKey] }
- { name: root, passwordHash: "${hash}" }
rbac:
  policy: |
    p, ann, applications, *, team-a/*, allow
    p, ann, applicationsets, *, team-a/*, allow
    p, ann, projects, get, team-a, allow
    p, ann, clusters, get, team-a/*, allow
    p, ann, repositories, get, team-a/*, allow
    p, ann, logs, get, team-a/*, allow
    g, root, role:admin
repositories:
- { url: "${hidden}", project: ${HIDDEN}-team }
- { url: "${open}", project: team-a }
`,
  );
  const parsed = loadConfig(config, { env: {}, validateCron: cronProblem });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { accounts, rbac, repositories: entries } = parsed.value;
  const [own] = given.config().clusters;
  if (own === undefined) throw new Error("there is no cluster");
  const clusters = [
    own,
    { ...own, name: `${HIDDEN}-cluster`, server: `https://${HIDDEN}.example.com`, project: `${HIDDEN}-team` },
  ];
  await given.configure({ accounts, rbac, repositories: entries, clusters });
  const signedIn = async (username: string): Promise<string> => {
    const { body } = await given.api("/api/v1/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username, password: PASSWORD }),
    });
    return body.token;
  };
  tokens = { ann: await signedIn("ann"), root: await signedIn("root") };
  // The hidden one first: what is told of the open one comes after it.
  for (const [name, of, url] of [
    [HIDDEN, `${HIDDEN}-team`, hidden],
    ["open", "team-a", open],
  ] as const) {
    file(`${name}-project.yaml`, project(of));
    file(`${name}.yaml`, app(name, of, url));
    file(`${name}-set.yaml`, set(name, of, url));
    let reply = { status: 0, text: "" };
    await eventually(
      () => `${name} is synced: ${reply.text}`,
      async () => {
        reply = await ask("root", `/api/v1/applications/${name}`);
        return JSON.parse(reply.text).status?.operationState?.phase === "Succeeded";
      },
    );
    await ask("root", `/api/holdfast/v1/applications/argocd/${name}/refresh`, "POST");
    await ask("root", `/api/holdfast/v1/applications/argocd/${name}/favourite`, "PUT");
  }
  await ask("ann", "/api/holdfast/v1/applications/argocd/open/favourite", "PUT");
  // What differs is told of the whole fleet.
  for (const name of [HIDDEN, "open"]) {
    await world.must(
      "PATCH",
      `/api/v1/namespaces/${name}-ns/configmaps/${name}-map`,
      { data: { by: "hand" } },
      "application/merge-patch+json",
    );
  }
  await eventually("both differ", async () =>
    (await ask("root", "/api/holdfast/v1/fleet/diff")).text.includes("argocd/open"),
  );
  // A webhook that tells of the hidden repository.
  await given.api("/api/webhook", {
    method: "POST",
    headers: { "content-type": "application/json", "x-github-event": "push" },
    body: JSON.stringify({ ref: "refs/heads/main", repository: { clone_url: `https://x/${HIDDEN}.git` } }),
  });
  const { body: document } = await given.api("/openapi.json");
  const gets = Object.entries(document.paths as Record<string, Record<string, unknown>>)
    .filter(([path, methods]) => "get" in methods && !path.includes("{"))
    .map(([path]) => path);
  streams = gets.filter((path) => path.includes("/stream/"));
  lists = gets.filter((path) => !path.includes("/stream/") && !OF_THE_DAEMON.includes(path));
}, 120_000);
afterAll(() => given?.stop());

const bearer = (who: string) => ({ authorization: `Bearer ${tokens[who]}` });
async function ask(who: string, path: string, method = "GET"): Promise<{ status: number; text: string }> {
  const headers = { ...bearer(who), "content-type": "application/json" };
  const reply = await fetch(`${given.daemon.url}${path}`, {
    method,
    headers,
    ...(method === "GET" ? {} : { body: "{}" }),
  });
  return { status: reply.status, text: await reply.text() };
}

const isTold = ({ status, text }: { status: number; text: string }, name: string): string =>
  status === 200 ? (text.toLowerCase().includes(name) ? "told" : "silent") : String(status);

test("no list has another project's names in it; one's own are there, and who sees all is told of both", async () => {
  const rows: string[] = [];
  for (const path of lists.toSorted()) {
    const query = QUERY[path] ?? "";
    const [ann, root] = [await ask("ann", path + query), await ask("root", path + query)];
    // Whatever it is answered with.
    expect([path, ann.text.toLowerCase().includes(HIDDEN)]).toEqual([path, false]);
    rows.push(`${path} ${isTold(ann, "open")} ${isTold(root, HIDDEN)}`);
  }
  // What ann is told of her own, and root of the other.
  expect(rows).toEqual([
    "/api/holdfast/v1/activity 403 told",
    "/api/holdfast/v1/activity/verify 403 silent",
    "/api/holdfast/v1/applicationsets told told",
    "/api/holdfast/v1/audit silent told",
    "/api/holdfast/v1/favourites told told",
    "/api/holdfast/v1/fleet/diff told told",
    "/api/holdfast/v1/images silent silent",
    "/api/holdfast/v1/list told told",
    "/api/holdfast/v1/notifications 403 silent",
    "/api/holdfast/v1/problems silent told",
    "/api/holdfast/v1/resources told told",
    "/api/holdfast/v1/runs told told",
    "/api/holdfast/v1/trace silent told",
    "/api/holdfast/v1/transitions told told",
    "/api/holdfast/v1/webhooks 403 told",
    "/api/v1/applications told told",
    "/api/v1/applicationsets told told",
    "/api/v1/clusters silent told",
    "/api/v1/notifications/services 403 silent",
    "/api/v1/notifications/templates 403 silent",
    "/api/v1/notifications/triggers 403 silent",
    "/api/v1/projects silent told",
    "/api/v1/repocreds silent silent",
    "/api/v1/repositories told told",
    "/metrics 403 told",
  ]);
});

test.each([
  `/api/holdfast/v1/resources?q=${HIDDEN}`,
  `/api/holdfast/v1/resources?q=project:${HIDDEN}-team`,
  `/api/holdfast/v1/transitions?app=argocd/${HIDDEN}`,
  `/api/holdfast/v1/transitions?cluster=${HIDDEN}-cluster`,
  `/api/holdfast/v1/runs?app=argocd/${HIDDEN}`,
  `/api/holdfast/v1/audit?app=argocd/${HIDDEN}`,
  `/api/holdfast/v1/fleet/diff?q=${HIDDEN}`,
  `/api/v1/applications?projects=${HIDDEN}-team`,
  `/api/v1/applications?name=${HIDDEN}`,
  `/api/v1/applicationsets?projects=${HIDDEN}-team`,
  `/api/v1/clusters?name=${HIDDEN}-cluster`,
])("asked for by its name, %s is answered as of one that is not there", async (path) => {
  const hidden = await ask("ann", path);
  const absent = await ask("ann", path.replaceAll(HIDDEN, "nowhere"));
  expect([hidden.status, hidden.text.replaceAll(HIDDEN, "nowhere")]).toEqual([absent.status, absent.text]);
});

test("a run is found by its number alone by who sees its application, and is none for who does not", async () => {
  const runOf = async (name: string): Promise<number> => {
    const { text } = await ask("root", `/api/holdfast/v1/runs?app=argocd/${name}&limit=1`);
    return (JSON.parse(text) as { items: { id: number }[] }).items[0]?.id ?? 0;
  };
  const at = (id: number) => `/api/holdfast/v1/runs/${id}`;
  const [hidden, open] = [await runOf(HIDDEN), await runOf("open")];
  const told = await ask("ann", at(open));
  expect([told.status, (JSON.parse(told.text) as { app: string }).app]).toEqual([200, "argocd/open"]);
  expect((await ask("root", at(hidden))).text).toContain(`"argocd/${HIDDEN}"`);
  const [denied, absent] = [await ask("ann", at(hidden)), await ask("ann", at(999_999))];
  expect([denied.status, denied.text]).toEqual([absent.status, absent.text]);
  expect([denied.status, (await ask("root", at(999_999))).status]).toEqual([403, 404]);
});

test("no stream has them, from its beginning to what comes last of one's own", async () => {
  expect(streams.toSorted()).toEqual([
    "/api/holdfast/v1/stream/list",
    "/api/holdfast/v1/stream/transitions",
    "/api/v1/stream/applications",
    "/api/v1/stream/applicationsets",
  ]);
  for (const path of streams) {
    const leave = new AbortController();
    const { body } = await fetch(
      `${given.daemon.url}${path}?${path.includes("transitions") ? "cursor=0" : ""}`,
      {
        headers: bearer("ann"),
        signal: leave.signal,
      },
    );
    const reader = (body as ReadableStream<Uint8Array<ArrayBuffer>>)
      .pipeThrough(new TextDecoderStream())
      .getReader();
    // Both change, the hidden one first.
    for (const name of [HIDDEN, "open"]) {
      if (path.endsWith("list"))
        given.file(`${name}.yaml`, {
          ...app(name, name === HIDDEN ? `${HIDDEN}-team` : "team-a", urls[name] ?? ""),
          metadata: { name, labels: { changed: "yes" } },
        });
    }
    let text = "";
    while (!text.includes("open")) {
      const { done, value = "" } = await reader.read();
      text += value;
      if (done) throw new Error(`${path} ended: ${text}`);
    }
    leave.abort();
    expect([path, text.includes(HIDDEN)]).toEqual([path, false]);
  }
});
