/** Hooks: run in their phases, waited for, remembered, tidied up; never compared, pruned or taken from others. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION, type AppKey, type ApplicationSpec } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { type Rig, sharedRig, startRig, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { hookJob, hooksOf, jobPath, marked, messageOf, unnamed, waitsForHook } from "../lib/hook-objects.ts";
import { configMap, tracked } from "../lib/manifests.ts";

let world: World, rig: Rig;
sharedRig((...both) => {
  [world, rig] = both;
});

const MANUAL: { spec: Partial<ApplicationSpec> } = { spec: { syncPolicy: {} } };

const jobsIn = async (namespace: string): Promise<any[]> =>
  (await world.must("GET", jobPath(namespace, "").replace(/\/$/, ""))).items;
const isWaiting = (name: string, hook: string, from: Rig = rig) => from.until(name, waitsForHook(hook));

async function placed(name: string, files: Record<string, KubeObject>, from: Rig = rig) {
  const repository = await from.placeNew(name, files, MANUAL);
  await from.until(
    name,
    ({ status }) => status?.sync.status !== undefined && status.sync.status !== "Unknown",
  );
  return repository;
}

describe("a sync with hooks", () => {
  test("runs them in their phases, says so, and counts none of them", async () => {
    const name = "phases";
    await placed(name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreSync"),
      "sync.yaml": hookJob(name, "beside", "Sync"),
      "post.yaml": hookJob(name, "post", "PostSync"),
      "fail.yaml": hookJob(name, "alarm", "SyncFail"),
      "skip.yaml": hookJob(name, "skipped", "Skip"),
    });
    const { phase, message } = await rig.sync(name);
    expect([phase, message]).toEqual(["Succeeded", "successfully synced (1 applied, 3 hooks completed)"]);
    expect(hooksOf(rig.app(name))).toEqual([
      "PreSync pre Succeeded",
      "Sync beside Succeeded",
      "PostSync post Succeeded",
    ]);
    expect((await jobsIn(name)).map(({ metadata }) => metadata.name).sort()).toEqual([
      "beside",
      "post",
      "pre",
    ]);
    const app = await rig.until(name, ({ status }) => status?.sync.status === "Synced");
    expect((app.status?.resources ?? []).filter(({ hook }) => hook !== true).map((one) => one.name)).toEqual([
      "a",
    ]);
    // Deleted by hand: no drift, and it is not run again by itself.
    await world.must("DELETE", jobPath(name, "pre"));
    await rig.refresh(name);
    expect(rig.app(name).status?.sync.status).toBe("Synced");
  });

  test("writes nothing while a PreSync hook runs, says what it waits for since when, and nothing of PostSync before Sync is healthy", async () => {
    const name = "order";
    rig.judge("ConfigMap", name, `slow-${name}`, "Progressing");
    await placed(name, {
      "a.yaml": configMap(name, `slow-${name}`),
      "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true }),
      "post.yaml": hookJob(name, "post", "PostSync"),
    });
    const synced = rig.sync(name);
    await isWaiting(name, "pre");
    expect(await world.hasConfigMap(name, `slow-${name}`)).toBe(false);
    await world.must(
      "PATCH",
      jobPath(name, "pre"),
      { spec: { suspend: false } },
      "application/merge-patch+json",
    );
    await rig.until(name, () =>
      messageOf(rig.app(name)).startsWith(`waiting for healthy state of ConfigMap ${name}/slow-`),
    );
    expect(await world.find(jobPath(name, "post"))).toBeUndefined();
    rig.judge("ConfigMap", name, `slow-${name}`, "Healthy");
    await world.must(
      "PATCH",
      `/api/v1/namespaces/${name}/configmaps/slow-${name}`,
      { metadata: { labels: { a: "b" } } },
      "application/merge-patch+json",
    );
    expect((await synced).phase).toBe("Succeeded");
    expect(await world.find(jobPath(name, "post"))).toBeDefined();
  });

  test("fails with a PreSync hook, writes nothing after it, runs SyncFail, and deletes by policy", async () => {
    const name = "fails";
    await placed(name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreSync", { image: "x:broken", policy: "HookFailed" }),
      "kept.yaml": hookJob(name, "kept", "PreSync", { policy: "HookSucceeded" }),
      "alarm.yaml": hookJob(name, "alarm", "SyncFail"),
    });
    const { phase, message } = await rig.sync(name);
    expect([phase, message]).toEqual([
      "Failed",
      expect.stringMatching(/the hook batch\/Job fails\/pre failed: /),
    ]);
    expect(await world.hasConfigMap(name, "a")).toBe(false);
    expect(hooksOf(rig.app(name)).sort()).toEqual([
      "PreSync kept Succeeded",
      "PreSync pre Failed",
      "SyncFail alarm Succeeded",
    ]);
    await eventually(
      "the failed hook is deleted",
      async () => (await world.find(jobPath(name, "pre"))) === undefined,
    );
    expect(await world.find(jobPath(name, "kept"))).toBeDefined();
  });

  test("deletes what is HookSucceeded after it succeeded, and the last run before a new one by default", async () => {
    const name = "policies";
    await placed(name, {
      "a.yaml": configMap(name, "a"),
      "gone.yaml": hookJob(name, "gone", "PreSync", { policy: "HookSucceeded" }),
      "again.yaml": hookJob(name, "again", "PostSync"),
    });
    expect((await rig.sync(name)).phase).toBe("Succeeded");
    await eventually(
      "the hook is deleted",
      async () => (await world.find(jobPath(name, "gone"))) === undefined,
    );
    const first = await world.find(jobPath(name, "again"));
    expect((await rig.sync(name)).phase).toBe("Succeeded");
    const second = await world.find(jobPath(name, "again"));
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
  });

  test("names a generateName hook by commit, phase and start; selective syncs and dry runs run none", async () => {
    const name = "named";
    await placed(name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": unnamed(hookJob(name, "x", "PreSync"), "migrate-"),
    });
    const rehearsed = await rig.sync(name, { dryRun: true });
    expect([rehearsed.phase, await jobsIn(name)]).toEqual(["Succeeded", []]);
    expect((await rig.sync(name, { resources: [{ kind: "ConfigMap", name: "a" }] })).phase).toBe("Succeeded");
    expect(await jobsIn(name)).toEqual([]);
    const { phase, syncResult } = await rig.sync(name);
    expect(phase).toBe("Succeeded");
    const [made, ...others] = await jobsIn(name);
    expect(others).toEqual([]);
    expect(made.metadata.name).toMatch(
      new RegExp(`^migrate-${syncResult?.revision?.slice(0, 7)}-presync-\\d+$`),
    );
    expect(hooksOf(rig.app(name))).toEqual([`PreSync ${made.metadata.name} Succeeded`]);
  });

  test("are told by a dry run with their phase and no state, each of those that share a generateName too", async () => {
    const name = "rehearsed";
    await placed(name, {
      "a.yaml": configMap(name, "a"),
      "one.yaml": unnamed(hookJob(name, "one", "PreSync"), "migrate-"),
      "two.yaml": unnamed(hookJob(name, "two", "PreSync"), "migrate-"),
      "both.yaml": hookJob(name, "both", "Sync,PostSync"),
    });
    const { message, syncResult } = await rig.sync(name, { dryRun: true });
    expect(message).toBe("dry run: 1 would pass, 4 hooks would be run");
    expect(
      syncResult?.resources.map(({ kind, hookType, hookPhase, syncPhase, message: said }) =>
        [kind, hookType, hookPhase, syncPhase, said].join(" "),
      ),
    ).toEqual([
      "Job PreSync  PreSync dry run: would be run",
      "Job PreSync  PreSync dry run: would be run",
      "ConfigMap   Sync dry run: would pass",
      "Job Sync  Sync dry run: would be run",
      "Job PostSync  PostSync dry run: would be run",
    ]);
    expect(await jobsIn(name)).toEqual([]);
  });

  test("counts a Job that a time to live took right after it succeeded", async () => {
    const name = "lived";
    await placed(name, {
      "pre.yaml": hookJob(name, "pre", "PreSync", { spec: { ttlSecondsAfterFinished: 0 } }),
      "a.yaml": configMap(name, "a"),
    });
    expect((await rig.sync(name)).phase).toBe("Succeeded");
    expect(hooksOf(rig.app(name))).toEqual(["PreSync pre Succeeded"]);
  });

  test("fails where a hook is deleted while it runs, and where it takes longer than its hook-timeout", async () => {
    const name = "taken";
    await placed(name, {
      "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true }),
      "a.yaml": configMap(name, "a"),
    });
    const synced = rig.sync(name);
    await isWaiting(name, "pre");
    await world.must("DELETE", jobPath(name, "pre"));
    expect(await synced).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("was deleted before its end was seen"),
    });

    const late = "late";
    await placed(late, {
      "pre.yaml": hookJob(late, "pre", "PreSync", {
        suspend: true,
        more: { [ANNOTATION.hookTimeout]: "5m" },
      }),
      "a.yaml": configMap(late, "a"),
    });
    const other = rig.sync(late);
    await isWaiting(late, "pre");
    rig.clock.advance(301_000);
    await world.must(
      "PATCH",
      jobPath(late, "pre"),
      { metadata: { labels: { a: "b" } } },
      "application/merge-patch+json",
    );
    expect(await other).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("did not complete within 5m"),
    });
    expect(await world.hasConfigMap(late, "a")).toBe(false);
  });

  test("is ended by terminate, and the Job that runs with it", async () => {
    const name = "ended";
    await placed(name, {
      "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true }),
      "alarm.yaml": hookJob(name, "alarm", "SyncFail"),
      "a.yaml": configMap(name, "a"),
    });
    const synced = rig.sync(name);
    await isWaiting(name, "pre");
    await rig.control.terminate(`argocd/${name}` as AppKey, "user:test");
    expect((await synced).phase).toBe("Failed");
    await eventually("the Job is gone", async () => (await world.find(jobPath(name, "pre"))) === undefined);
    expect([await world.find(jobPath(name, "alarm")), await world.hasConfigMap(name, "a")]).toEqual([
      undefined,
      false,
    ]);
  });
});

describe("a hook under a name that is another's", () => {
  test.each(["another application", "nobody"])(
    "of %s is refused before anything is written",
    async (whose) => {
      const name = `taken-by-${whose.split(" ")[0]}`;
      await world.makeNamespace(name);
      const there = configMap(name, "pre", { precious: "yes" });
      await world.must(
        "POST",
        `/api/v1/namespaces/${name}/configmaps`,
        whose === "nobody" ? there : tracked("elsewhere", there),
      );
      await placed(name, {
        "a.yaml": configMap(name, "a"),
        "pre.yaml": marked(configMap(name, "pre"), { [ANNOTATION.hook]: "PreSync" }),
      });
      const { phase, message } = await rig.sync(name);
      expect([phase, message]).toEqual(["Failed", expect.stringContaining("the name of this hook is taken")]);
      expect((await world.find(`/api/v1/namespaces/${name}/configmaps/pre`)).data).toEqual({
        precious: "yes",
      });
      expect(await world.hasConfigMap(name, "a")).toBe(false);
    },
  );
});

test("an object that is ordinary, then a hook, then ordinary is never pruned on the way", async () => {
  const name = "in-turn";
  const ordinary = configMap(name, "turn");
  const repository = await placed(name, { "a.yaml": configMap(name, "a"), "turn.yaml": ordinary });
  const path = `/api/v1/namespaces/${name}/configmaps/turn`;
  expect((await rig.sync(name, { prune: true })).phase).toBe("Succeeded");
  await repository.commit({ "turn.yaml": marked(ordinary, { [ANNOTATION.hook]: "PostSync" }) });
  await rig.refresh(name);
  expect((await rig.sync(name, { prune: true })).phase).toBe("Succeeded");
  expect((await world.find(path)).metadata.annotations[ANNOTATION.hook]).toBe("PostSync");
  await repository.commit({ "turn.yaml": ordinary });
  await rig.refresh(name);
  expect((await rig.sync(name, { prune: true })).phase).toBe("Succeeded");
  expect((await world.find(path)).metadata.annotations[ANNOTATION.hook]).toBeUndefined();
  await rig.until(name, ({ status }) => status?.sync.status === "Synced");
});

describe("a daemon that stops in the middle", () => {
  test("runs no PreSync hook twice: one that runs is waited for, one that succeeded and is gone counts", async () => {
    const name = "resumed";
    const store = memoryStore();
    const first = await startRig(world, { store });
    await placed(
      name,
      {
        "a.yaml": configMap(name, "a"),
        "done.yaml": hookJob(name, "done", "PreSync", { spec: { ttlSecondsAfterFinished: 0 } }),
        "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true, more: { [ANNOTATION.syncWave]: "1" } }),
      },
      first,
    );
    void first.sync(name).catch(() => undefined);
    await isWaiting(name, "pre", first);
    const { uid } = (await world.find(jobPath(name, "pre"))).metadata;
    await first.stop();
    expect(await world.find(jobPath(name, "done"))).toBeUndefined();
    const second = await startRig(world, { store, folder: first.folder });
    try {
      await isWaiting(name, "pre", second);
      expect((await world.find(jobPath(name, "pre"))).metadata.uid).toBe(uid);
      expect(await world.find(jobPath(name, "done"))).toBeUndefined();
      await world.must(
        "PATCH",
        jobPath(name, "pre"),
        { spec: { suspend: false } },
        "application/merge-patch+json",
      );
      await second.until(name, ({ status }) => status?.operationState?.phase === "Succeeded");
      expect(hooksOf(second.app(name))).toEqual(["PreSync done Succeeded", "PreSync pre Succeeded"]);
      expect(await world.hasConfigMap(name, "a")).toBe(true);
    } finally {
      await second.stop();
    }
  });
});
