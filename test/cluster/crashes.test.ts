/** kill -9, SIGTERM, a second daemon, a full disk: a restart converges, and no record is lost. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import { BINARY, freePort, run, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";
import {
  AUTOMATED,
  conditions,
  isQuiet,
  isSynced,
  MERGE,
  type Placed,
  SERVER,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(120_000);

const EDGE = "https://edge.example.com";
let stage: Stage, edge: ApiProxy;

beforeAll(async () => {
  stage = await startStage({
    config: "retry: { first: 200ms, most: 2s }",
    clusters: async ({ kubeconfig }) => {
      edge = await startApiProxy(kubeconfig);
      return [{ name: "edge", server: EDGE, kubeconfig: edge.kubeconfig }];
    },
  });
  // A folder that is suddenly empty deletes nothing: this one stays in it, whatever leaves.
  await stage.place({ name: "stays", files: { "a.yaml": yaml(configMap("stays", "a")) } });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await edge?.stop();
}, 60_000);

const waved = (wave: number): Record<string, string> => ({ "argocd.argoproj.io/sync-wave": String(wave) });

/** Waves of a ConfigMap that bears the version, and a Deployment that is waited for. */
function waves(namespace: string, count: number, version: string): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, wave): [string, string] => {
      const web = deployment({
        namespace,
        name: `web-${wave}`,
        image: `registry.example.com/web:${version}`,
      });
      web.metadata.annotations = waved(wave);
      return [`wave-${wave}.yaml`, yaml(configMap(namespace, `map-${wave}`, { version }, waved(wave)), web)];
    }),
  );
}

const versionOf = async (namespace: string, name: string): Promise<string> =>
  (await stage.find(configMapPath(namespace, name)))?.data?.version ?? "";

interface Run {
  id: number;
  app: string;
  cause: string;
  state: Shown;
}
interface Audit {
  seq: number;
  action: string;
  app?: string;
  actor: string;
}
const runsOf = async (app: string): Promise<Run[]> =>
  (await stage.daemon.api<{ items: Run[] }>(`/api/holdfast/v1/runs?app=argocd/${app}&limit=50`)).body.items;
const audits = async (): Promise<Audit[]> =>
  (await stage.daemon.api<{ items: Audit[] }>("/api/holdfast/v1/audit?limit=1000")).body.items;

/** While no daemon runs. */
function expectSoundStore(): void {
  const database = new Database(join(stage.daemon.dir, "data", "holdfast.db"));
  try {
    expect(database.query<{ integrity_check: string }, []>("PRAGMA integrity_check").all()).toEqual([
      { integrity_check: "ok" },
    ]);
  } finally {
    database.close();
  }
}

async function killAndRestart(): Promise<void> {
  await stage.daemon.kill("SIGKILL");
  expectSoundStore();
  await stage.daemon.restart();
}

/** Processes that run the binary for this stage's daemon. */
function processes(): number[] {
  const program = realpathSync(BINARY);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          readlinkSync(`/proc/${pid}/exe`) === program &&
          readFileSync(`/proc/${pid}/environ`, "utf8").includes(`HOME=${stage.daemon.dir}`)
        );
      } catch (cause) {
        if (
          cause instanceof Error &&
          "code" in cause &&
          ["ENOENT", "ESRCH", "EACCES"].includes(String(cause.code))
        )
          return false;
        throw cause;
      }
    });
}

test("one process after the start, with its connection limit lifted in place, and none after kill -9", async () => {
  expect(processes()).toEqual([stage.daemon.pid]);
  expect(readFileSync(`/proc/${stage.daemon.pid}/environ`, "utf8")).toContain(
    "BUN_CONFIG_MAX_HTTP_REQUESTS=",
  );
  const { pid } = stage.daemon;
  await stage.daemon.kill("SIGKILL");
  expect(processes()).toEqual([]);
  await stage.daemon.restart();
  expect(processes()).toEqual([stage.daemon.pid]);
  expect(stage.daemon.pid).not.toBe(pid);
});

