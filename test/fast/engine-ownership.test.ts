/** Whose an object is, when applications come, go, are renamed, or hand it over in one commit. */
import { beforeEach, describe, expect, test } from "bun:test";
import { type AppKey, RESOURCES_FINALIZER } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { ClusterObjects } from "../../src/core/ports/cluster-objects.ts";
import {
  AUTOMATED,
  appOf,
  conditions,
  isSettled,
  type Repository,
  type Rig,
  results,
  sharedRig,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, tracked } from "../lib/manifests.ts";

let world: World, rig: Rig;
/** Repositories whose server does not answer. */
const silent = new Set<string>();
sharedRig(
  (...both) => {
    [world, rig] = both;
  },
  {
    git: (git) => ({
      ...git,
      async resolve(access, ...rest) {
        if (silent.has(access.url))
          throw new Failure("git-unreachable", access.url, "backoff", {
            cannot: "list its refs",
            why: "it is down",
          });
        return git.resolve(access, ...rest);
      },
    }),
  },
);
beforeEach(() => rig.untilIdle());

const live = (namespace: string, name: string) => world.must("GET", configMapPath(namespace, name));
const ownerOf = ({ metadata }: { metadata: { annotations?: Record<string, string> } }): string =>
  (metadata.annotations?.["argocd.argoproj.io/tracking-id"] ?? "").split(":")[0] ?? "";
const deletions = (from: number): string[] =>
  rig.requests.slice(from).flatMap(({ verb, kind }) => (verb === "delete" ? [kind] : []));

describe("the mark of an application that does not exist", () => {
  test("claims nothing: whoever wants the object takes it over", async () => {
    await world.makeNamespace("orphan");
    await world.must(
      "POST",
      "/api/v1/namespaces/orphan/configmaps",
      tracked("oldname", configMap("orphan", "a", { key: "old" })),
    );
    const repository = await world.repository("orphan", { "a.yaml": configMap("orphan", "a") });
    rig.place(appOf({ name: "orphan", repository }));
    const app = await rig.untilSettled("orphan");
    expect(conditions(app, "SharedResourceWarning")).toEqual([]);
    const object = await live("orphan", "a");
    expect([ownerOf(object), object.data]).toEqual(["orphan", { key: "value" }]);
  });
});

describe("an object that two applications want", () => {
  let first: Repository;
  test("stays with the one that has it; the other is OutOfSync and says whose it is", async () => {
    await world.makeNamespace("both");
    first = await world.repository("both-first", { "a.yaml": configMap("both", "a", { key: "first" }) });
    rig.place(appOf({ name: "both-first", repository: first, namespace: "both" }));
    await rig.untilSettled("both-first");
    const second = await world.repository("both-second", {
      "a.yaml": configMap("both", "a", { key: "second" }),
    });
    rig.place(appOf({ name: "both-second", repository: second, namespace: "both" }));
    const app = await rig.until("both-second", (now) => conditions(now, "SharedResourceWarning").length > 0);
    expect(app.status?.sync.status).toBe("OutOfSync");
    expect(conditions(app, "SharedResourceWarning")[0]).toMatch(/belongs to application both-first/);
    await rig.untilIdle();
    expect((await live("both", "a")).data).toEqual({ key: "first" });
  });

  test("is taken over by itself when its owner lets go of it", async () => {
    const before = await live("both", "a");
    const from = rig.requests.length;
    await first.commit({ "a.yaml": null, "other.yaml": configMap("both", "other") });
    await rig.refresh("both-first");
    await rig.until("both-second", isSettled);
    await rig.untilSettled("both-first");
    const after = await live("both", "a");
    expect([ownerOf(after), after.data, after.metadata.uid]).toEqual([
      "both-second",
      { key: "second" },
      before.metadata.uid,
    ]);
    expect(deletions(from)).toEqual([]);
  });

  test("stops a sync that is to fail then, which names the object once, and its owner", async () => {
    await world.makeNamespace("strict");
    for (const name of ["strict-first", "strict-second"]) {
      const repository = await world.repository(name, { "a.yaml": configMap("strict", "a", { key: name }) });
      const options = name === "strict-second" ? { spec: { syncPolicy: {} } } : {};
      rig.place(appOf({ name, repository, namespace: "strict", ...options }));
      await rig.until(name, (now) => isSettled(now) || conditions(now, "SharedResourceWarning").length > 0);
    }
    const ended = await rig.sync("strict-second", { syncOptions: ["FailOnSharedResource=true"] });
    const why = "it belongs to application strict-first, and FailOnSharedResource=true stops a sync for that";
    expect([ended.phase, ended.message]).toEqual([
      "Failed",
      `nothing was written, because of ConfigMap strict/a: ${why}`,
    ]);
    expect(ended.syncResult?.resources.map(({ status, message }) => [status, message])).toEqual([
      ["SyncFailed", why],
    ]);
    expect((await live("strict", "a")).data).toEqual({ key: "strict-first" });
  });

  test("stays with an owner whose repository does not answer", async () => {
    await world.makeNamespace("mute");
    const first = await world.repository("mute-first", {
      "a.yaml": configMap("mute", "a", { key: "first" }),
    });
    rig.place(appOf({ name: "mute-first", repository: first, namespace: "mute" }));
    await rig.untilSettled("mute-first");
    silent.add(first.url);
    await rig.refresh("mute-first");
    const second = await world.repository("mute-second", {
      "a.yaml": configMap("mute", "a", { key: "second" }),
    });
    rig.place(appOf({ name: "mute-second", repository: second, namespace: "mute" }));
    await rig.until("mute-second", (now) => conditions(now, "SharedResourceWarning").length > 0);
    expect((await live("mute", "a")).data).toEqual({ key: "first" });
    silent.delete(first.url);
  });
});

