/** The composition in this process: start, reload and stop of a whole daemon on a sandbox. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../src/config/config.ts";
import { defaultConfig } from "../../src/config/load-config.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { Parsed } from "../../src/core/model/problem.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { type Daemon, startDaemon } from "../../src/daemon/daemon.ts";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import { freePort } from "../lib/daemon.ts";
import { appOf, SERVER, startWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { type LogLine, recordingLog } from "../lib/recording-log.ts";

let world: World, proxy: ApiProxy;
const stops: (() => Promise<void> | void)[] = [];
beforeAll(async () => {
  world = await startWorld();
  proxy = await startApiProxy(world.kubeconfig);
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(async () => {
  await proxy?.stop();
  await world?.stop();
});

interface Given {
  daemon: Daemon;
  config: Config;
  log: LogLine[];
  /** What the config's file says from now on. */
  write(change: Partial<Config>): void;
  writeWrong(text: string): void;
  /** Puts an application's file into a folder. */
  place(name: string, folder?: string): Promise<void>;
  get(path: string, token?: string): Promise<{ status: number; body: any }>;
  dir: string;
}

async function start(change: (config: Config, dir: string) => Partial<Config> = () => ({})): Promise<Given> {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-daemon-"));
  stops.push(() => rmSync(dir, { recursive: true, force: true }));
  for (const folder of ["apps", "other"]) {
    mkdirSync(join(dir, folder));
    writeFileSync(join(dir, folder, "README"), "");
  }
  const defaults = defaultConfig(dir);
  const config: Config = {
    ...defaults,
    server: { ...defaults.server, listen: { hostname: "127.0.0.1", port: await freePort() } },
    clusters: [
      {
        name: "in-cluster",
        server: SERVER,
        kubeconfig: proxy.kubeconfig,
        context: undefined,
        namespaces: [],
        clusterResources: true,
        project: "",
        labels: {},
      },
    ],
    applications: [join(dir, "apps")],
    poll: { everyMs: 3_600_000 },
    removal: { ...defaults.removal, missingForMs: 20 },
    pollSpreadMs: 0,
    plugins: [],
    ...change(defaults, dir),
  };
  const log = recordingLog();
  let written: Parsed<Config> = { ok: true, value: config, warnings: [] };
  const daemon = await startDaemon({
    config,
    file: join(dir, "holdfast.yaml"),
    log,
    wrong: [],
    held: () => undefined,
    reread: () => written,
    build: { version: "0.0.0", commit: "test", buildDate: "2026-11-23T00:00:00Z" },
    embeddedTools: {},
    searchPath: "",
    environment: {},
    cwd: dir,
    checkHost: () => ["false"],
    pod: { host: "", port: "" },
    print: () => undefined,
  });
  stops.push(() => daemon.stop());
  return {
    daemon,
    config,
    log: log.lines,
    dir,
    write(next) {
      written = { ok: true, value: { ...config, ...next }, warnings: [] };
    },
    writeWrong(text) {
      written = { ok: false, problems: [{ severity: "error", file: "holdfast.yaml", text }] };
    },
    async place(name, folder = "apps") {
      await world.makeNamespace(name);
      const repository = await world.repository(name, { "a.yaml": configMap(name, "a") });
      writeFileSync(
        join(dir, folder, `${name}.yaml`),
        JSON.stringify(
          appOf({ name, repository, metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] } }),
        ),
      );
    },
    async get(path, token) {
      const response = await fetch(
        `${daemon.url}${path}`,
        token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
      );
      const text = await response.text();
      return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
    },
  };
}

const syncOf = async ({ get }: Given, name: string, token?: string): Promise<string | undefined> =>
  (await get(`/api/v1/applications/${name}`, token)).body.status?.sync?.status;
const untilSynced = (given: Given, name: string, token?: string) =>
  eventually(`${name} is Synced`, async () => (await syncOf(given, name, token)) === "Synced");
const isThere = async (namespace: string): Promise<boolean> =>
  (await world.find(`/api/v1/namespaces/${namespace}/configmaps/a`)) !== undefined;
const isOpen = (url: string): Promise<boolean> =>
  fetch(`${url}/healthz`).then(
    () => true,
    () => false,
  );