describe("kill -9 during a sync", () => {
  let app: Placed;
  const uids = new Map<string, string>();

  beforeAll(async () => {
    app = await stage.place({ name: "waves", files: waves("waves", 4, "v0") });
    await app.untilSettled();
    for (let wave = 0; wave < 4; wave++)
      uids.set(
        `map-${wave}`,
        (await stage.must("GET", configMapPath("waves", `map-${wave}`))).metadata.uid ?? "",
      );
  });

  test.each([
    {
      when: "when the operation has begun",
      moment: 1,
      reached: async () => (await app.get()).status.operationState.phase === "Running",
    },
    {
      when: "when the first wave is written",
      moment: 2,
      reached: async () => (await versionOf("waves", "map-0")) === "v2",
    },
    {
      when: "while the first wave is waited for",
      moment: 3,
      reached: async () => String((await app.get()).status.operationState.message).startsWith("waiting for"),
    },
    {
      when: "in the third wave",
      moment: 4,
      reached: async () => (await versionOf("waves", "map-2")) === "v4",
    },
    {
      when: "in the last wave",
      moment: 5,
      reached: async () => (await versionOf("waves", "map-3")) === "v5",
    },
  ])("$when: the restart converges, and its record says what happened", async ({ moment, reached }) => {
    const version = `v${moment}`;
    const known = new Set((await runsOf("waves")).map(({ id }) => id));
    const sha = await app.push(waves("waves", 4, version));
    void app.refresh().catch(() => "the daemon is killed while it answers");
    await eventually(
      "the moment to kill",
      async () => (await runsOf("waves")).some(({ id }) => !known.has(id)) && (await reached()),
    );
    await killAndRestart();
    const seen = await app.until(
      (now) =>
        now.status.sync.revision === sha &&
        isSynced(now) &&
        isQuiet(now) &&
        now.status.health.status === "Healthy",
      60_000,
    );
    expect(seen.status.operationState.phase).toBe("Succeeded");
    expect(seen.status.history.at(-1).revision).toBe(sha);
    for (let wave = 0; wave < 4; wave++) {
      const live = await stage.must("GET", configMapPath("waves", `map-${wave}`));
      expect(live.data).toEqual({ version });
      expect(live.metadata.uid).toBe(uids.get(`map-${wave}`));
    }
    // Every run that began has ended, and one that was cut off does not say that it succeeded.
    const fresh = (await runsOf("waves")).filter(({ id }) => !known.has(id)).reverse();
    expect(fresh.every(({ state }) => state.finishedAt !== undefined)).toBe(true);
    expect(fresh.at(-1)?.state.phase).toBe("Succeeded");
    const cut = fresh.slice(0, -1);
    for (const { state } of cut)
      expect(state).toMatchObject({
        phase: "Error",
        message: expect.stringContaining("cut off by a restart"),
      });
    if (moment < 5) expect(cut).toHaveLength(1);
  });

  test("no record was lost or is there twice: runs, audit, history", async () => {
    const runs = await runsOf("waves");
    expect(new Set(runs.map(({ id }) => id)).size).toBe(runs.length);
    const entries = await audits();
    expect(entries.map(({ seq }) => seq)).toEqual(
      Array.from({ length: entries.length }, (_, at) => entries.length - at),
    );
    const history = (await app.get()).status.history as Shown[];
    expect(history.map(({ id }) => id)).toEqual(Array.from({ length: history.length }, (_, at) => at));
    expect(new Set(history.map(({ revision }) => revision)).size).toBe(history.length);
  });

  test("the inventory survived: what leaves Git is pruned, and nothing else", async () => {
    await app.commit({ "wave-1.yaml": null });
    await app.untilSettled();
    await eventually(
      "they are gone",
      async () =>
        (await stage.find(configMapPath("waves", "map-1"))) === undefined &&
        (await stage.find("/apis/apps/v1/namespaces/waves/deployments/web-1")) === undefined,
    );
    for (const wave of [0, 2, 3])
      expect((await stage.must("GET", configMapPath("waves", `map-${wave}`))).metadata.uid).toBe(
        uids.get(`map-${wave}`),
      );
  });
});

test("kill -9 in the middle of a first sync: what was written and never recorded is still ours to prune", async () => {
  const app = await stage.place({ name: "first", files: waves("first", 3, "v1") });
  await eventually("the first wave is written", async () => (await versionOf("first", "map-0")) === "v1");
  await stage.daemon.kill("SIGKILL");
  // Before the daemon is back, Git lets go of what it wrote.
  const sha = await app.push({ "wave-0.yaml": null });
  await stage.daemon.restart();
  await app.until(
    (now) => now.status?.sync?.revision === sha && isQuiet(now) && now.status.health.status === "Healthy",
    60_000,
  );
  await eventually(
    "what left Git is gone",
    async () => (await stage.find(configMapPath("first", "map-0"))) === undefined,
  );
  await app.untilSettled();
});

test("kill -9 in the middle of a prune: the rest goes after the restart, and what stays stays", async () => {
  const names = Array.from({ length: 30 }, (_, at) => `map-${at}`);
  const app = await stage.place({
    name: "pruned",
    files: Object.fromEntries(names.map((name) => [`${name}.yaml`, yaml(configMap("pruned", name))])),
  });
  await app.untilSettled();
  const leaving = names.slice(0, 12),
    staying = names.slice(12);
  const sha = await app.push(Object.fromEntries(leaving.map((name) => [`${name}.yaml`, null])));
  void app.refresh().catch(() => "the daemon is killed while it answers");
  await eventually(
    "the first one is gone",
    async () => (await stage.find(configMapPath("pruned", leaving[0] as string))) === undefined,
  );
  await killAndRestart();
  await app.until((now) => now.status.sync.revision === sha && isSynced(now) && isQuiet(now));
  const left = (await stage.must("GET", "/api/v1/namespaces/pruned/configmaps")).items
    .map(({ metadata }: Shown) => metadata.name)
    .filter((name: string) => name.startsWith("map-"));
  expect(left.sort()).toEqual([...staying].sort());
});

