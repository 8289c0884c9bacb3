/** A secret store that hangs holds up those who need it, and nobody else. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { withSecrets } from "../../plugins/renderers/placeholders/index.ts";
import { builtInMaker } from "../../plugins/renderers/renders-with/index.ts";
import type { BuiltInMaker } from "../../src/core/model/management-plugin.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { openStore } from "../../src/daemon/secret-stores.ts";
import type { SecretStore } from "../../src/plugin/contract.ts";
import { eventually } from "../lib/eventually.ts";
import { plugin } from "../lib/management-plugin.ts";
import {
  applicationOf,
  askFor,
  builtIns,
  npmToolSets,
  type RenderHost,
  renderHost,
} from "../lib/render-host.ts";
import { configMap, type SourceFolder, sourceFolder } from "../lib/source-folder.ts";

const [tools] = await npmToolSets();
if (tools === undefined) throw new Error("no tools");

/** Paths that hang until they are let go. */
let held: Map<string, PromiseWithResolvers<void>>;
let asked: string[];
let server: ReturnType<typeof Bun.serve>;
let host: RenderHost | undefined, repository: SourceFolder | undefined;

beforeEach(() => {
  held = new Map();
  asked = [];
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      await held.get(pathname)?.promise;
      if (pathname === LOGIN) return Response.json({ auth: { client_token: "given", lease_duration: 3600 } });
      if (request.headers.get("X-Vault-Token") !== "given") return new Response("{}", { status: 403 });
      return Response.json({ data: { data: { key: "value" }, metadata: { version: 1 } } });
    },
  });
});
afterEach(async () => {
  for (const { resolve } of held.values()) resolve();
  host?.remove();
  repository?.dispose();
  host = repository = undefined;
  await server.stop(true);
});

const LOGIN = "/v1/auth/approle/login";
const PLACE = { path: "secret/data/app", version: "", kvVersion: "" };
const hold = (path: string): void => void held.set(path, Promise.withResolvers());
const storeOf = (limits = { most: 8, patienceMs: 60_000, restMs: 60_000 }): SecretStore =>
  openStore(
    {
      ...{ name: "vault", address: `http://127.0.0.1:${server.port}`, namespace: "" },
      login: { by: "approle", mount: "auth/approle", roleId: "r", secretId: new Secret("s") },
      ...{ kvVersion: "2", paths: [] },
    },
    limits,
  );
const never = new AbortController().signal;

test("a login that several wait for goes on when the one who asked first leaves", async () => {
  hold(LOGIN);
  const store = storeOf();
  const leaving = new AbortController();
  const first = store.read(PLACE, leaving.signal).then(undefined, String);
  await eventually("the login was asked for", async () => asked.length === 1);
  const others = [store.read(PLACE, never), store.read(PLACE, never)];
  leaving.abort(new Error("edited meanwhile"));
  expect(await first).toContain("edited meanwhile");
  held.get(LOGIN)?.resolve();
  expect((await Promise.all(others)).map(({ values }) => values)).toEqual([
    { key: "value" },
    { key: "value" },
  ]);
  expect(asked.filter((path) => path === LOGIN)).toHaveLength(1);
});

test("a login that nobody waits for any more is given up, and the next one is another", async () => {
  hold(LOGIN);
  const store = storeOf();
  const leaving = new AbortController();
  const first = store.read(PLACE, leaving.signal).then(undefined, String);
  await eventually("the login was asked for", async () => asked.length === 1);
  leaving.abort(new Error("edited meanwhile"));
  await first;
  held.get(LOGIN)?.resolve();
  held.delete(LOGIN);
  expect((await store.read(PLACE, never)).values).toEqual({ key: "value" });
});

/** @param maker of a tool, which needs one of the places for renders */
async function open(store: SecretStore, maker: BuiltInMaker): Promise<void> {
  repository = sourceFolder({
    "app/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "app/templates/c.yaml": configMap("{{ .Release.Name }}", { v: "<path:secret/data/app#key>" }),
    "other/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "other/templates/c.yaml": configMap("{{ .Release.Name }}"),
  });
  const declared = { ...plugin(""), makes: { by: "renderer" as const, renderer: maker } };
  host = await renderHost(tools as NonNullable<typeof tools>, {
    renderers: [
      ...builtIns,
      { renderer: withSecrets(builtInMaker(declared, maker), store), fingerprint: "1", from: "operator" },
    ],
    concurrency: 1,
    timeoutMs: 60_000,
  });
}
async function render(name: string, path: string, signal = never): Promise<string> {
  const source = { path, ...(path === "app" ? { plugin: { name: "own" } } : {}) };
  const tree = await (repository as SourceFolder).tree();
  const made = await (host as RenderHost).renderers.render(
    askFor(applicationOf(source, { name }), tree),
    signal,
  );
  return made.documents.flatMap(({ documents }) => documents.map(({ text }) => text)).join();
}

test("renders that need no value go on, whoever waits for the store", async () => {
  hold("/v1/secret/data/app");
  await open(storeOf(), "helm");
  const ended = new AbortController();
  const waiting = ["a", "b", "c"].map((name) => render(name, "app", ended.signal).then(undefined, String));
  await eventually("the store was asked", async () => asked.length === 4);
  // The only place for renders is free.
  expect(await render("other", "other")).toContain("name: other");
  held.get("/v1/secret/data/app")?.resolve();
  expect(await Promise.all(waiting)).toEqual(
    ["a", "b", "c"].map((name) => expect.stringMatching(new RegExp(`name: ${name}[^]*v: value`))),
  );
});

test("a store that hangs is waited for once; who needs it later hears of it at once", async () => {
  hold("/v1/secret/data/app");
  await open(storeOf({ most: 1, patienceMs: 300, restMs: 60_000 }), "helm");
  const says = "secret store vault: cannot read it: it did not answer within 0.3 s";
  const first = await Promise.all(["a", "b", "c"].map((name) => render(name, "app").then(undefined, String)));
  expect(first).toEqual(Array(3).fill(expect.stringContaining(says)));
  expect(await render("d", "app").then(undefined, String)).toContain(says);
  // One login at most, and one read.
  expect(asked.length).toBeLessThan(3);
});
