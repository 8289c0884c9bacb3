/** An undo beside syncs, holds and edits, and what the guards make of what came back. */
import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { Cluster, Errand } from "../../src/core/ports/cluster.ts";
import type { ClusterObjects } from "../../src/core/ports/cluster-objects.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { conditions } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { key, pruned, sharedUndos, undo, undoable } from "../lib/undos.ts";

const on = sharedUndos();

describe("beside other work", () => {
  test("no undo begins while an operation runs, and the application that is gone has none", async () => {
    const { rig, repository } = await on.placed("busy", { "a.yaml": configMap("busy", "a") });
    await pruned(rig, repository, "busy", "a.yaml");
    rig.judge("ConfigMap", "busy", "slow", "Progressing");
    const slow = configMap("busy", "slow");
    await repository.commit({
      "slow.yaml": slow,
      "last.yaml": {
        ...configMap("busy", "last"),
        metadata: {
          ...configMap("busy", "last").metadata,
          annotations: { "argocd.argoproj.io/sync-wave": "1" },
        },
      },
    });
    await rig.refresh("busy");
    await rig.until("busy", (app) => app.status?.operationState?.message.includes("waiting"));
    expect(await undo(rig, "busy")).toEqual({
      is: "conflict",
      why: "another operation is already in progress",
    });
    rig.judge("ConfigMap", "busy", "slow", "Healthy");
    await rig.untilIdle();
    expect(await undo(rig, "busy")).toMatchObject({ phase: "Succeeded" });
    expect(await rig.control.undo(key("nobody"), { mode: "write", actor: "user:test" })).toEqual({
      is: "absent",
    });
  });

  test("a rehearsal writes nothing, and an undo is no deployment", async () => {
    const { rig, repository } = await on.placed("dry", { "a.yaml": configMap("dry", "a") });
    await pruned(rig, repository, "dry", "a.yaml");
    const history = rig.app("dry").status?.history;
    await rig.control.undo(key("dry"), { mode: "dry-run", actor: "user:test" });
    await rig.untilIdle();
    expect(rig.app("dry").status?.operationState?.message).toBe("dry run: everything would pass");
    expect(await on.world.hasConfigMap("dry", "a")).toBe(false);
    await undo(rig, "dry");
    expect(await on.world.hasConfigMap("dry", "a")).toBe(true);
    expect(rig.app("dry").status?.history).toEqual(history);
    expect(rig.store.audits({ app: key("dry"), limit: 1 })).toMatchObject([
      { actor: "user:test", action: "sync" },
    ]);
  });

  test("Git that cannot be asked does not stand in the way", async () => {
    let gone = false;
    const { rig, repository } = await on.placed(
      "nogit",
      { "a.yaml": configMap("nogit", "a") },
      {},
      {
        git: (git) => ({
          ...git,
          resolve: (...ask) => {
            if (gone) throw new Error("no answer");
            return git.resolve(...ask);
          },
        }),
      },
    );
    await pruned(rig, repository, "nogit", "a.yaml");
    gone = true;
    await undo(rig, "nogit");
    expect(await on.world.hasConfigMap("nogit", "a")).toBe(true);
  });

  test("one that a restart cut off goes on: what is back stays, the rest comes, and all of it is recorded", async () => {
    const store = memoryStore();
    let hangs = false;
    let hung: (cause: Error) => void = () => undefined;
    const { promise: isHanging, resolve: hanging } = Promise.withResolvers<void>();
    const first = await on.start({ store });
    const cluster = first.cluster;
    first.clusters[0] = new Proxy(cluster, {
      get(real, part: keyof Cluster) {
        if (part !== "for") {
          const value = real[part];
          return typeof value === "function" ? value.bind(real) : value;
        }
        return (errand: Errand): ClusterObjects => {
          const objects = real.for(errand);
          const apply: ClusterObjects["apply"] = (object, mode) => {
            if (!hangs || mode !== "write" || object.metadata.name !== "b")
              return objects.apply(object, mode);
            hanging();
            return new Promise((_, reject) => {
              hung = reject;
            });
          };
          return new Proxy(objects, {
            get(target, name: keyof ClusterObjects) {
              return name === "apply" ? apply : target[name].bind(target);
            },
          });
        };
      },
    });
    first.engine.settingsChanged();
    const wave = (name: string, at: string): KubeObject => ({
      ...configMap("cut", name),
      metadata: { name, namespace: "cut", annotations: { "argocd.argoproj.io/sync-wave": at } },
    });
    const repository = await first.placeNew("cut", {
      "keep.yaml": configMap("cut", "keep"),
      "a.yaml": wave("a", "1"),
      "b.yaml": wave("b", "2"),
    });
    await first.untilSettled("cut");
    await pruned(first, repository, "cut", "a.yaml", "b.yaml");
    hangs = true;
    await first.control.undo(key("cut"), { mode: "write", actor: "user:test" });
    await isHanging;
    expect(await on.world.hasConfigMap("cut", "a")).toBe(true);
    const stopped = first.stop();
    hung(new Error("the connection was closed"));
    await stopped;
    expect(await on.world.hasConfigMap("cut", "b")).toBe(false);

    const next = await on.start({ store, folder: first.folder });
    await eventually("the rest is back", () => on.world.hasConfigMap("cut", "b"));
    await next.untilIdle();
    expect(next.app("cut").status?.operationState?.message).toContain(
      "made 1 object again, 1 is there already",
    );
    const uids = new Map(store.records(key("cut")).map((record) => [record.key as string, record.uid]));
    for (const name of ["a", "b"])
      expect(uids.get(`/ConfigMap/cut/${name}`)).toBe(
        (await on.world.must("GET", configMapPath("cut", name))).metadata.uid,
      );
  });
});

