/** What a sync does and refuses to do: waves, options, and a person's word. In this process, on the sandbox. */
import { describe, expect, test } from "bun:test";
import type { AppKey } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { SyncResource } from "../../src/core/model/operation.ts";
import {
  AUTOMATED,
  appOf,
  conditions,
  counted,
  type Files,
  isQuiet,
  type Placed,
  startRig,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, crd, deployment } from "../lib/manifests.ts";
import { inWave, MANUAL, maps, sharedSyncs } from "../lib/syncs.ts";

const on = sharedSyncs();

describe("waves", () => {
  const twoWaves = (namespace: string, first: string): Files => ({
    "a.yaml": inWave(0, configMap(namespace, first)),
    "b.yaml": inWave(1, configMap(namespace, "last")),
  });

  test("the next one starts when the one before is healthy, and the sync says what it waits for", async () => {
    on.rig.judge("ConfigMap", "waves", "slow", "Progressing");
    await on.placed("waves", { files: twoWaves("waves", "slow"), spec: MANUAL });
    const started = on.rig.sync("waves");
    await on.rig.until("waves", (app) =>
      /^waiting for healthy state of ConfigMap waves\/slow \(the test says Progressing\) since \d{4}-\S+Z$/.test(
        app.status?.operationState?.message ?? "",
      ),
    );
    expect(await on.world.hasConfigMap("waves", "slow")).toBe(true);
    expect(await on.world.hasConfigMap("waves", "last")).toBe(false);
    on.rig.judge("ConfigMap", "waves", "slow", "Healthy");
    expect((await started).phase).toBe("Succeeded");
    expect(await on.world.hasConfigMap("waves", "last")).toBe(true);
  });

  test("one that fails keeps the next from starting", async () => {
    await on.placed("wave-fails", {
      files: {
        "a.yaml": inWave(
          0,
          deployment({ namespace: "wave-fails", name: "web", image: "registry.example.com/web:broken" }),
        ),
        "b.yaml": inWave(1, configMap("wave-fails", "last")),
      },
      spec: MANUAL,
    });
    const ended = await on.rig.sync("wave-fails");
    expect(ended).toMatchObject({
      phase: "Failed",
      message: expect.stringMatching(/apps\/Deployment wave-fails\/web is Degraded/),
    });
    expect(await on.world.hasConfigMap("wave-fails", "last")).toBe(false);
  });

  test("a sync that waits can be ended by a person", async () => {
    on.rig.judge("ConfigMap", "ended", "endless", "Progressing");
    await on.placed("ended", { files: twoWaves("ended", "endless"), spec: MANUAL });
    const end = on.rig.sync("ended");
    await on.rig.until("ended", (app) => /waiting for/.test(app.status?.operationState?.message ?? ""));
    expect(
      await on.rig.control.sync("argocd/ended" as AppKey, { operation: { sync: {} }, actor: "user:test" }),
    ).toMatchObject({ is: "conflict" });
    expect(await on.rig.control.terminate("argocd/ended" as AppKey, "user:test")).toMatchObject({
      is: "written",
    });
    expect(await end).toMatchObject({ phase: "Failed", message: "operation terminated by user:test" });
    expect(await on.world.hasConfigMap("ended", "last")).toBe(false);
    expect(await on.rig.control.terminate("argocd/ended" as AppKey, "user:test")).toMatchObject({
      is: "conflict",
    });
  });

  test("forty that wait for ever hold no place that another needs", async () => {
    await on.world.makeNamespace("waiters");
    const names = Array.from({ length: 40 }, (_, at) => `waiter-${at}`);
    for (const name of names) on.rig.judge("ConfigMap", "waiters", name, "Progressing");
    const repository = await on.world.repository(
      "waiters",
      Object.fromEntries(
        names.flatMap((name) => [
          [`${name}/a.yaml`, inWave(0, configMap("waiters", name))],
          [`${name}/b.yaml`, inWave(1, configMap("waiters", `${name}-last`))],
        ]),
      ),
    );
    on.rig.place(...names.map((name) => appOf({ name, repository, path: name, namespace: "waiters" })));
    for (const name of names)
      await on.rig.until(name, (app) => /waiting for/.test(app.status?.operationState?.message ?? ""));
    await on.placed("unhindered", { files: maps("unhindered", 2) });
    await on.rig.untilSettled("unhindered");
    for (const name of names) on.rig.judge("ConfigMap", "waiters", name, "Healthy");
    for (const name of names) await on.rig.untilSettled(name);
  });
});

