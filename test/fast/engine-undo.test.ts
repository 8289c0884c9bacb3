/** What a prune, or a deletion, took is made again: what comes back, and what keeps it from being pruned again. */
import { describe, expect, test } from "bun:test";
import type { Application } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { timestamp } from "../../src/lib/timestamp.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { conditions, isQuiet, type Rig } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, deployment, service } from "../lib/manifests.ts";
import { key, pruned, sharedUndos, undo, undoable, watched } from "../lib/undos.ts";

const on = sharedUndos();

describe("an undo", () => {
  test("makes again what was pruned, marked so that the next automated sync does not prune it again", async () => {
    const { rig, repository } = await on.placed("back", {
      "a.yaml": configMap("back", "a", { key: "value" }),
    });
    await pruned(rig, repository, "back", "a.yaml");
    expect(await on.world.hasConfigMap("back", "a")).toBe(false);
    const pruning = rig.app("back").status?.operationState;
    expect(pruning?.syncResult?.resources.find(({ name }) => name === "a")?.message).toBe(
      "pruned. App undo can make it again",
    );
    expect(await undoable(rig, "back")).toEqual({ "ConfigMap/a": { can: "yes", why: "" } });
    const [run] = rig.store.runs({ app: key("back"), limit: 1 });
    const { at } = rig.store.keptNotes(key("back"))[0] ?? { at: "" };
    const until = timestamp(Date.parse(at) + 7 * 24 * 3_600_000);
    expect(rig.app("back").status?.undo).toEqual({ objects: 1, run: run?.id ?? 0, at, until });
    expect(rig.control.deleted(key("back"))).toMatchObject({
      value: [
        {
          run: run?.id,
          at,
          until,
          objects: 1,
          application: "this",
          sync: {
            cause: "automated",
            initiatedBy: { automated: true },
            revisions: [pruning?.syncResult?.revision],
          },
        },
      ],
    });

    expect(await undo(rig, "back")).toMatchObject({
      phase: "Succeeded",
      message:
        "made 1 object again. What is not in Git stays all the same, marked Prune=false, until Git has it",
    });
    // It is kept still, and there is nothing to make again.
    expect(rig.app("back").status?.undo).toBeUndefined();
    const back = await on.world.must("GET", configMapPath("back", "a"));
    expect(back.data).toEqual({ key: "value" });
    expect(back.metadata.annotations).toMatchObject({
      "argocd.argoproj.io/sync-options": "Prune=false",
      "holdfast/undone": expect.stringMatching(/^run \d+$/),
    });
    // Automated syncs of later commits leave it, and the status says why it is there.
    const sha = await repository.commit({ "b.yaml": configMap("back", "b") });
    await rig.refresh("back");
    await rig.until("back", (app) => app.status?.history?.at(-1)?.revision === sha && isQuiet(app));
    await rig.untilIdle();
    expect(await on.world.hasConfigMap("back", "a")).toBe(true);
    expect(rig.app("back").status?.sync.status).toBe("Synced");
    expect(conditions(rig.app("back"), "UndoWarning")).toEqual([
      "Made again by an undo, and not in Git: ConfigMap back/a. No sync prunes that, because it is marked Prune=false. To keep it put it into Git; to let it go delete it with kubectl",
    ]);

    // Git has it again: the marks go, and it is like any other; when it leaves again, it is pruned again.
    await repository.commit({ "a.yaml": configMap("back", "a", { key: "other" }) });
    await rig.refresh("back");
    await eventually(
      "Git's version",
      async () => (await on.world.must("GET", configMapPath("back", "a"))).data.key === "other",
    );
    await rig.untilIdle();
    const inGit = await on.world.must("GET", configMapPath("back", "a"));
    expect(inGit.metadata.annotations).not.toHaveProperty("argocd.argoproj.io/sync-options");
    expect(inGit.metadata.annotations).not.toHaveProperty("holdfast/undone");
    expect(conditions(rig.app("back"), "UndoWarning")).toEqual([]);
    await pruned(rig, repository, "back", "a.yaml");
    expect(await on.world.hasConfigMap("back", "a")).toBe(false);
    // The newest prune is meant where none is named.
    await undo(rig, "back");
    expect((await on.world.must("GET", configMapPath("back", "a"))).data).toEqual({ key: "other" });
  });

  test("gives back what others had set, as theirs: Git's next apply takes only Git's fields along", async () => {
    const { rig, repository } = await on.placed(
      "others",
      { "web.yaml": deployment({ namespace: "others", name: "web" }) },
      {
        spec: {
          ignoreDifferences: [{ group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] }],
        },
      },
    );
    const path = "/apis/apps/v1/namespaces/others/deployments/web";
    await on.world.must(
      "PATCH",
      `${path}?fieldManager=autoscaler`,
      { spec: { replicas: 7 }, metadata: { labels: { theirs: "yes" } } },
      "application/merge-patch+json",
    );
    await rig.untilIdle();
    await pruned(rig, repository, "others", "web.yaml");
    await undo(rig, "others");
    const back = await on.world.must("GET", path);
    expect(back.spec.replicas).toBe(7);
    expect(back.metadata.labels.theirs).toBe("yes");
    const entry = (manager: string, operation: string) =>
      JSON.stringify(
        back.metadata.managedFields.find(
          (one: { manager: string; operation: string }) =>
            one.manager === manager && one.operation === operation,
        )?.fieldsV1 ?? {},
      );
    expect(entry("holdfast-undo", "Update")).toContain("f:replicas");
    expect(entry("holdfast", "Apply")).not.toContain("f:theirs");
    await repository.commit({ "web.yaml": deployment({ namespace: "others", name: "web" }) });
    await rig.refresh("others");
    await eventually(
      "Git's apply",
      async () => (await on.world.must("GET", path)).metadata.annotations["holdfast/undone"] === undefined,
    );
    await rig.untilIdle();
    const later = await on.world.must("GET", path);
    expect([later.spec.replicas, later.metadata.labels.theirs]).toEqual([7, "yes"]);
  });

  test("gives nothing of it to what somebody else made under its name in that moment", async () => {
    let isRemade = false;
    const path = "/apis/apps/v1/namespaces/remade/deployments/web";
    const web = deployment({ namespace: "remade", name: "web" });
    const { rig, repository } = await on.placed("remade", { "web.yaml": web });
    await on.world.must(
      "PATCH",
      path,
      { metadata: { labels: { theirs: "yes" } } },
      "application/merge-patch+json",
    );
    await rig.untilIdle();
    await pruned(rig, repository, "remade", "web.yaml");
    watched(rig, (objects) => ({
      async apply(object, mode) {
        const made = await objects.apply(object, mode);
        if (mode === "write" && object.metadata.name === "web") {
          isRemade = true;
          await on.world.must("DELETE", path);
          await on.world.must("POST", path.replace("/web", ""), web);
        }
        return made;
      },
    }));
    const state = await undo(rig, "remade");
    expect(isRemade).toBe(true);
    const said = state !== undefined && "syncResult" in state ? state.syncResult?.resources : undefined;
    expect(said?.find(({ name }) => name === "web")?.message).toContain(
      "What others had set on it did not come back: somebody else made one under its name since",
    );
    expect((await on.world.must("GET", path)).metadata.labels ?? {}).not.toHaveProperty("theirs");
  });

  test("of two under one name makes the one that was deleted last, and names the other", async () => {
    const store = memoryStore();
    const { rig, repository } = await on.placed(
      "twice",
      { "a.yaml": configMap("twice", "a", { is: "first" }) },
      {},
      { store },
    );
    await pruned(rig, repository, "twice", "a.yaml");
    const { folder } = rig;
    await rig.stop();
    const [kept] = store.keptObjects(key("twice"));
    if (kept?.content === undefined) throw new Error("it is not kept");
    const { id: _, ...note } = kept;
    const object = { ...kept.content.object, data: { is: "last" } };
    store.keepObject({ ...note, uid: "of the other", content: { ...kept.content, object } });
    const next = await on.start({ store, folder });
    await next.untilIdle();
    const state = await undo(next, "twice");
    expect((await on.world.must("GET", configMapPath("twice", "a"))).data).toEqual({ is: "last" });
    const said = state !== undefined && "syncResult" in state ? state.syncResult?.resources : undefined;
    expect(said?.map(({ message }) => message)).toContain(
      "not made again: another one of its name was deleted later, and that one counts",
    );
  });

  test("what no namespace is known for is left out, and that is said", async () => {
    const store = memoryStore();
    const { rig, repository } = await on.placed(
      "nowhere",
      { "a.yaml": configMap("nowhere", "a"), "b.yaml": configMap("nowhere", "b") },
      { spec: { destination: { server: "https://kubernetes.default.svc" } } },
      { store },
    );
    await pruned(rig, repository, "nowhere", "a.yaml", "b.yaml");
    const { folder } = rig;
    await rig.stop();
    const kept = store.keptObjects(key("nowhere")).find(({ ref }) => ref.name === "a");
    if (kept?.content === undefined) throw new Error("it is not kept");
    const { id, ...note } = kept;
    const { namespace: _, ...metadata } = kept.content.object.metadata;
    store.keepObject({ ...note, content: { object: { ...kept.content.object, metadata } } }, id);
    const next = await on.start({ store, folder });
    await next.untilIdle();
    const state = await undo(next, "nowhere");
    const said = state !== undefined && "syncResult" in state ? state.syncResult?.resources : undefined;
    expect(said?.find(({ name }) => name === "a")).toMatchObject({
      status: "SyncFailed",
      message: expect.stringMatching(/^not made again: neither the manifest nor .* names a namespace/),
    });
    expect(await on.world.hasConfigMap("nowhere", "b")).toBe(true);
  });

  test("says where it is not known which fields were others': what may be listed and not read", async () => {
    const { rig, repository } = await on.placed("unread", { "a.yaml": configMap("unread", "a") });
    watched(rig, (objects) => ({
      read: async (ref, version) =>
        ref.name === "a" ? { is: "forbidden", why: "no get" } : objects.read(ref, version),
    }));
    await pruned(rig, repository, "unread", "a.yaml");
    expect(await undoable(rig, "unread")).toEqual({
      "ConfigMap/a": {
        can: "yes",
        why: "all of its fields as Holdfast's own: which of them were others' is not known",
      },
    });
  });

  test("of a Service asks for no address that may be another's by now, and says so", async () => {
    const { rig, repository } = await on.placed("addresses", { "web.yaml": service("addresses", "web") });
    await pruned(rig, repository, "addresses", "web.yaml");
    expect(await undoable(rig, "addresses")).toEqual({
      "Service/web": { can: "yes", why: "with other addresses and node ports where Git does not say them" },
    });
    expect(await undo(rig, "addresses")).toMatchObject({ phase: "Succeeded" });
    expect((await on.world.must("GET", "/api/v1/namespaces/addresses/services/web")).spec.ports).toHaveLength(
      1,
    );
  });
});

