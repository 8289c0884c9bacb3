/** What an undo does not make again, and why; what is kept, and for how long. */
import { describe, expect, test } from "bun:test";
import { Failure } from "../../src/core/model/failure.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { Store } from "../../src/core/ports/store.ts";
import type { Undoable } from "../../src/engine/control.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { key, pruned, sharedUndos, undo, undoable } from "../lib/undos.ts";

const on = sharedUndos();

describe("what is not made again, and why", () => {
  test("a name that is taken, one that Git has again, one that is there already, and a namespace that is gone", async () => {
    await on.world.makeNamespace("away");
    const { rig, repository } = await on.placed("why", {
      "taken.yaml": configMap("why", "taken", { of: "ours" }),
      "git.yaml": configMap("why", "git"),
      "twice.yaml": configMap("why", "twice"),
      "homeless.yaml": configMap("away", "homeless"),
    });
    await pruned(rig, repository, "why", "taken.yaml", "git.yaml", "twice.yaml", "homeless.yaml");
    const twice = (await rig.control.undoable(key("why"))) as { value: { objects: Undoable[] } };
    const only = twice.value.objects.filter(({ ref }) => ref.name === "twice").map(({ id }) => id);
    await rig.control.undo(key("why"), { objects: only, mode: "write", actor: "user:test" });
    await rig.untilIdle();
    await on.world.must(
      "POST",
      "/api/v1/namespaces/why/configmaps",
      configMap("why", "taken", { of: "theirs" }),
    );
    await on.world.must("DELETE", "/api/v1/namespaces/away");
    await eventually(
      "the namespace goes",
      async () => (await on.world.find("/api/v1/namespaces/away")) === undefined,
    );
    await repository.commit({ "git.yaml": configMap("why", "git") });
    await rig.refresh("why");
    await rig.untilIdle();
    expect(await undoable(rig, "why")).toEqual({
      "ConfigMap/taken": { can: "no", why: "its name is taken: somebody else made one since" },
      "ConfigMap/git": { can: "is-there", why: "Git has it again: a sync makes it" },
      "ConfigMap/twice": { can: "is-there", why: "it was made again already" },
      "ConfigMap/homeless": { can: "no", why: "Namespace away is not there: make it first" },
    });
    const before = await on.world.must("GET", configMapPath("why", "taken"));
    expect(await undo(rig, "why")).toMatchObject({
      is: "conflict",
      why: expect.stringMatching(/^nothing can be made again: ConfigMap/),
    });
    expect(await on.world.must("GET", configMapPath("why", "taken"))).toEqual(before);
  });

  test("a kind that is gone; others of the same run come back, and the end names both", async () => {
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "valves.example.com" },
      spec: {
        group: "example.com",
        names: { kind: "Valve", plural: "valves" },
        scope: "Namespaced",
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
          },
        ],
      },
    };
    const at = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    await on.world.must("POST", at, definition);
    const { rig, repository } = await on.placed("kinds", {
      "valve.yaml": {
        apiVersion: "example.com/v1",
        kind: "Valve",
        metadata: { name: "main", namespace: "kinds" },
      },
      "a.yaml": configMap("kinds", "a"),
    });
    await pruned(rig, repository, "kinds", "valve.yaml", "a.yaml");
    await on.world.must("DELETE", `${at}/valves.example.com`);
    await eventually("the kind goes", async () =>
      (await undoable(rig, "kinds"))["Valve/main"]?.why.startsWith("the cluster does not know the kind"),
    );
    const state = await undo(rig, "kinds");
    expect(state).toMatchObject({
      phase: "Succeeded",
      message: expect.stringMatching(
        /^made 1 object again, 1 not: example.com\/Valve kinds\/main: not made again: /,
      ),
    });
    expect(await on.world.hasConfigMap("kinds", "a")).toBe(true);
  });

  test("what the project does not permit any more", async () => {
    const { rig, repository } = await on.placed("limits", { "a.yaml": configMap("limits", "a") });
    await pruned(rig, repository, "limits", "a.yaml");
    rig.folder.projects = [
      {
        project: {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "AppProject",
          metadata: { name: "default", namespace: "argocd" },
          spec: {
            sourceRepos: ["*"],
            destinations: [{ server: "*", namespace: "*" }],
            namespaceResourceBlacklist: [{ group: "", kind: "ConfigMap" }],
          },
        },
        file: "projects.yaml",
        line: 1,
      },
    ];
    rig.read();
    await rig.untilIdle();
    expect((await undoable(rig, "limits"))["ConfigMap/a"]).toMatchObject({ can: "no" });
    expect(await undo(rig, "limits")).toMatchObject({ is: "conflict" });
    expect(await on.world.hasConfigMap("limits", "a")).toBe(false);
  });

  test("an owner that is gone is left out and said; one that is there stays", async () => {
    const { rig, repository } = await on.placed("owned", {
      "orphan.yaml": configMap("owned", "orphan"),
      "child.yaml": configMap("owned", "child"),
    });
    const owner = await on.world.must(
      "POST",
      "/api/v1/namespaces/owned/configmaps",
      configMap("owned", "owner"),
    );
    const gone = await on.world.must(
      "POST",
      "/api/v1/namespaces/owned/configmaps",
      configMap("owned", "gone"),
    );
    const ownedBy = ({ metadata }: KubeObject) => [
      { apiVersion: "v1", kind: "ConfigMap", name: metadata.name, uid: metadata.uid },
    ];
    for (const [name, by] of [
      ["orphan", gone],
      ["child", owner],
    ] as const)
      await on.world.must(
        "PATCH",
        configMapPath("owned", name),
        { metadata: { ownerReferences: ownedBy(by) } },
        "application/merge-patch+json",
      );
    await rig.untilIdle();
    await pruned(rig, repository, "owned", "orphan.yaml", "child.yaml");
    await on.world.must("DELETE", configMapPath("owned", "gone"));
    await on.world.must("POST", "/api/v1/namespaces/owned/configmaps", configMap("owned", "gone"));
    expect(await undoable(rig, "owned")).toEqual({
      "ConfigMap/orphan": { can: "yes", why: "without its owner ConfigMap gone, which is gone" },
      "ConfigMap/child": { can: "yes", why: "" },
    });
    await undo(rig, "owned");
    const [orphan, child] = [
      await on.world.must("GET", configMapPath("owned", "orphan")),
      await on.world.must("GET", configMapPath("owned", "child")),
    ];
    expect(orphan.metadata).not.toHaveProperty("ownerReferences");
    expect(child.metadata.ownerReferences).toMatchObject(ownedBy(owner));
  });

  test("waits for an owner that is being deleted: what is made beside it would be collected with it", async () => {
    const name = "owner-goes";
    const { rig, repository } = await on.placed(name, { "child.yaml": configMap(name, "child") });
    const held = configMap(name, "owner");
    const { metadata } = await on.world.must("POST", `/api/v1/namespaces/${name}/configmaps`, {
      ...held,
      metadata: { ...held.metadata, finalizers: ["example.com/hold"] },
    });
    const merge = (object: string, change: object) =>
      on.world.must("PATCH", configMapPath(name, object), change, "application/merge-patch+json");
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: metadata.uid };
    await merge("child", { metadata: { ownerReferences: [owner] } });
    await rig.untilIdle();
    await pruned(rig, repository, name, "child.yaml");
    await on.world.must("DELETE", configMapPath(name, "owner"));
    expect((await undoable(rig, name))["ConfigMap/child"]).toEqual({
      can: "no",
      why: "its owner ConfigMap owner is being deleted: try again when it is gone",
    });
    expect(await undo(rig, name)).toMatchObject({ is: "conflict" });
    await merge("owner", { metadata: { finalizers: null } });
    expect((await undoable(rig, name))["ConfigMap/child"]).toMatchObject({
      can: "yes",
      why: "without its owner ConfigMap owner, which is gone",
    });
  });
});

