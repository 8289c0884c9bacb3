/** What overtakes a hook that runs: a kill of the daemon, a newer commit, the deletion of its application, a person who ends its sync. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION, type AppKey } from "../../src/core/model/application.ts";
import { refKey } from "../../src/core/model/object-ref.ts";
import type { ClusterObjects } from "../../src/core/ports/cluster-objects.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { startApiProxy } from "../lib/api-proxy.ts";
import { eventually } from "../lib/eventually.ts";
import { hookJob, hooksOf, jobPath, messageOf, unnamed, waitsForHook } from "../lib/hook-objects.ts";
import { AUTOMATED_ONLY, ended, hookStage, placed } from "../lib/hook-stage.ts";
import { configMap } from "../lib/manifests.ts";

const on = hookStage();
const { start, uidOf, goOn, cannotStart } = on;
const MERGE = "application/merge-patch+json";

describe("a daemon that is killed", () => {
  test("between a hook's creation and its note finds the one that it made, and makes no second", async () => {
    const name = "unnoted";
    const store = memoryStore();
    const first = await start({ store });
    const [cluster] = first.clusters;
    const made = Promise.withResolvers<void>(),
      killed = Promise.withResolvers<never>();
    killed.promise.catch(() => undefined);
    const errands = cluster?.for.bind(cluster);
    if (cluster === undefined || errands === undefined) throw new Error("there is no cluster");
    cluster.for = (errand): ClusterObjects => {
      const objects = errands(errand);
      return {
        read: (...ask) => objects.read(...ask),
        create: (...ask) => objects.create(...ask),
        replace: (...ask) => objects.replace(...ask),
        patch: (...ask) => objects.patch(...ask),
        delete: (...ask) => objects.delete(...ask),
        // The server has it, and nobody hears of it any more.
        async apply(object, mode) {
          const answer = await objects.apply(object, mode);
          if (mode === "dry-run" || object.kind !== "Job") return answer;
          made.resolve();
          return killed.promise;
        },
      };
    };
    await placed(first, name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true }),
      "named.yaml": unnamed(hookJob(name, "x", "PreSync", { more: { [ANNOTATION.syncWave]: "1" } }), "made-"),
    });
    void first.sync(name).catch(() => undefined);
    await made.promise;
    const uid = await uidOf(name, "pre");
    const stopped = first.stop();
    killed.reject(new Error("killed"));
    await stopped;
    expect(store.states().flatMap((state) => hooksOf(state as never))).toEqual([]);
    const second = await start({ store, folder: first.folder });
    await second.until(name, waitsForHook("pre"));
    expect(await uidOf(name, "pre")).toBe(uid);
    await goOn(name, "pre");
    expect((await ended(second, name)).status?.operationState?.phase).toBe("Succeeded");
    expect(await uidOf(name, "pre")).toBe(uid);
    const jobs: any[] = (await on.world.must("GET", jobPath(name, "").replace(/\/$/, ""))).items;
    expect(jobs).toHaveLength(2);
  });

  test("while a hook runs, and finds a newer commit, ends that hook first and writes nothing else of its commit", async () => {
    const name = "killed-overtaken";
    const store = memoryStore();
    const first = await start({ store });
    const pre = hookJob(name, "pre", "PreSync", { suspend: true });
    const repository = await placed(
      first,
      name,
      { "a.yaml": configMap(name, "a", { at: "first" }), "pre.yaml": pre },
      AUTOMATED_ONLY,
    );
    await first.until(name, waitsForHook("pre"));
    const uid = await uidOf(name, "pre");
    await first.stop();
    await repository.commit({ "a.yaml": configMap(name, "b", { at: "second" }) });
    const second = await start({ store, folder: first.folder });
    await second.refresh(name);
    await second.until(name, waitsForHook("pre"));
    expect(await uidOf(name, "pre")).toBe(uid);
    await goOn(name, "pre");
    await eventually("the next commit's own run", async () => (await uidOf(name, "pre")) !== uid);
    await second.until(name, waitsForHook("pre"));
    await goOn(name, "pre");
    await second.until(name, ({ status }) => status?.operationState?.phase === "Succeeded");
    expect([await on.world.hasConfigMap(name, "a"), await on.world.hasConfigMap(name, "b")]).toEqual([
      false,
      true,
    ]);
  });
});

test("a newer commit waits for a PreSync hook that runs, and then nothing else of the older one is written", async () => {
  const rig = await start();
  const name = "overtaken";
  const repository = await placed(
    rig,
    name,
    {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true }),
      "late.yaml": hookJob(name, "late", "PreSync", { more: { [ANNOTATION.syncWave]: "1" } }),
    },
    AUTOMATED_ONLY,
  );
  await rig.until(name, waitsForHook("pre"));
  const uid = await uidOf(name, "pre");
  const sha = await repository.commit({ "a.yaml": configMap(name, "b"), "late.yaml": null as never });
  await rig.refresh(name);
  expect(await uidOf(name, "pre")).toBe(uid);
  expect(waitsForHook("pre")(rig.app(name))).toBe(true);
  await goOn(name, "pre");
  await eventually("the next commit's own run", async () => (await uidOf(name, "pre")) !== uid);
  await rig.until(name, waitsForHook("pre"));
  await goOn(name, "pre");
  const app = await rig.until(name, ({ status }) => status?.operationState?.phase === "Succeeded");
  expect(app.status?.operationState?.syncResult?.revision).toBe(sha);
  expect([
    await on.world.hasConfigMap(name, "a"),
    await on.world.hasConfigMap(name, "b"),
    await on.world.find(jobPath(name, "late")),
  ]).toEqual([false, true, undefined]);
  const [, older] = rig.store.runs({ app: `argocd/${name}` as AppKey, limit: 5 });
  expect([older?.state.phase, older?.state.message]).toEqual([
    "Failed",
    `given up, because ${sha} came while it waited`,
  ]);
});

test("a newer commit takes the place of a sync whose hook cannot start, since nothing of it runs", async () => {
  const rig = await start();
  const name = "typo";
  const repository = await placed(
    rig,
    name,
    {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreSync", { spec: { parallelism: 0 } }),
    },
    AUTOMATED_ONLY,
  );
  await rig.until(name, waitsForHook("pre"));
  const uid = await uidOf(name, "pre");
  await cannotStart(name, "pre");
  await rig.until(name, (app) => messageOf(app).includes("Pod pre-x container web waits: ImagePullBackOff"));
  const sha = await repository.commit({ "pre.yaml": hookJob(name, "pre", "PreSync") });
  await rig.refresh(name);
  const app = await rig.until(name, ({ status }) => status?.operationState?.phase === "Succeeded");
  expect(app.status?.operationState?.syncResult?.revision).toBe(sha);
  const [, older] = rig.store.runs({ app: `argocd/${name}` as AppKey, limit: 5 });
  expect(older?.state.message).toBe(`given up, because ${sha} came while it waited`);
  expect(await uidOf(name, "pre")).not.toBe(uid);
});

test("a hook that cannot start beside one that runs: the newer commit waits for the one that runs", async () => {
  const rig = await start();
  const name = "typo-beside";
  const repository = await placed(
    rig,
    name,
    {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreSync", { spec: { parallelism: 0 } }),
      "run.yaml": hookJob(name, "run", "PreSync", { suspend: true }),
    },
    AUTOMATED_ONLY,
  );
  await rig.until(name, (app) => / and 1 more$/.test(messageOf(app)));
  await cannotStart(name, "pre");
  const pod = refKey({ group: "", kind: "Pod", namespace: name, name: "pre-x" });
  await eventually("its Pod is known", () =>
    JSON.stringify(rig.cluster.get(pod)?.object["status"])?.includes("ImagePull"),
  );
  const uid = await uidOf(name, "run");
  const sha = await repository.commit({ "pre.yaml": hookJob(name, "pre", "PreSync") });
  await rig.refresh(name);
  // Looked at again, with what came meanwhile.
  await on.world.must("PATCH", jobPath(name, "pre"), { metadata: { labels: { looked: "at" } } }, MERGE);
  await rig.refresh(name);
  expect([rig.app(name).status?.operationState?.phase, await uidOf(name, "run")]).toEqual(["Running", uid]);
  await goOn(name, "run");
  await eventually(
    "the next commit's own run",
    async () => (await on.world.find(jobPath(name, "run")))?.metadata.uid !== uid,
  );
  await rig.until(name, (app) => messageOf(app).includes("/run "));
  await goOn(name, "run");
  const app = await rig.until(name, ({ status }) => status?.operationState?.phase === "Succeeded");
  expect(app.status?.operationState?.syncResult?.revision).toBe(sha);
});

describe("a sync that is ended while its hook runs", () => {
  test("by the deletion of its application stops the hook", async () => {
    const rig = await start();
    const name = "left";
    await placed(rig, name, {
      "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true }),
      "a.yaml": configMap(name, "a"),
    });
    void rig.sync(name).catch(() => undefined);
    await rig.until(name, waitsForHook("pre"));
    rig.unplace(name);
    await rig.untilGone(name);
    // It was asked to go, and goes when what is its own has gone.
    await eventually(
      "the Job is gone",
      async () => (await on.world.find(jobPath(name, "pre"))) === undefined,
    );
    expect(await on.world.hasConfigMap(name, "a")).toBe(false);
  });

  test("says of a hook that cannot be stopped that it still runs, and why", async () => {
    const proxy = await startApiProxy(on.world.kubeconfig);
    try {
      const rig = await start({ kubeconfig: proxy.kubeconfig });
      const name = "stays";
      await placed(rig, name, { "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true }) });
      const synced = rig.sync(name);
      await rig.until(name, waitsForHook("pre"));
      const message = "deletions are frozen today";
      const refused = { kind: "Status", status: "Failure", reason: "Forbidden", code: 403, message };
      proxy.inject(({ method }) => method === "DELETE", { do: "answer", status: 403, body: refused });
      await rig.control.terminate(`argocd/${name}` as AppKey, "user:test");
      expect((await synced).phase).toBe("Failed");
      expect(rig.app(name).status?.operationState?.syncResult?.resources).toMatchObject([
        {
          hookPhase: "Failed",
          message: expect.stringMatching(
            /^ended with the operation\. It still runs, because it could not be deleted: .*frozen today/,
          ),
        },
      ]);
    } finally {
      await proxy.stop();
    }
  });
});

test("terminate ends a sync that waits for the last run of its hook to go", async () => {
  const rig = await start();
  const name = "held";
  await placed(rig, name, { "pre.yaml": hookJob(name, "pre", "PreSync"), "a.yaml": configMap(name, "a") });
  expect((await rig.sync(name)).phase).toBe("Succeeded");
  const finalizers = ["example.com/held"];
  await on.world.must("PATCH", jobPath(name, "pre"), { metadata: { finalizers } }, MERGE);
  const synced = rig.sync(name);
  await rig.until(name, (app) => messageOf(app).includes("the hook's last run, since 2"));
  expect(messageOf(rig.app(name))).toContain("example.com/held");
  await rig.control.terminate(`argocd/${name}` as AppKey, "user:test");
  expect(await synced).toMatchObject({ phase: "Failed", message: "operation terminated by user:test" });
  await on.world.must("PATCH", jobPath(name, "pre"), { metadata: { finalizers: [] } }, MERGE);
});