describe("a start", () => {
  test("delivers what the folder holds, notices what comes into it, and says when it is ready", async () => {
    const given = await start();
    await eventually("it is ready", async () => (await given.get("/readyz")).status === 200);
    await given.place("starts");
    await untilSynced(given, "starts");
    expect(await isThere("starts")).toBe(true);
    expect((await given.get("/metrics")).body).toContain("argocd_app_info{");
    expect(given.log.some(({ message }) => message === "holdfast is up")).toBe(true);
  });

  test("tells by which Helm it renders, and of a Kustomize that is not there nothing", async () => {
    const given = await start(({ render }, dir) => {
      const helm = join(dir, "helm");
      writeFileSync(helm, "#!/bin/sh\necho v4.9.1\n", { mode: 0o755 });
      return { render: { ...render, helm, requireSandbox: false } };
    });
    expect((await given.get("/api/version")).body).toMatchObject({
      HelmVersion: "v4.9.1",
      KustomizeVersion: "",
    });
  });

  test("with a plugin that is wrong ends with a sentence, and everything is closed again", async () => {
    const dir = mkdtempSync(join(tmpdir(), "holdfast-plugin-"));
    stops.push(() => rmSync(dir, { recursive: true, force: true }));
    writeFileSync(join(dir, "wrong.ts"), "export default { name: 5 };\n");
    let data = "";
    const failed = await start((config) => {
      data = config.data;
      return { plugins: [join(dir, "wrong.ts")] };
    }).catch((cause: unknown) => cause as Failure);
    expect(failed).toBeInstanceOf(Failure);
    expect((failed as Failure).message).toMatch(/^plugins: cannot load them: .*wrong\.ts/);
    // The data folder is free for the next one.
    const given = await start(() => ({ data }));
    expect((await given.get("/healthz")).status).toBe(200);
    await given.daemon.stop();
    expect(proxy.openWatches()).toBe(0);
  });

  test("on an address that somebody else has ends with a sentence before anything is written to a cluster", async () => {
    const port = await freePort();
    const other = Bun.serve({ hostname: "127.0.0.1", port, fetch: () => new Response("other") });
    stops.push(() => other.stop(true));
    const repository = await world.repository("taken", { "a.yaml": configMap("taken", "a") });
    await world.makeNamespace("taken");
    const failed = await start(({ server }, dir) => {
      writeFileSync(join(dir, "apps", "taken.yaml"), JSON.stringify(appOf({ name: "taken", repository })));
      return { server: { ...server, listen: { hostname: "127.0.0.1", port } } };
    }).catch((cause: unknown) => cause as Failure);
    expect((failed as Failure).message).toMatch(
      new RegExp(`^127\\.0\\.0\\.1:${port}: cannot listen: .*Stop what listens there`),
    );
    expect(await isThere("taken")).toBe(false);
    expect(proxy.openWatches()).toBe(0);
  });

  test("of a second one on the same data ends with a sentence, and the first goes on", async () => {
    const first = await start();
    const second = await start(() => ({ data: first.config.data })).catch(
      (cause: unknown) => cause as Failure,
    );
    expect((second as Failure).message).toContain(String(process.pid));
    await first.place("first");
    await untilSynced(first, "first");
  });

  test("with a cluster that is down, or whose kubeconfig says nothing, is one thing and another", async () => {
    const failed = await start((_, dir) => {
      writeFileSync(join(dir, "empty"), "{}");
      return {
        clusters: [
          {
            name: "in-cluster",
            server: SERVER,
            kubeconfig: join(dir, "empty"),
            context: undefined,
            namespaces: [],
            clusterResources: true,
            project: "",
            labels: {},
          },
        ],
      };
    }).catch((cause: unknown) => cause as Failure);
    expect(failed).toBeInstanceOf(Failure);
    const end = proxy.inject(() => true, { do: "cut" });
    const given = await start();
    await given.place("down");
    await eventually("it is said", async () => (await syncOf(given, "down")) === "Unknown");
    end();
    await eventually(
      "and it is delivered when the cluster is back",
      async () => (await syncOf(given, "down")) === "Synced",
      25_000,
    );
  });
});

