/** That nothing is fetched twice: real servers count what they are asked by many applications at once, and after a restart. */
import { afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { type ChartRepository, chart, startChartRepository } from "../lib/chart-repository.ts";
import { AUTOMATED, appOf, type Rig, startRig, startWorld, type World } from "../lib/engine-rig.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { npmToolSets } from "../lib/render-host.ts";
import { configMap } from "../lib/source-folder.ts";

const COUNT = 20;

let world: World, rig: Rig, charts: ChartRepository, bases: GitServer;
let programs: Record<string, string>;

beforeAll(async () => {
  programs = (await npmToolSets())[0]?.programs ?? {};
});
beforeEach(async () => {
  world = await startWorld();
  charts = startChartRepository();
  charts.publish(chart("shop", "1.0.0"), chart("redis", "17.0.0"), chart("redis", "17.1.0"));
  bases = await startGitServer();
  await bases.createRepo("base", {
    "kustomization.yaml": "resources: [map.yaml]\n",
    "map.yaml": configMap("map", { of: "base" }),
  });
  await bases.git("base", "tag", "v1");
  rig = await started();
});
afterEach(async () => {
  await rig.stop();
  await charts.stop();
  await bases.close();
  await world.stop();
});

const started = (store?: Rig["store"]): Promise<Rig> =>
  startRig(world, {
    programs,
    cacheDir: join(world.dir, "renders"),
    settings: {
      repositories: [{ url: charts.url, type: "helm" }],
      remoteBases: [`${bases.url}/**`],
    },
    ...(store === undefined ? {} : { store }),
  });

const NAMES = Array.from({ length: COUNT }, (_, at) => `a${at}`);

/** All of them begin in the same moment. */
async function beginAtOnce(files: (name: string) => Record<string, string>): Promise<void> {
  const apps = await Promise.all(
    NAMES.map(async (name) => {
      await world.makeNamespace(name);
      const repository = await world.repository(name, files(name));
      return appOf({ name, repository, spec: { syncPolicy: AUTOMATED } });
    }),
  );
  rig.place(...apps);
  await settled();
}

async function settled(): Promise<void> {
  for (const name of NAMES) await rig.until(name, ({ status }) => status?.sync.status === "Synced", 30_000);
  await rig.untilIdle();
}

async function restart(): Promise<void> {
  const { store, folder } = rig;
  const { applications } = folder;
  await rig.stop();
  charts.requests.length = 0;
  rig = await started(store);
  rig.folder.applications = applications;
  rig.read();
  await settled();
}

const chartsAsked = (): string[] => charts.requests.map(({ path }) => path);
const basesAsked = (): string[] =>
  rig.gitRequests.filter(({ url }) => url === bases.urlOf("base")).map(({ type }) => type);

test("a chart that many name is one index and one archive, and nothing after a restart", async () => {
  const apps = await Promise.all(
    NAMES.map(async (name) => {
      await world.makeNamespace(name);
      const app = appOf({
        name,
        repository: { url: charts.url, commit: async () => "" },
        spec: { syncPolicy: AUTOMATED },
      });
      app.spec.source = { repoURL: charts.url, chart: "shop", targetRevision: "1.0.0" };
      return app;
    }),
  );
  rig.place(...apps);
  await settled();
  expect(chartsAsked()).toEqual(["/stable/index.yaml", "/stable/shop-1.0.0.tgz"]);
  await restart();
  expect(chartsAsked()).toEqual([]);
}, 120_000);

test("a dependency that many have is one index and one archive, and nothing after a restart", async () => {
  const dependency = `- name: redis\n  version: 17.0.0\n  repository: ${charts.url}\n`;
  await beginAtOnce((name) => ({
    "Chart.yaml": `apiVersion: v2\nname: ${name}\nversion: 0.1.0\ndependencies:\n${dependency}`,
  }));
  expect(chartsAsked()).toEqual(["/stable/index.yaml", "/stable/redis-17.0.0.tgz"]);
  await restart();
  expect(chartsAsked()).toEqual([]);
}, 120_000);

test.each([
  { ref: "a commit", first: ["fetch"], restarted: [] },
  { ref: "v1", first: ["ls-remote", "fetch"], restarted: [] },
  { ref: "main", first: ["ls-remote", "fetch"], restarted: ["ls-remote"] },
])(
  "a base at $ref that many have is asked for once, and after a restart is here",
  async ({ ref, first, restarted }) => {
    const at = ref === "a commit" ? await bases.git("base", "rev-parse", "main") : ref;
    await beginAtOnce(() => ({ "kustomization.yaml": `resources: ["${bases.urlOf("base")}?ref=${at}"]\n` }));
    expect(basesAsked()).toEqual([...first]);
    await restart();
    expect(basesAsked()).toEqual([...restarted]);
  },
  60_000,
);
