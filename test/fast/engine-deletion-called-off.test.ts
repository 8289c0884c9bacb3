/** How one lets go of what is being deleted, or calls it off, and what becomes of hooks that run. */
import { describe, expect, test } from "bun:test";
import { RESOURCES_FINALIZER } from "../../src/core/model/application.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { inWave, key, sharedDeletions } from "../lib/deletions.ts";
import { type Rig, startRig } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { hookJob, jobPath } from "../lib/hook-objects.ts";
import { configMap } from "../lib/manifests.ts";

const on = sharedDeletions();

describe("letting go", () => {
  test("ends the run of hooks: nobody listens for them any more, and none of the next wave is started", async () => {
    const name = "let-go-waves";
    const own = await startRig(on.world);
    try {
      await on.made(
        name,
        {
          "pre.yaml": hookJob(name, "pre", "PreDelete", { suspend: true }),
          "next.yaml": inWave(1, hookJob(name, "next", "PreDelete")),
          "a.yaml": configMap(name, "a"),
        },
        { from: own },
      );
      let listening = 0;
      const onChange = own.cluster.onChange.bind(own.cluster);
      own.cluster.onChange = (listener) => {
        const end = onChange(listener);
        listening++;
        return () => {
          listening--;
          end();
        };
      };
      await on.remove(name, {}, own);
      await on.isWaiting(name, "pre", own);
      expect(listening).toBe(1);
      await on.remove(name, { cascade: "none" }, own);
      await own.untilGone(name);
      await eventually("nobody listens", () => listening === 0);
      await on.resume(name, "pre");
      expect(await on.world.find(jobPath(name, "next"))).toBeUndefined();
    } finally {
      await own.stop();
    }
  });

  test("while a hook runs leaves the hook and the objects as they are", async () => {
    const name = "let-go";
    await on.made(name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreDelete", { suspend: true }),
    });
    await on.remove(name);
    await on.isWaiting(name, "pre");
    const { uid } = (await on.world.find(jobPath(name, "pre"))).metadata;
    expect(await on.rig.control.terminate(key(name), "user:test")).toMatchObject({
      is: "conflict",
      why: expect.stringContaining("let go of them"),
    });
    await on.remove(name, { cascade: "none" });
    await on.rig.untilGone(name);
    expect([
      (await on.world.find(jobPath(name, "pre"))).metadata.uid,
      await on.world.hasConfigMap(name, "a"),
    ]).toEqual([uid, true]);
    expect(on.lastRun(name)?.state.message).toBe("forgotten: what is left of its objects stays as it is.");
  });

  test("of an application whose file comes back ends the hook that runs, and it is synced as before", async () => {
    const name = "comes-back";
    const files = {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreDelete", { suspend: true }),
    };
    await on.rig.placeNew(name, files, { metadata: { finalizers: [RESOURCES_FINALIZER] } });
    await on.rig.untilSettled(name);
    const placed = on.rig.folder.applications.find(({ app }) => app.metadata.name === name);
    const before = on.rig.app(name).status?.operationState;
    on.rig.unplace(name);
    await on.isWaiting(name, "pre");
    if (placed !== undefined) on.rig.place(placed.app);
    await eventually(
      "the Job is gone",
      async () => (await on.world.find(jobPath(name, "pre"))) === undefined,
    );
    const app = await on.rig.untilSettled(name);
    expect([app.metadata.deletionTimestamp, app.status?.operationState]).toEqual([undefined, before]);
    expect(on.lastRun(name)?.state).toMatchObject({
      phase: "Failed",
      message: "called off: its file came back",
    });
    expect(await on.world.hasConfigMap(name, "a")).toBe(true);
  });
});

