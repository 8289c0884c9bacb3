/** The emergency brake: whoever pulls it, nothing is written any more, nothing is lost, and all goes on after it. */
import { describe, expect, test } from "bun:test";
import { appKey } from "../../src/core/model/application.ts";
import type { DaemonPause } from "../../src/core/model/daemon-pause.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import {
  AUTOMATED,
  appOf,
  conditions,
  HOME,
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

const BY = { actor: "user:ann", why: "wrong merge" };
const WRITES = { of: "writes", ...BY } as const,
  DELETIONS = { of: "deletions", ...BY } as const;
const SAID = "paused in the whole daemon, because user:ann said so";
const REFUSED = { is: "conflict", why: expect.stringContaining("Resume it: holdfast admin resume") };
const dataOf = async (app: string, name = "a"): Promise<unknown> =>
  (await world.find(configMapPath(app, name)))?.data?.key;
const has = (app: string, name: string): Promise<boolean> => world.hasConfigMap(app, name);

async function settled(name: string, options: RigOptions = {}, policy: object = AUTOMATED) {
  const rig = await start(options);
  const files = { "a.yaml": configMap(name, "a"), "b.yaml": configMap(name, "b") };
  const repository = await rig.placeNew(name, files, { spec: { syncPolicy: policy } });
  if (policy === AUTOMATED) await rig.untilSettled(name);
  else await rig.until(name, ({ status }) => status?.sync.status === "OutOfSync");
  return { rig, repository };
}

const waits = (rig: Rig, name: string): Promise<unknown> =>
  rig.until(name, () => conditions(rig.app(name), "PausedWarning").length > 0);

