/** What a sync does and refuses to do: waves, guards, retries, and a person's word. In this process, on the sandbox. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION, type AppKey } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { DeleteOutcome, WriteMode } from "../../src/core/ports/cluster-objects.ts";
import {
  AUTOMATED,
  appOf,
  conditions,
  counted,
  type Files,
  isQuiet,
  type Placed,
  type Repository,
  type Rig,
  results,
  sharedRig,
  startRig,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, crd, deployment } from "../lib/manifests.ts";

let world: World, rig: Rig;
sharedRig((...both) => {
  [world, rig] = both;
});

interface Given extends Partial<Placed> {
  files: Files;
}

const MANUAL = { syncPolicy: {} } as const;

async function placed(name: string, { files, ...more }: Given): Promise<Repository> {
  const repository = await rig.placeNew(name, files, more);
  await rig.until(name, (app) => app.status !== undefined);
  return repository;
}

async function settled(name: string, given: Given): Promise<Repository> {
  const repository = await placed(name, given);
  await rig.untilSettled(name);
  await rig.untilIdle();
  return repository;
}

/** Commits, has it looked at, and waits until nothing runs any more. */
async function deliver(name: string, repository: Repository, files: Files): Promise<void> {
  const sha = await repository.commit(files);
  await rig.refresh(name);
  await rig.until(name, (app) => app.status?.sync.revision === sha && isQuiet(app));
  await rig.untilIdle();
}

const maps = (namespace: string, count: number): Record<string, KubeObject> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`m${at}.yaml`, configMap(namespace, `m${at}`)]),
  );
