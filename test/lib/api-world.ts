/** An API with what two teams have, asked by each role: no cluster, no Git, nothing waited for. */
import type { Shown } from "../../src/api/admission.ts";
import type { ApiOptions } from "../../src/api/context.ts";
import { createApi } from "../../src/api/create-api.ts";
import type { DeclaredRoute } from "../../src/api/routes.ts";
import { AccessPolicy } from "../../src/core/access/access-policy.ts";
import { almighty, askerOf } from "../../src/core/access/asker.ts";
import { BUILTIN_POLICY } from "../../src/core/access/builtin-policy.ts";
import { parsePolicy } from "../../src/core/access/policy-text.ts";
import { linesOfProject } from "../../src/core/access/project-roles.ts";
import type { Application } from "../../src/core/model/application.ts";
import type { ClusterEntry } from "../../src/core/model/cluster-entry.ts";
import { parseClusterBody } from "../../src/core/model/cluster-wire.ts";
import type { Project } from "../../src/core/model/project.ts";
import type { ClusterDesk } from "../../src/core/ports/cluster-desk.ts";
import type { KnownRepository, RepositoryUse } from "../../src/core/ports/repository-desk.ts";
import { fakeCertificates } from "../fakes/fake-certificates.ts";
import { fakeControl } from "../fakes/fake-control.ts";
import { fakeNotifications } from "../fakes/fake-notifications.ts";
import { fakeContents, fakeRepositories, knownRepository } from "../fakes/fake-repositories.ts";
import { fakeSets, shopsSet } from "../fakes/fake-sets.ts";
import { ADMIN, ANN, AuthRig } from "./auth-rig.ts";
import { recordingLog } from "./recording-log.ts";

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
p, role:developer, repositories, *, team-a/*, allow
p, looker, applicationsets, get, team-b/*, allow
p, role:all-but-b, applications, *, */*, allow
p, role:all-but-b, applicationsets, *, */*, allow
p, role:all-but-b, clusters, *, */*, allow
p, role:all-but-b, projects, *, *, allow
p, role:all-but-b, repositories, *, *, allow
p, role:all-but-b, applications, *, team-b/*, deny
p, role:all-but-b, applicationsets, *, team-b/*, deny
p, role:all-but-b, clusters, *, team-b/*, deny
p, role:all-but-b, projects, *, team-b, deny
p, role:all-but-b, repositories, *, team-b/*, deny
p, role:all-but-b, repositories, *, https://held.example.com/x, deny
g, most, role:all-but-b
g, dev, role:developer
g, looker, role:developer
g, reader, role:readonly
`;
export const ROLES = [
  { role: "nobody", subject: undefined },
  { role: "no role", subject: "stranger" },
  { role: "readonly", subject: "reader" },
  { role: "developer of team-a", subject: "dev" },
  { role: "token of team-a", subject: "proj:team-a:ci" },
  { role: "all but team-b", subject: "most" },
  { role: "admin", subject: "admin" },
  { role: "server.token", subject: "server.token" },
] as const;
export type Role = { role: string; subject: string | undefined };
/** A developer of team-a who may look at the sets of team-b. */
export const LOOKER: Role = { role: "looker", subject: "looker" };

/** `a` is team-a's, `b` is team-b's, and there is no `c`. */
export type Target = "a" | "b" | "c";