describe("with all writes paused", () => {
  test("a commit waits and says why, and is synced when the daemon goes on", async () => {
    const { rig, repository } = await settled("brake-commit");
    rig.control.pause(WRITES);
    await repository.commit({ "a.yaml": configMap("brake-commit", "a", { key: "2" }) });
    await rig.refresh("brake-commit");
    await waits(rig, "brake-commit");
    await rig.untilIdle();
    expect(conditions(rig.app("brake-commit"), "PausedWarning")[0]).toContain(SAID);
    expect(await dataOf("brake-commit")).toBe("value");
    rig.control.resume(BY);
    await eventually("it is synced", async () => (await dataOf("brake-commit")) === "2");
    await rig.untilSettled("brake-commit");
    expect(conditions(rig.app("brake-commit"), "PausedWarning")).toEqual([]);
  });

  test("drift is left until it goes on", async () => {
    const { rig } = await settled("brake-drift");
    rig.control.pause(WRITES);
    await world.must("DELETE", configMapPath("brake-drift", "a"));
    await waits(rig, "brake-drift");
    await rig.untilIdle();
    expect(await has("brake-drift", "a")).toBe(false);
    rig.control.resume(BY);
    await eventually("it is put back", () => has("brake-drift", "a"));
  });

  test("a person's sync and its deletion are refused with what to do; a rehearsal and letting go are not", async () => {
    const { rig } = await settled("brake-person", {}, {});
    const key = appKey(HOME, "brake-person");
    rig.control.pause(WRITES);
    expect(await rig.control.sync(key, { operation: { sync: {} }, actor: "user:bob" })).toMatchObject(
      REFUSED,
    );
    const repository = await world.repository("brake-made", { "a.yaml": configMap("brake-made", "a") });
    const made = appOf({ name: "brake-made", repository, spec: { syncPolicy: {} } });
    expect(await rig.control.create(made, { upsert: false, actor: "user:bob" })).toMatchObject({
      is: "written",
    });
    const remove = (cascade: "foreground" | "none") =>
      rig.control.remove(appKey(HOME, "brake-made"), { cascade, actor: "user:bob" });
    expect(await remove("foreground")).toMatchObject(REFUSED);
    expect(await remove("none")).toMatchObject({ is: "written" });
    expect((await rig.sync("brake-person", { dryRun: true })).phase).toBe("Succeeded");
    expect(await has("brake-person", "a")).toBe(false);
  });

  test("a person's undo is refused with what to do, a rehearsal of it is not, and afterwards it is made", async () => {
    const name = "brake-undo";
    const { rig, repository } = await settled(name);
    await repository.commit({ "b.yaml": null });
    await rig.refresh(name);
    await eventually("it is pruned", async () => !(await has(name, "b")));
    await rig.untilIdle();
    rig.control.pause(WRITES);
    const undo = (mode: "write" | "dry-run") =>
      rig.control.undo(appKey(HOME, name), { mode, actor: "user:bob" });
    expect(await undo("write")).toMatchObject(REFUSED);
    expect(await undo("dry-run")).toMatchObject({ is: "written" });
    await rig.untilIdle();
    expect(await has(name, "b")).toBe(false);
    rig.control.resume(BY);
    expect(await undo("write")).toMatchObject({ is: "written" });
    await eventually("it is back", () => has(name, "b"));
  });

  test("a rollback is refused with what to do and holds nothing, a rehearsal of it is not refused", async () => {
    const name = "brake-rollback";
    const { rig, repository } = await settled(name);
    const sha = await repository.commit({ "a.yaml": configMap(name, "a", { key: "2" }) });
    await rig.refresh(name);
    await rig.until(name, ({ status }) => status?.history?.at(-1)?.revision === sha);
    await rig.untilIdle();
    rig.control.pause(WRITES);
    const rollback = (more: { dryRun?: boolean } = {}) =>
      rig.control.rollback(appKey(HOME, name), {
        deployment: 0,
        until: "lifted",
        actor: "user:bob",
        ...more,
      });
    expect(await rollback()).toMatchObject(REFUSED);
    expect(rig.app(name).status?.hold).toBeUndefined();
    expect(await rollback({ dryRun: true })).toMatchObject({ is: "written" });
    await rig.untilIdle();
    expect(await dataOf(name)).toBe("2");
    rig.control.resume(BY);
    expect(await rollback()).toMatchObject({ is: "written" });
    await eventually("it is back", async () => (await dataOf(name)) === "value");
  });

  test("an action is refused with what to do, and nothing of it is asked of the cluster", async () => {
    const name = "brake-action";
    const rig = await start();
    await rig.placeNew(name, { "web.yaml": deployment({ namespace: name, name: "web" }) });
    await rig.untilSettled(name);
    const restart = () =>
      rig.control.act(appKey(HOME, name), {
        ref: { group: "apps", kind: "Deployment", namespace: name, name: "web" },
        action: "restart",
        actor: "user:bob",
      });
    rig.control.pause(WRITES);
    const from = rig.requests.length;
    expect(await restart()).toMatchObject(REFUSED);
    expect(rig.requests.slice(from).filter(({ verb }) => verb !== "watch" && verb !== "probe")).toEqual([]);
    // It deletes nothing.
    rig.control.pause(DELETIONS);
    rig.control.resume(BY);
    expect(await restart()).toMatchObject({ is: "acted" });
  });

  test("a sync that runs stops before its next write, with the sentence, and its rest comes afterwards", async () => {
    const rig = await start();
    const wave = (name: string, at: string) =>
      configMap("brake-running", name, undefined, { "argocd.argoproj.io/sync-wave": at });
    rig.judge("ConfigMap", "brake-running", "a", "Progressing");
    await rig.placeNew(
      "brake-running",
      { "a.yaml": wave("a", "0"), "b.yaml": wave("b", "1") },
      { spec: { syncPolicy: AUTOMATED } },
    );
    await eventually("the first wave is there", () => has("brake-running", "a"));
    rig.control.pause(WRITES);
    rig.judge("ConfigMap", "brake-running", "a", "Healthy");
    const stopped = await rig.until(
      "brake-running",
      ({ status }) => status?.operationState?.finishedAt !== undefined,
    );
    expect(stopped.status?.operationState?.message).toContain(SAID);
    // It waits for its next try, which is due by now.
    rig.clock.advance(3_600_000);
    await rig.refresh("brake-running");
    expect(conditions(rig.app("brake-running"), "PausedWarning")[0]).toContain(SAID);
    expect([await has("brake-running", "a"), await has("brake-running", "b")]).toEqual([true, false]);
    rig.control.resume(BY);
    await eventually("the rest comes", () => has("brake-running", "b"));
  });

  test("it holds across a restart, and the audit says who, why and when it ended", async () => {
    const store = memoryStore();
    const { rig, repository } = await settled("brake-restart", { store });
    rig.control.pause(WRITES);
    await repository.commit({ "a.yaml": configMap("brake-restart", "a", { key: "2" }) });
    const { folder } = rig;
    await rig.stop();
    const again = await start({ store, folder });
    await waits(again, "brake-restart");
    await again.untilIdle();
    expect(await dataOf("brake-restart")).toBe("value");
    again.control.resume({ actor: "user:bob", why: "mended" });
    await eventually("it is synced", async () => (await dataOf("brake-restart")) === "2");
    expect(store.audits({ limit: 50 })).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({
          action: "pause",
          actor: "user:ann",
          details: { of: "writes", why: "wrong merge" },
        }),
        expect.objectContaining({
          action: "resume",
          actor: "user:bob",
          details: { of: "writes", why: "mended" },
        }),
      ]),
    );
  });
});

