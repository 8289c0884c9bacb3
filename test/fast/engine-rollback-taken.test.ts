/** Rollbacks of what takes bases and charts from elsewhere, with the real engine, servers, kustomize and helm. */
import { afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { AppKey } from "../../src/core/model/application.ts";
import { showPart } from "../../src/core/model/taken-part.ts";
import { type ChartRepository, chart, startChartRepository } from "../lib/chart-repository.ts";
import { endingOf } from "../lib/ending-of.ts";
import { AUTOMATED, HOME, isQuiet, type Rig, startRig, startWorld, type World } from "../lib/engine-rig.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { npmToolSets } from "../lib/render-host.ts";
import { configMap } from "../lib/source-folder.ts";

let world: World, rig: Rig, bases: GitServer, charts: ChartRepository;
let programs: Record<string, string>;

beforeAll(async () => {
  programs = (await npmToolSets())[0]?.programs ?? {};
});
beforeEach(async () => {
  world = await startWorld();
  bases = await startGitServer();
  charts = startChartRepository();
  charts.publish(chart("shop", "1.0.0"));
  await bases.createRepo("base", {
    "kustomization.yaml": "resources: [map.yaml]\n",
    "map.yaml": configMap("map", { of: "one" }),
  });
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
    settings: {
      repositories: [{ url: charts.url, type: "helm" }],
      remoteBases: [`${bases.url}/**`],
    },
    ...(store === undefined ? {} : { store }),
  });

const USES_BASE = () => ({ "kustomization.yaml": `resources: ["${bases.urlOf("base")}?ref=main"]\n` });
const key = (name: string): AppKey => `${HOME}/${name}` as AppKey;
const inMap = async (name: string): Promise<string | undefined> =>
  (await world.find(`/api/v1/namespaces/${name}/configmaps/map`))?.data?.of;
const versionOf = async (name: string): Promise<string | undefined> =>
  (await world.find(`/api/v1/namespaces/${name}/configmaps/${name}-shop`))?.data?.version;
const tookIn = (name: string): string[][] =>
  (rig.app(name).status?.history ?? []).map(({ taken = [] }) => taken.map(showPart));

async function untilDeployed(name: string, count: number): Promise<void> {
  await rig.until(name, (app) => (app.status?.history ?? []).length === count && isQuiet(app));
  await rig.untilIdle();
}

/** An application of one base, deployed at two commits of it. @returns these */
async function twice(name: string, automated: typeof AUTOMATED | "by hand" = AUTOMATED): Promise<string[]> {
  const first = await bases.git("base", "rev-parse", "main");
  await rig.placeNew(
    name,
    USES_BASE(),
    automated === "by hand" ? { spec: { syncPolicy: {} } } : { spec: { syncPolicy: automated } },
  );
  if (automated === "by hand") await rig.sync(name);
  await untilDeployed(name, 1);
  const second = await bases.commit("base", { "map.yaml": configMap("map", { of: "two" }) }, "second");
  await rig.refresh(name);
  if (automated === "by hand") await rig.sync(name);
  await untilDeployed(name, 2);
  expect(await inMap(name)).toBe("two");
  return [first, second];
}

async function back(name: string): Promise<void> {
  const request = { deployment: 0, until: "lifted", actor: "user:ann" } as const;
  expect((await rig.control.rollback(key(name), request)).is).toBe("written");
  await rig.until(name, isQuiet);
  await rig.untilIdle();
}

async function restart(): Promise<void> {
  const { store, folder } = rig;
  await rig.stop();
  rig = await started(store);
  rig.folder.applications = folder.applications;
  rig.read();
}

test("the history tells of each deployment at which commit of a base it was", async () => {
  const commits = await twice("told");
  expect(tookIn("told")).toEqual(
    commits.map((commit) => [`${bases.urlOf("base")} main at ${commit.slice(0, 12)}`]),
  );
});

test("a rollback renders with the commit of the base that was deployed, and is held at it", async () => {
  const [first = ""] = await twice("held");
  const plan = await rig.control.rollbackPlan(key("held"), 0);
  expect(plan.is === "found" ? plan.value.asNow : undefined).toEqual([]);
  await back("held");
  expect(await inMap("held")).toBe("one");
  expect(tookIn("held").at(-1)).toEqual([`${bases.urlOf("base")} main at ${first.slice(0, 12)}`]);
  // Whatever is looked at, and by whom.
  await rig.refresh("held", "hard");
  await rig.untilIdle();
  expect(await inMap("held")).toBe("one");
  await restart();
  await rig.until("held", ({ status }) => status?.sync.status === "Synced");
  await rig.refresh("held");
  await rig.untilIdle();
  expect(await inMap("held")).toBe("one");
  await rig.control.unhold(key("held"), "user:ann");
  await rig.until("held", (app) => app.status?.sync.status === "Synced" && isQuiet(app));
  await rig.untilIdle();
  expect(await inMap("held")).toBe("two");
});

test("one that is synced by hand goes back to it too, and is out of sync then", async () => {
  await twice("hand", "by hand");
  await back("hand");
  expect(await inMap("hand")).toBe("one");
  await rig.until("hand", ({ status }) => status?.sync.status === "OutOfSync");
});

test("a commit of a base that is gone is said, and nothing is changed", async () => {
  const [first = ""] = await twice("gone");
  // It is pushed over, and what was fetched of it was lost.
  const tree = await bases.git("base", "rev-parse", "main^{tree}");
  const other = await bases.git("base", "commit-tree", tree, "-m", "other");
  await bases.git("base", "update-ref", "refs/heads/main", other);
  await bases.git("base", "gc", "--prune=now", "--quiet");
  const { store, folder } = rig;
  await rig.stop();
  rmSync(join(world.dir, "data", "git"), { recursive: true, force: true });
  rig = await started(store);
  rig.folder.applications = folder.applications;
  rig.read();
  await rig.until("gone", ({ status }) => status?.sync.status === "Synced");
  await rig.untilIdle();
  const words = `its commit ${first}, which that deployment was made of, cannot be had`;
  expect(await endingOf(rig.control.rollbackPlan(key("gone"), 0))).toThrow(words);
  const request = { deployment: 0, until: "lifted", actor: "user:ann" } as const;
  expect(await endingOf(rig.control.rollback(key("gone"), request))).toThrow(words);
  expect(rig.app("gone").status?.hold).toBeUndefined();
  expect(await inMap("gone")).toBe("two");
});

test("a dependency is the version that was deployed, from what is kept, and one that is other now is refused", async () => {
  await rig.placeNew(
    "dep",
    {
      "Chart.yaml": `apiVersion: v2\nname: own\nversion: 1.0.0\ndependencies:\n- { name: shop, version: ^1.0.0, repository: "${charts.url}" }\n`,
    },
    { spec: { syncPolicy: AUTOMATED } },
  );
  await untilDeployed("dep", 1);
  charts.publish(chart("shop", "1.1.0"));
  await rig.refresh("dep");
  await untilDeployed("dep", 2);
  expect(await versionOf("dep")).toBe("1.1.0");
  const asked = charts.requests.length;
  await back("dep");
  expect(await versionOf("dep")).toBe("1.0.0");
  // The look beside the hold asks for the index; the archive is here.
  expect(charts.requests.slice(asked).filter(({ path }) => path.endsWith(".tgz"))).toEqual([]);
  await rig.control.unhold(key("dep"), "user:ann");
  await untilDeployed("dep", 4);
  await rig.stop();
  rmSync(join(world.dir, "data", "artifacts"), { recursive: true, force: true });
  charts.publish(chart("shop", "1.0.0", { "values.yaml": "greeting: published anew\n" }));
  const { store, folder } = rig;
  rig = await started(store);
  rig.folder.applications = folder.applications;
  rig.read();
  await rig.until("dep", ({ status }) => status?.sync.status === "Synced");
  expect(await endingOf(rig.control.rollbackPlan(key("dep"), 0))).toThrow(
    /shop 1\.0\.0, which that deployment was made of, cannot be had: its digest is sha256:\w+, and sha256:\w+ was announced/,
  );
});

test("a file at an address is what it held then, for as long as that is kept", async () => {
  let of = "one";
  const raw = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response(configMap("map", { of })),
  });
  try {
    await rig.stop();
    rig = await startRig(world, { programs, settings: { remoteBases: [`http://127.0.0.1:${raw.port}/**`] } });
    const url = `http://127.0.0.1:${raw.port}/map.yaml`;
    const files = { "kustomization.yaml": `resources: ["${url}"]\n` };
    await rig.placeNew("file", files, { spec: { syncPolicy: AUTOMATED } });
    await untilDeployed("file", 1);
    of = "two";
    await rig.refresh("file");
    await untilDeployed("file", 2);
    await back("file");
    expect(await inMap("file")).toBe("one");
    const { store, folder, settings } = rig;
    await rig.stop();
    rmSync(join(world.dir, "data", "artifacts", "archives"), { recursive: true, force: true });
    rig = await startRig(world, { programs, settings, store });
    rig.folder.applications = folder.applications;
    rig.read();
    expect(await endingOf(rig.control.rollbackPlan(key("file"), 0))).toThrow(
      /its content sha256:\w+, which that deployment was made of, cannot be had/,
    );
  } finally {
    await raw.stop(true);
  }
});

test("a deployment of which nobody wrote down what it took is rendered as that is now, and the plan says so", async () => {
  const [, second = ""] = await twice("old");
  await rig.untilIdle();
  const status = rig.app("old").status;
  const { store, folder } = rig;
  await rig.stop();
  const state = store.states().find((one) => one.key === key("old"));
  if (state === undefined || status === undefined) throw new Error("nothing is known of it");
  const history = (status.history ?? []).map(({ taken: _, ...entry }) => entry);
  store.putStates([{ ...state, status: { ...status, history } }]);
  rig = await started(store);
  rig.folder.applications = folder.applications;
  rig.read();
  await rig.until("old", (app) => app.status?.sync.status === "Synced");
  const plan = await rig.control.rollbackPlan(key("old"), 0);
  expect(plan.is === "found" ? plan.value.asNow.map(showPart) : undefined).toEqual([
    `${bases.urlOf("base")} main at ${second.slice(0, 12)}`,
  ]);
});
