/** What a sync deletes, and what keeps it from that. In this process, on the sandbox. */
import { describe, expect, test } from "bun:test";
import { difference } from "../../src/api/difference.ts";
import { ANNOTATION, type AppKey } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { appOf, counted, type Files, isQuiet, results, startRig } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { maps, sharedSyncs } from "../lib/syncs.ts";

const on = sharedSyncs();
/** One that would not ask for itself. */
const goingSpace = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, annotations: { [ANNOTATION.syncOptions]: "Prune=true" } },
});

describe("pruning", () => {
  test("what left Git goes, and its record with it", async () => {
    const repository = await on.settled("prune", { files: { ...maps("prune", 3) } });
    await on.deliver("prune", repository, { "m1.yaml": null });
    await on.rig.untilSettled("prune");
    expect(await on.world.hasConfigMap("prune", "m1")).toBe(false);
    expect(results(on.rig.app("prune"))["ConfigMap/m1"]).toBe("Pruned");
    await on.rig.refresh("prune");
    expect(on.rig.store.records("argocd/prune" as AppKey).map(({ key }) => key)).toEqual([
      "/ConfigMap/prune/m0",
      "/ConfigMap/prune/m2",
    ] as never[]);
  });

  describe.each<{
    guard: string;
    name: string;
    files: (namespace: string) => Files;
    gone: Files;
    says: RegExp;
    count: number;
    keeps: string[];
  }>([
    {
      guard: "an empty render",
      name: "guard-empty",
      files: (ns) => ({ ...maps(ns, 2), README: "" }),
      gone: { "m0.yaml": null, "m1.yaml": null },
      says: /wants nothing of this application any more, and all 2 of its objects/,
      count: 2,
      keeps: ["m0", "m1"],
    },
    {
      guard: "the deletion budget",
      name: "guard-budget",
      files: (ns) => maps(ns, 9),
      gone: Object.fromEntries([0, 1, 2, 3, 4, 5].map((at) => [`m${at}.yaml`, null])),
      says: /6 of 9 objects .* more than 50 % and more than 5/,
      count: 6,
      keeps: ["m0", "m5"],
    },
    {
      guard: "the deletion budget, of which what the same commit makes is no part",
      name: "guard-renamed",
      files: (ns) => maps(ns, 7),
      gone: Object.fromEntries(
        [0, 1, 2, 3, 4, 5].flatMap((at) => [
          [`m${at}.yaml`, null],
          [`n${at}.yaml`, configMap("guard-renamed", `n${at}`)],
        ]),
      ),
      says: /6 of 7 objects .* more than 50 % and more than 5/,
      count: 6,
      keeps: ["m0", "m5"],
    },
    {
      guard: "the last of several Namespaces",
      name: "guard-namespaces",
      files: (ns) => ({ ...maps(ns, 2), "blue.yaml": goingSpace("blue"), "green.yaml": goingSpace("green") }),
      gone: { "m0.yaml": null, "blue.yaml": null, "green.yaml": null },
      says: /none of this application's 2 Namespaces any more \(blue, green\)/,
      count: 3,
      keeps: ["m0"],
    },
    {
      guard: "an object that asks",
      name: "guard-confirm",
      files: (ns) => ({
        ...maps(ns, 1),
        "asks.yaml": configMap(ns, "asks", {}, { [ANNOTATION.syncOptions]: "Prune=confirm" }),
      }),
      gone: { "asks.yaml": null },
      says: /waits for a person's approval/,
      count: 1,
      keeps: ["asks"],
    },
  ])("$guard", ({ name, files, gone, says, count, keeps }) => {
    test("stops it with a sentence, whoever looks however often", async () => {
      const repository = await on.settled(name, { files: files(name) });
      await on.deliver(name, repository, gone);
      expect(on.blocked(name)).toMatch(says);
      for (const kept of keeps) expect(await on.world.hasConfigMap(name, kept)).toBe(true);
      const before = on.rig.requests.length;
      await on.rig.refresh(name);
      await on.rig.untilIdle();
      expect(counted(on.rig.requests.slice(before))).toEqual({});
    });

    test("a sync by a person without its count is stopped too, and one with a wrong count does nothing at all", async () => {
      const plain = await on.rig.sync(name, { prune: true });
      expect(plain.phase).toBe("Succeeded");
      expect(plain.message).toMatch(/not pruned/);
      const wrong = await on.rig.sync(name, { prune: true, confirmPrune: count + 1 });
      expect(wrong).toMatchObject({
        phase: "Failed",
        message: expect.stringContaining(
          `you approved of deleting ${count + 1} objects, but there are ${count}`,
        ),
      });
      for (const kept of keeps) expect(await on.world.hasConfigMap(name, kept)).toBe(true);
    });

    test("the right count lets it through, once", async () => {
      expect((await on.rig.sync(name, { prune: true, confirmPrune: count })).phase).toBe("Succeeded");
      for (const kept of keeps)
        await eventually(`${kept} is gone`, async () => !(await on.world.hasConfigMap(name, kept)));
      await on.rig.untilSettled(name);
      expect(on.blocked(name)).toBe("");
    });
  });

  test("the budget does not grow by a restart either", async () => {
    const repository = await on.settled("guard-restart", { files: maps("guard-restart", 7) });
    await on.deliver("guard-restart", repository, {
      ...Object.fromEntries([0, 1, 2, 3, 4, 5].map((at) => [`m${at}.yaml`, null])),
      ...Object.fromEntries(
        [0, 1, 2, 3, 4, 5].map((at) => [`n${at}.yaml`, configMap("guard-restart", `n${at}`)]),
      ),
    });
    expect(await on.world.hasConfigMap("guard-restart", "n5")).toBe(true);
    await on.rig.engine.stop();
    on.rig = await startRig(on.world, { store: on.rig.store, folder: on.rig.folder });
    await on.rig.untilIdle();
    expect(on.blocked("guard-restart")).toMatch(/6 of 7 objects/);
    expect(await on.world.hasConfigMap("guard-restart", "m0")).toBe(true);
  });

  test("nothing is deleted where the server refuses one of the deletions in advance", async () => {
    const repository = await on.settled("forbidden", {
      files: maps("forbidden", 4),
      spec: { syncPolicy: { automated: {} } },
    });
    await on.deliver("forbidden", repository, { "m1.yaml": null, "m2.yaml": null });
    let written = 0;
    const honest = on.deletesAnswer((mode, name) => {
      if (mode === "write") written += 1;
      else if (name === "m2")
        return { is: "refused", status: 403, reason: "Forbidden", message: "m2 is not yours", causes: [] };
      return undefined;
    });
    try {
      const refused = await on.rig.sync("forbidden", { prune: true });
      expect(refused.phase).toBe("Failed");
      expect(refused.message).toMatch(/nothing was written.*m2 is not yours/);
    } finally {
      honest();
    }
    expect(written).toBe(0);
    expect(await on.world.hasConfigMap("forbidden", "m1")).toBe(true);
    expect((await on.rig.sync("forbidden", { prune: true })).phase).toBe("Succeeded");
    await eventually("it is gone", async () => !(await on.world.hasConfigMap("forbidden", "m1")));
  });

  test("no deletion is begun when three have failed, and what is left goes with the next sync", async () => {
    const count = 30;
    const repository = await on.settled("failing", { files: { ...maps("failing", count + 1) } });
    await on.deliver(
      "failing",
      repository,
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}.yaml`, null])),
    );
    let tried = 0;
    const honest = on.deletesAnswer((mode) => {
      if (mode === "dry-run") return undefined;
      tried += 1;
      return { is: "refused", status: 500, reason: "InternalError", message: "the disk is full", causes: [] };
    });
    try {
      const failed = await on.rig.sync("failing", { prune: true, confirmPrune: count });
      expect(failed.phase).toBe("Failed");
      expect(failed.message).toMatch(/the disk is full.*No other of the deletions was begun after that: \d+/);
    } finally {
      honest();
    }
    // Ten are on their way when the third fails.
    expect(tried).toBeGreaterThanOrEqual(3);
    expect(tried).toBeLessThanOrEqual(12);
    expect(await on.world.hasConfigMap("failing", "m0")).toBe(true);
    expect(on.rig.store.records("argocd/failing" as AppKey)).toHaveLength(count + 1);
    expect((await on.rig.sync("failing", { prune: true, confirmPrune: count })).phase).toBe("Succeeded");
    await on.rig.untilSettled("failing");
    expect(on.rig.store.records("argocd/failing" as AppKey)).toHaveLength(1);
  });

  test("an approval in the Application's annotations lets it through", async () => {
    const repository = await on.settled("annotated", {
      files: {
        ...maps("annotated", 1),
        "asks.yaml": configMap("annotated", "asks", {}, { [ANNOTATION.syncOptions]: "Prune=confirm" }),
      },
    });
    await on.deliver("annotated", repository, { "asks.yaml": null });
    expect(on.blocked("annotated")).not.toBe("");
    const approved = new Date(on.rig.clock.now() + 2_000).toISOString();
    on.rig.clock.advance(3_000);
    on.rig.place(
      appOf({
        name: "annotated",
        repository,
        metadata: { annotations: { [ANNOTATION.deletionApproved]: approved } },
      }),
    );
    await eventually("it is gone", async () => !(await on.world.hasConfigMap("annotated", "asks")));
    await on.rig.untilSettled("annotated");
  });

  test("an approval counts for what was to go when it was given, and for an hour", async () => {
    const asks = (name: string) =>
      configMap("voided", name, {}, { [ANNOTATION.syncOptions]: "Prune=confirm" });
    const repository = await on.settled("voided", {
      files: { ...maps("voided", 1), "asks.yaml": asks("asks"), "more.yaml": asks("more") },
    });
    const approve = (at: number): void =>
      on.rig.place(
        appOf({
          name: "voided",
          repository,
          metadata: { annotations: { [ANNOTATION.deletionApproved]: new Date(at).toISOString() } },
        }),
      );
    const isBlockedWith = (words: RegExp) =>
      on.rig.until("voided", (app) => isQuiet(app) && words.test(on.blocked("voided")));
    approve(on.rig.clock.now() + 1_000);
    on.rig.clock.advance(3_000);
    await on.deliver("voided", repository, { "asks.yaml": null });
    await isBlockedWith(/approval of \S+ does not count, because what is to be deleted now was not known/);
    const given = on.rig.clock.now();
    on.rig.clock.advance(3_600_000 + 2_000);
    approve(given);
    await isBlockedWith(/does not count, because it is older than 60 minutes/);
    approve(on.rig.clock.now() + 3_600_000);
    await isBlockedWith(/does not count, because that time has not come yet/);
    // Another commit takes more along: whoever approved did not see that.
    on.rig.clock.advance(60_000);
    const before = on.rig.clock.now() - 30_000;
    await on.deliver("voided", repository, { "more.yaml": null });
    approve(before);
    await isBlockedWith(/was not known then/);
    expect([
      await on.world.hasConfigMap("voided", "asks"),
      await on.world.hasConfigMap("voided", "more"),
    ]).toEqual([true, true]);
    approve(on.rig.clock.now());
    await eventually("both are gone", async () => !(await on.world.hasConfigMap("voided", "asks")));
    await on.rig.untilSettled("voided");
  });

  test("an object of ours without a record stays, until a person names it", async () => {
    await on.settled("unrecorded", { files: maps("unrecorded", 2) });
    const stray = configMap(
      "unrecorded",
      "stray",
      {},
      { [ANNOTATION.trackingId]: "unrecorded:/ConfigMap:unrecorded/stray" },
    );
    await on.world.must("POST", "/api/v1/namespaces/unrecorded/configmaps", stray);
    const app = await on.rig.until("unrecorded", (now) => on.blocked("unrecorded") !== "" && isQuiet(now));
    expect(on.blocked("unrecorded")).toMatch(
      /has no record of having applied it.*--resource :ConfigMap:unrecorded\/stray/,
    );
    expect(app.status?.sync.status).toBe("OutOfSync");
    expect((await on.rig.sync("unrecorded", { prune: true })).message).toMatch(/1 not pruned/);
    expect(await on.world.hasConfigMap("unrecorded", "stray")).toBe(true);
    await on.rig.sync("unrecorded", {
      prune: true,
      resources: [{ group: "", kind: "ConfigMap", namespace: "unrecorded", name: "stray" }],
    });
    await eventually("it is gone", async () => !(await on.world.hasConfigMap("unrecorded", "stray")));
    await on.rig.untilSettled("unrecorded");
  });

  test("Prune=false stays, and is no reason to try", async () => {
    const repository = await on.settled("kept", {
      files: {
        ...maps("kept", 1),
        "stays.yaml": configMap("kept", "stays", {}, { [ANNOTATION.syncOptions]: "Prune=false" }),
      },
    });
    await on.deliver("kept", repository, { "stays.yaml": null });
    expect(await on.world.hasConfigMap("kept", "stays")).toBe(true);
    expect(on.rig.app("kept").status?.sync.status).toBe("Synced");
    expect(on.rig.app("kept").status?.resources).toContainEqual({
      ...{ version: "v1", kind: "ConfigMap", namespace: "kept", name: "stays" },
      ...{ status: "Synced", kept: "its option Prune=false" },
    });
    const shown = await on.rig.control.managedResources("argocd/kept" as AppKey);
    if (shown.is === "absent") throw new Error("it is not there");
    expect(
      shown.value.map(difference).map(({ name, change }) => [name, change]),
      "app diff",
    ).toEqual([
      ["m0", "none"],
      ["stays", "none"],
    ]);
  });
});