const inWave = (wave: number, object: KubeObject): KubeObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    annotations: { ...object.metadata.annotations, [ANNOTATION.syncWave]: String(wave) },
  },
});
/** One that would not ask for itself. */
const goingSpace = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, annotations: { [ANNOTATION.syncOptions]: "Prune=true" } },
});
/** @param answer in the server's place, undefined where it answers itself. @returns ends it */
function deletesAnswer(answer: (mode: WriteMode, name: string) => DeleteOutcome | undefined): () => void {
  const { cluster } = rig;
  const honest = cluster.for.bind(cluster);
  cluster.for = (errand) => {
    const objects = honest(errand);
    return new Proxy(objects, {
      get(target, name) {
        if (name === "delete")
          return async (...args: Parameters<typeof objects.delete>) =>
            answer(args[3], args[0].name) ?? target.delete(...args);
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
  return () => {
    cluster.for = honest;
  };
}
const blocked = (name: string): string => conditions(rig.app(name), "PruneBlocked").join("\n");

describe("pruning", () => {
  test("what left Git goes, and its record with it", async () => {
    const repository = await settled("prune", { files: { ...maps("prune", 3) } });
    await deliver("prune", repository, { "m1.yaml": null });
    await rig.untilSettled("prune");
    expect(await world.hasConfigMap("prune", "m1")).toBe(false);
    expect(results(rig.app("prune"))["ConfigMap/m1"]).toBe("Pruned");
    await rig.refresh("prune");
    expect(rig.store.records("argocd/prune" as AppKey).map(({ key }) => key)).toEqual([
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
      const repository = await settled(name, { files: files(name) });
      await deliver(name, repository, gone);
      expect(blocked(name)).toMatch(says);
      for (const kept of keeps) expect(await world.hasConfigMap(name, kept)).toBe(true);
      const before = rig.requests.length;
      await rig.refresh(name);
      await rig.untilIdle();
      expect(counted(rig.requests.slice(before))).toEqual({});
    });

    test("a sync by a person without its count is stopped too, and one with a wrong count does nothing at all", async () => {
      const plain = await rig.sync(name, { prune: true });
      expect(plain.phase).toBe("Succeeded");
      expect(plain.message).toMatch(/not pruned/);
      const wrong = await rig.sync(name, { prune: true, confirmPrune: count + 1 });
      expect(wrong).toMatchObject({
        phase: "Failed",
        message: expect.stringContaining(
          `you approved of deleting ${count + 1} objects, but there are ${count}`,
        ),
      });
      for (const kept of keeps) expect(await world.hasConfigMap(name, kept)).toBe(true);
    });

    test("the right count lets it through, once", async () => {
      expect((await rig.sync(name, { prune: true, confirmPrune: count })).phase).toBe("Succeeded");
      for (const kept of keeps)
        await eventually(`${kept} is gone`, async () => !(await world.hasConfigMap(name, kept)));
      await rig.untilSettled(name);
      expect(blocked(name)).toBe("");
    });
  });

  test("the budget does not grow by a restart either", async () => {
    const repository = await settled("guard-restart", { files: maps("guard-restart", 7) });
    await deliver("guard-restart", repository, {
      ...Object.fromEntries([0, 1, 2, 3, 4, 5].map((at) => [`m${at}.yaml`, null])),
      ...Object.fromEntries(
        [0, 1, 2, 3, 4, 5].map((at) => [`n${at}.yaml`, configMap("guard-restart", `n${at}`)]),
      ),
    });
    expect(await world.hasConfigMap("guard-restart", "n5")).toBe(true);
    await rig.engine.stop();
    rig = await startRig(world, { store: rig.store, folder: rig.folder });
    await rig.untilIdle();
    expect(blocked("guard-restart")).toMatch(/6 of 7 objects/);
    expect(await world.hasConfigMap("guard-restart", "m0")).toBe(true);
  });

  test("nothing is deleted where the server refuses one of the deletions in advance", async () => {
    const repository = await settled("forbidden", {
      files: maps("forbidden", 4),
      spec: { syncPolicy: { automated: {} } },
    });
    await deliver("forbidden", repository, { "m1.yaml": null, "m2.yaml": null });
    let written = 0;
    const honest = deletesAnswer((mode, name) => {
      if (mode === "write") written += 1;
      else if (name === "m2")
        return { is: "refused", status: 403, reason: "Forbidden", message: "m2 is not yours", causes: [] };
      return undefined;
    });
    try {
      const refused = await rig.sync("forbidden", { prune: true });
      expect(refused.phase).toBe("Failed");
      expect(refused.message).toMatch(/nothing was written.*m2 is not yours/);
    } finally {
      honest();
    }
    expect(written).toBe(0);
    expect(await world.hasConfigMap("forbidden", "m1")).toBe(true);
    expect((await rig.sync("forbidden", { prune: true })).phase).toBe("Succeeded");
    await eventually("it is gone", async () => !(await world.hasConfigMap("forbidden", "m1")));
  });

  test("no deletion is begun when three have failed, and what is left goes with the next sync", async () => {
    const count = 30;
    const repository = await settled("failing", { files: { ...maps("failing", count + 1) } });
    await deliver(
      "failing",
      repository,
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}.yaml`, null])),
    );
    let tried = 0;
    const honest = deletesAnswer((mode) => {
      if (mode === "dry-run") return undefined;
      tried += 1;
      return { is: "refused", status: 500, reason: "InternalError", message: "the disk is full", causes: [] };
    });
    try {
      const failed = await rig.sync("failing", { prune: true, confirmPrune: count });
      expect(failed.phase).toBe("Failed");
      expect(failed.message).toMatch(/the disk is full.*No other of the deletions was begun after that: \d+/);
    } finally {
      honest();
    }
    // Ten are on their way when the third fails.
    expect(tried).toBeGreaterThanOrEqual(3);
    expect(tried).toBeLessThanOrEqual(12);
    expect(await world.hasConfigMap("failing", "m0")).toBe(true);
    expect(rig.store.records("argocd/failing" as AppKey)).toHaveLength(count + 1);
    expect((await rig.sync("failing", { prune: true, confirmPrune: count })).phase).toBe("Succeeded");
    await rig.untilSettled("failing");
    expect(rig.store.records("argocd/failing" as AppKey)).toHaveLength(1);
  });

  test("many go one after the other, the sync says how many wait, and whoever sees a mistake ends it", async () => {
    const name = "paced",
      count = 30;
    const setPace = (perSecond: number): void => {
      rig.settings = { ...rig.settings, prune: { ...rig.settings.prune, perSecond } };
    };
    const there = async (): Promise<number> => {
      const { items } = await world.must("GET", `/api/v1/namespaces/${name}/configmaps`);
      return items.filter(({ metadata }: KubeObject) => /^m\d+$/.test(metadata.name)).length;
    };
    const repository = await settled(name, { files: maps(name, count + 1) });
    const gone = Array.from({ length: count }, (_, at) => [`m${at}.yaml`, null] as const);
    await deliver(name, repository, Object.fromEntries(gone));
    setPace(1);
    try {
      const synced = rig.sync(name, { prune: true, confirmPrune: count });
      await rig.until(name, ({ status }) =>
        /^waiting since \S+ to delete \d+ more, 1 in a second \(prune\.perSecond\)$/.test(
          status?.operationState?.message ?? "",
        ),
      );
      await rig.control.terminate(`argocd/${name}` as AppKey, "user:test");
      expect(await synced).toMatchObject({ phase: "Failed", message: "operation terminated by user:test" });
    } finally {
      setPace(1_000);
    }
    expect(await there()).toBeGreaterThan(1);
    const left = (await there()) - 1;
    expect((await rig.sync(name, { prune: true, confirmPrune: left })).phase).toBe("Succeeded");
    await eventually("only one is left", async () => (await there()) === 1);
    setPace(10);
  });

  test("an approval in the Application's annotations lets it through", async () => {
    const repository = await settled("annotated", {
      files: {
        ...maps("annotated", 1),
        "asks.yaml": configMap("annotated", "asks", {}, { [ANNOTATION.syncOptions]: "Prune=confirm" }),
      },
    });
    await deliver("annotated", repository, { "asks.yaml": null });
    expect(blocked("annotated")).not.toBe("");
    const approved = new Date(rig.clock.now() + 2_000).toISOString();
    rig.clock.advance(3_000);
    rig.place(
      appOf({
        name: "annotated",
        repository,
        metadata: { annotations: { [ANNOTATION.deletionApproved]: approved } },
      }),
    );
    await eventually("it is gone", async () => !(await world.hasConfigMap("annotated", "asks")));
    await rig.untilSettled("annotated");
  });

  test("an approval counts for what was to go when it was given, and for an hour", async () => {
    const asks = (name: string) =>
      configMap("voided", name, {}, { [ANNOTATION.syncOptions]: "Prune=confirm" });
    const repository = await settled("voided", {
      files: { ...maps("voided", 1), "asks.yaml": asks("asks"), "more.yaml": asks("more") },
    });
    const approve = (at: number): void =>
      rig.place(
        appOf({
          name: "voided",
          repository,
          metadata: { annotations: { [ANNOTATION.deletionApproved]: new Date(at).toISOString() } },
        }),
      );
    const isBlockedWith = (words: RegExp) =>
      rig.until("voided", (app) => isQuiet(app) && words.test(blocked("voided")));
    approve(rig.clock.now() + 1_000);
    rig.clock.advance(3_000);
    await deliver("voided", repository, { "asks.yaml": null });
    await isBlockedWith(/approval of \S+ does not count, because what is to be deleted now was not known/);
    const given = rig.clock.now();
    rig.clock.advance(3_600_000 + 2_000);
    approve(given);
    await isBlockedWith(/does not count, because it is older than 60 minutes/);
    approve(rig.clock.now() + 3_600_000);
    await isBlockedWith(/does not count, because that time has not come yet/);
    // Another commit takes more along: whoever approved did not see that.
    rig.clock.advance(60_000);
    const before = rig.clock.now() - 30_000;
    await deliver("voided", repository, { "more.yaml": null });
    approve(before);
    await isBlockedWith(/was not known then/);
    expect([await world.hasConfigMap("voided", "asks"), await world.hasConfigMap("voided", "more")]).toEqual([
      true,
      true,
    ]);
    approve(rig.clock.now());
    await eventually("both are gone", async () => !(await world.hasConfigMap("voided", "asks")));
    await rig.untilSettled("voided");
  });

  test("an object of ours without a record stays, until a person names it", async () => {
    await settled("unrecorded", { files: maps("unrecorded", 2) });
    const stray = configMap(
      "unrecorded",
      "stray",
      {},
      { [ANNOTATION.trackingId]: "unrecorded:/ConfigMap:unrecorded/stray" },
    );
    await world.must("POST", "/api/v1/namespaces/unrecorded/configmaps", stray);
    const app = await rig.until("unrecorded", (now) => blocked("unrecorded") !== "" && isQuiet(now));
    expect(blocked("unrecorded")).toMatch(
      /has no record of having applied it.*--resource :ConfigMap:unrecorded\/stray/,
    );
    expect(app.status?.sync.status).toBe("OutOfSync");
    expect((await rig.sync("unrecorded", { prune: true })).message).toMatch(/1 not pruned/);
    expect(await world.hasConfigMap("unrecorded", "stray")).toBe(true);
    await rig.sync("unrecorded", {
      prune: true,
      resources: [{ group: "", kind: "ConfigMap", namespace: "unrecorded", name: "stray" }],
    });
    await eventually("it is gone", async () => !(await world.hasConfigMap("unrecorded", "stray")));
    await rig.untilSettled("unrecorded");
  });

  test("Prune=false stays, and is no reason to try", async () => {
    const repository = await settled("kept", {
      files: {
        ...maps("kept", 1),
        "stays.yaml": configMap("kept", "stays", {}, { [ANNOTATION.syncOptions]: "Prune=false" }),
      },
    });
    await deliver("kept", repository, { "stays.yaml": null });
    expect(await world.hasConfigMap("kept", "stays")).toBe(true);
    expect(rig.app("kept").status?.sync.status).toBe("Synced");
    expect(rig.app("kept").status?.resources).toContainEqual({
      ...{ version: "v1", kind: "ConfigMap", namespace: "kept", name: "stays" },
      ...{ status: "Synced", kept: "its option Prune=false" },
    });
  });
});

describe("waves", () => {
  const twoWaves = (namespace: string, first: string): Files => ({
    "a.yaml": inWave(0, configMap(namespace, first)),
    "b.yaml": inWave(1, configMap(namespace, "last")),
  });

  test("the next one starts when the one before is healthy, and the sync says what it waits for", async () => {
    rig.judge("ConfigMap", "waves", "slow", "Progressing");
    await placed("waves", { files: twoWaves("waves", "slow"), spec: MANUAL });
    const started = rig.sync("waves");
    await rig.until("waves", (app) =>
      /^waiting for healthy state of ConfigMap waves\/slow \(the test says Progressing\) since \d{4}-\S+Z$/.test(
        app.status?.operationState?.message ?? "",
      ),
    );
    expect(await world.hasConfigMap("waves", "slow")).toBe(true);
    expect(await world.hasConfigMap("waves", "last")).toBe(false);
    rig.judge("ConfigMap", "waves", "slow", "Healthy");
    expect((await started).phase).toBe("Succeeded");
    expect(await world.hasConfigMap("waves", "last")).toBe(true);
  });

  test("one that fails keeps the next from starting", async () => {
    await placed("wave-fails", {
      files: {
        "a.yaml": inWave(
          0,
          deployment({ namespace: "wave-fails", name: "web", image: "registry.example.com/web:broken" }),
        ),
        "b.yaml": inWave(1, configMap("wave-fails", "last")),
      },
      spec: MANUAL,
    });
    const ended = await rig.sync("wave-fails");
    expect(ended).toMatchObject({
      phase: "Failed",
      message: expect.stringMatching(/apps\/Deployment wave-fails\/web is Degraded/),
    });
    expect(await world.hasConfigMap("wave-fails", "last")).toBe(false);
  });

  test("a sync that waits can be ended by a person", async () => {
    rig.judge("ConfigMap", "ended", "endless", "Progressing");
    await placed("ended", { files: twoWaves("ended", "endless"), spec: MANUAL });
    const end = rig.sync("ended");
    await rig.until("ended", (app) => /waiting for/.test(app.status?.operationState?.message ?? ""));
    expect(
      await rig.control.sync("argocd/ended" as AppKey, { operation: { sync: {} }, actor: "user:test" }),
    ).toMatchObject({ is: "conflict" });
    expect(await rig.control.terminate("argocd/ended" as AppKey, "user:test")).toMatchObject({
      is: "written",
    });
    expect(await end).toMatchObject({ phase: "Failed", message: "operation terminated by user:test" });
    expect(await world.hasConfigMap("ended", "last")).toBe(false);
    expect(await rig.control.terminate("argocd/ended" as AppKey, "user:test")).toMatchObject({
      is: "conflict",
    });
  });

  test("forty that wait for ever hold no place that another needs", async () => {
    await world.makeNamespace("waiters");
    const names = Array.from({ length: 40 }, (_, at) => `waiter-${at}`);
    for (const name of names) rig.judge("ConfigMap", "waiters", name, "Progressing");
    const repository = await world.repository(
      "waiters",
      Object.fromEntries(
        names.flatMap((name) => [
          [`${name}/a.yaml`, inWave(0, configMap("waiters", name))],
          [`${name}/b.yaml`, inWave(1, configMap("waiters", `${name}-last`))],
        ]),
      ),
    );
    rig.place(...names.map((name) => appOf({ name, repository, path: name, namespace: "waiters" })));
    for (const name of names)
      await rig.until(name, (app) => /waiting for/.test(app.status?.operationState?.message ?? ""));
    await placed("unhindered", { files: maps("unhindered", 2) });
    await rig.untilSettled("unhindered");
    for (const name of names) rig.judge("ConfigMap", "waiters", name, "Healthy");
    for (const name of names) await rig.untilSettled(name);
  });
});

describe("a sync by a person", () => {
  test("of a part writes that part", async () => {
    await placed("part", { files: maps("part", 3), spec: MANUAL });
    const ended = await rig.sync("part", { resources: [{ group: "", kind: "ConfigMap", name: "m1" }] });
    expect(ended.phase).toBe("Succeeded");
    expect(await Promise.all(["m0", "m1", "m2"].map((name) => world.hasConfigMap("part", name)))).toEqual([
      false,
      true,
      false,
    ]);
    const app = rig.app("part");
    expect(app.status?.sync.status).toBe("OutOfSync");
    expect(app.status?.history ?? []).toEqual([]);
  });

  test("a dry run writes nothing, remembers nothing and is no history", async () => {
    await placed("dry", { files: maps("dry", 2), spec: MANUAL });
    const before = rig.requests.length;
    const ended = await rig.sync("dry", { dryRun: true });
    expect(ended).toMatchObject({ phase: "Succeeded", message: "dry run: everything would pass" });
    expect(counted(rig.requests.slice(before))).toEqual({ "apply-dry-run": 2 });
    expect(await world.hasConfigMap("dry", "m0")).toBe(false);
    expect(rig.store.records("argocd/dry" as AppKey)).toEqual([]);
    expect(rig.app("dry").status?.history ?? []).toEqual([]);
  });

  test("to an older revision delivers that one", async () => {
    const repository = await placed("older", {
      files: { "a.yaml": configMap("older", "a", { key: "first" }) },
      spec: MANUAL,
    });
    const first = rig.app("older").status?.sync.revision ?? "";
    await deliver("older", repository, { "a.yaml": configMap("older", "a", { key: "second" }) });
    expect((await rig.sync("older")).phase).toBe("Succeeded");
    const ended = await rig.sync("older", { revision: first });
    expect(ended).toMatchObject({ phase: "Succeeded", syncResult: { revision: first } });
    expect((await world.must("GET", configMapPath("older", "a"))).data).toEqual({ key: "first" });
    expect((await rig.refresh("older")).status?.sync.status).toBe("OutOfSync");
    expect(rig.app("older").status?.history?.map(({ revision }) => revision === first)).toEqual([
      false,
      true,
    ]);
  });

  test("what the API server refuses stops it before the first write, with file and line", async () => {
    const wrong = {
      ...deployment({ namespace: "refused", name: "web" }),
      spec: { replicas: "two" },
    } as unknown as KubeObject;
    await placed("refused", {
      files: { "a.yaml": configMap("refused", "a"), "wrong.yaml": wrong },
      spec: MANUAL,
    });
    const ended = await rig.sync("refused");
    expect(ended).toMatchObject({
      phase: "Failed",
      message: expect.stringMatching(
        /^nothing was written, because the API server refuses apps\/Deployment refused\/web \(wrong.yaml:1\): /,
      ),
    });
    expect(await world.hasConfigMap("refused", "a")).toBe(false);
  });

  test("a second one while one runs is refused, and one that was refused leaves nothing behind", async () => {
    rig.judge("ConfigMap", "twice", "twice", "Progressing");
    await placed("twice", {
      files: {
        "a.yaml": inWave(0, configMap("twice", "twice")),
        "b.yaml": inWave(1, configMap("twice", "last")),
      },
      spec: MANUAL,
    });
    const first = rig.sync("twice");
    await rig.until("twice", (app) => /waiting/.test(app.status?.operationState?.message ?? ""));
    expect(
      await rig.control.sync("argocd/twice" as AppKey, { operation: { sync: {} }, actor: "user:other" }),
    ).toEqual({ is: "conflict", why: "another operation is already in progress" });
    rig.judge("ConfigMap", "twice", "twice", "Healthy");
    expect((await first).phase).toBe("Succeeded");
    await rig.untilIdle();
    expect(rig.store.runs({ app: "argocd/twice" as AppKey, limit: 10 })).toHaveLength(1);
  });
});

describe("what a sync stands on", () => {
  const size = (namespace: string): KubeObject =>
    ({
      apiVersion: "sync.example.com/v1",
      kind: "Size",
      metadata: { name: "one", namespace },
      spec: { size: 4 },
    }) as KubeObject;

  test("a definition and an object of its kind come in one sync, whichever file is first", async () => {
    await placed("definitions", {
      files: {
        "a.yaml": size("definitions"),
        "b.yaml": crd({ group: "sync.example.com", kind: "Size", plural: "sizes" }),
      },
    });
    await rig.untilSettled("definitions");
    expect(
      (await world.must("GET", "/apis/sync.example.com/v1/namespaces/definitions/sizes/one")).spec.size,
    ).toBe(4);
  });

  test("a kind that nobody defines stops the sync before the first write, and is delivered by itself when it is there", async () => {
    const undefinedKind = {
      apiVersion: "later.example.com/v1",
      kind: "Later",
      metadata: { name: "one", namespace: "undefined" },
    } as KubeObject;
    await placed("undefined", {
      files: { "a.yaml": configMap("undefined", "a"), "b.yaml": undefinedKind },
      spec: { syncPolicy: { ...AUTOMATED, retry: { limit: 0 } } },
    });
    const app = await rig.until(
      "undefined",
      (now) =>
        now.status?.operationState?.phase === "Failed" || conditions(now, "ComparisonError").length > 0,
    );
    expect(JSON.stringify(app.status)).toMatch(/later\.example\.com/);
    expect(await world.hasConfigMap("undefined", "a")).toBe(false);
    await world.must(
      "POST",
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      crd({ group: "later.example.com", kind: "Later", plural: "laters" }),
    );
    rig.clock.advance(200_000);
    await rig.until("undefined", (now) => now.status?.sync.status === "Synced");
  });

  test("CreateNamespace=true makes the namespace, with its labels; without it the sync says what is missing", async () => {
    const repository = await world.repository("no-namespace", { "a.yaml": configMap("made-here", "a") });
    rig.place(appOf({ name: "no-namespace", repository, namespace: "made-here", spec: MANUAL }));
    await rig.until("no-namespace", (app) => app.status !== undefined);
    expect(await rig.sync("no-namespace")).toMatchObject({
      phase: "Failed",
      message: expect.stringMatching(/namespaces? "?made-here"? not found/),
    });
    rig.place(
      appOf({
        name: "no-namespace",
        repository,
        namespace: "made-here",
        spec: {
          syncPolicy: {
            syncOptions: ["CreateNamespace=true"],
            managedNamespaceMetadata: { labels: { team: "shop" } },
          },
        },
      }),
    );
    await rig.untilIdle();
    expect((await rig.sync("no-namespace")).phase).toBe("Succeeded");
    expect((await world.must("GET", "/api/v1/namespaces/made-here")).metadata.labels).toMatchObject({
      team: "shop",
    });
    expect(await world.hasConfigMap("made-here", "a")).toBe(true);
  });

  test("metadata of the Namespace that is edited is given to it, though no commit came; what left it goes", async () => {
    const name = "namespace-metadata";
    const place = async (labels: Record<string, string>, more: Partial<Placed> = {}): Promise<void> => {
      rig.place(
        appOf({
          name,
          repository,
          ...more,
          spec: {
            syncPolicy: {
              automated: {},
              ...more.spec?.syncPolicy,
              syncOptions: ["CreateNamespace=true"],
              managedNamespaceMetadata: { labels },
            },
          },
        }),
      );
      await rig.untilIdle();
    };
    const labels = async (): Promise<Record<string, string> | undefined> =>
      (await world.must("GET", `/api/v1/namespaces/${name}`)).metadata.labels;
    const repository = await world.repository(name, { "a.yaml": configMap(name, "a") });
    await place({ team: "shop", tier: "one" });
    await rig.untilSettled(name);
    expect(await labels()).toMatchObject({ team: "shop", tier: "one" });
    await place({ team: "shop" });
    await rig.untilSettled(name);
    expect(await labels()).not.toHaveProperty("tier");

    await place({ team: "cart" }, { spec: { syncPolicy: { automated: { enabled: false } } } });
    const shown = await rig.until(name, ({ status }) => status?.sync.status === "OutOfSync");
    expect(conditions(shown, "SyncOptionWarning").join()).toContain(
      `Namespace ${name}: spec.syncPolicy.managedNamespaceMetadata was edited since the last sync`,
    );
    await rig.engine.stop();
    rig = await startRig(world, { store: rig.store, folder: rig.folder });
    await rig.until(name, ({ status }) => status?.sync.status === "OutOfSync");
    expect((await rig.sync(name)).phase).toBe("Succeeded");
    expect(await labels()).toMatchObject({ team: "cart" });
    await rig.until(name, ({ status }) => status?.sync.status === "Synced");
    expect(conditions(rig.app(name), "SyncOptionWarning")).toEqual([]);
  });

  test("several sources are one application; the last one wins where two render one object, and says so", async () => {
    await world.makeNamespace("several");
    const one = await world.repository("several-1", {
      "a.yaml": configMap("several", "a", { from: "one" }),
      "b.yaml": configMap("several", "b"),
    });
    const two = await world.repository("several-2", { "a.yaml": configMap("several", "a", { from: "two" }) });
    const sources = [one, two].map(({ url }) => ({ repoURL: url, path: ".", targetRevision: "main" }));
    const app = appOf({ name: "several", repository: one });
    delete app.spec.source;
    rig.place({ ...app, spec: { ...app.spec, sources } });
    await rig.untilSettled("several");
    expect((await world.must("GET", configMapPath("several", "a"))).data).toEqual({ from: "two" });
    expect(conditions(rig.app("several"), "RepeatedResourceWarning").join()).toContain("ConfigMap several/a");
    expect(rig.app("several").status?.sync.revisions).toHaveLength(2);
    const sha = await two.commit({ "a.yaml": configMap("several", "a", { from: "two again" }) });
    await rig.refresh("several");
    await rig.until(
      "several",
      (now) => now.status?.sync.revisions?.[1] === sha && now.status.sync.status === "Synced" && isQuiet(now),
    );
    expect((await world.must("GET", configMapPath("several", "a"))).data).toEqual({ from: "two again" });
  });
});

describe("a sync that fails", () => {
  const refusedMap = (namespace: string): KubeObject =>
    ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "m0", namespace },
      data: { key: 5 },
    }) as unknown as KubeObject;

  test("is tried again after its pause, and each try is a finished run of its own", async () => {
    await placed("retry", { files: { "m0.yaml": refusedMap("retry") }, spec: MANUAL });
    void rig.sync("retry", {}, { limit: 1, backoff: { duration: "1m" } });
    const waits = await rig.until(
      "retry",
      (app) =>
        app.status?.operationState?.retryCount === 1 && app.status.operationState.finishedAt !== undefined,
    );
    expect(waits.status?.operationState).toMatchObject({
      phase: "Running",
      message: expect.stringMatching(/Try 2 follows at \d{4}-/),
    });
    rig.clock.advance(61_000);
    await rig.refresh("retry");
    const ended = await rig.until("retry", (app) => app.status?.operationState?.phase === "Failed");
    expect(ended.status?.operationState?.retryCount).toBe(1);
    await rig.untilIdle();
    expect(
      rig.store
        .runs({ app: "argocd/retry" as AppKey, limit: 10 })
        .map(({ cause, state }) => `${cause} ${state.phase}`),
    ).toEqual(["retry Failed", "manual Failed"]);
  });

  test("waits for no pause when a newer commit is there", async () => {
    const repository = await placed("superseded", { files: { "m0.yaml": refusedMap("superseded") } });
    await rig.until(
      "superseded",
      (app) =>
        app.status?.operationState?.finishedAt !== undefined && app.status.operationState.phase === "Running",
    );
    await deliver("superseded", repository, { "m0.yaml": configMap("superseded", "m0") });
    await rig.untilSettled("superseded");
    expect(await world.hasConfigMap("superseded", "m0")).toBe(true);
  });

  test("is not tried again when a newer commit leaves nothing to do", async () => {
    const repository = await placed("reverted", {
      files: { "m0.yaml": configMap("reverted", "m0") },
      spec: { syncPolicy: { ...AUTOMATED, retry: { limit: 5, backoff: { duration: "1m" } } } },
    });
    await rig.untilSettled("reverted");
    await repository.commit({ "m0.yaml": refusedMap("reverted") });
    await rig.refresh("reverted");
    await rig.until(
      "reverted",
      (app) =>
        app.status?.operationState?.finishedAt !== undefined && app.status.operationState.phase === "Running",
    );
    await deliver("reverted", repository, { "m0.yaml": configMap("reverted", "m0") });
    const sha = rig.app("reverted").status?.sync.revision ?? "";
    expect(rig.app("reverted").status?.operationState).toMatchObject({
      phase: "Failed",
      message: expect.stringMatching(new RegExp(`It is not tried again, because ${sha} came`)),
    });
    const runs = () => rig.store.runs({ app: "argocd/reverted" as AppKey, limit: 10 }).length;
    const before = runs();
    rig.clock.advance(600_000);
    await rig.refresh("reverted");
    await rig.untilIdle();
    expect(runs()).toBe(before);
  });

  test("is not tried again as the spec said before it was edited", async () => {
    const files = { "m0.yaml": refusedMap("edited") };
    const edited = (automated: object) => ({
      syncPolicy: { automated, retry: { limit: 5, backoff: { duration: "1m" } } },
    });
    const repository = await placed("edited", { files, spec: edited({ prune: true }) });
    await rig.until(
      "edited",
      (app) =>
        app.status?.operationState?.finishedAt !== undefined && app.status.operationState.phase === "Running",
    );
    rig.place(appOf({ name: "edited", repository, spec: edited({ prune: false }) }));
    await rig.until("edited", isQuiet);
    expect(rig.app("edited").status?.operationState).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("It is not tried again, because the application's spec was edited"),
    });
    // The revision failed under the old spec: that is paced as before, by what the new one says.
    rig.clock.advance(600_000);
    await rig.refresh("edited");
    await rig.until("edited", isQuiet);
    expect(
      rig.store
        .runs({ app: "argocd/edited" as AppKey, limit: 10 })
        .map(({ cause, state }) => [cause, state.operation.sync?.prune]),
    ).toEqual([
      ["automated", undefined],
      ["automated", true],
    ]);
  });

  test("can be ended while it waits for its next try", async () => {
    await placed("waits", { files: { "m0.yaml": refusedMap("waits") }, spec: MANUAL });
    void rig.sync("waits", {}, { limit: 3, backoff: { duration: "1m" } });
    await rig.until(
      "waits",
      (app) =>
        app.status?.operationState?.retryCount === 1 && app.status.operationState.finishedAt !== undefined,
    );
    expect(await rig.control.terminate("argocd/waits" as AppKey, "user:test")).toMatchObject({
      is: "written",
    });
    rig.clock.advance(600_000);
    await rig.refresh("waits");
    await rig.untilIdle();
    expect(rig.app("waits").status?.operationState).toMatchObject({
      phase: "Failed",
      message: "operation terminated by user:test",
    });
    expect(rig.store.runs({ app: "argocd/waits" as AppKey, limit: 10 })).toHaveLength(1);
  });

  test("again and again is tried ever more seldom, and another commit has its own count", async () => {
    const repository = await placed("seldom", {
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
          /tried again at (\S+),/.exec(conditions(rig.app("seldom"), "SyncError").join())?.[1] ?? "",
        ) -
          Date.parse(rig.app("seldom").status?.operationState?.finishedAt ?? "")) /
          1000,
      );
    const runs = () => rig.store.runs({ app: "argocd/seldom" as AppKey, limit: 10 }).length;
    const pauses: number[] = [];
    for (let tries = 1; tries <= 3; tries++) {
      await eventually(`try ${tries}`, () => runs() === tries);
      await rig.untilIdle();
      pauses.push(pause());
      rig.clock.advance((pause() + 1) * 1_000);
      await rig.refresh("seldom");
    }
    // Both ends are shown in whole seconds, and are read from the clock one after the other.
    const isAbout = (seconds: number, wanted: number): boolean => Math.abs(seconds - wanted) <= 1;
    expect(pauses.filter((seconds, at) => !isAbout(seconds, [10, 100, 1_000][at] ?? 0))).toEqual([]);
    await eventually("try 4", () => runs() === 4);
    await deliver("seldom", repository, { "m1.yaml": configMap("seldom", "m1") });
    await eventually("the new commit is tried", () => runs() === 5);
    await rig.untilIdle();
    expect(isAbout(pause(), 10)).toBe(true);
  });

  test("an automated one says when it is tried again, and is", async () => {
    const repository = await placed("auto-fails", {
      files: { "m0.yaml": refusedMap("auto-fails") },
      spec: { syncPolicy: { ...AUTOMATED, retry: { limit: 0 } } },
    });
    const failed = await rig.until("auto-fails", (app) => conditions(app, "SyncError").length > 0);
    expect(conditions(failed, "SyncError").join()).toMatch(
      /^The last sync to [0-9a-f]{40} failed: nothing was written.*It is tried again at /,
    );
    const runs = () => rig.store.runs({ app: "argocd/auto-fails" as AppKey, limit: 10 }).length;
    expect(runs()).toBe(1);
    await rig.refresh("auto-fails");
    await rig.untilIdle();
    expect(runs()).toBe(1);
    rig.clock.advance(200_000);
    await rig.refresh("auto-fails");
    await eventually("another try", () => runs() === 2);
    await deliver("auto-fails", repository, { "m0.yaml": configMap("auto-fails", "m0") });
    await rig.untilSettled("auto-fails");
    expect(conditions(rig.app("auto-fails"), "SyncError")).toEqual([]);
  });
});
