/** A prune that a person approved of, cut off in its middle by the end of the daemon: whoever said yes is not asked again. */
import { describe, expect, test } from "bun:test";
import { type AppKey, appKey } from "../../src/core/model/application.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { copyStore } from "../lib/copy-store.ts";
import {
  appOf,
  HOME,
  isQuiet,
  type Repository,
  type Rig,
  SETTINGS,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { maps } from "../lib/syncs.ts";

let world: World;
const start = sharedWorld((it) => {
  world = it;
});
const COUNT = 12;
const paced = (perSecond: number) => ({ settings: { prune: { ...SETTINGS.prune, perSecond } } });
const left = async (name: string): Promise<number> => {
  const { items } = await world.must("GET", `/api/v1/namespaces/${name}/configmaps`);
  return items.filter(({ metadata }: { metadata: { name: string } }) => /^m\d+$/.test(metadata.name)).length;
};
const keyOf = (name: string): AppKey => appKey(HOME, name);

/** Ends in the middle, as by a kill: the disk as it was then. */
async function cutOff(
  name: string,
  spec: object,
): Promise<{ store: Store; folder: Rig["folder"]; repository: Repository }> {
  const disk = memoryStore();
  const rig = await start({ store: disk, ...paced(1) });
  await world.makeNamespace(name);
  const repository = await world.repository(name, {
    ...maps(name, COUNT),
    "stays.yaml": configMap(name, "stays"),
  });
  rig.place(appOf({ name, repository, spec }));
  await rig.until(name, ({ status }) => status !== undefined);
  if ("syncPolicy" in spec) await rig.sync(name);
  await rig.untilSettled(name);
  await repository.commit(Object.fromEntries(Object.keys(maps(name, COUNT)).map((path) => [path, null])));
  void rig.refresh(name);
  const sync = { prune: true, confirmPrune: COUNT };
  await rig.control.sync(keyOf(name), { operation: { sync }, actor: "user:ann" });
  await eventually("some are gone", async () => (await left(name)) < COUNT);
  const store = memoryStore();
  copyStore(disk, store);
  await rig.stop();
  expect(await left(name)).toBeGreaterThan(0);
  return { store, folder: rig.folder, repository };
}

describe.each([
  ["by hand", { syncPolicy: {} }],
  ["by itself", {}],
])("of an application that is synced %s", (how, spec) => {
  test("goes on with what is left", async () => {
    const name = `left-${how.replaceAll(" ", "-")}`;
    const { store, folder } = await cutOff(name, spec);
    const rig = await start({ store, folder, ...paced(1_000) });
    const { status } = await rig.until(
      name,
      (app) => isQuiet(app) && app.status?.operationState?.phase === "Succeeded",
    );
    expect(status?.operationState?.operation.initiatedBy).toEqual({ username: "user:ann" });
    expect(await left(name)).toBe(0);
    expect(store.states().find(({ key }) => key === keyOf(name))?.approval).toBeUndefined();
  });

  test("asks again where Git wants something else by now", async () => {
    const name = `other-${how.replaceAll(" ", "-")}`;
    const { store, folder, repository } = await cutOff(name, spec);
    await repository.commit({ "stays.yaml": configMap(name, "stays", { mode: "other" }) });
    const before = await left(name);
    const rig = await start({ store, folder, ...paced(1_000) });
    await rig.until(name, (app) => isQuiet(app) && app.status?.sync.status === "OutOfSync");
    await rig.untilIdle();
    expect(await left(name)).toBe(before);
    const [run] = rig.control
      .runs({ app: keyOf(name), limit: 5 })
      .filter(({ state }) => state.operation.initiatedBy?.username === "user:ann");
    expect(run?.state.message).toContain(
      `what you approved of deleting is not what would be deleted by now (${before}`,
    );
  });
});