describe("beside the guards", () => {
  const many = Array.from({ length: 60 }, (_, at) => `many-${at}`);

  test("sixty objects that an undo made again count for no later prune, and it for none of them", async () => {
    const { rig, repository } = await on.placed(
      "sixty",
      Object.fromEntries(["one", "two", ...many].map((name) => [`${name}.yaml`, configMap("sixty", name)])),
    );
    await repository.commit(Object.fromEntries(many.map((name) => [`${name}.yaml`, null])));
    await rig.refresh("sixty");
    await rig.untilIdle();
    expect(conditions(rig.app("sixty"), "PruneBlocked")).not.toEqual([]);
    await rig.sync("sixty", { prune: true, confirmPrune: 60 });
    await rig.untilIdle();
    expect(await undo(rig, "sixty")).toMatchObject({
      message: expect.stringMatching(/^made 60 objects again/),
    });
    await pruned(rig, repository, "sixty", "one.yaml");
    expect(await on.world.hasConfigMap("sixty", "one")).toBe(false);
    const { status } = rig.app("sixty");
    expect([conditions(rig.app("sixty"), "PruneBlocked"), status?.sync.status]).toEqual([[], "Synced"]);
    expect(conditions(rig.app("sixty"), "UndoWarning")).toEqual([
      expect.stringContaining("ConfigMap sixty/many-0 and 59 more"),
    ]);
    // Of the prune since: the sixty are in their places.
    expect(status?.undo).toMatchObject({ objects: 1 });
  });

  test("one whose kind goes after it was made again is told as gone, and blocks nothing", async () => {
    const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
    await on.world.must("POST", definitions, {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "pumps.example.com" },
      spec: {
        group: "example.com",
        names: { kind: "Pump", plural: "pumps" },
        scope: "Namespaced",
        versions: [{ name: "v1", served: true, storage: true, schema }],
      },
    });
    const pump = {
      apiVersion: "example.com/v1",
      kind: "Pump",
      metadata: { name: "main", namespace: "pumps" },
    };
    const { rig, repository } = await on.placed("pumps", { "pump.yaml": pump });
    await pruned(rig, repository, "pumps", "pump.yaml");
    await undo(rig, "pumps");
    expect(conditions(rig.app("pumps"), "UndoWarning")).toHaveLength(1);
    await on.world.must("DELETE", `${definitions}/pumps.example.com`);
    await rig.until("pumps", (app) => conditions(app, "UndoWarning").length === 0);
    await rig.untilIdle();
    const { status } = rig.app("pumps");
    expect([status?.sync.status, conditions(rig.app("pumps"), "PruneBlocked")]).toEqual(["Synced", []]);
    // It is missing again, and why it cannot come back is said where somebody looks.
    expect(status?.undo).toMatchObject({ objects: 1 });
    await eventually("why it cannot come back is known", async () =>
      (await undoable(rig, "pumps"))["Pump/main"]?.why.startsWith("the cluster does not know the kind"),
    );
  });
});