test("a deletion that was called off while no daemon ran ends the hook that runs", async () => {
  const name = "called-off-meanwhile";
  const store = memoryStore();
  const first = await startRig(on.world, { store });
  const files = {
    "a.yaml": configMap(name, "a"),
    "pre.yaml": hookJob(name, "pre", "PreDelete", { suspend: true }),
  };
  await first.placeNew(name, files, { metadata: { finalizers: [RESOURCES_FINALIZER] } });
  await first.untilSettled(name);
  const folder = structuredClone(first.folder);
  first.unplace(name);
  await on.isWaiting(name, "pre", first);
  await first.stop();
  const second = await startRig(on.world, { store, folder });
  try {
    await eventually(
      "the Job is gone",
      async () => (await on.world.find(jobPath(name, "pre"))) === undefined,
    );
    await second.untilSettled(name);
    expect([second.app(name).metadata.deletionTimestamp, await on.world.hasConfigMap(name, "a")]).toEqual([
      undefined,
      true,
    ]);
  } finally {
    await second.stop();
  }
});

test("a hook whose deletion was called off is ended when its cluster is there again, and seen gone, through a restart", async () => {
  const name = "called-off-deaf";
  const store = memoryStore();
  const first = await startRig(on.world, { store });
  const files = {
    "a.yaml": configMap(name, "a"),
    "pre.yaml": hookJob(name, "pre", "PreDelete", { suspend: true }),
  };
  await first.placeNew(name, files, { metadata: { finalizers: [RESOURCES_FINALIZER] } });
  await first.untilSettled(name);
  const folder = structuredClone(first.folder);
  first.unplace(name);
  await on.isWaiting(name, "pre", first);
  await first.stop();
  const left = () =>
    store
      .states()
      .find((one) => one.key === key(name))
      ?.leftHooks?.map((one) => one.name);
  const deaf = await startRig(on.world, {
    store,
    folder,
    clusters: [],
  });
  await eventually("it is noted", async () => left()?.join() === "pre");
  await deaf.stop();
  expect([left(), (await on.world.find(jobPath(name, "pre"))) === undefined]).toEqual([["pre"], false]);
  const hearing = await startRig(on.world, { store, folder });
  try {
    await eventually(
      "the Job is gone",
      async () => (await on.world.find(jobPath(name, "pre"))) === undefined,
    );
    await eventually("nothing is left", async () => left() === undefined);
    await hearing.untilSettled(name);
    expect(await on.world.hasConfigMap(name, "a")).toBe(true);
  } finally {
    await hearing.stop();
  }
});

test("a stop waits for the end of a hook whose deletion was called off", async () => {
  const name = "called-off-and-stopped";
  const own = await startRig(on.world);
  const entered = Promise.withResolvers<void>(),
    answer = Promise.withResolvers<void>();
  const { cluster } = own;
  own.clusters[0] = {
    ...cluster,
    for: (errand) => {
      const objects = cluster.for(errand);
      return Object.assign(Object.create(objects) as typeof objects, {
        apply: (...asked: Parameters<typeof objects.apply>) => objects.apply(...asked),
        create: (...asked: Parameters<typeof objects.create>) => objects.create(...asked),
        read: (...asked: Parameters<typeof objects.read>) => objects.read(...asked),
        async delete(...asked: Parameters<typeof objects.delete>) {
          entered.resolve();
          await answer.promise;
          return objects.delete(...asked);
        },
      });
    },
  };
  own.engine.settingsChanged();
  const files = {
    "a.yaml": configMap(name, "a"),
    "pre.yaml": hookJob(name, "pre", "PreDelete", { suspend: true }),
  };
  await own.placeNew(name, files, { metadata: { finalizers: [RESOURCES_FINALIZER] } });
  await own.untilSettled(name);
  const placed = own.folder.applications.find(({ app }) => app.metadata.name === name);
  own.unplace(name);
  await on.isWaiting(name, "pre", own);
  if (placed !== undefined) own.place(placed.app);
  await entered.promise;
  const stopped = own.engine.stop().then(() => "stopped");
  expect(await Promise.race([stopped, Bun.sleep(300).then(() => "waits")])).toBe("waits");
  answer.resolve();
  await stopped;
  await own.stop();
  await eventually("the Job is gone", async () => (await on.world.find(jobPath(name, "pre"))) === undefined);
});

