/** `holdfast trace` through the real API on the real engine: Pods that controllers made, commits of a real repository, runs of real syncs. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type CliRun, cli } from "../lib/cli.ts";
import { isSettled, type Rig, sharedRig, type World } from "../lib/engine-rig.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";
import { configMap, deployment } from "../lib/manifests.ts";

let world: World, rig: Rig, api: FakeApi;
sharedRig((...both) => {
  [world, rig] = both;
});
beforeAll(() => {
  api = startFakeApi(rig.control as never);
});
afterAll(() => api.stop());

const trace = (...words: string[]): Promise<CliRun> => cli(["trace", ...words], { server: api.url });
const itemsOf = async (...words: string[]) => JSON.parse((await trace(...words, "-o", "json")).stdout).items;

test("a Pod leads to its Deployment, the file and line of that, its commit, and the run that wrote it", async () => {
  const repository = await rig.placeNew("traced", {
    "web.yaml": deployment({ namespace: "traced", name: "web" }),
    "map.yaml": configMap("traced", "settings", { key: "value" }),
  });
  await rig.untilSettled("traced");
  await rig.untilIdle();
  const tree = rig.control.resourceTree("argocd/traced" as never);
  const pod = tree.is === "found" ? tree.value.find(({ ref }) => ref.kind === "Pod")?.ref.name : undefined;
  const [item, ...others] = await itemsOf(`Pod/${pod}`, "-n", "traced");
  expect(others).toEqual([]);
  expect(item).toMatchObject({
    application: "argocd/traced",
    chain: [{ kind: "Pod", name: pod }, { kind: "ReplicaSet" }, { kind: "Deployment", name: "web" }],
    ...{ sync: "Synced", health: "Healthy" },
    written: { repository: repository.url, file: "web.yaml", line: 1 },
    run: { cause: "automated", phase: "Succeeded", did: "created" },
    commit: { author: expect.stringContaining("@"), message: "first" },
  });
  expect(item.run.revision).toBe(item.revision);
  expect(item.run).not.toHaveProperty("by");

  // A commit that leaves the Deployment as it is: its run wrote the map alone, and the Deployment's stays the older one.
  const newer = await repository.commit({ "map.yaml": configMap("traced", "settings", { key: "other" }) });
  await rig.refresh("traced");
  await rig.until("traced", (app) => isSettled(app) && app.status?.sync.revision === newer);
  await rig.untilIdle();
  const [after] = await itemsOf("deploy/web", "-n", "traced");
  expect([after.run.id, after.run.revision, after.revision]).toEqual([item.run.id, item.run.revision, newer]);
  const [map] = await itemsOf("cm/settings", "-n", "traced");
  expect([map.run.id > item.run.id, map.run.revision, map.run.did]).toEqual([true, newer, "configured"]);

  // Out of Git and pruned: the run that did it is the reason.
  const gone = await repository.commit({ "map.yaml": null });
  await rig.refresh("traced");
  await rig.until("traced", (app) => app.status?.sync.revision === gone);
  await rig.untilIdle();
  await rig.sync("traced", { prune: true });
  await rig.untilIdle();
  const { code, stderr } = await trace("cm/settings", "-n", "traced");
  expect([code, stderr]).toEqual([3, expect.stringMatching(/\n {2}Run \d+ of argocd\/traced deleted it, /)]);
  expect(await world.find("/api/v1/namespaces/traced/configmaps/settings")).toBeUndefined();
});
