/**
 * Every route with every role, on what the role is about and on what it is not: the golden table is what each is answered.
 * Beside the table: what one may not see is answered as what is not there, and where one is refused nothing was done.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Shown } from "../../src/api/admission.ts";
import { createApi } from "../../src/api/create-api.ts";
import type { DeclaredRoute } from "../../src/api/routes.ts";
import { AccessPolicy } from "../../src/core/access/access-policy.ts";
import { almighty, askerOf } from "../../src/core/access/asker.ts";
import { BUILTIN_POLICY } from "../../src/core/access/builtin-policy.ts";
import { parsePolicy } from "../../src/core/access/policy-text.ts";
import { linesOfProject } from "../../src/core/access/project-roles.ts";
import type { AppKey, Application } from "../../src/core/model/application.ts";
import type { ClusterEntry } from "../../src/core/model/cluster-entry.ts";
import { parseClusterBody } from "../../src/core/model/cluster-wire.ts";
import type { Project } from "../../src/core/model/project.ts";
import type { ClusterDesk } from "../../src/core/ports/cluster-desk.ts";
import { fakeControl } from "../fakes/fake-control.ts";
import { fakeSets, shopsSet } from "../fakes/fake-sets.ts";
import { ADMIN, ANN, AuthRig } from "../lib/auth-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { recordingLog } from "../lib/recording-log.ts";

/** Its accounts are not what is asked about here: whoever asks is `ROLES`. */
const door = new AuthRig();
await door.with(ADMIN, ANN);
afterAll(() => door.remove());

const GOLDEN = join(import.meta.dir, "../golden/permissions.md");

const POLICY = `
p, role:developer, applications, get, team-a/*, allow
p, role:developer, applications, create, team-a/*, allow
p, role:developer, applications, update, team-a/*, allow
p, role:developer, applications, delete, team-a/*, allow
p, role:developer, applications, sync, team-a/*, allow
p, role:developer, applications, rollback, team-a/*, allow
p, role:developer, applications, action/apps/Deployment/restart, team-a/*, allow
p, role:developer, applicationsets, *, team-a/*, allow
p, role:developer, clusters, *, team-a/*, allow
p, role:developer, projects, *, team-a, allow
p, role:all-but-b, applications, *, */*, allow
p, role:all-but-b, applicationsets, *, */*, allow
p, role:all-but-b, clusters, *, */*, allow
p, role:all-but-b, projects, *, *, allow
p, role:all-but-b, applications, *, team-b/*, deny
p, role:all-but-b, applicationsets, *, team-b/*, deny
p, role:all-but-b, clusters, *, team-b/*, deny
p, role:all-but-b, projects, *, team-b, deny
g, most, role:all-but-b
g, dev, role:developer
g, reader, role:readonly
`;
const ROLES = [
  { role: "nobody", subject: undefined },
  { role: "no role", subject: "stranger" },
  { role: "readonly", subject: "reader" },
  { role: "developer of team-a", subject: "dev" },
  { role: "token of team-a", subject: "proj:team-a:ci" },
  { role: "all but team-b", subject: "most" },
  { role: "admin", subject: "admin" },
  { role: "server.token", subject: "server.token" },
] as const;
type Role = (typeof ROLES)[number];

/** `a` is team-a's, `b` is team-b's, and there is no `c`. */
type Target = "a" | "b" | "c";

const project = (name: string): Project => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { namespace: "argocd", name },
  spec: { sourceRepos: ["*"] },
});
const app = (target: Target, more: Partial<Application["spec"]> = {}): Application => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { namespace: "argocd", name: `app-${target}` },
  spec: {
    project: `team-${target}`,
    source: { repoURL: "https://git.example.com/x.git", path: ".", targetRevision: "main" },
    destination: { server: "https://kubernetes.default.svc", namespace: "x" },
    ...more,
  },
});
const cluster = (target: Target, name = `cluster-${target}`): ClusterEntry => {
  const read = parseClusterBody({
    name,
    server: `https://${name}.example.com`,
    project: `team-${target}`,
    config: { bearerToken: "t" },
  });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value;
};
const set = (target: Target) => shopsSet([target], { name: `set-${target}`, project: `team-${target}` });

