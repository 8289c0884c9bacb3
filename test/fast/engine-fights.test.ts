/** Two writers of one field: it is noticed, left alone, explained, and ends. */
import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import {
  AUTOMATED,
  appOf,
  conditions,
  type Files,
  isSynced,
  type Repository,
  type Rig,
  type RigOptions,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";

let world: World;
const start = sharedWorld((it) => {
  world = it;
});

const MERGE = "application/merge-patch+json";
const fights = { flips: 2, withinMs: 600_000, againMs: 3_600_000 };

interface Given {
  rig: Rig;
  repository: Repository;
  store: Store;
}

async function settled(
  name: string,
  files: Files,
  { store = memoryStore(), ...options }: RigOptions = {},
): Promise<Given> {
  const rig = await start({ store, settings: { fights }, ...options });
  const repository = await rig.placeNew(name, files, { spec: { syncPolicy: AUTOMATED } });
  await rig.untilSettled(name);
  return { rig, repository, store };
}

const keyOf = async (app: string, name = "a"): Promise<unknown> =>
  (await world.find(configMapPath(app, name)))?.data?.key;
const set = (app: string, value: string, manager = "greedy", name = "a"): Promise<unknown> =>
  world.must("PATCH", `${configMapPath(app, name)}?fieldManager=${manager}`, { data: { key: value } }, MERGE);
const said = (rig: Rig, app: string): string[] => conditions(rig.app(app), "ContestedFieldWarning");

/** Somebody sets it, and it is put back. */
async function flip(app: string, manager?: string, name = "a"): Promise<void> {
  await set(app, "theirs", manager, name);
  await eventually("it is put back", async () => (await keyOf(app, name)) === "value");
}

/** Set again and again, until it is left: a heal that is on its way may undo one more before anybody saw it. */
async function untilLeft(rig: Rig, app: string, value = "theirs", manager?: string): Promise<void> {
  for (let left = "not yet"; left === "not yet"; ) {
    await set(app, value, manager);
    await eventually("it is put back, or left", async () => {
      if (said(rig, app).length > 0) left = "left";
      return left === "left" || (await keyOf(app)) === "value";
    });
  }
}

/** An application with an object that is fought over. */
async function fought(app: string, files: Files = {}, options: RigOptions = {}): Promise<Given> {
  const given = await settled(app, { "a.yaml": configMap(app, "a"), ...files }, options);
  await untilLeft(given.rig, app);
  return given;
}

/** Nothing is decided any more of what is there. */
async function isLeft({ rig }: Pick<Given, "rig">, app: string): Promise<void> {
  await rig.refresh(app);
  await rig.untilIdle();
  expect(await keyOf(app)).toBe("theirs");
}

test("it is left as it is and said with object, field, manager and fix, while everything else is healed", async () => {
  const app = "said";
  const given = await fought(app, { "b.yaml": configMap(app, "b") });
  const { rig } = given;
  const [sentence = "", ...more] = said(rig, app);
  expect(more).toEqual([]);
  expect(sentence).toMatch(
    /^ConfigMap said\/a: data\.key was put back \d+ times since 2\S+Z, and greedy \(Update\) set it again each time, last at 2\S+Z\. It is left as it is since 2\S+Z, and healed again by a sync, /,
  );
  expect(sentence).toContain(
    'spec.ignoreDifferences: [{"kind":"ConfigMap","name":"a","namespace":"said","managedFieldsManagers":["greedy"]}]',
  );
  expect(rig.app(app).status?.sync.status).toBe("OutOfSync");
  expect(rig.log.lines.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
    "others set again what is healed: it is left as it is",
  ]);
  await flip(app, "somebody", "b");
  await isLeft(given, app);
});