describe("a reload", () => {
  test("with another token asks for that one from then on", async () => {
    const given = await start((config) => ({
      server: { ...config.server, listen: { hostname: "127.0.0.1", port: 0 }, token: new Secret("first") },
    }));
    expect((await given.get("/api/v1/applications", "first")).status).toBe(200);
    given.write({ server: { ...given.config.server, token: new Secret("second") } });
    await given.daemon.reload();
    expect((await given.get("/api/v1/applications", "first")).status).toBe(401);
    expect((await given.get("/api/v1/applications", "second")).status).toBe(200);
    expect(JSON.stringify(given.log)).not.toContain("second");
  });

  test("with another address answers there, and no more where it was", async () => {
    const given = await start();
    const before = given.daemon.url;
    given.write({
      server: { ...given.config.server, listen: { hostname: "127.0.0.1", port: await freePort() } },
    });
    await given.daemon.reload();
    expect(given.daemon.url).not.toBe(before);
    expect([await isOpen(given.daemon.url), await isOpen(before)]).toEqual([true, false]);
  });

  test("with an address that somebody else has stays where it was, and a later one moves", async () => {
    const given = await start();
    const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("other") });
    stops.push(() => other.stop(true));
    const before = given.daemon.url;
    const taken = { ...given.config.server, listen: { hostname: "127.0.0.1", port: other.port ?? 0 } };
    given.write({ server: taken });
    await given.daemon.reload();
    expect(given.daemon.url).toBe(before);
    expect((await given.get("/healthz")).status).toBe(200);
    await other.stop(true);
    await given.daemon.reload();
    expect(given.daemon.url).toBe(`http://127.0.0.1:${taken.listen.port}`);
    expect((await given.get("/healthz")).status).toBe(200);
  });

  test("with another folder has the applications of that one; those of the folder that is not named any more go without their objects, finalizer or not", async () => {
    const given = await start();
    await given.place("old-folder");
    await untilSynced(given, "old-folder");
    await given.place("new-folder", "other");
    given.write({ applications: [join(given.dir, "other")] });
    await given.daemon.reload();
    await untilSynced(given, "new-folder");
    await eventually(
      "the other one is gone",
      async () => (await given.get("/api/v1/applications/old-folder")).status === 404,
    );
    expect(await isThere("old-folder")).toBe(true);
  });

  test("with a cluster at another address goes on there, and closes the old connection", async () => {
    const other = await startApiProxy(world.kubeconfig);
    const given = await start((config) => ({
      clusters: [
        {
          name: "in-cluster",
          server: SERVER,
          kubeconfig: other.kubeconfig,
          context: undefined,
          namespaces: [],
          clusterResources: true,
          project: "",
          labels: {},
        },
      ],
      retry: config.retry,
    }));
    await given.place("moves");
    await untilSynced(given, "moves");
    expect(other.openWatches()).toBeGreaterThan(0);
    given.write({
      clusters: [
        {
          name: "in-cluster",
          server: SERVER,
          kubeconfig: proxy.kubeconfig,
          context: undefined,
          namespaces: [],
          clusterResources: true,
          project: "",
          labels: {},
        },
      ],
    });
    await given.daemon.reload();
    await eventually("the old one is let go of", () => other.openWatches() === 0);
    await other.stop();
    await eventually("the new one is watched", () => proxy.openWatches() > 0);
    await world.must(
      "PATCH",
      "/api/v1/namespaces/moves/configmaps/a",
      { data: { key: "edited" } },
      "application/merge-patch+json",
    );
    await eventually(
      "drift is healed there",
      async () => (await world.must("GET", "/api/v1/namespaces/moves/configmaps/a")).data.key === "value",
    );
  });

  test("with a kubeconfig that says nothing keeps what was there, whole", async () => {
    const given = await start();
    await given.place("kept");
    await untilSynced(given, "kept");
    writeFileSync(join(given.dir, "empty"), "{}");
    given.write({
      clusters: [
        {
          name: "in-cluster",
          server: SERVER,
          kubeconfig: join(given.dir, "empty"),
          context: undefined,
          namespaces: [],
          clusterResources: true,
          project: "",
          labels: {},
        },
      ],
      applications: [join(given.dir, "other")],
    });
    await given.daemon.reload();
    expect(given.log.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual([
      "the config was not reloaded",
    ]);
    await world.must(
      "PATCH",
      "/api/v1/namespaces/kept/configmaps/a",
      { data: { key: "edited" } },
      "application/merge-patch+json",
    );
    await eventually(
      "drift is still healed",
      async () => (await world.must("GET", "/api/v1/namespaces/kept/configmaps/a")).data.key === "value",
    );
    expect((await given.get("/api/v1/applications/kept")).status).toBe(200);
  });

  test("of a wrong config says what is wrong and changes nothing", async () => {
    const given = await start();
    given.writeWrong("polls is no setting");
    await given.daemon.reload();
    expect(given.log.find(({ level }) => level === "error")?.fields["problems"]).toEqual([
      expect.stringContaining("polls is no setting"),
    ]);
    expect((await given.get("/healthz")).status).toBe(200);
  });
});