interface Ask {
  path: string;
  body?: unknown;
}
const named = (target: Target) => ({ applications: [`argocd/app-${target}`] });

/** What is sent where the path's own names are not all: `path` has `query` behind it. */
const SENT: Record<string, (target: Target) => Partial<Ask> & { query?: string }> = {
  "POST /api/v1/applications": (t) => ({
    body: { ...app(t), metadata: { name: `new-${t}`, namespace: "argocd" } },
  }),
  "PUT /api/v1/applications/:name": (t) => ({ body: app(t, { revisionHistoryLimit: 3 }) }),
  "PUT /api/v1/applications/:name/spec": (t) => ({ body: app(t).spec }),
  "PATCH /api/v1/applications/:name": () => ({
    body: { patch: '{"spec":{"revisionHistoryLimit":3}}', patchType: "merge" },
  }),
  "POST /api/v1/applications/:name/sync": () => ({ body: {} }),
  "POST /api/v1/applications/:name/rollback": () => ({ body: { id: 0 } }),
  "POST /api/holdfast/v1/applications/:namespace/:name/revert": () => ({ body: { id: 0 } }),
  "POST /api/holdfast/v1/applications/:namespace/:name/undo": () => ({ body: { dryRun: true } }),
  "POST /api/v1/applications/:name/resource/actions": () => ({
    body: "restart",
    query: "?kind=Deployment&group=apps&resourceName=web&namespace=web",
  }),
  "POST /api/v1/applications/:name/resource/actions/v2": () => ({
    body: { kind: "Deployment", group: "apps", namespace: "web", resourceName: "web", action: "restart" },
  }),
  "GET /api/v1/applications/:name/resource/actions": () => ({
    query: "?kind=Deployment&group=apps&resourceName=web&namespace=web",
  }),
  "POST /api/v1/projects": (t) => ({ body: { project: project(`team-${t}`), upsert: true } }),
  "PUT /api/v1/projects/:name": (t) => ({ body: { project: project(`team-${t}`) } }),
  "POST /api/v1/clusters": (t) => ({
    body: {
      name: `new-${t}`,
      server: `https://new-${t}.example.com`,
      project: `team-${t}`,
      config: { bearerToken: "t" },
    },
  }),
  "PUT /api/v1/clusters/:id": (t) => ({
    body: { name: `cluster-${t}`, server: `https://cluster-${t}.example.com`, project: `team-${t}` },
    query: "?id.type=name",
  }),
  "POST /api/v1/applicationsets": (t) => ({
    body: { ...set(t), metadata: { name: `new-${t}`, namespace: "argocd" } },
  }),
  "POST /api/v1/applicationsets/generate": (t) => ({ body: { applicationSet: set(t) } }),
  "POST /api/holdfast/v1/applicationsets/preview": (t) => ({ body: set(t) }),
  "POST /api/holdfast/v1/applicationsets/:namespace/:name/approve": (t) => ({
    body: { applications: [`argocd/shop-${t}`] },
  }),
  "POST /api/holdfast/v1/pauses": () => ({ body: { of: "writes", why: "a test" } }),
  "POST /api/holdfast/v1/pauses/resume": () => ({ body: { why: "a test" } }),
  "POST /api/holdfast/v1/removals/approve": (t) => ({ body: named(t) }),
  "GET /api/holdfast/v1/trace": () => ({ query: "?kind=Deployment&name=web" }),
  "POST /api/holdfast/v1/blast": () => ({ body: { head: "change" } }),
};

/** Names in a path, by the resource that they are of. */
function filled({ path, permission }: DeclaredRoute, target: Target): string {
  const resource = typeof permission === "string" ? "" : permission.resource;
  const name = { projects: `team-${target}`, applicationsets: `set-${target}` }[resource] ?? `app-${target}`;
  return path
    .replace(":namespace", "argocd")
    .replace(":name", name)
    .replace(":id", path.includes("/clusters/") ? `cluster-${target}` : "0")
    .replace(":seq", "1")
    .replace(":project", `team-${target}`)
    .replace(":role", "ci")
    .replace(":iat", "1")
    .replace(":revision", "main")
    .replace("*", "x");
}

