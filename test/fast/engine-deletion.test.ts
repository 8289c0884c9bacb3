/** A deletion as an operation of steps: hooks, waves, hooks again. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION } from "../../src/core/model/application.ts";
import { beforeDeletes } from "../lib/cluster-deletes.ts";
import { inWave, key, sharedDeletions, stepsOf } from "../lib/deletions.ts";
import { appOf, conditions } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { hookJob, jobPath, marked, messageOf } from "../lib/hook-objects.ts";
import { configMap, configMapPath, job } from "../lib/manifests.ts";

const on = sharedDeletions();
const MERGE = "application/merge-patch+json";

describe("a deletion with hooks", () => {
  test("runs PreDelete before anything goes, PostDelete when everything is gone, and says each step", async () => {
    const name = "around";
    await on.made(name, {
      "a.yaml": configMap(name, "a"),
      "left.yaml": hookJob(name, "left", "PreSync"),
      "pre.yaml": hookJob(name, "backup", "PreDelete", { suspend: true }),
      "post.yaml": hookJob(name, "farewell", "PostDelete", { suspend: true }),
    });
    expect(await on.world.find(jobPath(name, "backup"))).toBeUndefined();
    expect(await on.world.find(jobPath(name, "left"))).toBeDefined();
    await on.remove(name);
    const app = await on.isWaiting(name, "backup");
    expect([app.metadata.deletionTimestamp, app.status?.operationState?.operation.initiatedBy]).toEqual([
      expect.any(String),
      { username: "ann" },
    ]);
    expect([await on.world.hasConfigMap(name, "a"), await on.world.find(jobPath(name, "farewell"))]).toEqual([
      true,
      undefined,
    ]);
    expect(on.lastRun(name)).toMatchObject({ cause: "deletion", state: { phase: "Running" } });
    await on.resume(name, "backup");
    const gone = await on.isWaiting(name, "farewell");
    expect([
      await on.world.hasConfigMap(name, "a"),
      await on.world.find(jobPath(name, "left")),
      await on.world.find(jobPath(name, "backup")),
    ]).toEqual([false, undefined, undefined]);
    expect(stepsOf(gone).sort()).toEqual([
      "PostDelete farewell Running",
      "PreDelete backup Succeeded",
      "Pruned a Succeeded",
      "Pruned backup Succeeded",
      "Pruned left Succeeded",
    ]);
    await on.resume(name, "farewell");
    await on.rig.untilGone(name);
    expect(on.lastRun(name)?.state).toMatchObject({
      phase: "Succeeded",
      message: "all that was to go is gone (3 deleted, 2 hooks completed, 1 stays)",
    });
    const [audit] = on.rig.store.audits({ app: key(name), limit: 1 });
    expect(audit?.details["kept"]).toEqual([
      expect.stringContaining("farewell stays: it is a PostDelete hook"),
    ]);
    expect(await on.world.find(jobPath(name, "farewell"))).toBeDefined();
  });

  test("deletes by policy, in waves of hooks", async () => {
    const name = "policies-of-the-end";
    await on.made(name, {
      "a.yaml": configMap(name, "a"),
      "first.yaml": inWave(
        -1,
        hookJob(name, "first", "PreDelete", { suspend: true, policy: "HookSucceeded" }),
      ),
      "second.yaml": hookJob(name, "second", "PreDelete", { suspend: true }),
      "post.yaml": hookJob(name, "post", "PostDelete", { policy: "HookSucceeded" }),
    });
    await on.remove(name);
    await on.isWaiting(name, "first");
    expect(await on.world.find(jobPath(name, "second"))).toBeUndefined();
    await on.resume(name, "first");
    await on.isWaiting(name, "second");
    await on.resume(name, "second");
    await on.rig.untilGone(name);
    for (const hook of ["first", "second", "post"])
      await eventually(
        `${hook} is gone`,
        async () => (await on.world.find(jobPath(name, hook))) === undefined,
      );
  });

  test("of Helm runs them as well", async () => {
    const name = "helms";
    await on.made(name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": marked(job({ namespace: name, name: "pre", image: "x:1" }), {
        [ANNOTATION.helmHook]: "pre-delete",
        [ANNOTATION.helmHookDeletePolicy]: "hook-succeeded",
      }),
    });
    await on.remove(name);
    await on.rig.untilGone(name);
    expect(stepsOf({ status: { operationState: on.lastRun(name)?.state } as never })).toContain(
      "PreDelete pre Succeeded",
    );
  });

  test("takes an application with hooks alone, and one that was never synced without asking anybody", async () => {
    const name = "hooks-alone";
    await on.made(name, {
      "left.yaml": hookJob(name, "left", "PostSync"),
      "pre.yaml": hookJob(name, "pre", "PreDelete"),
    });
    await on.rig.sync(name);
    expect(await on.world.find(jobPath(name, "left"))).toBeDefined();
    await on.remove(name);
    await on.rig.untilGone(name);
    expect(await on.world.find(jobPath(name, "left"))).toBeUndefined();

    const never = "never-synced";
    await on.world.makeNamespace(never);
    const repository = await on.world.repository(never, { "pre.yaml": hookJob(never, "pre", "PreDelete") });
    on.rig.place(appOf({ name: never, repository, spec: { syncPolicy: {} } }));
    await on.rig.until(never, ({ status }) => status?.sync.status !== undefined);
    on.rig.unplace(never);
    await on.rig.untilGone(never);
    expect(await on.world.find(jobPath(never, "pre"))).toBeUndefined();
  });

  test("asks Git nothing where no hook is known of", async () => {
    const name = "no-git";
    await on.made(name, { "a.yaml": configMap(name, "a") });
    const from = on.rig.gitRequests.length;
    await on.remove(name);
    await on.rig.untilGone(name);
    expect(on.rig.gitRequests.slice(from)).toEqual([]);
  });
});

test("a hook under a name that is another's is not run over it: the deletion waits, and says why", async () => {
  const name = "taken-name";
  await on.made(name, {
    "a.yaml": configMap(name, "a"),
    "pre.yaml": marked(configMap(name, "pre"), { [ANNOTATION.hook]: "PreDelete" }),
  });
  await on.world.must(
    "POST",
    `/api/v1/namespaces/${name}/configmaps`,
    configMap(name, "pre", { precious: "yes" }),
  );
  await on.remove(name);
  const app = await on.rig.until(name, (now) => conditions(now, "DeletionError").length > 0);
  expect(conditions(app, "DeletionError")[0]).toMatch(/a hook cannot be run: .*its name belongs to nobody/);
  expect((await on.world.find(configMapPath(name, "pre"))).data).toEqual({ precious: "yes" });
  expect(await on.world.hasConfigMap(name, "a")).toBe(true);
  // Mended by hand, it goes on by itself.
  await on.world.must("DELETE", configMapPath(name, "pre"));
  await on.rig.untilGone(name);
});

describe("objects go", () => {
  test("one wave after the other, and each step is told", async () => {
    const name = "told";
    const held = { ...configMap(name, "last") };
    held.metadata = { ...held.metadata, finalizers: ["example.com/held"] };
    await on.made(name, {
      "all.yaml": [configMap(name, "first"), inWave(1, held)],
    });
    await on.remove(name);
    const app = await on.rig.until(name, () =>
      messageOf(on.rig.app(name)).startsWith("waiting for deletion of"),
    );
    expect(messageOf(on.rig.app(name))).toMatch(
      /^waiting for deletion of ConfigMap told\/last since \d{4}-\S+Z in wave 1$/,
    );
    expect(stepsOf(app)).toEqual(["Pruned last Running", "waits first"]);
    await on.world.must("PATCH", configMapPath(name, "last"), { metadata: { finalizers: null } }, MERGE);
    await on.rig.untilGone(name);
    expect(stepsOf({ status: { operationState: on.lastRun(name)?.state } as never }).sort()).toEqual([
      "Pruned first Succeeded",
      "Pruned last Succeeded",
    ]);
  });

  test("is an operation of its own from the first moment on: nobody takes the last sync for it", async () => {
    const name = "from-the-first";
    await on.made(name, { "a.yaml": configMap(name, "a") });
    expect(on.rig.app(name).status?.operationState?.phase).toBe("Succeeded");
    const removed = await on.remove(name);
    if (removed.is !== "written") throw new Error(removed.is);
    const { metadata, status } = removed.app;
    expect([metadata.deletionTimestamp, status?.operationState]).toEqual([
      expect.any(String),
      expect.objectContaining({
        phase: "Running",
        message: "deletion has begun",
        syncResult: { resources: [] },
      }),
    ]);
    await on.rig.untilGone(name);
  });

  test("behind one that asks first, when a person has said yes", async () => {
    const name = "asks-first";
    await on.made(name, {
      "all.yaml": [
        configMap(name, "first"),
        inWave(1, marked(configMap(name, "asks"), { [ANNOTATION.syncOptions]: "Delete=confirm" })),
        inWave(2, configMap(name, "goes")),
      ],
    });
    await on.remove(name);
    await on.rig.until(name, () => messageOf(on.rig.app(name)).startsWith("waiting for a person's approval"));
    expect(messageOf(on.rig.app(name))).toBe(
      `waiting for a person's approval to delete ConfigMap ${name}/asks in wave 1`,
    );
    expect([await on.world.hasConfigMap(name, "goes"), await on.world.hasConfigMap(name, "first")]).toEqual([
      false,
      true,
    ]);
    const shown = on.rig.app(name);
    const at = new Date(on.rig.clock.now()).toISOString();
    const annotations = { [ANNOTATION.deletionApproved]: at };
    await on.rig.control.update({ ...shown, metadata: { ...shown.metadata, annotations } }, "user:test");
    await on.rig.untilGone(name);
    expect(await on.world.hasConfigMap(name, "first")).toBe(false);
  });
});

test("objects go at the pace of the config", async () => {
  const name = "paced";
  const objects = Array.from({ length: 4 }, (_, at) => configMap(name, `m${at}`));
  await on.made(name, { "all.yaml": objects });
  const { prune } = on.rig.settings;
  on.rig.settings = { ...on.rig.settings, prune: { ...prune, perSecond: 1 } };
  const went: number[] = [];
  const honest = beforeDeletes(on.rig.cluster, (honest) => async (...asked) => {
    if (asked[3] === "write") went.push(on.rig.clock.monotonic());
    return honest(...asked);
  });
  try {
    const began = on.rig.clock.monotonic();
    await on.remove(name);
    await on.rig.untilGone(name);
    expect(went).toHaveLength(4);
    for (const [nth, at] of went.entries()) expect(at - began).toBeGreaterThanOrEqual(nth * 1_000);
  } finally {
    honest();
    on.rig.settings = { ...on.rig.settings, prune };
  }
});