describe("of an application that is deleted", () => {
  const CASCADE = { metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] } };
  const deletion = (rig: Rig, name: string) => rig.store.runs({ app: key(name), limit: 1 })[0];

  /** Takes it out of the folder, and waits until it is gone. @returns its manifest */
  async function removed(rig: Rig, name: string): Promise<Application> {
    const app = rig.folder.applications.find(({ app: { metadata } }) => metadata.name === name)?.app;
    if (app === undefined) throw new Error(`${name} is not placed`);
    rig.unplace(name);
    await rig.untilGone(name);
    await rig.untilIdle();
    return app;
  }

  test("what was not in Git is kept, and the application made again under its name can have it again", async () => {
    const { rig, repository } = await on.placed(
      "anew",
      { "undone.yaml": configMap("anew", "undone", { of: "undo" }), "left.yaml": configMap("anew", "left") },
      CASCADE,
    );
    await pruned(rig, repository, "anew", "undone.yaml");
    await undo(rig, "anew");
    const app = await removed(rig, "anew");
    for (const name of ["keep", "left", "undone"])
      expect(await on.world.hasConfigMap("anew", name)).toBe(false);
    expect(deletion(rig, "anew")?.state.message).toBe(
      "all that was to go is gone (3 deleted). 1 that Git may not have is kept: make the application again, and app undo makes it again",
    );
    expect(await rig.control.undo(key("anew"), { mode: "write", actor: "user:test" })).toEqual({
      is: "absent",
    });

    rig.place(app);
    await rig.untilSettled("anew");
    await rig.untilIdle();
    const run = deletion(rig, "anew")?.id ?? 0;
    expect(rig.app("anew").status?.undo).toMatchObject({ objects: 1, run: run - 1 });
    expect(rig.control.deleted(key("anew"))).toMatchObject({
      value: [
        { objects: 1, application: "an-earlier", sync: { cause: "deletion" } },
        { objects: 1, application: "an-earlier", sync: { cause: "automated" } },
      ],
    });
    expect(await undoable(rig, "anew")).toEqual({ "ConfigMap/undone": { can: "yes", why: "" } });
    await undo(rig, "anew");
    const back = await on.world.must("GET", configMapPath("anew", "undone"));
    expect(back.data).toEqual({ of: "undo" });
    expect(rig.app("anew").status?.sync.status).toBe("Synced");
  });

  test("another project's limits hold for what the one before had", async () => {
    const { rig, repository } = await on.placed("other", { "a.yaml": configMap("other", "a") }, CASCADE);
    await pruned(rig, repository, "other", "a.yaml");
    const app = await removed(rig, "other");
    const metadata = { name: "narrow", namespace: "argocd" };
    rig.folder.projects = [
      {
        project: {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "AppProject",
          metadata,
          spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "elsewhere" }] },
        },
        file: "projects.yaml",
        line: 1,
      },
    ];
    await on.world.makeNamespace("elsewhere");
    const moved = { ...app.spec, project: "narrow", syncPolicy: {} };
    rig.place({
      ...app,
      spec: { ...moved, destination: { ...moved.destination, namespace: "elsewhere" } },
    });
    await rig.untilIdle();
    expect((await undoable(rig, "other"))["ConfigMap/a"]).toMatchObject({ can: "no" });
    expect(await undo(rig, "other")).toMatchObject({ is: "conflict" });
    expect(await on.world.hasConfigMap("other", "a")).toBe(false);
  });

  test("where Git was never heard of all of it is kept; hooks are not, and what cannot be kept stays", async () => {
    const store = memoryStore();
    const hook = configMap("unheard", "hook");
    hook.metadata.annotations = { "argocd.argoproj.io/hook": "PreSync" };
    const { rig } = await on.placed(
      "unheard",
      { "a.yaml": configMap("unheard", "a"), "hook.yaml": hook },
      CASCADE,
      { store },
    );
    expect(await on.world.hasConfigMap("unheard", "hook")).toBe(true);
    const { folder } = rig;
    await rig.stop();
    let full = true;
    const fills: Store = {
      ...store,
      keepObject(...of) {
        if (!full) return store.keepObject(...of);
        throw new Failure("store", "holdfast.db", "backoff", { cannot: "write the store", why: "disk full" });
      },
    };
    const next = await on.start({
      store: fills,
      folder,
      git: (git) => ({
        ...git,
        resolve: async () => {
          throw new Error("no answer");
        },
      }),
    });
    await next.untilIdle();
    next.unplace("unheard");
    await next.until("unheard", (app) => /disk full/.test(conditions(app, "DeletionError").join()));
    expect(await on.world.hasConfigMap("unheard", "a")).toBe(true);
    full = false;
    await next.untilGone("unheard");
    expect(await on.world.hasConfigMap("unheard", "hook")).toBe(false);
    expect(
      store
        .keptNotes(key("unheard"))
        .map(({ ref }) => ref.name)
        .sort(),
    ).toEqual(["a", "keep"]);
  });
});