async function world(role: Role, holds: () => boolean = () => true) {
  const control = { ...fakeControl(), projects: () => [project("team-a"), project("team-b")] };
  for (const target of ["a", "b"] as const) control.put(app(target));
  const entries = [cluster("a"), cluster("b")];
  control.clusters = () =>
    entries.map(({ name, server }) => ({
      name,
      server,
      connection: { is: "connected", since: 0 } as never,
      kubeVersion: "v1.35",
      size: { objects: 0, kinds: 0 },
    }));
  const sets = fakeSets(control);
  for (const target of ["a", "b"] as const) await sets.add(set(target));
  const calls: string[] = [];
  const clusters: ClusterDesk = {
    all: () => entries.map((entry) => ({ entry, place: { in: "config" as const } })),
    problems: () => [],
    async put(entry, how) {
      calls.push(`put ${entry.name}`);
      if (how !== "update") entries.push(entry);
    },
    remove: async (name) => void calls.push(`remove ${name}`),
    rotate: async (name) => void calls.push(`rotate ${name}`),
  };
  const roles = [{ name: "ci", groups: [], policies: ["get", "sync"].map(ciLine) }];
  const policy = new AccessPolicy({
    lines: [...BUILTIN_POLICY, ...parsePolicy(POLICY, "policy.csv").lines],
    projects: new Map([["team-a", linesOfProject("team-a", roles).lines]]),
    matchMode: "glob",
    defaultRole: undefined,
  });
  const who = (): Shown =>
    role.subject === undefined
      ? { is: "nobody" }
      : role.subject === "server.token"
        ? { is: "known", by: "header", asker: almighty("user:token") }
        : {
            is: "known",
            by: "header",
            asker: askerOf(
              { actor: `user:${role.subject}`, subject: { name: role.subject, groups: [] }, holds },
              () => policy,
            ),
          };
  const api = createApi({
    control,
    sets,
    clusters,
    door,
    who,
    homeNamespace: "argocd",
    assets: [],
    version: {
      version: "0",
      commit: "",
      buildDate: "",
      helm: "",
      kustomize: "",
      sandbox: { level: "mounts", why: "" },
    },
    metrics: async () => "",
    onPush: () => undefined,
    log: recordingLog(),
  });
  const written = (): string[] =>
    [...control.calls, ...sets.calls, ...calls].filter((call) => !/^(refresh|generate|preview)/.test(call));
  return { api, written, control };
}

const ciLine = (action: string): string => `p, proj:team-a:ci, applications, ${action}, team-a/*, allow`;

