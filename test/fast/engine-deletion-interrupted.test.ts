/** A deletion that a restart, a full disk or a Git server that is down comes between. */
import { describe, expect, test } from "bun:test";
import { Failure } from "../../src/core/model/failure.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { inWave, key, sharedDeletions } from "../lib/deletions.ts";
import { conditions, type Rig, startRig } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { hookJob, jobPath } from "../lib/hook-objects.ts";
import { configMap } from "../lib/manifests.ts";

const on = sharedDeletions();

test("a deletion whose beginning the store did not take begins anew, and has a run of its own", async () => {
  const name = "not-begun";
  const store = memoryStore();
  let refuses = 1;
  const own = await startRig(on.world, {
    store: {
      ...store,
      putStates(states) {
        if (states.some((state) => state.key === key(name) && state.removal !== undefined) && refuses-- > 0)
          throw new Failure("store", "holdfast.db", "backoff", { cannot: "write", why: "the disk is full" });
        store.putStates(states);
      },
    },
  });
  try {
    await on.made(name, { "a.yaml": configMap(name, "a") }, { from: own });
    await on.remove(name, {}, own);
    const other = `${name}-other`;
    await on.made(other, { "a.yaml": configMap(other, "a") }, { from: own });
    await own.untilGone(name);
    expect(refuses).toBeLessThan(1);
    expect(on.lastRun(name, own)?.state.phase).toBe("Succeeded");
    const runs = own.store.runs({ app: key(other), limit: 10 });
    expect(runs.map(({ cause, state }) => [cause, state.phase])).toEqual([["automated", "Succeeded"]]);
  } finally {
    await own.stop();
  }
});

describe("a daemon that stops in the middle of a deletion", () => {
  test("runs no hook twice, and deletes nothing before they have ended", async () => {
    const name = "goes-on";
    const store = memoryStore();
    const first = await startRig(on.world, { store });
    await on.made(
      name,
      {
        "a.yaml": configMap(name, "a"),
        "done.yaml": inWave(-1, hookJob(name, "done", "PreDelete", { spec: { ttlSecondsAfterFinished: 0 } })),
        "pre.yaml": hookJob(name, "pre", "PreDelete", { suspend: true }),
        "post.yaml": hookJob(name, "post", "PostDelete", { suspend: true, policy: "HookSucceeded" }),
      },
      { from: first },
    );
    await on.remove(name, {}, first);
    await on.isWaiting(name, "pre", first);
    const { uid } = (await on.world.find(jobPath(name, "pre"))).metadata;
    await first.stop();
    const second = await startRig(on.world, { store });
    await on.isWaiting(name, "pre", second);
    expect([
      (await on.world.find(jobPath(name, "pre"))).metadata.uid,
      await on.world.find(jobPath(name, "done")),
      await on.world.hasConfigMap(name, "a"),
    ]).toEqual([uid, undefined, true]);
    expect(on.lastRun(name, second)?.state.phase).toBe("Running");
    await on.resume(name, "pre");
    await on.isWaiting(name, "post", second);
    const { uid: last } = (await on.world.find(jobPath(name, "post"))).metadata;
    await second.stop();
    const third = await startRig(on.world, { store });
    try {
      await on.isWaiting(name, "post", third);
      expect((await on.world.find(jobPath(name, "post"))).metadata.uid).toBe(last);
      expect(await on.world.find(jobPath(name, "pre"))).toBeUndefined();
      await on.resume(name, "post");
      await third.untilGone(name);
      const runs = store.runs({ app: key(name), limit: 20 }).filter(({ cause }) => cause === "deletion");
      expect(runs.map(({ state }) => state.phase)).toEqual(["Succeeded"]);
      await eventually(
        "HookSucceeded",
        async () => (await on.world.find(jobPath(name, "post"))) === undefined,
      );
    } finally {
      await third.stop();
    }
  });

  test("stays stopped where a hook had failed, and says so again", async () => {
    const name = "stays-stopped";
    const store = memoryStore();
    const first = await startRig(on.world, { store });
    await on.made(
      name,
      {
        "a.yaml": configMap(name, "a"),
        "pre.yaml": hookJob(name, "pre", "PreDelete", { image: "x:broken" }),
      },
      { from: first },
    );
    await on.remove(name, {}, first);
    await on.isStopped(name, first);
    const { uid } = (await on.world.find(jobPath(name, "pre"))).metadata;
    await first.stop();
    const second = await startRig(on.world, { store });
    try {
      const app = await on.isStopped(name, second);
      expect(conditions(app, "DeletionError")[0]).toContain(`the hook batch/Job ${name}/pre failed`);
      await second.untilIdle();
      expect((await on.world.find(jobPath(name, "pre"))).metadata.uid).toBe(uid);
      expect(await on.world.hasConfigMap(name, "a")).toBe(true);
      await on.remove(name, { cascade: "none" }, second);
      await second.untilGone(name);
    } finally {
      await second.stop();
    }
  });
});

describe("while Git is down", () => {
  /** A second daemon on the same store, whose Git answers nothing. */
  async function withoutGit(store: Rig["store"], use: (rig: Rig) => Promise<void>): Promise<void> {
    const down = (): Promise<never> =>
      Promise.reject(
        new Failure("git-unreachable", "the repository", "backoff", {
          cannot: "be read",
          why: "the test says so",
        }),
      );
    const second = await startRig(on.world, { store, git: (git) => ({ ...git, resolve: down, tree: down }) });
    try {
      await use(second);
    } finally {
      await second.stop();
    }
  }

  test("an application without hooks around its deletion goes, with what other hooks left, after a restart too", async () => {
    const name = "git-is-down";
    const store = memoryStore();
    const first = await startRig(on.world, { store });
    await on.made(
      name,
      { "a.yaml": configMap(name, "a"), "left.yaml": hookJob(name, "left", "PostSync") },
      { from: first },
    );
    await first.stop();
    await withoutGit(store, async (second) => {
      await on.remove(name, {}, second);
      await second.untilGone(name);
      expect([await on.world.hasConfigMap(name, "a"), await on.world.find(jobPath(name, "left"))]).toEqual([
        false,
        undefined,
      ]);
    });
  });

  test("one with such hooks waits and says so, and goes without them where a person says so", async () => {
    const name = "git-is-down-for-hooks";
    const store = memoryStore();
    const first = await startRig(on.world, { store });
    await on.made(
      name,
      { "a.yaml": configMap(name, "a"), "pre.yaml": hookJob(name, "pre", "PreDelete") },
      { from: first },
    );
    await first.stop();
    await withoutGit(store, async (second) => {
      await on.remove(name, {}, second);
      const app = await second.until(name, (now) => conditions(now, "DeletionError").length > 0);
      expect(conditions(app, "DeletionError")[0]).toMatch(/the test says so.*holdfast app forget/);
      expect(await on.world.hasConfigMap(name, "a")).toBe(true);
      await on.remove(name, { hooks: "skip" }, second);
      await second.untilGone(name);
      expect([await on.world.hasConfigMap(name, "a"), await on.world.find(jobPath(name, "pre"))]).toEqual([
        false,
        undefined,
      ]);
    });
  });
});