/** An engine whose cluster is asked by `delete` whether it deletes. `left`: what is left of a deletion; `run`: what a run ends. */
async function deletingBy(ask: (who: "left" | "run") => Promise<"deletes" | "refuses">): Promise<Rig> {
  const own = await startRig(on.world);
  const { cluster } = own;
  const refused = { is: "unreachable", why: "the test says so" } as const;
  own.clusters[0] = {
    ...cluster,
    for(errand) {
      const objects = cluster.for(errand);
      const remove: typeof objects.delete = async (...asked) =>
        (await ask(errand.urgency === "heal" ? "left" : "run")) === "deletes"
          ? objects.delete(...asked)
          : refused;
      return new Proxy(objects, {
        get: (target, part: keyof typeof objects) => (part === "delete" ? remove : target[part].bind(target)),
      });
    },
  };
  own.engine.settingsChanged();
  return own;
}

const hookUid = async (name: string): Promise<string | undefined> =>
  (await on.world.find(jobPath(name, "pre")))?.metadata.uid;

/** Deleted by its file, called off while its hook runs, and deleted once more after `between`. @returns the first hook's uid */
async function deletedTwice(
  own: Rig,
  name: string,
  policy: string,
  between: () => Promise<unknown>,
): Promise<string | undefined> {
  const files = {
    "a.yaml": configMap(name, "a"),
    "pre.yaml": hookJob(name, "pre", "PreDelete", { suspend: true, policy }),
  };
  await own.placeNew(name, files, { metadata: { finalizers: [RESOURCES_FINALIZER] } });
  await own.untilSettled(name);
  const placed = own.folder.applications.find(({ app }) => app.metadata.name === name);
  own.unplace(name);
  await on.isWaiting(name, "pre", own);
  const first = await hookUid(name);
  if (placed !== undefined) own.place(placed.app);
  await own.untilSettled(name);
  await between();
  own.unplace(name);
  return first;
}

test("a hook that a further deletion runs is not ended for the one before, which was called off", async () => {
  const name = "called-off-and-again";
  let refuses: "all" | "left" | "nothing" = "all";
  const asked = { left: 0, run: 0 };
  const own = await deletingBy(async (who) => {
    asked[who]++;
    return refuses === "all" || refuses === who ? "refuses" : "deletes";
  });
  try {
    const first = await deletedTwice(own, name, "BeforeHookCreation", async () => {
      await eventually("both were refused", async () => asked.left > 0 && asked.run > 0);
      refuses = "left";
    });
    await eventually("it runs anew", async () => ![undefined, first].includes(await hookUid(name)));
    await on.isWaiting(name, "pre", own);
    const second = await hookUid(name);
    refuses = "nothing";
    // Longer than the pause between two tries to end what is left.
    await Bun.sleep(3 * own.settings.retry.mostMs);
    expect(await hookUid(name)).toBe(second);
    await on.resume(name, "pre");
    await own.untilGone(name);
    expect(on.lastRun(name, own)?.state.phase).toBe("Succeeded");
  } finally {
    await own.stop();
  }
});

test.each(["BeforeHookCreation", "HookSucceeded"])(
  "a deletion that begins while the hook of the one before is still being ended runs it anew (%s)",
  async (policy) => {
    const name = `again-at-once-${policy.toLowerCase()}`;
    const entered = Promise.withResolvers<void>(),
      answer = Promise.withResolvers<void>();
    let isOver = false;
    const own = await deletingBy(async (who) => {
      if (who === "left") return isOver ? "deletes" : "refuses";
      entered.resolve();
      await answer.promise;
      return "deletes";
    });
    try {
      const first = await deletedTwice(own, name, policy, () => entered.promise);
      await own.until(name, (app) => app.metadata.deletionTimestamp !== undefined);
      // What it would take for its own, if it looked before the other has ended.
      await Bun.sleep(50);
      answer.resolve();
      await eventually("it runs anew", async () => ![undefined, first].includes(await hookUid(name)));
      await on.isWaiting(name, "pre", own);
      isOver = true;
      await on.resume(name, "pre");
      await own.untilGone(name);
      expect(on.lastRun(name, own)?.state.phase).toBe("Succeeded");
    } finally {
      await own.stop();
    }
  },
);
