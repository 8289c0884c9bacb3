/** The entry of the home's cluster leads to another cluster, in which no application is. */
import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { AppKey } from "../../src/core/model/application.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { AUTOMATED, HOME, type Rig } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { APPLICATIONS, manifest, pathOf, RecordsStage, settled } from "../lib/records-stage.ts";

setDefaultTimeout(30_000);

const automated = { syncPolicy: AUTOMATED };
const key = (name: string) => `${HOME}/${name}` as AppKey;
let stage: RecordsStage, other: RecordsStage;

beforeAll(async () => {
  [stage, other] = await Promise.all([RecordsStage.open(), RecordsStage.open()]);
});
afterEach(() => Promise.all([stage.clear(), other.clear()]));
afterAll(() => Promise.all([stage?.world.stop(), other?.world.stop()]));

const uidOf = async (of: RecordsStage): Promise<string> =>
  (await of.world.must("GET", "/api/v1/namespaces/kube-system")).metadata.uid as string;
const tells = (rig: Rig, ...words: string[]) =>
  eventually("it is told", () =>
    rig.control.problems().some(({ text }) => words.every((word) => text.includes(word))),
  );

test("after a restart nothing is forgotten, both are named, and what is meant can be said", async () => {
  const store = memoryStore();
  await stage.start({ store });
  const name = "lived-there";
  await stage.apply(name, { "a.yaml": configMap(name, "a") }, { spec: automated });
  await stage.until(name, "is Synced", settled);
  await stage.stopAll();
  const [lived, found] = await Promise.all([uidOf(stage), uidOf(other)]);

  const elsewhere = await other.start({ store });
  await tells(elsewhere, lived, found, `homeCluster.uid to ${found}`);
  await elsewhere.untilIdle();
  expect(store.states().map((state) => state.key)).toEqual([key(name)]);
  expect(store.records(key(name))).toHaveLength(1);
  const project = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "p", namespace: HOME },
    spec: {},
  } as const;
  expect(await elsewhere.control.putProject(project, { how: "create", actor: "user:test" })).toMatchObject({
    is: "conflict",
    why: expect.stringContaining(found),
  });
  await other.stopAll();

  // The entry leads back.
  const back = await stage.start({ store });
  await back.until(name, ({ status }) => status?.sync.status === "Synced");
  expect(back.app(name).status?.history).toHaveLength(1);
  await stage.stopAll();

  // It is meant.
  const meant = await other.start({ store }, [], found);
  await eventually("it was forgotten", () => store.states().length === 0);
  expect(meant.control.problems()).toEqual([]);
  expect(await stage.world.hasConfigMap(name, "a")).toBe(true);
});

test("while it runs nothing is forgotten, and what was shown goes on to be shown", async () => {
  const rig = await stage.start();
  const name = "goes-on";
  await stage.apply(name, { "a.yaml": configMap(name, "a") }, { spec: automated });
  await stage.until(name, "is Synced", settled);
  const elsewhere = await other.start();
  const repository = await other.world.repository(name, {});
  await other.world.must("POST", APPLICATIONS, manifest(name, repository));
  const { uid } = rig.app(name).metadata;
  rig.home.follow(elsewhere.cluster);
  await tells(rig, await uidOf(stage), await uidOf(other));
  await rig.untilIdle();
  expect(rig.control.applications().map(({ metadata }) => metadata.name)).toEqual([name]);
  expect(rig.app(name).metadata.uid).toBe(uid);
  rig.home.follow(rig.cluster);
  await eventually("it is well again", () => rig.control.problems().length === 0);
  expect(rig.control.applications().map(({ metadata }) => metadata.name)).toEqual([name]);
});

test("another that answers at the same address is noticed before one that it does not show is forgotten", async () => {
  const rig = await stage.start();
  const name = "same-address";
  await stage.apply(name, { "a.yaml": configMap(name, "a") }, { spec: automated });
  await stage.until(name, "is Synced", settled);
  const now = { uid: await uidOf(stage), asked: 0 };
  const { cluster } = rig;
  rig.home.follow({
    ...cluster,
    async read(ref, version) {
      const found = await cluster.read(ref, version);
      if (ref.name !== "kube-system" || found.is !== "found") return found;
      const { object } = found;
      now.asked++;
      return { ...found, object: { ...object, metadata: { ...object.metadata, uid: now.uid } } };
    },
  });
  await eventually("it is seen", () => now.asked === 1 && rig.control.problems().length === 0);
  await rig.untilIdle();
  const lived = now.uid;
  now.uid = "another";
  await stage.world.must("DELETE", pathOf(name));
  await tells(rig, lived, "another");
  await rig.untilIdle();
  expect(rig.control.applications()).toHaveLength(1);
  // It is back, and does not have it: somebody deleted it.
  now.uid = lived;
  await eventually("it left", () => rig.control.applications().length === 0);
  expect(await stage.world.hasConfigMap(name, "a")).toBe(true);
});
