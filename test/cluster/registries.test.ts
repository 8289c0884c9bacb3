/** A chart and a folder of manifests of a closed OCI registry, from their push to a cluster, and back. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chartArchive } from "../lib/chart-repository.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, job } from "../lib/manifests.ts";
import { CHART_LAYER, HELM_CONFIG, startRegistry, type TestRegistry } from "../lib/registry.ts";
import { MERGE, type Shown, type Stage, startStage, yaml } from "../lib/stage.ts";
import { tgz } from "../lib/tgz.ts";

setDefaultTimeout(90_000);

let stage: Stage, registry: TestRegistry;

beforeAll(async () => {
  registry = await startRegistry("token");
  await pushChart("1.0.0");
  const { username, password } = registry.login;
  const entry = {
    type: "oci",
    url: `oci://${registry.host}`,
    username,
    password,
    ca: registry.ca,
    plainHttp: true,
  };
  stage = await startStage({ poll: "1s", config: `repositories: ${JSON.stringify([entry])}\n` });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await registry?.stop();
}, 60_000);

const pushChart = (version: string): Promise<string> =>
  registry.push({
    name: "charts/shop",
    tag: version,
    layers: [{ content: chartArchive("shop", version), mediaType: CHART_LAYER }],
    config: { mediaType: HELM_CONFIG, text: JSON.stringify({ name: "shop", version }) },
    annotations: {
      "org.opencontainers.image.created": "2026-11-23T03:55:00Z",
      "org.opencontainers.image.authors": "Ana Ruiz",
      "org.opencontainers.image.source": "https://git.example.com/shop.git",
      "org.opencontainers.image.description": `The shop in ${version}`,
    },
  });
const pushFolder = (greeting: string): Promise<string> =>
  registry.push({
    name: "team/manifests",
    tag: "main",
    layers: [
      {
        content: tgz({
          "base/map.yaml": `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: map }\ndata: { greeting: ${greeting} }\n`,
          "base/kustomization.yaml": "resources: [map.yaml]\n",
        }),
      },
    ],
  });
const dataOf = async (namespace: string, name: string): Promise<Shown | undefined> =>
  (await stage.find(`/api/v1/namespaces/${namespace}/configmaps/${name}`))?.["data"];

test("a chart follows its versions, and goes back to one", async () => {
  const app = await stage.place({
    name: "chart",
    files: {},
    spec: { source: { repoURL: `${registry.host}/charts`, chart: "shop", targetRevision: "^1.0.0" } },
  });
  expect((await app.untilSettled()).status.sync.revision).toBe("1.0.0");
  await pushChart("1.1.0");
  await eventually(
    "the new version",
    async () => (await dataOf("chart", "chart-shop"))?.["version"] === "1.1.0",
  );
  await app.until(({ status }) => status.history?.at(-1)?.revision === "1.1.0");
  await app.untilSettled();
  const about = await stage.daemon.api<Shown>("/api/v1/applications/chart/revisions/1.0.0/ocimetadata");
  expect(about.body).toEqual({
    createdAt: "2026-11-23T03:55:00Z",
    authors: "Ana Ruiz",
    sourceUrl: "https://git.example.com/shop.git",
    description: "The shop in 1.0.0",
  });
  expect(
    (await stage.daemon.api<Shown>("/api/v1/applications/chart/revisions/1.1.0/chartdetails")).body,
  ).toEqual({ description: "", home: "", maintainers: [] });
  expect((await stage.daemon.cli("app", "get", "chart")).stdout).toMatch(
    /Published +\S.* by Ana Ruiz from https:\/\/git\.example\.com\/shop\.git\nAbout +The shop in 1\.1\.0\n/,
  );
  expect((await stage.daemon.cli("app", "history", "chart", "-o", "wide")).stdout).toContain(
    "The shop in 1.0.0",
  );
  const rolledBack = await stage.daemon.api<Shown>("/api/v1/applications/chart/rollback", {
    method: "POST",
    body: JSON.stringify({ id: 0 }),
  });
  expect(rolledBack.status).toBe(200);
  await eventually(
    "the first version",
    async () => (await dataOf("chart", "chart-shop"))?.["version"] === "1.0.0",
  );
});

test("a tag that is moved while a sync runs changes nothing of that sync", async () => {
  const push = (greeting: string): Promise<string> => {
    const hook = job({ namespace: "moved", name: "before" });
    const suspended = {
      ...hook,
      metadata: { ...hook.metadata, annotations: { "argocd.argoproj.io/hook": "PreSync" } },
      spec: { ...(hook.spec as Shown), suspend: true },
    };
    const files = { "job.yaml": yaml(suspended), "map.yaml": yaml(configMap("moved", "map", { greeting })) };
    return registry.push({ name: "team/moved", tag: "main", layers: [{ content: tgz(files) }] });
  };
  const first = await push("one");
  const app = await stage.place({
    name: "moved",
    files: {},
    spec: {
      source: { repoURL: `oci://${registry.host}/team/moved`, path: ".", targetRevision: "main" },
      syncPolicy: {},
    },
  });
  await app.until(({ status }) => status?.sync?.revision === first);
  await stage.daemon.api("/api/v1/applications/moved/sync", { method: "POST", body: "{}" });
  await app.until(({ status }) => status?.operationState?.message?.includes("before") === true);
  const second = await push("two");
  // The move is heard of while the sync waits.
  await app.refresh();
  await stage.must(
    "PATCH",
    "/apis/batch/v1/namespaces/moved/jobs/before",
    { spec: { suspend: false } },
    MERGE,
  );
  const ended = await app.until(({ status }) => status?.operationState?.phase === "Succeeded");
  expect(ended.status.operationState.syncResult.revision).toBe(first);
  expect(await dataOf("moved", "map")).toEqual({ greeting: "one" });
  const after = await app.until(
    ({ status }) => status?.sync?.status === "OutOfSync" && status.sync.revision === second,
  );
  expect(after.status.history.map(({ revision }: Shown) => revision)).toEqual([first]);
});

test("a folder of manifests follows its tag, and a registry that is down takes nothing away", async () => {
  const first = await pushFolder("one");
  const app = await stage.place({
    name: "folder",
    files: {},
    spec: {
      source: { repoURL: `oci://${registry.host}/team/manifests`, path: "base", targetRevision: "main" },
    },
  });
  const settled = await app.untilSettled();
  expect(settled.status.sync.revision).toBe(first);
  expect(settled.status.sourceType).toBe("Kustomize");
  const second = await pushFolder("two");
  await eventually(
    "what the tag was moved to",
    async () => (await dataOf("folder", "map"))?.["greeting"] === "two",
  );
  await app.until(({ status }) => status.history?.at(-1)?.revision === second);
  await registry.stop();
  await app.until(({ status }) => JSON.stringify(status.conditions ?? []).includes("cannot be asked since"));
  expect((await app.get()).status.sync).toMatchObject({ status: "Synced", revision: second });
  const log = await stage.daemon.log();
  expect(`${log}${JSON.stringify(await app.get())}`).not.toMatch(/pass word|eyJ/);
});
