/** A sync that fails: what it leaves, what it says, and how it is tried again. In this process, on the sandbox. */
import { describe, expect, test } from "bun:test";
import type { AppKey, Application } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { AUTOMATED, appOf, conditions, isQuiet } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { MANUAL, sharedSyncs } from "../lib/syncs.ts";

const on = sharedSyncs();

describe("a sync that fails", () => {
  const refusedMap = (namespace: string): KubeObject =>
    ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "m0", namespace },
      data: { key: 5 },
    }) as unknown as KubeObject;

  test("is tried again after its pause, and each try is a finished run of its own", async () => {
    await on.placed("retry", { files: { "m0.yaml": refusedMap("retry") }, spec: MANUAL });
    void on.rig.sync("retry", {}, { limit: 1, backoff: { duration: "1m" } });
    const waits = await on.rig.until(
      "retry",
      (app) =>
        app.status?.operationState?.retryCount === 1 && app.status.operationState.finishedAt !== undefined,
    );
    expect(waits.status?.operationState).toMatchObject({
      phase: "Running",
      message: expect.stringMatching(/Try 2 follows at \d{4}-/),
    });
    on.rig.clock.advance(61_000);
    await on.rig.refresh("retry");
    const ended = await on.rig.until("retry", (app) => app.status?.operationState?.phase === "Failed");
    expect(ended.status?.operationState?.retryCount).toBe(1);
    await on.rig.untilIdle();
    expect(
      on.rig.store
        .runs({ app: "argocd/retry" as AppKey, limit: 10 })
        .map(({ cause, state }) => `${cause} ${state.phase}`),
    ).toEqual(["retry Failed", "manual Failed"]);
  });

  test("waits for no pause when a newer commit is there", async () => {
    const repository = await on.placed("superseded", { files: { "m0.yaml": refusedMap("superseded") } });
    await on.rig.until(
      "superseded",
      (app) =>
        app.status?.operationState?.finishedAt !== undefined && app.status.operationState.phase === "Running",
    );
    await on.deliver("superseded", repository, { "m0.yaml": configMap("superseded", "m0") });
    await on.rig.untilSettled("superseded");
    expect(await on.world.hasConfigMap("superseded", "m0")).toBe(true);
  });

  test("is not tried again when a newer commit leaves nothing to do", async () => {
    const repository = await on.placed("reverted", {
      files: { "m0.yaml": configMap("reverted", "m0") },
      spec: { syncPolicy: { ...AUTOMATED, retry: { limit: 5, backoff: { duration: "1m" } } } },
    });
    await on.rig.untilSettled("reverted");
    await repository.commit({ "m0.yaml": refusedMap("reverted") });
    await on.rig.refresh("reverted");
    await on.rig.until(
      "reverted",
      (app) =>
        app.status?.operationState?.finishedAt !== undefined && app.status.operationState.phase === "Running",
    );
    await on.deliver("reverted", repository, { "m0.yaml": configMap("reverted", "m0") });
    const sha = on.rig.app("reverted").status?.sync.revision ?? "";
    expect(on.rig.app("reverted").status?.operationState).toMatchObject({
      phase: "Failed",
      message: expect.stringMatching(new RegExp(`It is not tried again, because ${sha} came`)),
    });
    const runs = () => on.rig.store.runs({ app: "argocd/reverted" as AppKey, limit: 10 }).length;
    const before = runs();
    on.rig.clock.advance(600_000);
    await on.rig.refresh("reverted");
    await on.rig.untilIdle();
    expect(runs()).toBe(before);
  });

  test("is not tried again as the spec said before it was edited", async () => {
    const files = { "m0.yaml": refusedMap("edited") };
    const edited = (automated: object) => ({
      syncPolicy: { automated, retry: { limit: 5, backoff: { duration: "1m" } } },
    });
    const repository = await on.placed("edited", { files, spec: edited({ prune: true }) });
    await on.rig.until(
      "edited",
      (app) =>
        app.status?.operationState?.finishedAt !== undefined && app.status.operationState.phase === "Running",
    );
    on.rig.place(appOf({ name: "edited", repository, spec: edited({ prune: false }) }));
    await on.rig.until("edited", isQuiet);
    expect(on.rig.app("edited").status?.operationState).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("It is not tried again, because the application's spec was edited"),
    });
    // The revision failed under the old spec: that is paced as before, by what the new one says.
    on.rig.clock.advance(600_000);
    await on.rig.refresh("edited");
    await on.rig.until("edited", isQuiet);
    expect(
      on.rig.store
        .runs({ app: "argocd/edited" as AppKey, limit: 10 })
        .map(({ cause, state }) => [cause, state.operation.sync?.prune]),
    ).toEqual([
      ["automated", undefined],
      ["automated", true],
    ]);
  });

  test("can be ended while it waits for its next try", async () => {
    await on.placed("waits", { files: { "m0.yaml": refusedMap("waits") }, spec: MANUAL });
    void on.rig.sync("waits", {}, { limit: 3, backoff: { duration: "1m" } });
    await on.rig.until(
      "waits",
      (app) =>
        app.status?.operationState?.retryCount === 1 && app.status.operationState.finishedAt !== undefined,
    );
    expect(await on.rig.control.terminate("argocd/waits" as AppKey, "user:test")).toMatchObject({
      is: "written",
    });
    on.rig.clock.advance(600_000);
    await on.rig.refresh("waits");
    await on.rig.untilIdle();
    expect(on.rig.app("waits").status?.operationState).toMatchObject({
      phase: "Failed",
      message: "operation terminated by user:test",
    });
    expect(on.rig.store.runs({ app: "argocd/waits" as AppKey, limit: 10 })).toHaveLength(1);
  });

  test("again and again is tried ever more seldom, and another commit has its own count", async () => {
    const repository = await on.placed("seldom", {
      files: { "m0.yaml": refusedMap("seldom") },
      spec: {
        syncPolicy: {
          ...AUTOMATED,
          retry: { limit: 0, backoff: { duration: "1s", factor: 10, maxDuration: "1h" } },
        },
      },
    });
    /** Seconds until the next try. */
    const pause = (): number =>
      Math.round(
        (Date.parse(
          /tried again at (\S+),/.exec(conditions(on.rig.app("seldom"), "SyncError").join())?.[1] ?? "",
        ) -
          Date.parse(on.rig.app("seldom").status?.operationState?.finishedAt ?? "")) /
          1000,
      );
    const runs = () => on.rig.store.runs({ app: "argocd/seldom" as AppKey, limit: 10 }).length;
    const pauses: number[] = [];
    for (let tries = 1; tries <= 3; tries++) {
      await eventually(`try ${tries}`, () => runs() === tries);
      await on.rig.untilIdle();
      pauses.push(pause());
      on.rig.clock.advance((pause() + 1) * 1_000);
      await on.rig.refresh("seldom");
    }
    // Both ends are shown in whole seconds, and are read from the clock one after the other.
    const isAbout = (seconds: number, wanted: number): boolean => Math.abs(seconds - wanted) <= 1;
    expect(pauses.filter((seconds, at) => !isAbout(seconds, [10, 100, 1_000][at] ?? 0))).toEqual([]);
    await eventually("try 4", () => runs() === 4);
    await on.deliver("seldom", repository, { "m1.yaml": configMap("seldom", "m1") });
    await eventually("the new commit is tried", () => runs() === 5);
    await on.rig.untilIdle();
    expect(isAbout(pause(), 10)).toBe(true);
  });

  test("an automated one says when it is tried again, and is", async () => {
    const repository = await on.placed("auto-fails", {
      files: { "m0.yaml": refusedMap("auto-fails") },
      spec: { syncPolicy: { ...AUTOMATED, retry: { limit: 0 } } },
    });
    const failed = await on.rig.until("auto-fails", (app) => conditions(app, "SyncError").length > 0);
    expect(conditions(failed, "SyncError").join()).toMatch(
      /^The last sync to [0-9a-f]{40} failed: nothing was written.*It is tried again at /,
    );
    const runs = () => on.rig.store.runs({ app: "argocd/auto-fails" as AppKey, limit: 10 }).length;
    expect(runs()).toBe(1);
    await on.rig.refresh("auto-fails");
    await on.rig.untilIdle();
    expect(runs()).toBe(1);
    on.rig.clock.advance(200_000);
    await on.rig.refresh("auto-fails");
    await eventually("another try", () => runs() === 2);
    await on.deliver("auto-fails", repository, { "m0.yaml": configMap("auto-fails", "m0") });
    await on.rig.untilSettled("auto-fails");
    expect(conditions(on.rig.app("auto-fails"), "SyncError")).toEqual([]);
  });

  test("what a person tried out, or synced in part, is no failure of the revision, and takes none back", async () => {
    const name = "in-part";
    const part = (of: string) => ({ resources: [{ group: "", kind: "ConfigMap", name: of }] });
    const files = { "m0.yaml": configMap(name, "m0"), "m1.yaml": configMap(name, "m1") };
    const repository = await on.placed(name, {
      files,
      spec: { syncPolicy: { automated: {}, retry: { limit: 0 } } },
    });
    await on.rig.untilSettled(name);
    const path = `/api/v1/namespaces/${name}/configmaps/m0`;
    await on.world.must("PATCH", path, { data: { key: "by hand" } }, "application/merge-patch+json");
    await on.rig.until(name, (app) => app.status?.sync.status === "OutOfSync");
    expect((await on.rig.sync(name, part("is-not-there"))).phase).toBe("Failed");
    await on.rig.refresh(name);
    await on.rig.untilIdle();
    expect(conditions(on.rig.app(name), "SyncError")).toEqual([]);
    await repository.commit({ "m0.yaml": refusedMap(name) });
    await on.rig.refresh(name);
    const isFailed = (app: Application) =>
      conditions(app, "SyncError").join().includes("nothing was written");
    await on.rig.until(name, isFailed);
    expect((await on.rig.sync(name, part("m1"))).phase).toBe("Succeeded");
    await on.rig.refresh(name);
    await on.rig.untilIdle();
    expect(isFailed(on.rig.app(name))).toBe(true);
  });
});