async function ask(role: Role, route: DeclaredRoute, target: Target) {
  const { api, written } = await world(role);
  const before = written().length;
  const method = route.method === "ALL" ? "GET" : route.method;
  const sent = SENT[`${method} ${route.path}`]?.(target) ?? {};
  const reply = await api.fetch(
    new Request(`http://127.0.0.1${filled(route, target)}${sent.query ?? ""}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(method === "GET" ? {} : { body: JSON.stringify(sent.body ?? {}) }),
    }),
  );
  const streams = /\/stream\//.test(route.path);
  const text = streams ? "" : await reply.text();
  if (streams) await reply.body?.cancel();
  return { status: reply.status, text, wrote: written().slice(before) };
}

const routes = (await world(ROLES[0])).api.routes;
const of = ({ method, path }: DeclaredRoute): string => `${method} ${path}`;
const asksOf = ({ permission }: DeclaredRoute): string =>
  typeof permission === "string" ? permission : `${permission.resource}, ${permission.action}`;

describe("every route, with every role", () => {
  test("is answered as the table says", async () => {
    const lines = [
      `| Route | Asks | ${ROLES.map(({ role }) => role).join(" | ")} |`,
      `|---|---|${ROLES.map(() => "---").join("|")}|`,
    ];
    for (const route of routes) {
      const cells: string[] = [];
      for (const role of ROLES) {
        const [own, other] = [await ask(role, route, "a"), await ask(role, route, "b")];
        cells.push(own.status === other.status ? `${own.status}` : `${own.status} / ${other.status}`);
      }
      lines.push(`| ${of(route)} | ${asksOf(route)} | ${cells.join(" | ")} |`);
    }
    const text = `${lines.join("\n")}\n`;
    if (Bun.env["UPDATE_GOLDEN"] === "1") writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, "utf8"));
  });

  test.each(ROLES.map((role) => [role.role, role] as const))(
    "%s: nothing is done where it is refused, and nothing is refused by a fault of ours",
    async (_, role) => {
      for (const route of routes)
        for (const target of ["a", "b"] as const) {
          const { status, wrote } = await ask(role, route, target);
          expect([of(route), status === 401 || status === 403 ? wrote : []]).toEqual([of(route), []]);
          expect([of(route), status === 500]).toEqual([of(route), false]);
        }
    },
  );

  test.each(ROLES.filter(({ subject }) => subject === "dev" || subject === "proj:team-a:ci"))(
    "$role: what is another team's is answered as what is not there",
    async (role) => {
      for (const route of routes) {
        const [hidden, absent] = [await ask(role, route, "b"), await ask(role, route, "c")];
        const name = (text: string, target: Target): string =>
          text.replaceAll(
            new RegExp(`(?<=(?:app|set|team|new|cluster|shop)-)${target}\\b|\\b${target}(?=\\.example)`, "g"),
            "X",
          );
        expect([of(route), hidden.status, name(hidden.text, "b")]).toEqual([
          of(route),
          absent.status,
          name(absent.text, "c"),
        ]);
      }
    },
  );

  test("an own application cannot be moved into another team's project, nor a set made that chooses one", async () => {
    const dev = ROLES.find(({ subject }) => subject === "dev") as Role;
    const { api, written } = await world(dev);
    const before = written().length;
    const send = async (method: string, path: string, body: unknown) =>
      await api.fetch(
        new Request(`http://127.0.0.1${path}`, {
          method,
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      );
    const moved = app("a", { project: "team-b" });
    const chooses = shopsSet(["eu"], { name: "chooses", project: "{{project}}" });
    const patches = { ...set("a"), metadata: { name: "patches", namespace: "argocd" } };
    patches.spec = { ...patches.spec, goTemplate: true, templatePatch: "spec: {project: team-b}" };
    const inner = { ...set("a"), metadata: { name: "inner", namespace: "argocd" } };
    inner.spec = {
      ...inner.spec,
      generators: [
        { list: { elements: [{ region: "eu" }], template: { metadata: {}, spec: { project: "team-b" } } } },
      ] as never,
    };
    const replies = [
      await send("PUT", "/api/v1/applications/app-a", moved),
      await send("PATCH", "/api/v1/applications/app-a", {
        patch: '{"spec":{"project":"team-b"}}',
        patchType: "merge",
      }),
      await send("PUT", "/api/v1/applications/app-a/spec", moved.spec),
      await send("POST", "/api/v1/applications?upsert=true", moved),
      await send("POST", "/api/v1/applications?upsert=true", { ...app("b"), spec: app("a").spec }),
      await send("POST", "/api/v1/applicationsets", chooses),
      await send("POST", "/api/v1/applicationsets", patches),
      await send("POST", "/api/v1/applicationsets", inner),
      await send("POST", "/api/v1/applicationsets?dryRun=true", chooses),
    ];
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 403));
    expect(written().slice(before)).toEqual([]);
    // Of what is another team's not even that is told.
    expect(await replies[4]?.text()).not.toContain("team-b");
  });
});