describe("another field of the same object is healed, and what is fought over is not flipped by it", () => {
  const otherIs = (app: string) =>
    eventually(
      "it is put back",
      async () => (await world.find(configMapPath(app, "a")))?.data?.other === "one",
    );
  const both = (app: string): Files => ({ "a.yaml": configMap(app, "a", { key: "value", other: "one" }) });
  const drifts = (app: string) =>
    world.must("PATCH", configMapPath(app, "a"), { data: { other: "two" } }, MERGE);

  test("once and again", async () => {
    const app = "other-field";
    const given = await fought(app, both(app));
    const before = said(given.rig, app);
    for (let times = 0; times < 2; times++) {
      await drifts(app);
      await otherIs(app);
      await isLeft(given, app);
    }
    expect(given.rig.app(app).status?.sync.status).toBe("OutOfSync");
    // It was no try of what is fought over, which still has the same sentence.
    expect(said(given.rig, app)).toEqual(before);
  });

  test("beside the try that is due, which comes by itself", async () => {
    const app = "other-and-try";
    const { rig } = await fought(app, both(app));
    rig.clock.advance(3_600_000);
    await drifts(app);
    await otherIs(app);
    await eventually("it is tried once more", async () => (await keyOf(app)) === "value");
  });

  test("by a commit to another object neither, but by a person's sync", async () => {
    const app = "other-commit";
    const given = await fought(app, { ...both(app), "b.yaml": configMap(app, "b") });
    await given.repository.commit({ "b.yaml": configMap(app, "b", { key: "newer" }) });
    await given.rig.refresh(app);
    await eventually("the commit is there", async () => (await keyOf(app, "b")) === "newer");
    await isLeft(given, app);
    await given.rig.sync(app);
    expect(await keyOf(app)).toBe("value");
  });

  test("in an item of a list, whose place in the live object is another", async () => {
    const app = "other-item";
    const web = deployment({ namespace: app, name: "web" });
    const given = await settled(app, { "web.yaml": web });
    const path = `/apis/apps/v1/namespaces/${app}/deployments/web`;
    const containers = async () =>
      (await world.find(path))?.spec.template.spec.containers as { name: string; image: string }[];
    const image = async () => (await containers()).find(({ name }) => name === "web")?.image;
    const wanted = await image();
    const setImage = async () => {
      const others = (await containers()).filter(({ name }) => name !== "web");
      const side = others[0] ?? { name: "aside", image: "side:1" };
      const mine = { ...(await containers()).find(({ name }) => name === "web"), image: "theirs:1" };
      // The other's own container stands before.
      await world.must("PATCH", path, { spec: { template: { spec: { containers: [side, mine] } } } }, MERGE);
    };
    for (let times = 0; said(given.rig, app).length === 0; times++) {
      expect(times).toBeLessThan(10);
      await setImage();
      await eventually(
        "it is put back, or left",
        async () => said(given.rig, app).length > 0 || (await image()) === wanted,
      );
    }
    await given.rig.untilIdle();
    expect(await image()).toBe("theirs:1");
    await world.must("PATCH", path, { spec: { replicas: 7 } }, MERGE);
    await eventually("it is put back", async () => (await world.find(path))?.spec.replicas === 1);
    await given.rig.untilIdle();
    expect([await image(), (await containers()).map(({ name }) => name)]).toEqual([
      "theirs:1",
      ["aside", "web"],
    ]);
  });
});

describe("it ends", () => {
  const healed = async (app: string): Promise<void> => {
    await eventually("it is put back", async () => (await keyOf(app)) === "value");
  };

  test("by a person's sync, and what others do then is counted anew", async () => {
    const app = "by-sync";
    const { rig } = await fought(app);
    await rig.sync(app, { dryRun: true });
    expect(said(rig, app)).toHaveLength(1);
    await rig.sync(app);
    expect(said(rig, app)).toEqual([]);
    await healed(app);
    await untilLeft(rig, app);
  });

  test("not by a sync of something else", async () => {
    const app = "by-another";
    const given = await fought(app, { "b.yaml": configMap(app, "b") });
    await given.rig.sync(app, { resources: [{ kind: "ConfigMap", name: "b" }] });
    expect(said(given.rig, app)).toHaveLength(1);
    await isLeft(given, app);
  });

  test("by another manifest of the object, and not by a commit to another one", async () => {
    const app = "by-commit";
    const { rig, repository } = await fought(app, { "b.yaml": configMap(app, "b") });
    await repository.commit({ "b.yaml": configMap(app, "b", { key: "newer" }) });
    await rig.refresh(app);
    await eventually("the commit is there", async () => (await keyOf(app, "b")) === "newer");
    expect(said(rig, app)).toHaveLength(1);
    await repository.commit({ "a.yaml": configMap(app, "a", { key: "value", more: "1" }) });
    await rig.refresh(app);
    await rig.untilSettled(app);
    expect(said(rig, app)).toEqual([]);
  });

  test("when the object leaves Git", async () => {
    const app = "by-leaving";
    const { rig, repository } = await fought(app, { "b.yaml": configMap(app, "b") });
    await repository.commit({ "a.yaml": null });
    await rig.refresh(app);
    await rig.untilSettled(app);
    expect(said(rig, app)).toEqual([]);
  });

  test("when the field is left to the other, as the sentence says", async () => {
    const app = "by-ignoring";
    const { rig, repository } = await fought(app);
    const [, entry = ""] = /spec\.ignoreDifferences: \[(\{.*\})\]$/.exec(said(rig, app)[0] ?? "") ?? [];
    rig.place(
      appOf({
        name: app,
        repository,
        spec: { syncPolicy: AUTOMATED, ignoreDifferences: [JSON.parse(entry)] },
      }),
    );
    await rig.until(app, isSynced);
    expect(said(rig, app)).toEqual([]);
    expect(await keyOf(app)).toBe("theirs");
  });

  test("when self-heal is switched off", async () => {
    const app = "by-policy";
    const { rig, repository } = await fought(app);
    rig.place(appOf({ name: app, repository, spec: { syncPolicy: { automated: {} } } }));
    await rig.until(app, (now) => conditions(now, "ContestedFieldWarning").length === 0);
  });

  test("when it stays as Git has it for as long as flips are counted, not before, whatever the machine's clock says", async () => {
    const app = "by-quiet";
    const { rig } = await fought(app);
    await set(app, "value", "repentant");
    await rig.until(app, isSynced);
    rig.clock.set(86_400_000);
    await rig.refresh(app);
    expect(said(rig, app)).toHaveLength(1);
    // It was not yet over: it goes on without a further flip.
    await set(app, "theirs");
    await rig.until(app, (now) => !isSynced(now));
    await isLeft({ rig }, app);
    await set(app, "value", "repentant");
    await rig.until(app, isSynced);
    await rig.untilIdle();
    rig.clock.set(-2 * 86_400_000);
    rig.clock.advance(600_000);
    await rig.refresh(app);
    expect(said(rig, app)).toEqual([]);
    await flip(app);
  });
});

