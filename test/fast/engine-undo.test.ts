/** What a prune deleted is made again: what comes back, what stays away, and what keeps it from being pruned again. */
import { describe, expect, test } from "bun:test";
import type { AppKey, Application } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { Cluster, Errand } from "../../src/core/ports/cluster.ts";
import type { ClusterObjects } from "../../src/core/ports/cluster-objects.ts";
import type { Store } from "../../src/core/ports/store.ts";
import type { Undoable } from "../../src/engine/control.ts";
import { timestamp } from "../../src/lib/timestamp.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import {
  conditions,
  isQuiet,
  type Placed,
  type Repository,
  type Rig,
  type RigOptions,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, deployment, service } from "../lib/manifests.ts";

let world: World;
const start = sharedWorld((it) => {
  world = it;
});

const key = (name: string): AppKey => `argocd/${name}` as AppKey;

async function placed(
  name: string,
  files: Record<string, KubeObject>,
  more: Partial<Placed> = {},
  options: RigOptions = {},
): Promise<{ rig: Rig; repository: Repository }> {
  const rig = await start(options);
  const repository = await rig.placeNew(name, { "keep.yaml": configMap(name, "keep"), ...files }, more);
  await rig.untilSettled(name);
  await rig.untilIdle();
  return { rig, repository };
}

/** Takes files out of Git and waits until what they gave is gone. */
async function pruned(rig: Rig, repository: Repository, name: string, ...files: string[]): Promise<void> {
  const sha = await repository.commit(Object.fromEntries(files.map((file) => [file, null])));
  await rig.refresh(name);
  await rig.until(name, (app) => isQuiet(app) && app.status?.history?.at(-1)?.revision === sha);
  await rig.untilIdle();
}

async function undo(rig: Rig, name: string, run?: number) {
  const asked = await rig.control.undo(key(name), {
    mode: "write",
    actor: "user:test",
    ...(run === undefined ? {} : { run }),
  });
  if (asked.is !== "written") return asked;
  await rig.untilIdle();
  return rig.app(name).status?.operationState;
}

async function undoable(rig: Rig, name: string): Promise<Record<string, Pick<Undoable, "can" | "why">>> {
  const found = await rig.control.undoable(key(name));
  if (found.is === "absent") throw new Error("there is no such application");
  return Object.fromEntries(
    found.value.objects.map(({ ref, can, why }) => [`${ref.kind}/${ref.name}`, { can, why }]),
  );
}

/** Puts something between the engine and what it asks of its cluster for an errand. */
function watched(rig: Rig, instead: (objects: ClusterObjects) => Partial<ClusterObjects>): void {
  const { cluster } = rig;
  rig.clusters[0] = new Proxy(cluster, {
    get(real, part: keyof Cluster) {
      if (part !== "for") {
        const value = real[part];
        return typeof value === "function" ? value.bind(real) : value;
      }
      return (errand: Errand): ClusterObjects => {
        const objects = real.for(errand);
        const other = instead(objects);
        return new Proxy(objects, {
          get: (target, name: keyof ClusterObjects) => other[name] ?? target[name].bind(target),
        });
      };
    },
  });
  rig.engine.settingsChanged();
}