export const project = (name: string): Project => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { namespace: "argocd", name },
  spec: { sourceRepos: ["*"] },
});
export const app = (target: Target, more: Partial<Application["spec"]> = {}): Application => ({
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
export const cluster = (target: Target, name = `cluster-${target}`): ClusterEntry => {
  const read = parseClusterBody({
    name,
    server: `https://${name}.example.com`,
    project: `team-${target}`,
    config: { bearerToken: "t" },
  });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value;
};
export const repository = (target: Target, use: RepositoryUse = "repository"): KnownRepository =>
  knownRepository(`https://repo-${target}.example.com/x`, { use, project: `team-${target}` });
export const set = (target: Target) =>
  shopsSet([target], { name: `set-${target}`, project: `team-${target}` });

interface Ask {
  path: string;
  body?: unknown;
}
const named = (target: Target) => ({ applications: [`argocd/app-${target}`] });

const DEPLOYMENT = {
  ...{ apiVersion: "apps/v1", kind: "Deployment" },
  ...{
    metadata: { name: "web", namespace: "web", uid: "u-1", resourceVersion: "812" },
    spec: { replicas: 2 },
  },
};

/** What is sent where the path's own names are not all: `path` has `query` behind it. */
export const SENT: Record<string, (target: Target) => Partial<Ask> & { query?: string }> = {
  "POST /api/v1/applications": (t) => ({
    body: { ...app(t), metadata: { name: `new-${t}`, namespace: "argocd" } },
  }),
  "POST /api/holdfast/v1/applications/:namespace/:name/object": () => ({
    body: { from: DEPLOYMENT, object: { ...DEPLOYMENT, spec: { replicas: 3 } }, mode: "write" },
  }),
  "POST /api/holdfast/v1/applications/preview": (t) => ({
    body: { ...app(t), metadata: { name: `new-${t}`, namespace: "argocd" } },
  }),
  "POST /api/holdfast/v1/applications/:namespace/:name/preview": (t) => ({
    body: app(t, { revisionHistoryLimit: 3 }),
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
  "GET /api/v1/applications/:name/resource/links": () => ({
    query: "?kind=Deployment&group=apps&resourceName=web&namespace=web",
  }),
  "GET /api/v1/applications/:name/resource/actions": () => ({
    query: "?kind=Deployment&group=apps&resourceName=web&namespace=web",
  }),
  ...Object.fromEntries(
    ["GET", "POST", "PATCH", "DELETE"].map((method) => [
      `${method} /api/v1/applications/:name/resource`,
      () => ({ body: {}, query: "?kind=Deployment&group=apps&resourceName=web&namespace=web" }),
    ]),
  ),
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
  "POST /api/holdfast/v1/clusters/test": (t) => ({
    body: { name: `new-${t}`, server: `https://new-${t}.example.com`, project: `team-${t}` },
  }),
  "PUT /api/v1/clusters/:id": (t) => ({
    body: { name: `cluster-${t}`, server: `https://cluster-${t}.example.com`, project: `team-${t}` },
    query: "?id.type=name",
  }),
  ...Object.fromEntries(
    ["POST /api/v1/repositories", "POST /api/v1/repocreds"].map((route) => [
      route,
      (t: Target) => ({
        body: {
          [route.endsWith("creds") ? "url" : "repo"]: `https://new-${t}.example.com/x`,
          project: `team-${t}`,
          password: "p",
        },
      }),
    ]),
  ),
  "GET /api/v1/repositories/:repo/apps": (t) => ({ query: `?appProject=team-${t}&appName=app-${t}` }),
  "POST /api/v1/repositories/:repo/appdetails": (t) => ({
    body: { source: { path: "deploy" }, appName: `app-${t}`, appProject: `team-${t}` },
  }),
  "POST /api/v1/repositories/:repo/validate": (t) => ({ body: { project: `team-${t}` } }),
  "POST /api/v1/certificates": () => ({
    body: {
      items: [
        {
          ...{ serverName: "git.example.org", certType: "ssh", certSubType: "ssh-ed25519" },
          certData: Buffer.from("AAAA").toString("base64"),
        },
      ],
    },
  }),
  "DELETE /api/v1/certificates": () => ({ query: "?hostNamePattern=git.*" }),
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
  "POST /api/holdfast/v1/removals/applicationsets/approve": (t) => ({
    body: { applicationSets: [`argocd/${set(t).metadata.name}`] },
  }),
  "POST /cli-login": () => ({ body: { do: "allow" } }),
  "GET /api/holdfast/v1/trace": () => ({ query: "?kind=Deployment&name=web" }),
  "POST /api/holdfast/v1/notifications/test": () => ({ body: { service: "slack" } }),
  "POST /api/holdfast/v1/notifications/preview": (t) => ({
    body: { app: `argocd/app-${t}`, trigger: "on-sync-failed" },
  }),
  "POST /api/holdfast/v1/blast": () => ({ body: { head: "change" } }),
};

/** As the route takes it; nothing of a GET. */
export function bodyFor(
  { method, terms }: Pick<DeclaredRoute, "method" | "terms">,
  body: unknown,
): { headers: Record<string, string>; body?: string } {
  const isForm = terms?.sent === "form";
  const headers = {
    "content-type": isForm ? "application/x-www-form-urlencoded" : "application/json",
  };
  if (method === "GET" || method === "ALL") return { headers };
  const fields = Object.entries(body ?? {}).map(([name, value]): [string, string] => [name, String(value)]);
  return { headers, body: isForm ? `${new URLSearchParams(fields)}` : JSON.stringify(body ?? {}) };
}

/** Names in a path, by the resource that they are of. */
export function filled({ path, permission }: DeclaredRoute, target: Target): string {
  const resource = typeof permission === "string" ? "" : permission.resource;
  const name = { projects: `team-${target}`, applicationsets: `set-${target}` }[resource] ?? `app-${target}`;
  return path
    .replace(":namespace", "argocd")
    .replace(":name", name)
    .replace(":id", path.includes("/clusters/") ? `cluster-${target}` : "0")
    .replace(/:(?:repo|url)\b/, encodeURIComponent(repository(target).id.url))
    .replace(":seq", "1")
    .replace(":project", `team-${target}`)
    .replace(":role", "ci")
    .replace(":iat", "1")
    .replace(":revision", "main")
    .replace("*", "x");
}

const ciLine = (action: string): string => `p, proj:team-a:ci, applications, ${action}, team-a/*, allow`;

/** @returns `remove`: takes away what it keeps on disk */
export async function twoTeams() {
  // Its accounts are not what is asked about: whoever asks is one of `ROLES`.
  const door = new AuthRig();
  await door.with(ADMIN, ANN);
  return { world, ask, remove: () => door.remove() };

  async function world(role: Role, holds: () => boolean = () => true, more: Partial<ApiOptions> = {}) {
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
      test: async (asked) => {
        calls.push(`test ${typeof asked === "string" ? asked : asked.name}`);
        return { version: "v1.35.2", tookMs: 1 };
      },
      rotate: async (name) => void calls.push(`rotate ${name}`),
    };
    const repositories = fakeRepositories(
      [
        ...(["a", "b"] as const).flatMap((target) => [repository(target), repository(target, "repo-creds")]),
        knownRepository("https://held.example.com/x"),
      ],
      calls,
    );
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
      repositories,
      contents: fakeContents,
      certificates: fakeCertificates(calls),
      notifications: fakeNotifications(),
      door,
      who,
      homeNamespace: "argocd",
      assets: [],
      version: {
        version: "0",
        commit: "",
        buildDate: "",
        helm: async () => "",
        kustomize: async () => "",
        sandbox: { level: "mounts", why: "" },
      },
      metrics: async () => "",
      onHeard: () => undefined,
      log: recordingLog(),
      ...more,
    });
    const written = (): string[] =>
      [...control.calls, ...sets.calls, ...calls].filter((call) => !/^(refresh|generate|preview)/.test(call));
    return { api, written, control };
  }

  async function ask(role: Role, route: DeclaredRoute, target: Target) {
    const { api, written } = await world(role);
    const before = written().length;
    const method = route.method === "ALL" ? "GET" : route.method;
    const sent = SENT[`${method} ${route.path}`]?.(target) ?? {};
    const reply = await api.fetch(
      new Request(`http://127.0.0.1${filled(route, target)}${sent.query ?? ""}`, {
        method,
        ...bodyFor(route, sent.body),
      }),
    );
    const streams = /\/stream\//.test(route.path);
    const text = streams ? "" : await reply.text();
    if (streams) await reply.body?.cancel();
    return { status: reply.status, text, wrote: written().slice(before), reply };
  }
}