test("it is put back once more after a pause, which doubles where that did not hold", async () => {
  const app = "again";
  const { rig } = await fought(app);
  rig.clock.set(10 * 86_400_000);
  rig.clock.advance(3_500_000);
  await isLeft({ rig }, app);
  rig.clock.advance(200_000);
  await rig.refresh(app);
  await eventually("it is put back", async () => (await keyOf(app)) === "value");
  await set(app, "theirs");
  await rig.until(app, (now) => !isSynced(now));
  await isLeft({ rig }, app);
  expect(said(rig, app)[0]).toContain(", and tried again once, and greedy");
  rig.clock.advance(3_700_000);
  await isLeft({ rig }, app);
  rig.clock.advance(3_600_000);
  await rig.refresh(app);
  await eventually("it is put back", async () => (await keyOf(app)) === "value");
});

test("a restart goes on leaving it, with the same sentence", async () => {
  const app = "restarted";
  const { rig, store, repository } = await fought(app);
  const before = said(rig, app);
  const { folder } = rig;
  await rig.stop();
  const again = await start({ store, settings: { fights }, folder });
  await again.until(app, (now) => now.status?.sync.status === "OutOfSync");
  await isLeft({ rig: again }, app);
  expect(said(again, app)).toEqual(before);
  // What it did not know after the restart it has asked: another field is drift as ever.
  await repository.commit({ "a.yaml": configMap(app, "a", { key: "value", other: "1" }) });
  await again.refresh(app);
  await again.untilSettled(app);
  expect(said(again, app)).toEqual([]);
});

test("it is on disk in the moment in which it is said: a daemon that is killed then goes on leaving it", async () => {
  const app = "at-once";
  const { rig, store } = await settled(app, { "a.yaml": configMap(app, "a") });
  const kept = Promise.withResolvers<number>();
  rig.control.onEvent(({ app: shown }) => {
    if (shown.metadata.name !== app || conditions(shown, "ContestedFieldWarning").length === 0) return;
    // Nothing waits in between: what is stored later than this is lost with the process.
    queueMicrotask(() =>
      kept.resolve(store.states().find(({ key }) => key === `argocd/${app}`)?.fights?.length ?? 0),
    );
  });
  await untilLeft(rig, app);
  expect(await kept.promise).toBe(1);
});

test("whoever renames itself each time is named with all of its names", async () => {
  const app = "renames";
  const { rig } = await settled(
    app,
    { "a.yaml": configMap(app, "a") },
    { settings: { fights: { ...fights, flips: 4 } } },
  );
  for (const at of [1, 2, 3, 4]) {
    await set(app, `theirs ${at}`, `fighter-${at}`);
    rig.clock.advance(60_000);
    await rig.refresh(app);
    await eventually("it is put back", async () => (await keyOf(app)) === "value");
    await rig.untilIdle();
  }
  await set(app, "theirs", "fighter-5");
  await rig.until(app, (now) => conditions(now, "ContestedFieldWarning").length > 0);
  expect(said(rig, app)[0]).toMatch(
    /others set it again each time under changing names: fighter-1 \(Update\), fighter-2 \(Update\), fighter-3 \(Update\), fighter-4 \(Update\), fighter-5 \(Update\), last at /,
  );
  // No name that would be another one tomorrow is proposed.
  expect(said(rig, app)[0]).toContain('"jsonPointers":["/data/key"]');
});