describe("who sees a part", () => {
  const stream = async (
    api: Awaited<ReturnType<typeof world>>["api"],
    path = "/api/v1/stream/applications",
  ) => {
    const reply = await api.fetch(new Request(`http://127.0.0.1${path}`));
    const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const until = async (mark: string): Promise<string> => {
      while (!text.includes(mark)) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`ended without ${mark}: ${text}`);
        text += value;
      }
      return text;
    };
    return { until, cancel: () => reader.cancel() };
  };

  test("has lists, counts and streams of that part alone, and an application that moves out of sight goes", async () => {
    const dev = ROLES.find(({ subject }) => subject === "dev") as Role;
    const { api, control } = await world(dev);
    const get = async (path: string) =>
      await (await api.fetch(new Request(`http://127.0.0.1${path}`))).json();
    const names = (list: unknown) =>
      (list as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);
    expect(names(await get("/api/v1/applications"))).toEqual(["app-a", "shop-a"]);
    expect(names(await get("/api/v1/applicationsets"))).toEqual(["set-a"]);
    expect(names(await get("/api/v1/projects"))).toEqual(["team-a"]);
    expect(await get("/api/holdfast/v1/status")).toMatchObject({ applications: { total: 2 } });
    const followed = await stream(api);
    expect(await followed.until("shop-a")).not.toContain("app-b");
    control.put(app("b"));
    control.put({ ...app("a"), spec: app("b").spec });
    const sets = await stream(api, "/api/v1/stream/applicationsets");
    expect(await sets.until("set-a")).not.toContain("set-b");
    await sets.cancel();
    const [before = "", after = ""] = (await followed.until('"DELETED"')).split('"DELETED"');
    expect(before).not.toContain("app-b");
    expect(after).toContain("app-a");
    expect(before + after).not.toContain("team-b");
    await followed.cancel();
  });

  test("hears nothing any more once the session that it rests on has ended", async () => {
    const dev = ROLES.find(({ subject }) => subject === "dev") as Role;
    let holds = true;
    const { api, control } = await world(dev, () => holds);
    const followed = await stream(api);
    await followed.until("shop-a");
    holds = false;
    await expect(followed.until("never")).rejects.toThrow("ended without never");
    await eventually("it is left", () => control.listeners() === 0);
  });
});

describe("what was made to get around it", () => {
  const send = async (role: string, method: string, path: string, body: unknown) => {
    const found = ROLES.find(({ subject }) => subject === role) as Role;
    const { api, written, control } = await world(found);
    const before = written().length;
    const reply = await api.fetch(
      new Request(`http://127.0.0.1${path}`, {
        method,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
    return { status: reply.status, text: await reply.text(), wrote: written().slice(before), control };
  };

  test("a cluster that has another name and another team's address takes no place", async () => {
    const { server } = cluster("b");
    const mine = { name: "mine", server, project: "team-a", config: { bearerToken: "mine" } };
    for (const address of [server, `${server}/`, server.toUpperCase().replace("HTTPS", "https")]) {
      const { status, wrote, text } = await send("dev", "POST", "/api/v1/clusters?upsert=true", {
        ...mine,
        server: address,
      });
      expect([address, status, wrote]).toEqual([address, 403, []]);
      expect(text).not.toContain("team-b");
    }
  });

  test("an operation in an Application is none", async () => {
    const operation = { initiatedBy: { automated: true, username: "admin" }, sync: { prune: true } };
    const fresh = { ...app("a"), metadata: { name: "fresh", namespace: "argocd" }, operation };
    const made = await send("dev", "POST", "/api/v1/applications", fresh);
    expect(made.status).toBe(200);
    expect(made.control.application("argocd/fresh" as AppKey)?.operation).toBeUndefined();
    for (const [method, body] of [
      ["PUT", { ...app("a"), operation }],
      ["PATCH", { patch: JSON.stringify({ operation }), patchType: "merge" }],
    ] as const) {
      const { status, control } = await send("dev", method, "/api/v1/applications/app-a", body);
      expect([method, status]).toEqual([method, 200]);
      expect(control.application("argocd/app-a" as AppKey)?.operation).toBeUndefined();
    }
  });

  test("what is denied is denied for all of it: removals, sets whose project is chosen later, the same application again", async () => {
    const chooses = shopsSet(["eu"], { name: "chooses", project: "{{project}}" });
    for (const [path, body] of [
      ["/api/holdfast/v1/removals/approve", { applications: ["argocd/app-b"] }],
      ["/api/v1/applicationsets", chooses],
      ["/api/v1/applications?upsert=true", { ...app("b"), spec: app("a").spec }],
      ["/api/v1/applications", { ...app("b"), metadata: { ...app("b").metadata, labels: { x: "y" } } }],
    ] as const)
      expect([path, await send("most", "POST", path, body)]).toEqual([
        path,
        expect.objectContaining({ status: 403, wrote: [] }),
      ]);
    const { api } = await world(ROLES.find(({ subject }) => subject === "most") as Role);
    const runs = await (await api.fetch(new Request("http://127.0.0.1/api/holdfast/v1/audit"))).text();
    expect(runs).not.toContain("app-b");
  });
});