describe.each([
  { order: "the old owner looks first", first: "old", second: "new" },
  { order: "the new owner looks first", first: "new", second: "old" },
])("an object that moves to another application in one commit ($order)", ({ first, second }) => {
  const space = `moves-${first}`;
  test("is handed over: never deleted, Synced on both sides", async () => {
    await world.makeNamespace(space);
    const repository = await world.repository(space, {
      "old/a.yaml": configMap(space, "moved"),
      "old/b.yaml": configMap(space, "old-stays"),
      "new/b.yaml": configMap(space, "new-stays"),
    });
    const name = (which: string): string => `${space}-${which}`;
    rig.place(
      ...[first, second].map((which) =>
        appOf({ name: name(which), repository, path: which, namespace: space }),
      ),
    );
    for (const which of [first, second]) await rig.untilSettled(name(which));
    await rig.untilIdle();
    const before = await live(space, "moved");
    const from = rig.requests.length;
    const sha = await repository.commit({ "old/a.yaml": null, "new/a.yaml": configMap(space, "moved") });
    await rig.refresh(name(first));
    for (const which of [first, second])
      await rig.until(name(which), (app) => app.status?.sync.revision === sha && isSettled(app));
    await rig.untilIdle();
    const after = await live(space, "moved");
    expect([ownerOf(after), after.metadata.uid]).toEqual([name("new"), before.metadata.uid]);
    expect(deletions(from)).toEqual([]);
    // What the old owner once applied is none of its business any more.
    const remembered = rig.store.records(`argocd/${name("old")}` as AppKey);
    expect(remembered.map(({ uid }) => uid)).not.toContain(before.metadata.uid);
  });
});

describe("an Application that is renamed", () => {
  test("keeps its objects, though the old name goes with its finalizer", async () => {
    await world.makeNamespace("renamed");
    const repository = await world.repository("renamed", {
      "a.yaml": configMap("renamed", "a"),
      "b.yaml": configMap("renamed", "b"),
    });
    const metadata = { finalizers: [RESOURCES_FINALIZER] };
    rig.place(appOf({ name: "before", repository, namespace: "renamed", metadata }));
    await rig.untilSettled("before");
    const before = await live("renamed", "a");
    const from = rig.requests.length;
    rig.folder.applications = rig.folder.applications.filter(({ app }) => app.metadata.name !== "before");
    rig.place(
      appOf({ name: "after", repository, namespace: "renamed", metadata, spec: { syncPolicy: AUTOMATED } }),
    );
    await rig.untilGone("before");
    await rig.untilSettled("after");
    const after = await live("renamed", "a");
    expect([ownerOf(after), after.metadata.uid]).toEqual(["after", before.metadata.uid]);
    expect(deletions(from)).toEqual([]);
    await eventually("both are its own", async () => ownerOf(await live("renamed", "b")) === "after");
  });
});

describe("an object that gets another's mark after its prune was planned", () => {
  const mark = (namespace: string) =>
    world.must(
      "PATCH",
      configMapPath(namespace, "late"),
      { metadata: { annotations: tracked("another", configMap(namespace, "late")).metadata.annotations } },
      "application/merge-patch+json",
    );
  const isMarked = (namespace: string) =>
    eventually("the mark is known", () =>
      rig.cluster.trackedBy("another").some(({ ref }) => ref.namespace === namespace),
    );
  const kept = (name: string) => rig.store.keptNotes(`argocd/${name}` as AppKey).length;
  const left = (name: string) => results(rig.app(name))["ConfigMap/late"];

  test("while it was waited for stays, and nothing of it is kept for an undo", async () => {
    const name = "mark-waiting";
    const spec = { syncPolicy: { ...AUTOMATED, syncOptions: ["PruneLast=true"] } };
    const files = { "a.yaml": configMap(name, "a"), "late.yaml": configMap(name, "late") };
    const repository = await rig.placeNew(name, files, { spec });
    await rig.untilSettled(name);
    rig.judge("ConfigMap", name, "held", "Progressing");
    await repository.commit({ "late.yaml": null, "held.yaml": configMap(name, "held") });
    await rig.refresh(name);
    await eventually("it waits", () => rig.app(name).status?.operationState?.message.includes("held"));
    await mark(name);
    await isMarked(name);
    rig.judge("ConfigMap", name, "held", "Healthy");
    await rig.until(
      name,
      ({ status }) => status?.operationState?.phase === "Succeeded" && left(name) !== undefined,
    );
    expect([left(name), kept(name), await world.hasConfigMap(name, "late")]).toEqual([
      "PruneSkipped",
      0,
      true,
    ]);
  });

  test("while it is read for an undo stays", async () => {
    const name = "mark-reading";
    const files = { "a.yaml": configMap(name, "a"), "late.yaml": configMap(name, "late") };
    const repository = await rig.placeNew(name, files);
    await rig.untilSettled(name);
    const { cluster } = rig;
    const honest = cluster.for.bind(cluster);
    cluster.for = (errand) => {
      const objects = honest(errand);
      const read: ClusterObjects["read"] = async (ref, apiVersion) => {
        const found = await objects.read(ref, apiVersion);
        if (ref.namespace === name && ref.name === "late") {
          await mark(name);
          await isMarked(name);
        }
        return found;
      };
      return new Proxy(objects, {
        get(target, part: keyof ClusterObjects) {
          return part === "read" ? read : target[part].bind(target);
        },
      });
    };
    try {
      const sha = await repository.commit({ "late.yaml": null });
      await rig.refresh(name);
      await rig.until(name, ({ status }) => status?.history?.at(-1)?.revision === sha);
    } finally {
      cluster.for = honest;
    }
    expect([left(name), await world.hasConfigMap(name, "late")]).toEqual(["PruneSkipped", true]);
  });
});