test("kill -9 right after the API said yes: a sync that was asked for happens, and an application that was made is there", async () => {
  const app = await stage.place({
    name: "asked",
    files: { "a.yaml": yaml(configMap("asked", "a")) },
    spec: { syncPolicy: {} },
  });
  await app.until((now) => now.status?.sync?.status === "OutOfSync");
  const repoURL = await stage.git.createRepo("made-then-killed", {
    "app/a.yaml": yaml(configMap("asked", "b")),
  });
  const made = {
    metadata: { name: "made-then-killed" },
    spec: {
      project: "default",
      source: { repoURL, path: "app" },
      destination: { server: SERVER, namespace: "asked" },
      syncPolicy: AUTOMATED,
    },
  };
  const [created, synced] = await Promise.all([
    stage.daemon.api("/api/v1/applications", { method: "POST", body: JSON.stringify(made) }),
    stage.daemon.api("/api/v1/applications/asked/sync", { method: "POST", body: "{}" }),
  ]);
  expect([created.status, synced.status]).toEqual([200, 200]);
  await killAndRestart();
  await app.untilSettled();
  await stage.daemon.until("made-then-killed", isSynced);
  const entries = await audits();
  expect(entries.filter(({ app: of, action }) => of === "argocd/asked" && action === "sync")).toHaveLength(1);
  expect(
    entries.filter(({ app: of, action }) => of === "argocd/made-then-killed" && action === "create"),
  ).toHaveLength(1);
  // After the kill they are one chain, by the daemon and by its folder beside it.
  for (const where of [[], ["--data", join(stage.daemon.dir, "data")]]) {
    const { code, stdout } = await stage.daemon.cli("activity", "verify", ...where);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining(`${entries.length} entries as written, from 1 to ${entries.length}.`),
    ]);
  }
});

test("kill -9 while an application is being deleted: the deletion goes on", async () => {
  const held = configMap("deleted", "held");
  held.metadata.finalizers = ["example.com/hold"];
  const app = await stage.place({
    name: "deleted",
    files: { "a.yaml": yaml(configMap("deleted", "a"), held) },
    metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] },
  });
  await app.untilSettled();
  await app.remove();
  await eventually(
    "its deletion began",
    async () =>
      (await app.get()).metadata?.deletionTimestamp !== undefined &&
      (await stage.find(configMapPath("deleted", "held")))?.metadata.deletionTimestamp !== undefined,
  );
  const before = stage.writes("deleted").filter(({ verb }) => verb !== "delete").length;
  await killAndRestart();
  expect((await app.get()).metadata.deletionTimestamp).toBeDefined();
  await eventually("it was looked at", async () => (await stage.daemon.api("/readyz")).status === 200);
  // Nothing that is going is written again.
  expect(stage.writes("deleted").filter(({ verb }) => verb !== "delete")).toHaveLength(before);
  await stage.must("PATCH", configMapPath("deleted", "held"), { metadata: { finalizers: null } }, MERGE);
  await app.untilGone();
  expect(await stage.find(configMapPath("deleted", "a"))).toBeUndefined();
});

test("a file that left the folder while no daemon ran deletes its application at the next start", async () => {
  const app = await stage.place({
    name: "left",
    files: { "a.yaml": yaml(configMap("left", "a")) },
    metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] },
  });
  await app.untilSettled();
  await stage.daemon.kill("SIGKILL");
  await app.remove();
  await stage.daemon.restart();
  await app.untilGone();
  expect(await stage.find(configMapPath("left", "a"))).toBeUndefined();
});

test("a cluster that is unreachable when the daemon starts: the others are looked at, and it is found when it is back", async () => {
  const far = await stage.place({
    name: "far",
    files: { "a.yaml": yaml(configMap("far", "a")) },
    spec: { destination: { server: EDGE, namespace: "far" } },
  });
  await far.untilSettled();
  const end = edge.inject(() => true, { do: "cut" });
  await stage.daemon.restart();
  const seen = await far.until((now) => conditions(now, "ComparisonError").join().includes("cluster edge"));
  expect(seen.status.sync.status).toBe("Unknown");
  const near = await stage.place({ name: "near", files: { "a.yaml": yaml(configMap("near", "a")) } });
  await near.untilSettled();
  await stage.must("PATCH", configMapPath("far", "a"), { data: { key: "drifted" } }, MERGE);
  end();
  await eventually(
    "the drift is reverted",
    async () => (await stage.must("GET", configMapPath("far", "a"))).data.key === "value",
    40_000,
  );
  await far.untilSettled();
});