describe("what is kept", () => {
  const secret = (namespace: string): KubeObject => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "password", namespace },
    data: { password: "c3dvcmRmaXNo" },
  });

  test("a Secret's values are in no file: it comes back until the daemon is restarted, and that is said before", async () => {
    const store = memoryStore();
    const { rig, repository } = await on.placed("secrets", { "s.yaml": secret("secrets") }, {}, { store });
    await repository.commit({ "s.yaml": null });
    await rig.refresh("secrets");
    await rig.untilIdle();
    const said = rig.app("secrets").status?.operationState?.syncResult?.resources;
    expect(said?.find(({ name }) => name === "password")?.message).toBe(
      "pruned. App undo can make it again until the daemon is restarted: a Secret's values are kept in no file",
    );
    expect(JSON.stringify(store.keptObjects(key("secrets")))).not.toContain("c3dvcmRmaXNo");
    await undo(rig, "secrets");
    const path = "/api/v1/namespaces/secrets/secrets/password";
    expect((await on.world.must("GET", path)).data).toEqual({ password: "c3dvcmRmaXNo" });

    await on.world.must("DELETE", path);
    const { folder } = rig;
    await rig.stop();
    const next = await on.start({ store, folder });
    await next.untilIdle();
    expect(next.app("secrets").status?.undo).toBeUndefined();
    expect((await undoable(next, "secrets"))["Secret/password"]).toEqual({
      can: "no",
      why: "the values of a Secret are kept in no file, and the daemon was restarted since, or had no room for it. Make it from where its values came from",
    });
  });

  test("is there after a restart, for as long as the setting says and no longer", async () => {
    const store = memoryStore();
    const { rig, repository } = await on.placed("days", { "a.yaml": configMap("days", "a") }, {}, { store });
    await pruned(rig, repository, "days", "a.yaml");
    const { folder } = rig;
    await rig.stop();
    const next = await on.start({ store, folder });
    await next.untilIdle();
    next.clock.advance(7 * 24 * 3_600_000 - 60_000);
    expect(await undoable(next, "days")).toMatchObject({ "ConfigMap/a": { can: "yes" } });
    next.clock.advance(120_000);
    expect(await undoable(next, "days")).toEqual({});
    expect(await undo(next, "days")).toMatchObject({
      is: "conflict",
      why: "nothing that it deleted is kept",
    });
    // What is shown goes with what is in the store, and nobody has to ask for it.
    expect(next.app("days").status?.undo?.objects).toBe(1);
    next.engine.settingsChanged();
    await next.untilIdle();
    expect([store.keptObjects(key("days")), next.app("days").status?.undo]).toEqual([[], undefined]);
    expect(store.audits({ app: key("days"), limit: 1 })).toMatchObject([
      {
        actor: "daemon",
        action: "undo-lost",
        details: { objects: [expect.stringMatching(/^ConfigMap days\/a of run \d+$/)] },
      },
    ]);
  });

  test("nothing where the setting is 0, and then nothing is promised", async () => {
    const { rig, repository } = await on.placed(
      "never",
      { "a.yaml": configMap("never", "a") },
      {},
      { settings: { keepDeletedForMs: 0 } },
    );
    await pruned(rig, repository, "never", "a.yaml");
    const said = rig.app("never").status?.operationState?.syncResult?.resources;
    expect(said?.find(({ name }) => name === "a")?.message).toBe("pruned");
    expect(await undoable(rig, "never")).toEqual({});
  });

  test("what the store does not take is not deleted", async () => {
    const whole = memoryStore();
    let full = false;
    const store: Store = {
      ...whole,
      keepObject(object) {
        if (full)
          throw new Failure("store", "holdfast.db", "backoff", {
            cannot: "write the store",
            why: "database or disk is full",
          });
        return whole.keepObject(object);
      },
    };
    const { rig, repository } = await on.placed("full", { "a.yaml": configMap("full", "a") }, {}, { store });
    full = true;
    await repository.commit({ "a.yaml": null });
    await rig.refresh("full");
    const { status } = await rig.until("full", (app) =>
      /disk is full/.test(app.status?.operationState?.message ?? ""),
    );
    expect(await on.world.hasConfigMap("full", "a")).toBe(true);
    expect(status?.operationState?.message).toContain("cannot write the store");
  });

  test("another cluster than the one that it was deleted from never gets it", async () => {
    const store = memoryStore();
    const { rig, repository } = await on.placed(
      "moved",
      { "a.yaml": configMap("moved", "a") },
      {},
      { store },
    );
    await pruned(rig, repository, "moved", "a.yaml");
    const [kept] = store.keptObjects(key("moved"));
    if (kept === undefined) throw new Error("nothing was kept");
    const { folder } = rig;
    await rig.stop();
    const { id: _, ...object } = kept;
    store.keepObject({ ...object, run: 9_000, server: "https://other.example.com", uid: "another" });
    const next = await on.start({ store, folder });
    await next.untilIdle();
    expect(next.app("moved").status?.undo).toMatchObject({ objects: 1, run: kept.run });
    expect((await undoable(next, "moved"))["ConfigMap/a"]).toEqual({
      can: "no",
      why: "it was deleted from https://other.example.com, and the application delivers to https://kubernetes.default.svc now",
    });
  });
});
