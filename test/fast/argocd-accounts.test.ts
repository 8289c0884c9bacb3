/** Logins, passwords and tokens by `argocd`, and what a hostile server would have it print. */
import { afterAll, afterEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OfflineVerbs } from "../../src/cli/offline-verbs.ts";
import { cli } from "../lib/cli.ts";

interface Asked {
  method: string;
  path: string;
  token: string | null;
  body: any;
}

const home = mkdtempSync(join(tmpdir(), "holdfast-argocd-"));
const servers: Bun.Server<undefined>[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(true);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A server that answers by method and path, and keeps what was asked. */
function serving(answers: Record<string, (asked: Asked) => unknown>): { address: string; asked: Asked[] } {
  const asked: Asked[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const text = await request.text();
      const one = {
        method: request.method,
        path: pathname,
        token: request.headers.get("authorization"),
        body: text === "" ? undefined : JSON.parse(text),
      };
      if (pathname !== "/healthz") asked.push(one);
      const answer = answers[`${request.method} ${pathname}`];
      if (answer === undefined)
        return Response.json({ message: `nothing at ${pathname}`, code: 5 }, { status: 404 });
      const value = answer(one);
      return value instanceof Response ? value : Response.json(value);
    },
  });
  servers.push(server);
  return { address: `127.0.0.1:${server.port}`, asked };
}

let homes = 0;
function user(env: Record<string, string> = {}) {
  const dir = join(home, String(homes++));
  return {
    file: join(dir, ".config", "argocd", "config"),
    argocd: (line: string, more: Parameters<typeof cli>[1] = {}) =>
      cli(["argocd", ...line.split(" ")], { ...more, env: { HOME: dir, ...env } }),
  };
}
/** As Argo CD makes them, with a signature that nobody looks at here. */
const jwt = (sub: string, nr: number): string =>
  ["{}", JSON.stringify({ sub, nr }), "x"].map((part) => Buffer.from(part).toString("base64url")).join(".");

test("a password is changed, and the context is logged in with the new one", async () => {
  let password = "old";
  let issued = 0;
  const { address, asked } = serving({
    "POST /api/v1/session": ({ body }) =>
      body.password === password
        ? { token: jwt("ana:login", issued++) }
        : Response.json({ message: "Invalid username or password", code: 16 }, { status: 401 }),
    "PUT /api/v1/account/password": ({ body }) => {
      password = body.newPassword;
      return {};
    },
  });
  const { argocd, file } = user();
  expect(await argocd(`login ${address} --username ana`, { stdin: { text: "old\n" } })).toMatchObject({
    code: 0,
    stdout: `'ana:login' logged in successfully\nContext '${address}' updated\n`,
    stderr: "",
  });
  const first = readFileSync(file, "utf8");
  expect(await argocd("account update-password", { stdin: { text: "old\nnew\n" } })).toMatchObject({
    code: 0,
    stdout: `Password updated\nContext '${address}' updated\n`,
  });
  expect(asked.at(-2)).toMatchObject({
    path: "/api/v1/account/password",
    token: `Bearer ${jwt("ana:login", 0)}`,
    body: { name: "ana", currentPassword: "old", newPassword: "new" },
  });
  const second = readFileSync(file, "utf8");
  expect(second).toContain(jwt("ana:login", 1));
  expect(second).not.toContain(jwt("ana:login", 0));
  expect(first).not.toBe(second);
  expect(await argocd("relogin --password old")).toMatchObject({
    code: 20,
    stderr: "FATA[0000] Invalid username or password.\n",
  });
  // What is there stays where the new login was refused.
  expect(readFileSync(file, "utf8")).toBe(second);
  expect((await argocd("relogin --password new")).code).toBe(0);
  expect(asked.at(-1)?.body).toEqual({ username: "ana", password: "new" });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(file, "..")).mode & 0o777).toBe(0o700);
});

test("a password is not asked for where nobody can answer, and no empty one is sent", async () => {
  const { address, asked } = serving({});
  const { argocd } = user();
  const { code, stderr } = await argocd(`login ${address} --username ana`);
  expect([code, stderr.split("\n")[0]]).toEqual([20, "FATA[0000] Password is missing."]);
  expect((await argocd(`login ${address} --password x`)).stderr).toContain("Give --username.");
  expect(asked).toEqual([]);
});

test("a login with an answer that is none keeps nothing", async () => {
  const { address } = serving({
    "POST /api/v1/session": () => ({}),
    "GET /api/v1/applications": () => new Response("<html>sign in</html>"),
  });
  const { argocd, file } = user();
  const { code, stderr } = await argocd(`login ${address} --username ana --password x`);
  expect([code, stderr]).toEqual([20, `FATA[0000] http://${address} took the login and gave no token.\n`]);
  expect(await Bun.file(file).exists()).toBe(false);
  const list = await argocd(`app list --server ${address}`);
  expect([list.code, list.stderr.split("\n")[0]]).toEqual([
    20,
    `FATA[0000] What answers at http://${address} is not Holdfast.`,
  ]);
});