describe("a sync by a person", () => {
  test("of a part writes that part", async () => {
    await on.placed("part", { files: maps("part", 3), spec: MANUAL });
    const ended = await on.rig.sync("part", { resources: [{ group: "", kind: "ConfigMap", name: "m1" }] });
    expect(ended.phase).toBe("Succeeded");
    expect(await Promise.all(["m0", "m1", "m2"].map((name) => on.world.hasConfigMap("part", name)))).toEqual([
      false,
      true,
      false,
    ]);
    const app = on.rig.app("part");
    expect(app.status?.sync.status).toBe("OutOfSync");
    expect(app.status?.history ?? []).toEqual([]);
  });

  test("of what is not there is refused with what it has, whatever else was named; nothing is written", async () => {
    const repository = await on.placed("stray", { files: maps("stray", 2), spec: MANUAL });
    const of = (name: string, more: Partial<SyncResource> = {}) => ({
      group: "",
      kind: "ConfigMap",
      name,
      ...more,
    });
    const stray = await on.rig.sync("stray", { resources: [of("m1"), of("slip", { namespace: "stray" })] });
    expect(stray).toMatchObject({
      phase: "Failed",
      message:
        "no object of argocd/stray fits :ConfigMap:stray/slip. Nothing was done. See them: holdfast app resources argocd/stray -o wide",
    });
    expect(await on.world.hasConfigMap("stray", "m1")).toBe(false);
    // A glob that fits some, and what is left out and not there, are no slips.
    const some = await on.rig.sync("stray", { resources: [of("m*"), of("slip", { exclude: true })] });
    expect(some.phase).toBe("Succeeded");
    expect(await on.world.hasConfigMap("stray", "m1")).toBe(true);
    // What left Git is there still.
    await on.deliver("stray", repository, { "m1.yaml": null });
    expect((await on.rig.sync("stray", { prune: true, resources: [of("m1")] })).phase).toBe("Succeeded");
    await eventually("it is gone", async () => !(await on.world.hasConfigMap("stray", "m1")));
    expect((await on.rig.sync("stray", { prune: true, resources: [of("m1")] })).phase).toBe("Failed");
  });

  test("a dry run writes nothing, remembers nothing and is no history", async () => {
    await on.placed("dry", { files: maps("dry", 2), spec: MANUAL });
    const before = on.rig.requests.length;
    const ended = await on.rig.sync("dry", { dryRun: true });
    expect(ended).toMatchObject({ phase: "Succeeded", message: "dry run: everything would pass" });
    expect(counted(on.rig.requests.slice(before))).toEqual({ "apply-dry-run": 2 });
    expect(await on.world.hasConfigMap("dry", "m0")).toBe(false);
    expect(on.rig.store.records("argocd/dry" as AppKey)).toEqual([]);
    expect(on.rig.app("dry").status?.history ?? []).toEqual([]);
  });

  test("to an older revision delivers that one", async () => {
    const repository = await on.placed("older", {
      files: { "a.yaml": configMap("older", "a", { key: "first" }) },
      spec: MANUAL,
    });
    const first = on.rig.app("older").status?.sync.revision ?? "";
    await on.deliver("older", repository, { "a.yaml": configMap("older", "a", { key: "second" }) });
    expect((await on.rig.sync("older")).phase).toBe("Succeeded");
    const ended = await on.rig.sync("older", { revision: first });
    expect(ended).toMatchObject({ phase: "Succeeded", syncResult: { revision: first } });
    expect((await on.world.must("GET", configMapPath("older", "a"))).data).toEqual({ key: "first" });
    expect((await on.rig.refresh("older")).status?.sync.status).toBe("OutOfSync");
    expect(on.rig.app("older").status?.history?.map(({ revision }) => revision === first)).toEqual([
      false,
      true,
    ]);
  });

  test("what the API server refuses stops it before the first write, with file and line", async () => {
    const wrong = {
      ...deployment({ namespace: "refused", name: "web" }),
      spec: { replicas: "two" },
    } as unknown as KubeObject;
    await on.placed("refused", {
      files: { "a.yaml": configMap("refused", "a"), "wrong.yaml": wrong },
      spec: MANUAL,
    });
    const ended = await on.rig.sync("refused");
    expect(ended).toMatchObject({
      phase: "Failed",
      message: expect.stringMatching(
        /^nothing was written, because the API server refuses apps\/Deployment refused\/web \(wrong.yaml:1\): /,
      ),
    });
    expect(await on.world.hasConfigMap("refused", "a")).toBe(false);
    // A dry run is told as one, and the sync before it stays said until the next one.
    for (const of of ["ConfigMap", "Deployment"]) {
      const dryRun = await on.rig.sync("refused", { dryRun: true, resources: [{ kind: of, name: "*" }] });
      expect(dryRun.operation.sync?.dryRun).toBe(true);
      expect(on.rig.app("refused").status).toMatchObject({ operationState: dryRun, lastSync: ended });
    }
    await on.rig.sync("refused", { resources: [{ kind: "ConfigMap", name: "a" }] });
    expect(on.rig.app("refused").status?.lastSync).toBeUndefined();
  });

  test("a second one while one runs is refused, and one that was refused leaves nothing behind", async () => {
    on.rig.judge("ConfigMap", "twice", "twice", "Progressing");
    await on.placed("twice", {
      files: {
        "a.yaml": inWave(0, configMap("twice", "twice")),
        "b.yaml": inWave(1, configMap("twice", "last")),
      },
      spec: MANUAL,
    });
    const first = on.rig.sync("twice");
    await on.rig.until("twice", (app) => /waiting/.test(app.status?.operationState?.message ?? ""));
    expect(
      await on.rig.control.sync("argocd/twice" as AppKey, { operation: { sync: {} }, actor: "user:other" }),
    ).toEqual({ is: "conflict", why: "another operation is already in progress" });
    on.rig.judge("ConfigMap", "twice", "twice", "Healthy");
    expect((await first).phase).toBe("Succeeded");
    await on.rig.untilIdle();
    expect(on.rig.store.runs({ app: "argocd/twice" as AppKey, limit: 10 })).toHaveLength(1);
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
    await on.placed("definitions", {
      files: {
        "a.yaml": size("definitions"),
        "b.yaml": crd({ group: "sync.example.com", kind: "Size", plural: "sizes" }),
      },
    });
    await on.rig.untilSettled("definitions");
    expect(
      (await on.world.must("GET", "/apis/sync.example.com/v1/namespaces/definitions/sizes/one")).spec.size,
    ).toBe(4);
  });

  test("a kind that nobody defines stops the sync before the first write, and is delivered by itself when it is there", async () => {
    const undefinedKind = {
      apiVersion: "later.example.com/v1",
      kind: "Later",
      metadata: { name: "one", namespace: "undefined" },
    } as KubeObject;
    await on.placed("undefined", {
      files: { "a.yaml": configMap("undefined", "a"), "b.yaml": undefinedKind },
      spec: { syncPolicy: { ...AUTOMATED, retry: { limit: 0 } } },
    });
    const app = await on.rig.until(
      "undefined",
      (now) =>
        now.status?.operationState?.phase === "Failed" || conditions(now, "ComparisonError").length > 0,
    );
    expect(JSON.stringify(app.status)).toMatch(/later\.example\.com/);
    expect(await on.world.hasConfigMap("undefined", "a")).toBe(false);
    await on.world.must(
      "POST",
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      crd({ group: "later.example.com", kind: "Later", plural: "laters" }),
    );
    on.rig.clock.advance(200_000);
    await on.rig.until("undefined", (now) => now.status?.sync.status === "Synced");
  });

  test("CreateNamespace=true makes the namespace, with its labels; without it the sync says what is missing", async () => {
    const repository = await on.world.repository("no-namespace", { "a.yaml": configMap("made-here", "a") });
    on.rig.place(appOf({ name: "no-namespace", repository, namespace: "made-here", spec: MANUAL }));
    await on.rig.until("no-namespace", (app) => app.status !== undefined);
    expect(await on.rig.sync("no-namespace")).toMatchObject({
      phase: "Failed",
      message: expect.stringMatching(/namespaces? "?made-here"? not found/),
    });
    on.rig.place(
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
    await on.rig.untilIdle();
    expect((await on.rig.sync("no-namespace")).phase).toBe("Succeeded");
    expect((await on.world.must("GET", "/api/v1/namespaces/made-here")).metadata.labels).toMatchObject({
      team: "shop",
    });
    expect(await on.world.hasConfigMap("made-here", "a")).toBe(true);
  });

  test("metadata of the Namespace that is edited is given to it, though no commit came; what left it goes", async () => {
    const name = "namespace-metadata";
    const place = async (labels: Record<string, string>, more: Partial<Placed> = {}): Promise<void> => {
      on.rig.place(
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
      await on.rig.untilIdle();
    };
    const labels = async (): Promise<Record<string, string> | undefined> =>
      (await on.world.must("GET", `/api/v1/namespaces/${name}`)).metadata.labels;
    const asSynced = () => on.rig.app(name).status?.operationState?.syncResult?.managedNamespaceMetadata;
    const repository = await on.world.repository(name, { "a.yaml": configMap(name, "a") });
    await place({ team: "shop", tier: "one" });
    await on.rig.untilSettled(name);
    expect(await labels()).toMatchObject({ team: "shop", tier: "one" });
    expect(asSynced()).toEqual({ labels: { team: "shop", tier: "one" } });
    await place({ team: "shop" });
    await on.rig.untilSettled(name);
    expect(await labels()).not.toHaveProperty("tier");

    await place({ team: "cart" }, { spec: { syncPolicy: { automated: { enabled: false } } } });
    const shown = await on.rig.until(name, ({ status }) => status?.sync.status === "OutOfSync");
    expect(conditions(shown, "SyncOptionWarning").join()).toContain(
      `Namespace ${name}: spec.syncPolicy.managedNamespaceMetadata was edited since the last sync`,
    );
    // What the last sync was asked for, and not what the next one is.
    expect(asSynced()).toEqual({ labels: { team: "shop" } });
    await on.rig.engine.stop();
    on.rig = await startRig(on.world, { store: on.rig.store, folder: on.rig.folder });
    await on.rig.until(name, ({ status }) => status?.sync.status === "OutOfSync");
    expect((await on.rig.sync(name)).phase).toBe("Succeeded");
    expect(await labels()).toMatchObject({ team: "cart" });
    expect(asSynced()).toEqual({ labels: { team: "cart" } });
    await on.rig.until(name, ({ status }) => status?.sync.status === "Synced");
    expect(conditions(on.rig.app(name), "SyncOptionWarning")).toEqual([]);
  });

  test("several sources are one application; the last one wins where two render one object, and says so", async () => {
    await on.world.makeNamespace("several");
    const one = await on.world.repository("several-1", {
      "a.yaml": configMap("several", "a", { from: "one" }),
      "b.yaml": configMap("several", "b"),
    });
    const two = await on.world.repository("several-2", {
      "a.yaml": configMap("several", "a", { from: "two" }),
    });
    const sources = [one, two].map(({ url }) => ({ repoURL: url, path: ".", targetRevision: "main" }));
    const app = appOf({ name: "several", repository: one });
    delete app.spec.source;
    on.rig.place({ ...app, spec: { ...app.spec, sources } });
    await on.rig.untilSettled("several");
    expect((await on.world.must("GET", configMapPath("several", "a"))).data).toEqual({ from: "two" });
    expect(conditions(on.rig.app("several"), "RepeatedResourceWarning").join()).toContain(
      "ConfigMap several/a",
    );
    expect(on.rig.app("several").status?.sync.revisions).toHaveLength(2);
    const sha = await two.commit({ "a.yaml": configMap("several", "a", { from: "two again" }) });
    await on.rig.refresh("several");
    await on.rig.until(
      "several",
      (now) => now.status?.sync.revisions?.[1] === sha && now.status.sync.status === "Synced" && isQuiet(now),
    );
    expect((await on.world.must("GET", configMapPath("several", "a"))).data).toEqual({ from: "two again" });
  });
});