describe("an undo", () => {
  test("makes again what was pruned, marked so that the next automated sync does not prune it again", async () => {
    const { rig, repository } = await placed("back", { "a.yaml": configMap("back", "a", { key: "value" }) });
    await pruned(rig, repository, "back", "a.yaml");
    expect(await world.hasConfigMap("back", "a")).toBe(false);
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
    const back = await world.must("GET", configMapPath("back", "a"));
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
    expect(await world.hasConfigMap("back", "a")).toBe(true);
    expect(rig.app("back").status?.sync.status).toBe("Synced");
    expect(conditions(rig.app("back"), "UndoWarning")).toEqual([
      "Made again by an undo, and not in Git: ConfigMap back/a. No sync prunes that, because it is marked Prune=false. To keep it put it into Git; to let it go delete it with kubectl",
    ]);

    // Git has it again: the marks go, and it is like any other; when it leaves again, it is pruned again.
    await repository.commit({ "a.yaml": configMap("back", "a", { key: "other" }) });
    await rig.refresh("back");
    await eventually(
      "Git's version",
      async () => (await world.must("GET", configMapPath("back", "a"))).data.key === "other",
    );
    await rig.untilIdle();
    const inGit = await world.must("GET", configMapPath("back", "a"));
    expect(inGit.metadata.annotations).not.toHaveProperty("argocd.argoproj.io/sync-options");
    expect(inGit.metadata.annotations).not.toHaveProperty("holdfast/undone");
    expect(conditions(rig.app("back"), "UndoWarning")).toEqual([]);
    await pruned(rig, repository, "back", "a.yaml");
    expect(await world.hasConfigMap("back", "a")).toBe(false);
    // The newest prune is meant where none is named.
    await undo(rig, "back");
    expect((await world.must("GET", configMapPath("back", "a"))).data).toEqual({ key: "other" });
  });

  test("gives back what others had set, as theirs: Git's next apply takes only Git's fields along", async () => {
    const { rig, repository } = await placed(
      "others",
      { "web.yaml": deployment({ namespace: "others", name: "web" }) },
      {
        spec: {
          ignoreDifferences: [{ group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] }],
        },
      },
    );
    const path = "/apis/apps/v1/namespaces/others/deployments/web";
    await world.must(
      "PATCH",
      `${path}?fieldManager=autoscaler`,
      { spec: { replicas: 7 }, metadata: { labels: { theirs: "yes" } } },
      "application/merge-patch+json",
    );
    await rig.untilIdle();
    await pruned(rig, repository, "others", "web.yaml");
    await undo(rig, "others");
    const back = await world.must("GET", path);
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
      async () => (await world.must("GET", path)).metadata.annotations["holdfast/undone"] === undefined,
    );
    await rig.untilIdle();
    const later = await world.must("GET", path);
    expect([later.spec.replicas, later.metadata.labels.theirs]).toEqual([7, "yes"]);
  });

  test("gives nothing of it to what somebody else made under its name in that moment", async () => {
    let isRemade = false;
    const path = "/apis/apps/v1/namespaces/remade/deployments/web";
    const web = deployment({ namespace: "remade", name: "web" });
    const { rig, repository } = await placed("remade", { "web.yaml": web });
    await world.must(
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
          await world.must("DELETE", path);
          await world.must("POST", path.replace("/web", ""), web);
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
    expect((await world.must("GET", path)).metadata.labels ?? {}).not.toHaveProperty("theirs");
  });

  test("of two under one name makes the one that was deleted last, and names the other", async () => {
    const store = memoryStore();
    const { rig, repository } = await placed(
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
    const next = await start({ store, folder });
    await next.untilIdle();
    const state = await undo(next, "twice");
    expect((await world.must("GET", configMapPath("twice", "a"))).data).toEqual({ is: "last" });
    const said = state !== undefined && "syncResult" in state ? state.syncResult?.resources : undefined;
    expect(said?.map(({ message }) => message)).toContain(
      "not made again: another one of its name was deleted later, and that one counts",
    );
  });

  test("what no namespace is known for is left out, and that is said", async () => {
    const store = memoryStore();
    const { rig, repository } = await placed(
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
    const next = await start({ store, folder });
    await next.untilIdle();
    const state = await undo(next, "nowhere");
    const said = state !== undefined && "syncResult" in state ? state.syncResult?.resources : undefined;
    expect(said?.find(({ name }) => name === "a")).toMatchObject({
      status: "SyncFailed",
      message: expect.stringMatching(/^not made again: neither the manifest nor .* names a namespace/),
    });
    expect(await world.hasConfigMap("nowhere", "b")).toBe(true);
  });

  test("says where it is not known which fields were others': what may be listed and not read", async () => {
    const { rig, repository } = await placed("unread", { "a.yaml": configMap("unread", "a") });
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
    const { rig, repository } = await placed("addresses", { "web.yaml": service("addresses", "web") });
    await pruned(rig, repository, "addresses", "web.yaml");
    expect(await undoable(rig, "addresses")).toEqual({
      "Service/web": { can: "yes", why: "with other addresses and node ports where Git does not say them" },
    });
    expect(await undo(rig, "addresses")).toMatchObject({ phase: "Succeeded" });
    expect((await world.must("GET", "/api/v1/namespaces/addresses/services/web")).spec.ports).toHaveLength(1);
  });
});

describe("what is not made again, and why", () => {
  test("a name that is taken, one that Git has again, one that is there already, and a namespace that is gone", async () => {
    await world.makeNamespace("away");
    const { rig, repository } = await placed("why", {
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
    await world.must(
      "POST",
      "/api/v1/namespaces/why/configmaps",
      configMap("why", "taken", { of: "theirs" }),
    );
    await world.must("DELETE", "/api/v1/namespaces/away");
    await eventually(
      "the namespace goes",
      async () => (await world.find("/api/v1/namespaces/away")) === undefined,
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
    const before = await world.must("GET", configMapPath("why", "taken"));
    expect(await undo(rig, "why")).toMatchObject({
      is: "conflict",
      why: expect.stringMatching(/^nothing can be made again: ConfigMap/),
    });
    expect(await world.must("GET", configMapPath("why", "taken"))).toEqual(before);
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
    await world.must("POST", at, definition);
    const { rig, repository } = await placed("kinds", {
      "valve.yaml": {
        apiVersion: "example.com/v1",
        kind: "Valve",
        metadata: { name: "main", namespace: "kinds" },
      },
      "a.yaml": configMap("kinds", "a"),
    });
    await pruned(rig, repository, "kinds", "valve.yaml", "a.yaml");
    await world.must("DELETE", `${at}/valves.example.com`);
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
    expect(await world.hasConfigMap("kinds", "a")).toBe(true);
  });

  test("what the project does not permit any more", async () => {
    const { rig, repository } = await placed("limits", { "a.yaml": configMap("limits", "a") });
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
    expect(await world.hasConfigMap("limits", "a")).toBe(false);
  });

  test("an owner that is gone is left out and said; one that is there stays", async () => {
    const { rig, repository } = await placed("owned", {
      "orphan.yaml": configMap("owned", "orphan"),
      "child.yaml": configMap("owned", "child"),
    });
    const owner = await world.must(
      "POST",
      "/api/v1/namespaces/owned/configmaps",
      configMap("owned", "owner"),
    );
    const gone = await world.must("POST", "/api/v1/namespaces/owned/configmaps", configMap("owned", "gone"));
    const ownedBy = ({ metadata }: KubeObject) => [
      { apiVersion: "v1", kind: "ConfigMap", name: metadata.name, uid: metadata.uid },
    ];
    for (const [name, by] of [
      ["orphan", gone],
      ["child", owner],
    ] as const)
      await world.must(
        "PATCH",
        configMapPath("owned", name),
        { metadata: { ownerReferences: ownedBy(by) } },
        "application/merge-patch+json",
      );
    await rig.untilIdle();
    await pruned(rig, repository, "owned", "orphan.yaml", "child.yaml");
    await world.must("DELETE", configMapPath("owned", "gone"));
    await world.must("POST", "/api/v1/namespaces/owned/configmaps", configMap("owned", "gone"));
    expect(await undoable(rig, "owned")).toEqual({
      "ConfigMap/orphan": { can: "yes", why: "without its owner ConfigMap gone, which is gone" },
      "ConfigMap/child": { can: "yes", why: "" },
    });
    await undo(rig, "owned");
    const [orphan, child] = [
      await world.must("GET", configMapPath("owned", "orphan")),
      await world.must("GET", configMapPath("owned", "child")),
    ];
    expect(orphan.metadata).not.toHaveProperty("ownerReferences");
    expect(child.metadata.ownerReferences).toMatchObject(ownedBy(owner));
  });

  test("waits for an owner that is being deleted: what is made beside it would be collected with it", async () => {
    const name = "owner-goes";
    const { rig, repository } = await placed(name, { "child.yaml": configMap(name, "child") });
    const held = configMap(name, "owner");
    const { metadata } = await world.must("POST", `/api/v1/namespaces/${name}/configmaps`, {
      ...held,
      metadata: { ...held.metadata, finalizers: ["example.com/hold"] },
    });
    const merge = (object: string, change: object) =>
      world.must("PATCH", configMapPath(name, object), change, "application/merge-patch+json");
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: metadata.uid };
    await merge("child", { metadata: { ownerReferences: [owner] } });
    await rig.untilIdle();
    await pruned(rig, repository, name, "child.yaml");
    await world.must("DELETE", configMapPath(name, "owner"));
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
    const { rig, repository } = await placed("secrets", { "s.yaml": secret("secrets") }, {}, { store });
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
    expect((await world.must("GET", path)).data).toEqual({ password: "c3dvcmRmaXNo" });

    await world.must("DELETE", path);
    const { folder } = rig;
    await rig.stop();
    const next = await start({ store, folder });
    await next.untilIdle();
    expect(next.app("secrets").status?.undo).toBeUndefined();
    expect((await undoable(next, "secrets"))["Secret/password"]).toEqual({
      can: "no",
      why: "the values of a Secret are kept in no file, and the daemon was restarted since, or had no room for it. Make it from where its values came from",
    });
  });

  test("is there after a restart, for as long as the setting says and no longer", async () => {
    const store = memoryStore();
    const { rig, repository } = await placed("days", { "a.yaml": configMap("days", "a") }, {}, { store });
    await pruned(rig, repository, "days", "a.yaml");
    const { folder } = rig;
    await rig.stop();
    const next = await start({ store, folder });
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
    const { rig, repository } = await placed(
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
    const { rig, repository } = await placed("full", { "a.yaml": configMap("full", "a") }, {}, { store });
    full = true;
    await repository.commit({ "a.yaml": null });
    await rig.refresh("full");
    const { status } = await rig.until("full", (app) =>
      /disk is full/.test(app.status?.operationState?.message ?? ""),
    );
    expect(await world.hasConfigMap("full", "a")).toBe(true);
    expect(status?.operationState?.message).toContain("cannot write the store");
  });

  test("another cluster than the one that it was deleted from never gets it", async () => {
    const store = memoryStore();
    const { rig, repository } = await placed("moved", { "a.yaml": configMap("moved", "a") }, {}, { store });
    await pruned(rig, repository, "moved", "a.yaml");
    const [kept] = store.keptObjects(key("moved"));
    if (kept === undefined) throw new Error("nothing was kept");
    const { folder } = rig;
    await rig.stop();
    const { id: _, ...object } = kept;
    store.keepObject({ ...object, run: 9_000, server: "https://other.example.com", uid: "another" });
    const next = await start({ store, folder });
    await next.untilIdle();
    expect(next.app("moved").status?.undo).toMatchObject({ objects: 1, run: kept.run });
    expect((await undoable(next, "moved"))["ConfigMap/a"]).toEqual({
      can: "no",
      why: "it was deleted from https://other.example.com, and the application delivers to https://kubernetes.default.svc now",
    });
  });
});

describe("beside other work", () => {
  test("no undo begins while an operation runs, and the application that is gone has none", async () => {
    const { rig, repository } = await placed("busy", { "a.yaml": configMap("busy", "a") });
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
    const { rig, repository } = await placed("dry", { "a.yaml": configMap("dry", "a") });
    await pruned(rig, repository, "dry", "a.yaml");
    const history = rig.app("dry").status?.history;
    await rig.control.undo(key("dry"), { mode: "dry-run", actor: "user:test" });
    await rig.untilIdle();
    expect(rig.app("dry").status?.operationState?.message).toBe("dry run: everything would pass");
    expect(await world.hasConfigMap("dry", "a")).toBe(false);
    await undo(rig, "dry");
    expect(await world.hasConfigMap("dry", "a")).toBe(true);
    expect(rig.app("dry").status?.history).toEqual(history);
    expect(rig.store.audits({ app: key("dry"), limit: 1 })).toMatchObject([
      { actor: "user:test", action: "sync" },
    ]);
  });

  test("Git that cannot be asked does not stand in the way", async () => {
    let gone = false;
    const { rig, repository } = await placed(
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
    expect(await world.hasConfigMap("nogit", "a")).toBe(true);
  });

  test("one that a restart cut off goes on: what is back stays, the rest comes, and all of it is recorded", async () => {
    const store = memoryStore();
    let hangs = false;
    let hung: (cause: Error) => void = () => undefined;
    const { promise: isHanging, resolve: hanging } = Promise.withResolvers<void>();
    const first = await start({ store });
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
    expect(await world.hasConfigMap("cut", "a")).toBe(true);
    const stopped = first.stop();
    hung(new Error("the connection was closed"));
    await stopped;
    expect(await world.hasConfigMap("cut", "b")).toBe(false);

    const next = await start({ store, folder: first.folder });
    await eventually("the rest is back", () => world.hasConfigMap("cut", "b"));
    await next.untilIdle();
    expect(next.app("cut").status?.operationState?.message).toContain(
      "made 1 object again, 1 is there already",
    );
    const uids = new Map(store.records(key("cut")).map((record) => [record.key as string, record.uid]));
    for (const name of ["a", "b"])
      expect(uids.get(`/ConfigMap/cut/${name}`)).toBe(
        (await world.must("GET", configMapPath("cut", name))).metadata.uid,
      );
  });
});

describe("beside the guards", () => {
  const many = Array.from({ length: 60 }, (_, at) => `many-${at}`);

  test("sixty objects that an undo made again count for no later prune, and it for none of them", async () => {
    const { rig, repository } = await placed(
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
    expect(await world.hasConfigMap("sixty", "one")).toBe(false);
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
    await world.must("POST", definitions, {
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
    const { rig, repository } = await placed("pumps", { "pump.yaml": pump });
    await pruned(rig, repository, "pumps", "pump.yaml");
    await undo(rig, "pumps");
    expect(conditions(rig.app("pumps"), "UndoWarning")).toHaveLength(1);
    await world.must("DELETE", `${definitions}/pumps.example.com`);
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
    const { rig, repository } = await placed(
      "anew",
      { "undone.yaml": configMap("anew", "undone", { of: "undo" }), "left.yaml": configMap("anew", "left") },
      CASCADE,
    );
    await pruned(rig, repository, "anew", "undone.yaml");
    await undo(rig, "anew");
    const app = await removed(rig, "anew");
    for (const name of ["keep", "left", "undone"]) expect(await world.hasConfigMap("anew", name)).toBe(false);
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
    const back = await world.must("GET", configMapPath("anew", "undone"));
    expect(back.data).toEqual({ of: "undo" });
    expect(rig.app("anew").status?.sync.status).toBe("Synced");
  });

  test("another project's limits hold for what the one before had", async () => {
    const { rig, repository } = await placed("other", { "a.yaml": configMap("other", "a") }, CASCADE);
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
    await world.makeNamespace("elsewhere");
    const moved = { ...app.spec, project: "narrow", syncPolicy: {} };
    rig.place({
      ...app,
      spec: { ...moved, destination: { ...moved.destination, namespace: "elsewhere" } },
    });
    await rig.untilIdle();
    expect((await undoable(rig, "other"))["ConfigMap/a"]).toMatchObject({ can: "no" });
    expect(await undo(rig, "other")).toMatchObject({ is: "conflict" });
    expect(await world.hasConfigMap("other", "a")).toBe(false);
  });

  test("where Git was never heard of all of it is kept; hooks are not, and what cannot be kept stays", async () => {
    const store = memoryStore();
    const hook = configMap("unheard", "hook");
    hook.metadata.annotations = { "argocd.argoproj.io/hook": "PreSync" };
    const { rig } = await placed(
      "unheard",
      { "a.yaml": configMap("unheard", "a"), "hook.yaml": hook },
      CASCADE,
      { store },
    );
    expect(await world.hasConfigMap("unheard", "hook")).toBe(true);
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
    const next = await start({
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
    expect(await world.hasConfigMap("unheard", "a")).toBe(true);
    full = false;
    await next.untilGone("unheard");
    expect(await world.hasConfigMap("unheard", "hook")).toBe(false);
    expect(
      store
        .keptNotes(key("unheard"))
        .map(({ ref }) => ref.name)
        .sort(),
    ).toEqual(["a", "keep"]);
  });
});
