/** What strangers and accidents around the daemon may not bring about, on the compiled binary and a real control plane. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../lib/eventually.ts";
import { configMap, deadApiService } from "../lib/manifests.ts";
import { serverHistory } from "../lib/server-history.ts";
import { conditions, isSynced, type Shown, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(180_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 180_000);
afterAll(() => stage?.stop(), 60_000);

const text = async (path: string): Promise<string> =>
  (await fetch(`${stage.daemon.url}${path}`, { headers: { accept: "application/json" } })).text();
const problems = async (): Promise<string> => text("/api/holdfast/v1/problems");

test("2,000 pushes that anybody may announce ask the repository a few times, and a push in between is seen", async () => {
  const app = await stage.place({ name: "flooded", files: { "a.yaml": yaml(configMap("flooded", "a")) } });
  await app.untilSettled();
  const asked = (): number =>
    stage.git.requests.filter(({ path }) => path.includes("flooded") && !path.includes("service=")).length;
  const before = asked();
  const announce = (): Promise<number> =>
    fetch(`${stage.daemon.url}/api/webhook`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ref: "refs/heads/main", repository: { clone_url: app.repoURL } }),
    }).then(({ status }) => status);
  const statuses = new Set<number>();
  for (let round = 0; round < 40; round++)
    for (const status of await Promise.all(Array.from({ length: 50 }, announce))) statuses.add(status);
  expect([...statuses]).toEqual([202]);
  const flood = asked() - before;
  expect(flood).toBeGreaterThan(0);
  // Three looks in a row, one more in each ten seconds that the flood took here.
  expect(flood).toBeLessThanOrEqual(20);
  const sha = await app.push({ "a.yaml": yaml(configMap("flooded", "a", { key: "second" })) });
  expect(await announce()).toBe(202);
  await app.until((now) => now.status.sync.revision === sha && isSynced(now));
});

test("an address with a password in it is refused, and nobody is told the password", async () => {
  const CANARY = "canary-4711";
  const manifest = (name: string): Shown => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd" },
    spec: {
      project: "default",
      source: { repoURL: `http://ci:${CANARY}@127.0.0.1:1/a.git`, path: "." },
      destination: { server: "https://kubernetes.default.svc", namespace: "default" },
    },
  });
  const file = join(stage.daemon.dir, "apps", "password.yaml");
  writeFileSync(file, JSON.stringify(manifest("in-a-file")));
  await eventually("it is told", async () => (await problems()).includes("holds a password"));
  const made = await stage.daemon.api("/api/v1/applications", {
    method: "POST",
    body: JSON.stringify(manifest("made")),
  });
  expect(made.status).toBe(400);
  const ran = await stage.daemon.cli(
    "app",
    "create",
    "by-cli",
    "--repo",
    manifest("x").spec.source.repoURL,
    "--path",
    ".",
    "--dest-server",
    "https://kubernetes.default.svc",
  );
  expect(ran.code).not.toBe(0);
  const checked = await stage.daemon.cli("validate", file);
  expect(checked.code).not.toBe(0);
  // A repository's content may name such an address too, and a tool repeats it.
  const base = await stage.place({
    name: "remote-base",
    files: { "kustomization.yaml": `resources: ["https://ci:${CANARY}@127.0.0.1:1/x.yaml"]\n` },
  });
  const seen = await base.until((now) => conditions(now, "ComparisonError").length > 0);
  expect(JSON.stringify(seen)).toContain("which cannot be fetched: its host is in a network of its own");
  const data = join(stage.daemon.dir, "data");
  const places: Record<string, string> = {
    create: JSON.stringify(made.body),
    "app create": ran.stdout + ran.stderr,
    validate: checked.stdout + checked.stderr,
    status: (await stage.daemon.cli("status")).stdout,
    "app get": (await stage.daemon.cli("app", "get", "remote-base", "-o", "json")).stdout,
    "app list": (await stage.daemon.cli("app", "list", "-o", "json")).stdout,
    api: await text("/api/v1/applications"),
    projects: await text("/api/v1/projects"),
    problems: await problems(),
    audit: await text("/api/holdfast/v1/audit"),
    events: await text("/api/v1/applications/remote-base/events"),
    metrics: await text("/metrics"),
    readyz: await text("/readyz"),
    log: await stage.daemon.log(),
    ...Object.fromEntries(
      readdirSync(data)
        .filter((name) => name.startsWith("holdfast.db"))
        .map((name) => [name, readFileSync(join(data, name), "latin1")]),
    ),
  };
  expect(Object.keys(places)).toContain("holdfast.db");
  expect(Object.keys(places).filter((name) => places[name]?.includes(CANARY))).toEqual([]);
  rmSync(file);
});

test("an APIService of somebody else that is down withholds no prune, and is told where one looks", async () => {
  const app = await stage.place({
    name: "beside",
    files: {
      "a.yaml": yaml(configMap("beside", "a")),
      "b.yaml": yaml(configMap("beside", "b")),
      "c.yaml": yaml(configMap("beside", "c")),
    },
  });
  await app.untilSettled();
  const group = "down.example.com";
  const path = "/apis/apiregistration.k8s.io/v1/apiservices";
  await stage.must("POST", path, deadApiService(group));
  try {
    await eventually("it is told", async () =>
      (await problems()).includes(`kinds of ${group}/v1 are not known`),
    );
    expect(await text("/readyz")).toMatch(
      /^ok\n.*cluster in-cluster.*kinds of down\.example\.com\/v1 are not known/,
    );
    const sha = await app.commit({ "b.yaml": null });
    await app.until((now) => now.status.sync.revision === sha && isSynced(now));
    await eventually(
      "the object is pruned",
      async () => (await stage.find("/api/v1/namespaces/beside/configmaps/b")) === undefined,
    );
  } finally {
    await stage.must("DELETE", `${path}/v1.${group}`);
  }
  await eventually("nothing is told any more", async () => !(await problems()).includes(group));
});

test("an API server that does nothing any more: no application stays Synced, and status, /readyz and metrics say what is old", async () => {
  const app = await stage.place({ name: "stopped", files: { "a.yaml": yaml(configMap("stopped", "a")) } });
  await app.untilSettled();
  const thaw = serverHistory(stage.plane).freeze();
  try {
    const seen = await app.until((now) => now.status.sync.status === "Unknown", 60_000);
    expect(seen.status.health.status).toBe("Unknown");
    expect(conditions(seen, "ComparisonError").join()).toContain("cluster in-cluster");
    const said = /cluster in-cluster.*unreachable since .*nothing of it is compared, synced or pruned/;
    const ready = await fetch(`${stage.daemon.url}/readyz`);
    // It serves, and other clusters may be well: a restart would help nobody.
    expect(ready.status).toBe(200);
    expect(await ready.text()).toMatch(said);
    expect(await problems()).toMatch(said);
    expect((await stage.daemon.cli("status")).stdout).toMatch(/unreachable since/);
    expect(await text("/metrics")).toContain('holdfast_trouble{what="cluster"} 1');
  } finally {
    thaw();
  }
  await app.untilSettled(120_000);
  expect(await text("/readyz")).toBe("ok\n");
  expect(await text("/metrics")).toContain('holdfast_trouble{what="cluster"} 0');
});