describe("a store that goes away under a running daemon", () => {
  const drift = (name: string) =>
    world.must(
      "PATCH",
      `/api/v1/namespaces/${name}/configmaps/a`,
      { data: { key: "edited" } },
      "application/merge-patch+json",
    );
  const keyValue = async (name: string): Promise<string> =>
    (await world.must("GET", `/api/v1/namespaces/${name}/configmaps/a`)).data.key;

  test("stops all writes to clusters and says why and what to do; a second daemon does not start there; it goes on when the folder is back", async () => {
    const given = await start();
    await given.place("lost");
    await given.place("lost-too");
    await untilSynced(given, "lost");
    await untilSynced(given, "lost-too");
    const { data } = given.config;
    renameSync(data, `${data}.away`);
    await drift("lost");
    rmSync(join(given.dir, "apps", "lost-too.yaml"));
    const ready = await eventually("it says so", async () => {
      const answer = await given.get("/readyz");
      return answer.status === 503 ? answer : undefined;
    });
    expect(ready?.body).toMatch(
      /nothing is written to any cluster, because .*holdfast\.db was removed.*put the data folder back/,
    );
    expect((await given.get("/api/holdfast/v1/status")).body).toMatchObject({
      ready: false,
      state: "stopped",
      problems: [{ severity: "error", text: expect.stringContaining("nothing is written to any cluster") }],
    });
    expect((await given.get("/metrics")).body).toContain('holdfast_trouble{what="store"} 1');
    mkdirSync(data, { mode: 0o700 });
    const second = await start(() => ({ data })).catch((cause: unknown) => cause as Failure);
    expect((second as Failure).message).toContain("another Holdfast uses it");
    await Bun.sleep(500);
    expect([await keyValue("lost"), await isThere("lost-too")]).toEqual(["edited", true]);
    expect((await given.get("/healthz")).status).toBe(200);

    rmSync(data, { recursive: true });
    renameSync(`${data}.away`, data);
    await eventually("drift is healed again", async () => (await keyValue("lost")) === "value", 15_000);
    await eventually("it is ready", async () => (await given.get("/readyz")).status === 200);
    await eventually("what left meanwhile leaves", async () => !(await isThere("lost-too")), 15_000);
  }, 120_000);
});

describe("a config that cannot be reloaded", () => {
  test("is a problem for as long as that lasts, and nothing stops", async () => {
    const given = await start();
    await eventually("it is ready", async () => (await given.get("/readyz")).status === 200);
    given.writeWrong("polls is no setting");
    await given.daemon.reload();
    const text = "the config was not reloaded, and the one before it holds: polls is no setting";
    expect((await given.get("/api/holdfast/v1/problems")).body.items).toEqual([
      { severity: "error", file: "holdfast.yaml", text },
    ]);
    expect(await given.get("/readyz")).toEqual({ status: 200, body: `ok\nholdfast.yaml: ${text}\n` });
    expect((await given.get("/api/holdfast/v1/status")).body).toMatchObject({ ready: true, state: "ready" });
    expect((await given.get("/metrics")).body).toContain('holdfast_trouble{what="config"} 1');
    given.write({});
    await given.daemon.reload();
    expect((await given.get("/api/holdfast/v1/problems")).body.items).toEqual([]);
    expect((await given.get("/readyz")).body).toBe("ok\n");
  });
});

