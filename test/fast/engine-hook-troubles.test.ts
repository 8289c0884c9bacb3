/** Hooks on bad days: failed, deleted, unheard, or not written down; each runs once and ends as it ended. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { startApiProxy } from "../lib/api-proxy.ts";
import { eventually } from "../lib/eventually.ts";
import { hookJob, hooksOf, jobPath, marked, messageOf, waitsForHook } from "../lib/hook-objects.ts";
import { ended, hookStage, placed } from "../lib/hook-stage.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";

const on = hookStage();
const { start, uidOf, goOn } = on;
const MERGE = "application/merge-patch+json";

describe("a SyncFail hook", () => {
  test("that fails itself is told beside what it followed, and goes by its own policy", async () => {
    const rig = await start();
    const name = "fails-twice";
    await placed(rig, name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreSync", { image: "x:broken" }),
      "alarm.yaml": hookJob(name, "alarm", "SyncFail", { image: "x:broken", policy: "HookFailed" }),
      "after.yaml": hookJob(name, "after", "SyncFail", { more: { [ANNOTATION.syncWave]: "1" } }),
    });
    const { phase, message } = await rig.sync(name);
    expect(phase).toBe("Failed");
    expect(message).toMatch(
      /^the hook batch\/Job fails-twice\/pre failed: .*\. What was to follow the failure failed too: the hook batch\/Job fails-twice\/alarm failed: /,
    );
    expect(hooksOf(rig.app(name))).toEqual(["PreSync pre Failed", "SyncFail alarm Failed"]);
    expect([await on.world.find(jobPath(name, "after")), await on.world.hasConfigMap(name, "a")]).toEqual([
      undefined,
      false,
    ]);
    await eventually("alarm goes", async () => (await on.world.find(jobPath(name, "alarm"))) === undefined);
  });

  test("that a restart finds running is waited for, and what failed before is not run again", async () => {
    const name = "alarm-killed";
    const store = memoryStore();
    const first = await start({ store });
    await placed(first, name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreSync", { image: "x:broken", policy: "HookFailed" }),
      "alarm.yaml": hookJob(name, "alarm", "SyncFail", { suspend: true }),
    });
    void first.sync(name).catch(() => undefined);
    await first.until(name, waitsForHook("alarm"));
    const before = [await uidOf(name, "pre"), await uidOf(name, "alarm")];
    await first.stop();
    const second = await start({ store, folder: first.folder });
    await second.until(name, waitsForHook("alarm"));
    expect([await uidOf(name, "pre"), await uidOf(name, "alarm")]).toEqual(before);
    await goOn(name, "alarm");
    const app = await ended(second, name);
    expect([app.status?.operationState?.phase, messageOf(app)]).toEqual([
      "Failed",
      expect.stringContaining(`the hook batch/Job ${name}/pre failed`),
    ]);
    expect(messageOf(app)).not.toContain("failed too");
    expect(hooksOf(app)).toEqual(["PreSync pre Failed", "SyncFail alarm Succeeded"]);
    expect(await uidOf(name, "alarm")).toBe(before[1] as string);
    await eventually("pre goes", async () => (await on.world.find(jobPath(name, "pre"))) === undefined);
  });
});

test("a sync that had failed before a restart, as far as its SyncFail hook, writes nothing more in that try", async () => {
  const name = "failed-killed";
  const store = memoryStore();
  const first = await start({ store });
  first.judge("ConfigMap", name, `sick-${name}`, "Degraded");
  await placed(first, name, {
    "a.yaml": configMap(name, `sick-${name}`),
    "b.yaml": marked(configMap(name, "b"), { [ANNOTATION.syncWave]: "1" }),
    "pre.yaml": hookJob(name, "pre", "PreSync", { policy: "HookFailed" }),
    "alarm.yaml": hookJob(name, "alarm", "SyncFail", { suspend: true }),
  });
  void first.sync(name).catch(() => undefined);
  await first.until(name, waitsForHook("alarm"));
  await first.stop();
  // It is well by now, for whoever tries.
  const second = await start({ store, folder: first.folder });
  await second.until(name, waitsForHook("alarm"));
  await goOn(name, "alarm");
  const app = await ended(second, name);
  expect(messageOf(app)).toMatch(/^it had failed before the daemon was restarted/);
  expect(hooksOf(app)).toEqual(["PreSync pre Succeeded", "SyncFail alarm Succeeded"]);
  expect(await on.world.hasConfigMap(name, "b")).toBe(false);
  await eventually("pre goes", async () => (await on.world.find(jobPath(name, "pre"))) === undefined);
});

test("a hook whose Pods fail is waited for as long as its Job tries, with what they say, and has failed when that gives up", async () => {
  const rig = await start();
  const name = "tries";
  await placed(rig, name, {
    "pre.yaml": hookJob(name, "pre", "PreSync", { image: "x:broken", spec: { backoffLimit: 1 } }),
    "a.yaml": configMap(name, "a"),
  });
  const synced = rig.sync(name);
  await rig.until(name, (app) =>
    /^waiting for completion of hook batch\/Job tries\/pre since \S+Z \(Pod pre-\S+ container web waits: CrashLoopBackOff/.test(
      messageOf(app),
    ),
  );
  const { phase, message } = await synced;
  const { status } = await on.world.must("GET", jobPath(name, "pre"));
  expect([phase, status.failed, status.conditions.at(-1).type]).toEqual(["Failed", 2, "Failed"]);
  expect(message).toMatch(
    /the hook batch\/Job tries\/pre failed: BackoffLimitExceeded.*; Pod pre-\S+ .*exit/,
  );
});

test("a hook whose last run is on its way out is not taken for this one: it is run when that is gone", async () => {
  const rig = await start();
  const name = "on-its-way-out";
  const pre = hookJob(name, "pre", "PreSync", { policy: "HookSucceeded" });
  const held = { ...pre, metadata: { ...pre.metadata, finalizers: ["example.com/held"] } };
  await placed(rig, name, { "pre.yaml": held });
  expect((await rig.sync(name)).phase).toBe("Succeeded");
  const first = await uidOf(name, "pre");
  const synced = rig.sync(name);
  await rig.until(name, (app) => messageOf(app).includes("the hook's last run, since 2"));
  await on.world.must("PATCH", jobPath(name, "pre"), { metadata: { finalizers: [] } }, MERGE);
  expect((await synced).phase).toBe("Succeeded");
  expect([await uidOf(name, "pre"), hooksOf(rig.app(name))]).toEqual([
    expect.not.stringContaining(first),
    ["PreSync pre Succeeded"],
  ]);
  await on.world.must("PATCH", jobPath(name, "pre"), { metadata: { finalizers: [] } }, MERGE);
});

describe("a store that refuses the write at a hook's event", () => {
  /** Refuses states in which a hook is in this phase, for so many times. */
  function refusing(hookPhase: string, times: number): { store: Store; takesAll(): void } {
    const store = memoryStore();
    let left = times;
    const putStates: Store["putStates"] = (states) => {
      const has = states.some((state) =>
        (state.status?.operationState?.syncResult?.resources ?? []).some(
          (one) => one.hookType !== undefined && one.hookPhase === hookPhase,
        ),
      );
      if (has && left-- > 0)
        throw new Failure("store", "the store", "backoff", { cannot: "write", why: "the disk is full" });
      store.putStates(states);
    };
    return {
      store: { ...store, putStates },
      takesAll() {
        left = 0;
      },
    };
  }

  test("at its end is asked again, and what follows the hook waits for that", async () => {
    const rig = await start(refusing("Succeeded", 1));
    const name = "refused-once";
    await placed(rig, name, { "pre.yaml": hookJob(name, "pre", "PreSync"), "a.yaml": configMap(name, "a") });
    expect((await rig.sync(name)).phase).toBe("Succeeded");
    expect(hooksOf(rig.app(name))).toEqual(["PreSync pre Succeeded"]);
  });

  test.each(["Running", "Succeeded"])(
    "where it says %s, for long, ends the sync with nothing written after it",
    async (at) => {
      const refuses = refusing(at, 1_000);
      const rig = await start(refuses);
      const name = `refused-${at.toLowerCase()}`;
      await placed(rig, name, {
        "pre.yaml": hookJob(name, "pre", "PreSync"),
        "a.yaml": configMap(name, "a"),
      });
      const { phase, message } = await rig
        .sync(name)
        .catch(() => rig.app(name).status?.operationState ?? { phase: "", message: "" });
      expect([phase, message]).toEqual(["Error", expect.stringContaining("the disk is full")]);
      expect(await on.world.hasConfigMap(name, "a")).toBe(false);
      refuses.takesAll();
    },
  );
});

test("a Job that ended and was taken by its time to live while no watch was open has ended as it ended", async () => {
  const proxy = await startApiProxy(on.world.kubeconfig);
  try {
    const rig = await start({
      kubeconfig: proxy.kubeconfig,
      clusterTimings: { firstPauseMs: 5, lastPauseMs: 20 },
    });
    const name = "unheard";
    await placed(rig, name, {
      "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true, spec: { ttlSecondsAfterFinished: 0 } }),
      "a.yaml": configMap(name, "a"),
    });
    const synced = rig.sync(name);
    await rig.until(name, waitsForHook("pre"));
    const over = proxy.inject(({ isWatch }) => isWatch, { do: "answer", status: 500, body: {} });
    proxy.cutWatches();
    await goOn(name, "pre");
    await eventually("it is gone", async () => (await on.world.find(jobPath(name, "pre"))) === undefined);
    over();
    expect((await synced).phase).toBe("Succeeded");
    expect(hooksOf(rig.app(name))).toEqual(["PreSync pre Succeeded"]);
    expect(await on.world.find(configMapPath(name, "a"))).toBeDefined();
  } finally {
    await proxy.stop();
  }
});
