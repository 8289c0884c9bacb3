/** Children that Holdfast serves itself, on days that go wrong: kills, a full disk, a name taken twice, a manifest that nobody can read. */
import { describe, expect, test } from "bun:test";
import { type Application, appKey, RESOURCES_FINALIZER } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { refKey, refOf } from "../../src/core/model/object-ref.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { copyStore } from "../lib/copy-store.ts";
import {
  AUTOMATED,
  appOf,
  HOME,
  isSettled,
  type Repository,
  type Rig,
  type RigOptions,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";

let world: World;
const startAny = sharedWorld((it) => {
  world = it;
});
const start = (more: RigOptions = {}): Promise<Rig> => startAny({ parents: "served", ...more });
const finalizers = [RESOURCES_FINALIZER];
const child = (of: Repository, name: string, path: string, namespace: string): KubeObject =>
  appOf({ name, repository: of, path, namespace, metadata: { finalizers } }) as unknown as KubeObject;
const has = (namespace: string, name: string): Promise<boolean> => world.hasConfigMap(namespace, name);
const known = (rig: Rig): string[] => rig.control.applications().map(({ metadata }) => metadata.name);
const key = (name: string) => appKey(HOME, name);
const originOf = (rig: Rig, name: string) => rig.control.origin(key(name))?.from;

/** A parent `name` in a file, with a child `<name>-a` over the folder `a`. */
async function family(rig: Rig, name: string): Promise<Repository> {
  await world.makeNamespace(name);
  const repository = await world.repository(name, { "README.md": "A family." });
  await repository.commit({
    "apps/keep.yaml": child(repository, `${name}-keep`, "keep", name),
    "apps/a.yaml": child(repository, `${name}-a`, "a", name),
    "keep/keep.yaml": configMap(name, "keep"),
    "a/a.yaml": configMap(name, "a"),
  });
  rig.place(appOf({ name, repository, path: "apps", namespace: HOME }));
  for (const one of [`${name}-keep`, `${name}-a`, name]) await rig.untilSettled(one);
  await rig.untilIdle();
  return repository;
}

describe("a parent that renders itself, with a finalizer", () => {
  test.each(["by its manifest", "by a person"])("goes %s, and does not wait for itself", async (how) => {
    const rig = await start();
    const name = how === "by a person" ? "own-person" : "own-git";
    await world.makeNamespace(name);
    const repository = await world.repository(name, { "README.md": "x" });
    const own = child(repository, name, "apps", HOME);
    await repository.commit({
      "apps/own.yaml": own,
      "apps/a.yaml": child(repository, `${name}-a`, "a", name),
      "a/a.yaml": configMap(name, "a"),
    });
    rig.place(own as unknown as Application);
    for (const one of [`${name}-a`, name]) await rig.untilSettled(one);
    rig.unplace(name);
    await rig.until(name, (app) => originOf(rig, name) === "parent" && isSettled(app));
    if (how === "by a person")
      await rig.control.remove(key(name), { cascade: "foreground", actor: "user:test" });
    else {
      await repository.commit({ "apps/own.yaml": null });
      void rig.refresh(name);
    }
    await rig.untilGone(name);
    expect([known(rig), await has(name, "a"), rig.store.servedObjects()]).toEqual([[], false, []]);
  });
});

test("a deletion that a parent called off is not carried on by the next daemon, though that was not written down", async () => {
  const store = memoryStore();
  const rig = await start({ store });
  await family(rig, "off");
  await rig.stop();
  const state = store.states().find((one) => one.key === key("off-a"));
  const [served] = store.servedObjects().filter(({ metadata }) => metadata.name === "off-a");
  if (state === undefined || served === undefined) throw new Error("the child is not there");
  const app = appOf({ name: "off-a", repository: { url: "" } as Repository, metadata: { finalizers } });
  const { spec } = served as unknown as Application;
  store.putStates([
    {
      ...state,
      last: { app: { ...app, spec }, file: "apps/off-a.yaml" },
      deleting: {
        app: { ...app, spec },
        since: "2026-11-29T00:00:00Z",
        cascade: "foreground",
        asked: "by-file",
      },
    },
  ]);
  const uid = (await world.find("/api/v1/namespaces/off/configmaps/a"))?.metadata.uid;
  const again = await start({ store, folder: rig.folder });
  await again.untilSettled("off-a");
  await again.untilIdle();
  expect((await world.find("/api/v1/namespaces/off/configmaps/a"))?.metadata.uid).toBe(uid);
  expect(again.app("off-a").metadata.deletionTimestamp).toBeUndefined();
});

test("a child of the name of one that was made through the API is refused, and takes nothing of it", async () => {
  const rig = await start();
  const name = "taken";
  await world.makeNamespace(name);
  const repository = await world.repository(name, { "README.md": "x" });
  await repository.commit({
    "apps/a.yaml": child(repository, `${name}-a`, "a", name),
    "a/a.yaml": configMap(name, "a"),
    "mine/mine.yaml": configMap(name, "mine"),
  });
  const mine = appOf({ name: `${name}-a`, repository, path: "mine", namespace: name });
  await rig.control.create(mine, { upsert: false, actor: "user:test" });
  await rig.untilSettled(`${name}-a`);
  rig.place(appOf({ name, repository, path: "apps", namespace: HOME }));
  await eventually("it is told", () =>
    JSON.stringify(rig.control.problems()).includes("its name is taken by one that was made through the API"),
  );
  expect([originOf(rig, `${name}-a`), await has(name, "mine"), await has(name, "a")]).toEqual([
    "api",
    true,
    false,
  ]);
  expect(rig.app(`${name}-a`).spec.source?.path).toBe("mine");
});

test("one that was made through the API, just as a parent renders it, lives in its manifest from then on", async () => {
  const rig = await start();
  const name = "handed";
  await world.makeNamespace(name);
  const repository = await world.repository(name, { "README.md": "x" });
  const same = child(repository, `${name}-a`, "a", name);
  await repository.commit({ "apps/a.yaml": same, "a/a.yaml": configMap(name, "a") });
  await rig.control.create(same as unknown as Application, { upsert: false, actor: "user:test" });
  const { metadata } = await rig.untilSettled(`${name}-a`);
  rig.place(appOf({ name, repository, path: "apps", namespace: HOME }));
  await rig.until(`${name}-a`, () => originOf(rig, `${name}-a`) === "parent");
  expect([rig.app(`${name}-a`).metadata.uid, rig.store.applications()]).toEqual([metadata.uid, []]);
});

test("a child that cannot be read after a restart is what it was when it can be again, its hold with it", async () => {
  const store = memoryStore();
  const rig = await start({ store });
  await family(rig, "held");
  await rig.stop();
  const state = store.states().find((one) => one.key === key("held-a"));
  if (state === undefined) throw new Error("the child is not there");
  store.putStates([{ ...state, hold: { by: "user:test", at: "2026-11-29T00:00:00Z", id: 0 } as never }]);
  const served = store.servedObjects().find(({ metadata }) => metadata.name === "held-a") as KubeObject;
  const put = (object: KubeObject): void => store.putServedObject(refKey(refOf(object)), object);
  put({ ...served, spec: { ...(served["spec"] as object), destination: {} } } as KubeObject);
  const again = await start({ store, folder: rig.folder });
  // The parent heals its object.
  await again.until("held-a", ({ metadata }) => metadata.uid === state.uid);
  const now = store.states().find((one) => one.key === key("held-a"));
  expect(now).toMatchObject({ uid: state.uid, hold: { by: "user:test" } });
});

test("a change of children that the store does not take is taken up when it does, and nobody ends by it", async () => {
  const store = memoryStore();
  let full = false;
  const failing: Store = {
    ...store,
    audit(entry) {
      if (full && entry.action === "delete") throw new Error("the disk is full");
      return store.audit(entry);
    },
  };
  const rig = await start({ store: failing });
  const repository = await family(rig, "full");
  full = true;
  await repository.commit({ "apps/a.yaml": null });
  void rig.refresh("full");
  await eventually("it is told", () =>
    rig.log.lines.some(({ message }) => message === "what parents render was not taken up"),
  );
  expect(known(rig)).toContain("full-a");
  full = false;
  rig.read();
  await rig.untilGone("full-a");
  expect(await has("full", "a")).toBe(false);
});

test("a person's deletion of a child, cut off in its middle, is carried on by the next daemon and not undone", async () => {
  const store = memoryStore();
  const rig = await start({ store });
  await family(rig, "cut");
  // The disk as it is right after the first of the two writes.
  const killed = memoryStore();
  let writes = 0;
  const put = store.putServedObject;
  const states = store.putStates;
  const snapshot = (): void => {
    if (writes++ > 0) return;
    copyStore(store, killed);
    for (const object of store.servedObjects()) killed.putServedObject(refKey(refOf(object)), object);
  };
  store.putServedObject = (...asked) => {
    put(...asked);
    if (asked[1].metadata.deletionTimestamp !== undefined) snapshot();
  };
  store.putStates = (asked) => {
    states(asked);
    if (asked.some(({ deleting }) => deleting !== undefined)) snapshot();
  };
  await rig.control.remove(key("cut-a"), { cascade: "foreground", actor: "user:test" });
  await rig.stop();
  expect(writes).toBeGreaterThan(0);
  const parent = rig.folder.applications[0]?.app as Application;
  // Nobody makes it anew.
  const folder = {
    ...rig.folder,
    applications: [
      { app: { ...parent, spec: { ...parent.spec, syncPolicy: {} } }, file: "apps/cut.yaml", line: 1 },
    ],
  };
  const again = await start({ store: killed, folder });
  await again.untilGone("cut-a");
  await again.untilIdle();
  expect([known(again).sort(), await has("cut", "a")]).toEqual([["cut", "cut-keep"], false]);
});

describe("a child that cannot be read by this version, and that its parent prunes", () => {
  /** The store of a daemon that ended, whose child `<name>-a` was then changed like this, and dropped in Git. */
  async function unread(name: string, spec: object, more: Partial<KubeObject["metadata"]> = {}) {
    const store = memoryStore();
    const rig = await start({ store });
    const repository = await family(rig, name);
    await rig.stop();
    const served = store.servedObjects().find(({ metadata }) => metadata.name === `${name}-a`) as KubeObject;
    store.putServedObject(refKey(refOf(served)), {
      ...served,
      metadata: { ...served.metadata, ...more },
      spec: { ...(served["spec"] as object), ...spec },
    });
    await repository.commit({ "apps/a.yaml": null });
    return { store, folder: rig.folder };
  }
  const gone = (rig: Rig, name: string): Promise<unknown> =>
    eventually(`${name} is gone`, () => !rig.store.servedObjects().some((one) => one.metadata.name === name));
  const toTheEnd = async (rig: Rig, name: string): Promise<void> => {
    await gone(rig, `${name}-a`);
    await rig.untilGone(`${name}-a`);
    await rig.untilSettled(name);
    await rig.untilIdle();
    expect(known(rig).sort()).toEqual([name, `${name}-keep`]);
    expect(rig.store.states().map((one) => one.key)).not.toContain(key(`${name}-a`));
    expect(rig.control.problems()).toEqual([]);
  };
  const tomorrow = { syncPolicy: { automated: "always" }, destination: { cluster: "of tomorrow" } };

  test("takes its objects along, by where they were last", async () => {
    const rig = await start(await unread("tomorrow", tomorrow));
    await toTheEnd(rig, "tomorrow");
    expect(await has("tomorrow", "a")).toBe(false);
  });

  test("does so after one more restart in the middle of it", async () => {
    const given = await unread("halved", tomorrow);
    const held = "/api/v1/namespaces/halved/configmaps/a";
    const merge = "application/merge-patch+json";
    await world.must("PATCH", held, { metadata: { finalizers: ["example.com/held"] } }, merge);
    const rig = await start(given);
    await rig.until("halved-a", ({ metadata }) => metadata.deletionTimestamp !== undefined);
    await eventually("it is asked to go", async () => (await world.find(held))?.metadata.deletionTimestamp);
    await rig.stop();
    const again = await start(given);
    await again.until("halved-a", ({ metadata }) => metadata.deletionTimestamp !== undefined);
    await world.must("PATCH", held, { metadata: { finalizers: null } }, merge);
    await toTheEnd(again, "halved");
    expect(await has("halved", "a")).toBe(false);
  });

  test.each([
    ["nothing is known of where its objects are", "unmet", tomorrow, /never compared with a cluster/],
    [
      "it cannot be read what is to stay",
      "options",
      { syncPolicy: { syncOptions: "Delete=false" } },
      /neither can what is to stay/,
    ],
    ["its project cannot be read", "project", { project: { name: "default" } }, /neither can its project/],
  ])("leaves its objects where %s, and says so", async (_, name, spec, why) => {
    const given = await unread(name, spec);
    if (name === "unmet") given.store.deleteState(key("unmet-a"));
    const rig = await start(given);
    await toTheEnd(rig, name);
    expect(await has(name, "a")).toBe(true);
    const audits = given.store.audits({ app: key(`${name}-a`), limit: 1 });
    expect(JSON.stringify(audits)).toMatch(why);
  });

  test("leaves its objects where it has no finalizer, and nothing is remembered of it", async () => {
    const rig = await start(await unread("bare", tomorrow, { finalizers: [] }));
    await toTheEnd(rig, "bare");
    expect(await has("bare", "a")).toBe(true);
  });
});

describe("parents that render each other", () => {
  /** Each is rendered by the one before, the first by the last; each has a map of its own beside. */
  async function circle(rig: Rig, name: string, letters: readonly string[]): Promise<Repository> {
    await world.makeNamespace(name);
    const repository = await world.repository(name, { "README.md": "x" });
    // What both render is refused to one of them, which must not be waited for.
    const spec = { syncPolicy: { ...AUTOMATED, retry: { limit: 0 } } };
    const one = (letter: string): KubeObject => {
      const parent = { name: `${name}-${letter}`, repository, path: letter, namespace: HOME };
      return appOf({ ...parent, metadata: { finalizers }, spec }) as unknown as KubeObject;
    };
    const files = letters.map((letter, at): [string, KubeObject[]][] => {
      const next = letters[(at + 1) % letters.length] as string;
      const map = child(repository, `${name}-${letter}-map`, `${letter}-map`, name);
      return [
        [`${letter}/all.yaml`, [one(next), map]],
        [`${letter}-map/map.yaml`, [configMap(name, letter)]],
      ];
    });
    await repository.commit(Object.fromEntries(files.flat()));
    const first = `${name}-${letters[0]}`;
    rig.place(one(letters[0] as string) as unknown as Application);
    for (const letter of letters) await rig.untilSettled(`${name}-${letter}`);
    rig.unplace(first);
    await rig.until(first, (app) => originOf(rig, first) === "parent" && isSettled(app));
    await rig.untilIdle();
    return repository;
  }
  const said = (rig: Rig): string =>
    JSON.stringify(rig.control.applications().map(({ status }) => status?.conditions));

  test.each([
    ["two", "ab"],
    ["three", "abc"],
  ])("go all, and are named, where one of %s is deleted", async (count, letters) => {
    const rig = await start();
    const name = `circle-${count}`;
    await circle(rig, name, [...letters]);
    expect(said(rig)).toContain(`argocd/${name}-a renders argocd/${name}-b`);
    const seen: string[] = [];
    const end = rig.control.onEvent(({ app }) => void seen.push(JSON.stringify(app.status?.conditions)));
    await rig.control.remove(key(`${name}-a`), { cascade: "foreground", actor: "user:test" });
    for (const letter of letters) await rig.untilGone(`${name}-${letter}`);
    end();
    expect([known(rig), rig.store.servedObjects(), await has(name, "a"), await has(name, "b")]).toEqual([
      [],
      [],
      false,
      false,
    ]);
    expect(seen.join()).toMatch(/is not waited for/);
  });

  test("go all where both are deleted at once, whoever is looked at first, and a child that both render goes once", async () => {
    const rig = await start();
    const name = "both";
    const repository = await circle(rig, name, ["a", "z"]);
    const twice = child(repository, `${name}-twice`, "twice", name);
    await repository.commit({
      "a/twice.yaml": twice,
      "z/twice.yaml": twice,
      "twice/map.yaml": configMap(name, "twice"),
    });
    for (const letter of ["a", "z"]) void rig.refresh(`${name}-${letter}`);
    await rig.untilSettled(`${name}-twice`);
    await rig.untilIdle();
    rig.clock.advance(5_000);
    for (const letter of ["z", "a"])
      await rig.control.remove(key(`${name}-${letter}`), { cascade: "foreground", actor: "user:test" });
    for (const letter of ["a", "z", "twice"]) await rig.untilGone(`${name}-${letter}`);
    expect([known(rig), rig.store.servedObjects(), await has(name, "twice")]).toEqual([[], [], false]);
  });

  test("go all where the daemon ends in the middle of it", async () => {
    const store = memoryStore();
    const rig = await start({ store });
    const name = "stopped";
    await circle(rig, name, ["a", "b"]);
    const held = `/api/v1/namespaces/${name}/configmaps/b`;
    const merge = "application/merge-patch+json";
    await world.must("PATCH", held, { metadata: { finalizers: ["example.com/held"] } }, merge);
    await rig.control.remove(key(`${name}-a`), { cascade: "foreground", actor: "user:test" });
    await eventually("it is asked to go", async () => (await world.find(held))?.metadata.deletionTimestamp);
    await rig.stop();
    const again = await start({ store });
    await again.until(`${name}-b`, ({ metadata }) => metadata.deletionTimestamp !== undefined);
    await world.must("PATCH", held, { metadata: { finalizers: null } }, merge);
    for (const letter of ["a", "b"]) await again.untilGone(`${name}-${letter}`);
    expect([known(again), store.servedObjects()]).toEqual([[], []]);
  });
});