describe("a stop", () => {
  test("leaves no port, no watch and no lock, and a second one waits for the first", async () => {
    const given = await start();
    await given.place("stops");
    await untilSynced(given, "stops");
    const { url } = given.daemon;
    const watch = fetch(`${url}/api/v1/stream/applications`).then(
      (response) => response.text(),
      () => "cut",
    );
    await Promise.all([
      given.daemon.stop(),
      given.daemon.stop().then(async () => expect(await isOpen(url)).toBe(false)),
    ]);
    await watch;
    await eventually("no watch is open", () => proxy.openWatches() === 0);
    const again = await start(() => ({ data: given.config.data, applications: given.config.applications }));
    await untilSynced(again, "stops");
  });

  test("in the middle of a reload leaves nothing either, and a reload afterwards does nothing", async () => {
    const given = await start();
    given.write({
      server: { ...given.config.server, listen: { hostname: "127.0.0.1", port: await freePort() } },
      poll: { everyMs: 5 },
    });
    const reloaded = given.daemon.reload();
    await given.daemon.stop();
    await reloaded;
    expect(await isOpen(given.daemon.url)).toBe(false);
    await given.daemon.reload();
    expect(await isOpen(given.daemon.url)).toBe(false);
    expect(proxy.openWatches()).toBe(0);
  });
});

describe("the activity", () => {
  const TOKEN = "t0ken-of-the-test";
  const CANARY = "c4n4ry-of-the-test";

  test("says who asked from where and why, what was before and after, and nothing that is secret", async () => {
    const given = await start((config) => ({
      server: { ...config.server, listen: { hostname: "127.0.0.1", port: 0 }, token: new Secret(TOKEN) },
    }));
    await given.place("told");
    await untilSynced(given, "told", TOKEN);
    const send = async (method: string, path: string, body: object, reason: string): Promise<number> => {
      const reply = await fetch(given.daemon.url + path, {
        method,
        body: JSON.stringify(body),
        headers: {
          "content-type": "application/json",
          authorization: `Bearer ${TOKEN}`,
          "holdfast-reason": encodeURIComponent(reason),
        },
      });
      return reply.status;
    };
    const app = (password: string) => ({
      metadata: { name: "made", annotations: { note: `see https://ana:${CANARY}@127.0.0.1/` } },
      spec: {
        project: "default",
        source: {
          ...{ repoURL: "https://127.0.0.1:1/x.git", path: "a" },
          helm: { valuesObject: { adminPassword: password, replicas: 1 } },
        },
        destination: { server: SERVER, namespace: "told" },
      },
    });
    expect(await send("POST", "/api/v1/applications?validate=false", app(CANARY), "it’s new")).toBe(200);
    expect(await send("PUT", "/api/v1/applications/made?validate=false", app(`${CANARY}-2`), "rotated")).toBe(
      200,
    );
    expect(await send("POST", "/api/v1/applications/told/sync", {}, "again")).toBe(200);
    expect((await given.get("/api/v1/applications", `wrong-${CANARY}`)).status).toBe(401);

    const { body } = await given.get("/api/holdfast/v1/activity?limit=100", TOKEN);
    const mine = body.items.filter(({ actor }: { actor: string }) => actor === "user:token");
    const from = { address: "127.0.0.1" };
    expect(mine).toMatchObject([
      {
        action: "sync",
        app: "argocd/told",
        project: "default",
        reason: "again",
        from,
        outcome: { is: "done" },
      },
      {
        ...{ action: "update", app: "argocd/made", reason: "rotated", from },
        before: { spec: { source: { helm: { valuesObject: { adminPassword: "++++++++", replicas: 1 } } } } },
        after: { spec: { source: { helm: { valuesObject: { adminPassword: "++++++++ (changed)" } } } } },
      },
      {
        action: "create",
        app: "argocd/made",
        reason: "it’s new",
        from,
        after: { spec: { project: "default" } },
      },
    ]);
    expect(mine[2].before).toBeUndefined();
    expect(body.items).toContainEqual(
      expect.objectContaining({ actor: "anonymous", outcome: { is: "refused", why: expect.any(String) } }),
    );
    // What the daemon does by itself came from nowhere.
    for (const { actor, from } of body.items) if (actor === "daemon") expect(from).toBeUndefined();
    expect(JSON.stringify(body)).not.toContain(CANARY);
    const exported = await fetch(`${given.daemon.url}/api/holdfast/v1/activity`, {
      headers: { authorization: `Bearer ${TOKEN}`, accept: "application/x-ndjson" },
    });
    const lines = (await exported.text()).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual(lines.map((_, at) => at + 1));
    expect(lines.join("")).not.toContain(CANARY);
    expect((await given.get("/api/holdfast/v1/activity/verify", TOKEN)).body).toMatchObject({ is: "whole" });
  });
});