test("other fields beside it each time hide nothing", async () => {
  const app = "beside";
  const { rig } = await settled(app, {
    "a.yaml": configMap(app, "a", { key: "value", b: "1", c: "1" }),
  });
  for (const field of ["b", "c"]) {
    await world.must(
      "PATCH",
      `${configMapPath(app, "a")}?fieldManager=sly`,
      { data: { key: "x", [field]: "2" } },
      MERGE,
    );
    await eventually("it is put back", async () => (await keyOf(app)) === "value");
    await rig.untilIdle();
  }
  await set(app, "theirs", "sly");
  await rig.until(app, (now) => conditions(now, "ContestedFieldWarning").length > 0);
  expect(said(rig, app)[0]).toContain("a: data.key was put back 2 times");
});

test("an item of a list is named as one, with an expression that leaves it alone", async () => {
  const app = "listed";
  const { rig } = await settled(app, { "a.yaml": deployment({ namespace: app, name: "web" }) });
  const path = `/apis/apps/v1/namespaces/${app}/deployments/web`;
  const image = async (): Promise<string> =>
    (await world.find(path))?.spec.template.spec.containers[0].image ?? "";
  const take = () =>
    world.must(
      "PATCH",
      `${path}?fieldManager=image-updater`,
      {
        spec: { template: { spec: { containers: [{ name: "web", image: "registry.example.com/web:2" }] } } },
      },
      "application/strategic-merge-patch+json",
    );
  for (const _ of [1, 2]) {
    await take();
    await eventually("it is put back", async () => (await image()).endsWith(":1"));
    await rig.untilIdle();
  }
  await take();
  await rig.until(app, (now) => conditions(now, "ContestedFieldWarning").length > 0);
  expect(said(rig, app)[0]).toContain(
    "apps/Deployment listed/web: spec.template.spec.containers[name=web].image was put back 2 times",
  );
  expect(said(rig, app)[0]).toContain("image-updater (Update)");
});

test("an object that is deleted each time is left away, and who does it is nowhere to be read", async () => {
  const app = "deleted";
  const { rig } = await settled(app, { "a.yaml": configMap(app, "a") });
  const isThere = async () => (await world.find(configMapPath(app, "a"))) !== undefined;
  for (const _ of [1, 2]) {
    await world.must("DELETE", configMapPath(app, "a"));
    await eventually("it is made again", isThere);
    await rig.untilSettled(app);
  }
  await world.must("DELETE", configMapPath(app, "a"));
  await rig.until(app, (now) => conditions(now, "ContestedFieldWarning").length > 0);
  expect(said(rig, app)[0]).toMatch(
    /^ConfigMap deleted\/a: the object was put back 2 times since \S+, and somebody deleted it again each time\. .*audit log/,
  );
  await rig.untilIdle();
  expect(await isThere()).toBe(false);
});

test("a second writer under our own name is called that", async () => {
  const app = "twins";
  const { rig } = await settled(app, { "a.yaml": configMap(app, "a") });
  const live = await world.find(configMapPath(app, "a"));
  const theirs: KubeObject = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", namespace: app, annotations: live.metadata.annotations },
    data: { key: "theirs" },
  };
  const apply = () =>
    world.must(
      "PATCH",
      `${configMapPath(app, "a")}?fieldManager=holdfast&force=true`,
      theirs,
      "application/apply-patch+yaml",
    );
  for (const _ of [1, 2]) {
    await apply();
    await eventually("it is put back", async () => (await keyOf(app)) === "value");
    await rig.untilIdle();
  }
  await apply();
  await rig.until(app, (now) => conditions(now, "ContestedFieldWarning").length > 0);
  expect(said(rig, app)[0]).toContain("another program that writes as holdfast set it again each time");
  expect(said(rig, app)[0]).toContain("installationID");
});

test("many at once are counted in one sentence, and what is kept of them is bounded", async () => {
  const app = "many";
  const names = Array.from({ length: 40 }, (_, at) => `m${at}`);
  const { rig, store } = await settled(
    app,
    Object.fromEntries(names.map((name) => [`${name}.yaml`, configMap(app, name)])),
  );
  const all = (value: string) => Promise.all(names.map((name) => set(app, value, "flood", name)));
  for (const _ of [1, 2]) {
    await all("theirs");
    await eventually("all are put back", async () =>
      (await Promise.all(names.map((name) => keyOf(app, name)))).every((value) => value === "value"),
    );
    await rig.untilSettled(app);
  }
  await all("theirs");
  await rig.until(app, (now) =>
    conditions(now, "ContestedFieldWarning").some((text) => text.startsWith("30 more")),
  );
  expect(said(rig, app)).toHaveLength(11);
  await rig.stop();
  const [state] = store.states().filter(({ key }) => key === `argocd/${app}`);
  expect(state?.fights).toHaveLength(40);
});