test("a server that sends elsewhere gets no token there", async () => {
  const other = serving({ "GET /api/v1/applications": () => ({ items: [] }) });
  const { address } = serving({
    "GET /api/v1/applications": () => Response.redirect(`http://${other.address}/api/v1/applications`, 302),
  });
  const { argocd } = user({ ARGOCD_AUTH_TOKEN: "secret" });
  expect((await argocd(`app list --server ${address}`)).code).toBe(20);
  expect(other.asked).toEqual([]);
});

test("names, messages and logs of a hostile server steer no terminal", async () => {
  const evil = "a\u001b]0;owned\u0007b\u202ec";
  const app = {
    metadata: { name: evil, namespace: "argocd" },
    spec: { project: evil, source: { repoURL: evil }, destination: { server: evil, namespace: evil } },
    status: { sync: { status: "Synced" }, health: { status: "Healthy", message: evil }, resources: [] },
  };
  const line = (content: string): string => JSON.stringify({ result: { content } });
  const { address } = serving({
    "GET /api/v1/applications": () => ({ items: [app] }),
    "GET /api/v1/applications/web": () => ({ ...app, metadata: { name: "web", namespace: "argocd" } }),
    "GET /api/v1/applications/web/syncwindows": () => ({}),
    "GET /api/v1/applications/web/logs": () =>
      new Response(`${line(evil)}\n${JSON.stringify({ error: { message: evil } })}\n`),
  });
  const { argocd } = user({ ARGOCD_SERVER: address });
  const runs = [
    await argocd("app list"),
    await argocd("app list -o name"),
    await argocd("app get web"),
    await argocd("app logs web"),
  ];
  for (const { stdout, stderr } of runs) expect(stdout + stderr).not.toMatch(/[\u001b\u0007\u202e]/);
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 20]);
  expect(runs[3]?.stderr).toStartWith("FATA[0000] The log ended: ");
});

test("a cluster is added with its account, and forgotten", async () => {
  const cluster = {
    name: "prod",
    server: "https://10.0.0.1:6443",
    serverVersion: "1.36",
    connectionState: { status: "Successful", message: "" },
    info: { applicationsCount: 0 },
  };
  let known: unknown[] = [];
  const { address, asked } = serving({
    "GET /api/v1/clusters": () => ({ items: known }),
    "POST /api/v1/clusters": () => {
      known = [cluster];
      return cluster;
    },
    "GET /api/v1/clusters/prod": () => cluster,
    "GET /api/v1/applications": () => ({ items: [] }),
    "DELETE /api/v1/clusters/prod": () => ({}),
  });
  const { argocd } = user({ ARGOCD_SERVER: address });
  const account = {
    server: cluster.server,
    account: "kube-system/holdfast-manager",
    makes: ["ServiceAccount kube-system/holdfast-manager"],
    address: {},
    grant: async () => ({ bearerToken: "of-the-account" }),
    revoke: async () => ["ServiceAccount kube-system/holdfast-manager"],
  };
  const verbs = { clusterAccount: async () => account } as unknown as Partial<OfflineVerbs>;
  const unasked = await argocd("cluster add prod", { verbs });
  expect([unasked.code, unasked.stdout]).toEqual([20, ""]);
  expect(asked.some(({ method }) => method === "POST")).toBe(false);
  const added = await argocd("cluster add prod --label env=prod -y", { verbs });
  expect([added.code, added.stdout]).toEqual([0, "Cluster 'https://10.0.0.1:6443' added\n"]);
  expect(asked.find(({ method }) => method === "POST")?.body).toMatchObject({
    name: "prod",
    config: { bearerToken: "of-the-account" },
    labels: { env: "prod" },
  });
  const listed = await argocd("cluster list");
  expect(listed.stdout).toBe(
    "SERVER                 NAME  VERSION  STATUS      MESSAGE  PROJECT\nhttps://10.0.0.1:6443  prod  1.36     Successful\n",
  );
  const gone = await argocd("cluster rm prod -y", { verbs });
  expect([gone.code, gone.stdout]).toEqual([0, "Cluster 'prod' removed\n"]);
});

test("a role's token is printed alone where a script wants it", async () => {
  const { address, asked } = serving({
    "POST /api/v1/projects/team/roles/ci/token": () => ({ token: "of-ci" }),
  });
  const { argocd } = user({ ARGOCD_SERVER: address });
  expect((await argocd("proj role create-token team ci --expires-in 24h --token-only")).stdout).toBe(
    "of-ci\n",
  );
  expect(asked[0]?.body).toEqual({ project: "team", role: "ci", expiresIn: 86_400 });
});
