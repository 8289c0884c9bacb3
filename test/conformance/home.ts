/**
 * What every source of applications keeps: folders, the API, what parents render, custom resources in a cluster. Each is
 * driven as its users do, and seen through the engine that stands on it.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Application, appKey, RESOURCES_FINALIZER } from "../../src/core/model/application.ts";
import type { AppOrigin } from "../../src/engine/control.ts";
import {
  appOf,
  HOME,
  isSettled,
  type Repository,
  type Rig,
  startWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";

export interface HomeUnderTest {
  readonly rig: Rig;
  /** Writes it, or writes it anew, and resolves when that is done there. */
  put(app: Application): Promise<void>;
  /** Deletes it as its users do; what becomes of its objects is said by its finalizer. */
  remove(name: string): Promise<void>;
  /** Whether it is written there now, one that waits for its end included. */
  holds(name: string): Promise<boolean>;
  /** Nothing can be read there until the answer is called; absent where reading never fails. */
  blind?(): Promise<() => Promise<void>>;
  /** The daemon ends and starts again, with the same store. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface HomeKind {
  name: string;
  from: AppOrigin["from"];
  start(world: World): Promise<HomeUnderTest>;
}

const key = (name: string) => appKey(HOME, name);

export function homeConformance({ name: kind, from, start }: HomeKind): void {
  describe(`Home: ${kind}`, () => {
    let world: World, home: HomeUnderTest;
    let made = 0;
    beforeAll(async () => {
      world = await startWorld();
      await world.makeNamespace(HOME);
      home = await start(world);
    });
    afterAll(async () => {
      await home?.stop();
      await world?.stop();
    });

    /** An application that is not written yet, of two ConfigMaps, each in a path of its own. */
    async function given(
      metadata: Partial<Application["metadata"]> = { finalizers: [RESOURCES_FINALIZER] },
    ): Promise<{ name: string; app: Application; repository: Repository }> {
      const name = `${from}-${made++}`;
      await world.makeNamespace(name);
      const repository = await world.repository(name, {
        "one/a.yaml": configMap(name, "a"),
        "two/b.yaml": configMap(name, "b"),
      });
      return { name, repository, app: appOf({ name, repository, path: "one", metadata }) };
    }
    async function settled(metadata?: Partial<Application["metadata"]>): ReturnType<typeof given> {
      const its = await given(metadata);
      await home.put(its.app);
      await home.rig.untilSettled(its.name);
      await home.rig.untilIdle();
      return its;
    }
    const object = (namespace: string, name = "a") => world.find(configMapPath(namespace, name));
    const at = (app: Application, path: string): Application =>
      structuredClone({
        ...app,
        spec: { ...app.spec, source: { ...app.spec.source, repoURL: app.spec.source?.repoURL ?? "", path } },
      });
    const runsOf = (name: string): number => home.rig.store.runs({ app: key(name), limit: 50 }).length;

    test("what is written there becomes an application, and says where it is from", async () => {
      const { name } = await settled();
      expect(home.rig.control.origin(key(name))?.from).toBe(from);
      expect([await home.holds(name), (await object(name)) !== undefined]).toEqual([true, true]);
    });

    test("an edit takes effect; the same once more is none", async () => {
      const { name, app } = await settled();
      await home.put(at(app, "two"));
      await home.rig.until(name, (now) => now.spec.source?.path === "two" && isSettled(now));
      await eventually("the objects are those of the edit", async () => {
        const [before, after] = await Promise.all([object(name, "a"), object(name, "b")]);
        return before === undefined && after !== undefined;
      });
      await home.rig.untilIdle();
      const [runs, uid] = [runsOf(name), home.rig.app(name).metadata.uid];
      await home.put(at(app, "two"));
      await home.rig.untilIdle();
      expect([runsOf(name), home.rig.app(name).metadata.uid]).toEqual([runs, uid]);
    });

    test("annotations and labels are its own, and start nothing", async () => {
      const { name, app } = await settled();
      const runs = runsOf(name);
      await home.put({
        ...app,
        metadata: { ...app.metadata, labels: { team: "a" }, annotations: { note: "mine" } },
      });
      const shown = await home.rig.until(name, (now) => now.metadata.labels?.["team"] === "a");
      expect(shown.metadata.annotations?.["note"]).toBe("mine");
      await home.rig.untilIdle();
      expect(runsOf(name)).toBe(runs);
    });

    test("what is deleted there takes its objects along where its finalizer says so, and is gone everywhere", async () => {
      const { name } = await settled();
      await home.remove(name);
      await home.rig.untilGone(name);
      expect(await object(name)).toBeUndefined();
      await eventually("nothing of it is left", async () => !(await home.holds(name)));
      expect(home.rig.store.records(key(name))).toEqual([]);
    });

    test("without a finalizer its objects stay", async () => {
      const { name } = await settled({});
      const { uid } = (await object(name)).metadata;
      await home.remove(name);
      await home.rig.untilGone(name);
      expect((await object(name))?.metadata.uid).toBe(uid);
      await eventually("nothing of it is left", async () => !(await home.holds(name)));
    });

    test("what was deleted and is written again is an application again", async () => {
      const { name, app } = await settled();
      await home.remove(name);
      await home.rig.untilGone(name);
      await eventually("nothing of it is left", async () => !(await home.holds(name)));
      await home.put(app);
      await home.rig.untilSettled(name);
      expect(await object(name)).toBeDefined();
    });

    test("a deletion that is asked for twice is one", async () => {
      const { name } = await settled();
      await home.remove(name);
      await home.remove(name).catch(() => undefined);
      await home.rig.untilGone(name);
      expect(await object(name)).toBeUndefined();
    });

    test("a restart changes nothing of it and writes to none of its objects", async () => {
      const { name } = await settled();
      const [uid, before, runs] = [home.rig.app(name).metadata.uid, await object(name), runsOf(name)];
      await home.restart();
      await home.rig.untilSettled(name);
      await home.rig.untilIdle();
      expect(home.rig.app(name).metadata.uid).toBe(uid);
      expect(home.rig.control.origin(key(name))?.from).toBe(from);
      expect([(await object(name)).metadata.resourceVersion, runsOf(name)]).toEqual([
        before.metadata.resourceVersion,
        runs,
      ]);
    });

    test("an edit and a deletion of while the daemon was away are seen when it is back", async () => {
      const [edited, deleted] = [await settled(), await settled()];
      const { rig } = home;
      await home.put(at(edited.app, "two"));
      await home.remove(deleted.name);
      // Whatever came of it until now: the rest is to be done by the next one.
      await home.restart();
      expect(home.rig).not.toBe(rig);
      await home.rig.until(edited.name, (now) => now.spec.source?.path === "two" && isSettled(now));
      await home.rig.untilGone(deleted.name);
      await eventually("its objects are gone", async () => (await object(deleted.name)) === undefined);
    });

    test("where nothing can be read, nothing leaves, through a restart too", async () => {
      // The store is read whole, or the daemon does not start.
      if (home.blind === undefined) return expect(["api", "parent"]).toContain(from);
      const { name } = await settled();
      const { uid } = (await object(name)).metadata;
      const see = await home.blind();
      await home.rig.untilIdle();
      expect(home.rig.control.application(key(name))).toBeDefined();
      await home.restart();
      await home.rig.untilIdle();
      expect((await object(name))?.metadata.uid).toBe(uid);
      await see();
      await home.rig.untilSettled(name);
      expect((await object(name))?.metadata.uid).toBe(uid);
      await home.remove(name);
      await home.rig.untilGone(name);
    });
  });
}