describe("with deletions paused", () => {
  test("what left Git stays and says why, all else is synced, and it goes afterwards", async () => {
    const { rig, repository } = await settled("brake-prune");
    rig.control.pause(DELETIONS);
    await repository.commit({ "b.yaml": null, "a.yaml": configMap("brake-prune", "a", { key: "2" }) });
    await rig.refresh("brake-prune");
    await eventually("the rest is synced", async () => (await dataOf("brake-prune")) === "2");
    await rig.until("brake-prune", (app) => conditions(app, "PruneBlocked").length > 0);
    expect(conditions(rig.app("brake-prune"), "PruneBlocked")[0]).toContain(SAID);
    await rig.untilIdle();
    const asked = await rig.sync("brake-prune", { prune: true });
    expect([asked.phase, asked.syncResult?.resources?.[0]?.status]).toEqual(["Succeeded", "PruneSkipped"]);
    expect(await has("brake-prune", "b")).toBe(true);
    rig.control.resume(BY);
    await eventually("it is pruned", async () => !(await has("brake-prune", "b")));
  });

  test("an application whose file left waits with its objects, and goes afterwards", async () => {
    const { rig } = await settled("brake-removal");
    rig.folder.applications[0]!.app.metadata.finalizers = ["resources-finalizer.argocd.argoproj.io"];
    rig.read();
    await rig.until("brake-removal", ({ metadata }) => (metadata.finalizers ?? []).length > 0);
    rig.control.pause(DELETIONS);
    rig.unplace("brake-removal");
    await waits(rig, "brake-removal");
    await rig.untilIdle();
    expect(await has("brake-removal", "a")).toBe(true);
    rig.control.resume(BY);
    await rig.untilGone("brake-removal");
    expect(await has("brake-removal", "a")).toBe(false);
  });
});

test("the config's pause holds beside a person's, and only its own end ends it", async () => {
  const pauses: DaemonPause[] = [{ of: "writes", from: "config" }];
  const { rig, repository } = await settled("brake-config");
  rig.settings = { ...rig.settings, pauses };
  rig.engine.settingsChanged();
  rig.control.pause(DELETIONS);
  await repository.commit({ "a.yaml": configMap("brake-config", "a", { key: "2" }) });
  await rig.refresh("brake-config");
  await waits(rig, "brake-config");
  rig.control.resume(BY);
  await rig.refresh("brake-config");
  await rig.untilIdle();
  expect(rig.control.pauses()).toEqual(pauses);
  expect(await dataOf("brake-config")).toBe("value");
  rig.settings = { ...rig.settings, pauses: [] };
  rig.engine.settingsChanged();
  await eventually("it is synced", async () => (await dataOf("brake-config")) === "2");
});