test("SIGTERM during a sync ends it with 0, and the next start goes on", async () => {
  const app = await stage.place({ name: "ended", files: waves("ended", 4, "v1") });
  await eventually("the second wave is written", async () => (await versionOf("ended", "map-1")) === "v1");
  expect(await versionOf("ended", "map-3")).toBe("");
  const began = Date.now();
  // Impatient people and process managers send more than one: the stop that the first began is not cut off.
  const ended = stage.daemon.kill("SIGTERM");
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    await Bun.sleep(5);
    if (processes().length > 0) process.kill(stage.daemon.pid, signal);
  }
  expect(await ended).toBe(0);
  // What systemd and the kubelet wait for before they kill is 30 seconds and more.
  expect(Date.now() - began).toBeLessThan(25_000);
  expectSoundStore();
  expect(processes()).toEqual([]);
  await stage.daemon.restart();
  await app.untilSettled(60_000);
  expect(await versionOf("ended", "map-3")).toBe("v1");
  const runs = await runsOf("ended");
  expect(runs.every(({ state }) => state.finishedAt !== undefined)).toBe(true);
  expect(runs[0]?.state.phase).toBe("Succeeded");
});

test("a second daemon on the same data folder refuses to start, with a sentence that names the first", async () => {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-second-"));
  try {
    const config = join(dir, "holdfast.yaml");
    writeFileSync(
      config,
      `server: { listen: "127.0.0.1:${await freePort()}" }\ndata: ${join(stage.daemon.dir, "data")}\n`,
    );
    const second = await run(["timeout", "20", BINARY, "serve", "--config", config], {
      env: { PATH: process.env.PATH ?? "", HOME: dir },
    });
    expect(second.code).not.toBe(0);
    expect(second.stderr).toContain("another Holdfast uses it");
    expect(second.stderr).toContain(String(stage.daemon.pid));
    expect((await stage.daemon.api("/healthz")).status).toBe(200);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test("a full disk: nothing is written to the cluster that could not be written down, it is said, and it heals when there is room", async () => {
  const root = mkdtempSync(join(tmpdir(), "holdfast-full-")),
    data = join(root, "data");
  mkdirSync(data);
  // Room for the tools that a build brings, and for little else.
  const mounted = await run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", data]);
  if (mounted.code !== 0)
    throw new Error(`this test mounts a small file system, which needs root: ${mounted.stderr}`);
  const repoURL = await stage.git.createRepo("full", { "app/a.yaml": yaml(configMap("full", "a")) });
  await stage.makeNamespace("full");
  const app = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "full", namespace: "argocd" },
    spec: {
      project: "default",
      source: { repoURL, path: "app" },
      destination: { server: SERVER, namespace: "full" },
      syncPolicy: AUTOMATED,
    },
  };
  const daemon = await startDaemon(
    `poll: 1h\nretry: { first: 200ms, most: 1s }\nclusters: ${JSON.stringify([{ name: "in-cluster", server: SERVER, kubeconfig: stage.plane.kubeconfig }])}\napplications: [./apps]\n`,
    { "apps/full.yaml": JSON.stringify(app) },
    { data },
  );
  try {
    await daemon.until("full", (now) => isSynced(now) && isQuiet(now));
    const filler = join(data, "filler");
    await run(["dd", "if=/dev/zero", `of=${filler}`, "bs=4k"]);
    const before = stage.writes("full");
    await stage.must("DELETE", configMapPath("full", "a"));
    const said = await daemon.until("full", (now) => conditions(now, "UnknownError").length > 0);
    expect(conditions(said, "UnknownError")[0]).toContain("the disk is full. Free space there");
    // What was seen is shown, though nothing can be begun.
    expect(said.status).toMatchObject({ sync: { status: "Unknown" }, health: { status: "Missing" } });
    await Bun.sleep(1_500);
    expect(stage.writes("full")).toEqual(before);
    expect(await stage.find(configMapPath("full", "a"))).toBeUndefined();
    expect((await daemon.api("/healthz")).status).toBe(200);
    rmSync(filler);
    await eventually("it is there again", () => stage.find(configMapPath("full", "a"))).catch(
      async (cause) => {
        throw new Error(await daemon.log(), { cause });
      },
    );
    await daemon.until("full", (now) => isSynced(now) && isQuiet(now));
  } finally {
    await daemon.stop();
    await run(["umount", data]);
    rmSync(root, { recursive: true, force: true });
  }
});
