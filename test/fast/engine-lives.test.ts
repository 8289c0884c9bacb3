/** Applications come, change and go, and daemons with them: what is remembered, what is taken up again, and what stays behind. */
import { describe, expect, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import {
  ANNOTATION,
  type AppKey,
  type Application,
  RESOURCES_FINALIZER,
} from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { ClusterObjects, WriteMode } from "../../src/core/ports/cluster-objects.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { startApiProxy } from "../lib/api-proxy.ts";
import { copyStore } from "../lib/copy-store.ts";
import {
  AUTOMATED,
  appOf,
  conditions,
  counted,
  type Files,
  isQuiet,
  isSettled,
  type Placed,
  type Repository,
  type Rig,
  SERVER,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, crd, deployment } from "../lib/manifests.ts";
import { recordingLog } from "../lib/recording-log.ts";

let world: World;
const start = sharedWorld((it) => {
  world = it;
});

interface Given extends Partial<Placed> {
  files: Files;
}

async function settled(
  rig: Rig,
  name: string,
  { files, ...more }: Given,
): Promise<{ repository: Repository; app: Application }> {
  await world.makeNamespace(name);
  const repository = await world.repository(name, files);
  const app = appOf({ name, repository, ...more });
  rig.place(app);
  await rig.untilSettled(name);
  await rig.untilIdle();
  return { repository, app };
}

const key = (name: string): AppKey => `argocd/${name}` as AppKey;
const withFinalizer = { metadata: { finalizers: [RESOURCES_FINALIZER] } };
const inWave = (wave: number, object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, annotations: { [ANNOTATION.syncWave]: String(wave) } },
});

describe("an application whose file left", () => {
  test("leaves its objects where they are without the finalizer", async () => {
    const rig = await start();
    await settled(rig, "stays", { files: { "a.yaml": configMap("stays", "a") } });
    rig.unplace("stays");
    await rig.untilGone("stays");
    expect(await world.hasConfigMap("stays", "a")).toBe(true);
    expect([rig.store.states(), rig.store.records(key("stays"))]).toEqual([[], []]);
    expect(rig.store.audits({ app: key("stays"), limit: 5 }).map(({ action }) => action)).toEqual([
      "deleted",
      "delete",
    ]);
  });

  test("takes them along with it, but not what bears Delete=false, nor definitions, nor what is not ours", async () => {
    const rig = await start();
    const definition = crd({ group: "lives.example.com", kind: "Life", plural: "lives" });
    await settled(rig, "goes", {
      files: {
        "all.yaml": [
          configMap("goes", "a"),
          configMap("goes", "kept", {}, { [ANNOTATION.syncOptions]: "Delete=false" }),
          deployment({ namespace: "goes", name: "web" }),
          definition,
        ],
      },
      ...withFinalizer,
    });
    await world.must("POST", "/api/v1/namespaces/goes/configmaps", configMap("goes", "theirs"));
    rig.unplace("goes");
    await rig.untilGone("goes");
    expect(await world.hasConfigMap("goes", "a")).toBe(false);
    expect(await world.find("/apis/apps/v1/namespaces/goes/deployments/web")).toBeUndefined();
    expect([await world.hasConfigMap("goes", "kept"), await world.hasConfigMap("goes", "theirs")]).toEqual([
      true,
      true,
    ]);
    expect(
      await world.find("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/lives.lives.example.com"),
    ).toBeDefined();
    const [deleted] = rig.store.audits({ app: key("goes"), limit: 1 });
    expect(deleted?.details["kept"]).toEqual([
      expect.stringMatching(/kept stays, because its option Delete=false/),
      expect.stringMatching(/CustomResourceDefinition .* stays/),
    ]);
  });

  test("goes in reverse order of its waves, each when the one before is gone", async () => {
    const rig = await start();
    const held = inWave(1, {
      ...configMap("ordered", "last"),
      metadata: { name: "last", namespace: "ordered", finalizers: ["example.com/held"] },
    });
    await settled(rig, "ordered", {
      files: { "all.yaml": [inWave(0, configMap("ordered", "first")), held] },
      ...withFinalizer,
    });
    rig.unplace("ordered");
    await eventually(
      "the last is asked to go",
      async () =>
        (await world.find(configMapPath("ordered", "last")))?.metadata.deletionTimestamp !== undefined,
    );
    await rig.untilIdle();
    expect(await world.hasConfigMap("ordered", "first")).toBe(true);
    await world.must(
      "PATCH",
      configMapPath("ordered", "last"),
      { metadata: { finalizers: null } },
      "application/merge-patch+json",
    );
    await rig.untilGone("ordered");
    expect(await world.hasConfigMap("ordered", "first")).toBe(false);
  });

  test("and came back while its objects went is delivered again, self-heal or not", async () => {
    const rig = await start();
    const held = {
      ...configMap("back", "held"),
      metadata: { name: "held", namespace: "back", finalizers: ["example.com/held"] },
    };
    const { app } = await settled(rig, "back", {
      files: { "all.yaml": [configMap("back", "a"), held] },
      metadata: { finalizers: [RESOURCES_FINALIZER] },
      spec: { syncPolicy: { automated: {} } },
    });
    rig.unplace("back");
    await eventually("one object is gone", async () => !(await world.hasConfigMap("back", "a")));
    const { uid } = rig.app("back").metadata;
    rig.place(app);
    await world.must(
      "PATCH",
      configMapPath("back", "held"),
      { metadata: { finalizers: null } },
      "application/merge-patch+json",
    );
    await eventually(
      "both are there again, none on its way out",
      async () =>
        (await world.hasConfigMap("back", "a")) &&
        (await world.find(configMapPath("back", "held")))?.metadata.deletionTimestamp === undefined &&
        (await world.hasConfigMap("back", "held")),
    );
    await rig.untilSettled("back");
    expect(rig.app("back").metadata).toMatchObject({ uid });
    expect(rig.app("back").metadata.deletionTimestamp).toBeUndefined();
  });

  test("answers those who wait for a refresh of it", async () => {
    const rig = await start();
    await settled(rig, "waited", { files: { "a.yaml": configMap("waited", "a") }, ...withFinalizer });
    const answers: Promise<unknown>[] = [];
    const asking = setInterval(() => answers.push(rig.control.refresh(key("waited"), "normal")), 1);
    rig.unplace("waited");
    await rig.untilGone("waited");
    clearInterval(asking);
    expect(
      await Promise.race([
        Promise.all(answers).then(() => "answered"),
        Bun.sleep(2_000).then(() => "forgotten"),
      ]),
    ).toBe("answered");
  });
});

describe("a folder that cannot be trusted", () => {
  test.each<{ what: string; name: string; spoil: (rig: Rig) => void }>([
    {
      what: "is away",
      name: "folder-away",
      spoil: ({ folder }) => (folder.folders = [{ path: "/apps", state: "unreadable", files: 0 }]),
    },
    {
      what: "is suddenly empty",
      name: "folder-empty",
      spoil: ({ folder }) => (folder.folders = [{ path: "/apps", state: "read", files: 0 }]),
    },
    {
      what: "holds a file that does not parse",
      name: "folder-broken",
      spoil: ({ folder }) =>
        folder.problems.push({ severity: "error", file: "apps/x.yaml", text: "is no YAML" }),
    },
  ])("because it $what deletes nothing, before and after a restart, and says so", async ({ name, spoil }) => {
    const rig = await start();
    await settled(rig, name, { files: { "a.yaml": configMap(name, "a") }, ...withFinalizer });
    spoil(rig);
    rig.unplace(name);
    await rig.untilIdle();
    expect(isSettled(rig.app(name))).toBe(true);
    expect(
      rig.control
        .problems()
        .map(({ text }) => text)
        .join(),
    ).toContain("stay as they were");
    await rig.stop();
    const { store, folder } = rig;
    const again = await start({ store, folder });
    await again.untilSettled(name);
    expect(await world.hasConfigMap(name, "a")).toBe(true);
    // It is whole again, and its file is still gone: that is a word.
    folder.folders = [{ path: "/apps", state: "read", files: 1 }];
    folder.problems = [];
    again.read();
    await again.untilGone(name);
    expect(await world.hasConfigMap(name, "a")).toBe(false);
  });
});

describe("of a folder that lost its last file", () => {
  const lost = async (name: string) => {
    const rig = await start();
    await settled(rig, name, { files: { "a.yaml": configMap(name, "a") }, ...withFinalizer });
    rig.folder.folders = [{ path: "/apps", state: "read", files: 0 }];
    rig.unplace(name);
    await eventually("it waits for a person", () => rig.control.waitingRemovals().length === 1);
    await eventually("its application says so", () =>
      conditions(rig.app(name), "ApplicationMissingWarning").join().includes("admin approve-removal"),
    );
    expect(rig.control.problems()).toEqual([
      {
        severity: "warning",
        text: "/apps is suddenly empty, so applications that are missing from the folders stay as they were",
        fix: "Put its files back, or say that what it held may leave: holdfast admin approve-removal",
      },
    ]);
    return rig;
  };

  test("a person says that what it held may leave, across a restart, and nothing is said of it any more", async () => {
    const first = await lost("last-approved");
    await first.stop();
    const rig = await start({ store: first.store, folder: first.folder });
    await eventually("it still waits", () => rig.control.waitingRemovals().length === 1);
    expect(await rig.control.approveRemoval([key("last-approved")], "user:test")).toEqual({ is: "approved" });
    expect(rig.control.problems()).toEqual([]);
    await rig.untilGone("last-approved");
    expect(await world.hasConfigMap("last-approved", "a")).toBe(false);
    expect([rig.control.waitingRemovals(), rig.control.problems()]).toEqual([[], []]);
  });

  test("a person deletes what it held, and nothing is said of it any more", async () => {
    const rig = await lost("last-deleted");
    const deed = { cascade: "foreground", hooks: "run", actor: "user:test" } as const;
    expect((await rig.control.remove(key("last-deleted"), deed)).is).toBe("written");
    await rig.untilGone("last-deleted");
    rig.read();
    expect([rig.control.waitingRemovals(), rig.control.problems()]).toEqual([[], []]);
  });
});

describe("a restart", () => {
  test("asks the clusters for nothing but lists and watches, renders nothing new, and keeps history and uid", async () => {
    const rig = await start();
    await settled(rig, "restart", {
      files: {
        "a.yaml": configMap("restart", "a"),
        "web.yaml": deployment({ namespace: "restart", name: "web" }),
      },
    });
    rig.clock.advance(2_000);
    await rig.refresh("restart");
    await rig.untilIdle();
    const {
      metadata: { uid },
      status,
    } = rig.app("restart");
    await rig.stop();
    const again = await start({ store: rig.store, folder: rig.folder });
    expect(again.control.ready()).toBe(false);
    await eventually("it was looked at", () => again.control.ready());
    await again.untilSettled("restart");
    await again.untilIdle();
    expect(counted(again.requests)).toEqual({});
    expect(again.app("restart").metadata.uid).toBe(uid ?? "");
    expect(again.app("restart").status?.history).toEqual(status?.history ?? []);
    expect(again.store.runs({ limit: 10 })).toHaveLength(1);
  });

  test("goes on with a deletion that was under way", async () => {
    const rig = await start();
    const held = {
      ...configMap("half-gone", "held"),
      metadata: { name: "held", namespace: "half-gone", finalizers: ["example.com/held"] },
    };
    await settled(rig, "half-gone", {
      files: { "all.yaml": [configMap("half-gone", "a"), held] },
      ...withFinalizer,
    });
    rig.unplace("half-gone");
    await eventually(
      "it is asked to go",
      async () =>
        (await world.find(configMapPath("half-gone", "held")))?.metadata.deletionTimestamp !== undefined,
    );
    await rig.stop();
    const again = await start({ store: rig.store, folder: rig.folder });
    await again.until("half-gone", (app) => app.metadata.deletionTimestamp !== undefined);
    // It is held by somebody else, for however long: the daemon is ready all the same.
    await eventually("it is ready", () => again.control.ready());
    await world.must(
      "PATCH",
      configMapPath("half-gone", "held"),
      { metadata: { finalizers: null } },
      "application/merge-patch+json",
    );
    await again.untilGone("half-gone");
    expect(again.store.states()).toEqual([]);
  });

  test("notices that a file left while nobody was there", async () => {
    const rig = await start();
    await settled(rig, "left-meanwhile", {
      files: { "a.yaml": configMap("left-meanwhile", "a") },
      ...withFinalizer,
    });
    await rig.stop();
    const again = await start({ store: rig.store });
    await again.untilGone("left-meanwhile");
    expect(await world.hasConfigMap("left-meanwhile", "a")).toBe(false);
  });

  test("takes up a sync that waits for health, as what it was", async () => {
    const rig = await start();
    rig.judge("ConfigMap", "taken-up", "slow", "Progressing");
    await world.makeNamespace("taken-up");
    const repository = await world.repository("taken-up", {
      "a.yaml": inWave(0, configMap("taken-up", "slow")),
      "b.yaml": inWave(1, configMap("taken-up", "last")),
    });
    rig.place(appOf({ name: "taken-up", repository }));
    await rig.until("taken-up", (app) => /waiting for/.test(app.status?.operationState?.message ?? ""));
    await rig.stop();
    // Nothing of the stopped one goes on.
    const { store } = rig;
    const before = JSON.stringify(store.states());
    rig.judge("ConfigMap", "taken-up", "slow", "Healthy");
    await Bun.sleep(50);
    expect(await world.hasConfigMap("taken-up", "last")).toBe(false);
    expect(JSON.stringify(store.states())).toBe(before);
    const again = await start({ store, folder: rig.folder });
    await again.untilSettled("taken-up");
    expect(await world.hasConfigMap("taken-up", "last")).toBe(true);
    const runs = store.runs({ limit: 10 }).map(({ cause, state }) => `${cause} ${state.phase}`);
    expect(runs).toEqual(["automated Succeeded", "automated Error"]);
  });
});

type ApplyOf = (
  objects: ClusterObjects,
  ...ask: Parameters<ClusterObjects["apply"]>
) => ReturnType<ClusterObjects["apply"]>;

describe("a daemon that was killed", () => {
  /** What a disk would hold if the process ended when the cluster had `count` applies. */
  async function killedAfter(name: string, files: Files, count: number): Promise<Store> {
    const rig = await start();
    const store = memoryStore(),
      copied = Promise.withResolvers<void>();
    const ask = rig.cluster.for;
    let applied = 0;
    rig.cluster.for = (errand) => {
      const objects = ask(errand);
      return Object.assign(Object.create(objects) as ClusterObjects, {
        apply: (object: KubeObject, mode: WriteMode) => applyUntilKilled(objects, object, mode),
      });
    };
    const applyUntilKilled: ApplyOf = async (objects, object, mode) => {
      if (mode === "write" && applied >= count) {
        copyStore(rig.store, store);
        copied.resolve();
        return { is: "unreachable", why: "killed" };
      }
      const outcome = await objects.apply(object, mode);
      if (mode === "write") applied++;
      return outcome;
    };
    await world.makeNamespace(name);
    rig.place(
      appOf({
        name,
        repository: await world.repository(name, files),
        spec: { syncPolicy: { ...AUTOMATED, retry: { limit: 0 } } },
      }),
    );
    await copied.promise;
    await rig.untilIdle();
    await rig.stop();
    return store;
  }

  test("in the middle of a sync goes on with it, and what it made is its own to prune", async () => {
    const files = {
      "a.yaml": inWave(0, configMap("killed", "a")),
      "b.yaml": inWave(1, configMap("killed", "b")),
    };
    const store = await killedAfter("killed", files, 1);
    expect(store.records(key("killed")).map(({ key, uid }) => [key, uid === ""])).toEqual([
      ["/ConfigMap/killed/a", false],
      ["/ConfigMap/killed/b", true],
    ] as never);
    const repository = await world.repository("killed", { "a.yaml": null });
    const again = await start({ store });
    again.place(appOf({ name: "killed", repository }));
    await again.untilSettled("killed");
    expect(await world.hasConfigMap("killed", "b")).toBe(true);
    await eventually("what left Git is pruned", async () => !(await world.hasConfigMap("killed", "a")));
    expect(conditions(again.app("killed"), "PruneBlocked")).toEqual([]);
  });
});

describe("settings that change during a sync", () => {
  test("hold from the next one on; the running one ends as it began", async () => {
    const rig = await start();
    rig.judge("ConfigMap", "reload", "slow", "Progressing");
    const repository = await rig.placeNew("reload", {
      "a.yaml": inWave(0, configMap("reload", "slow")),
      "b.yaml": inWave(1, configMap("reload", "last")),
    });
    await rig.until("reload", (app) => /waiting for/.test(app.status?.operationState?.message ?? ""));
    rig.settings = { ...rig.settings, prune: { ...rig.settings.prune, confirmKinds: ["ConfigMap"] } };
    rig.engine.settingsChanged();
    rig.judge("ConfigMap", "reload", "slow", "Healthy");
    await rig.untilSettled("reload");
    expect(rig.store.runs({ limit: 10 })).toHaveLength(1);
    await repository.commit({ "b.yaml": null });
    await rig.refresh("reload");
    await rig.until("reload", (app) => conditions(app, "PruneBlocked").length > 0);
    expect(await world.hasConfigMap("reload", "last")).toBe(true);
  });

  test("a connection that takes the place of its own: what the sync wrote is seen when it has ended", async () => {
    const rig = await start();
    const proxy = await startApiProxy(world.kubeconfig);
    try {
      rig.judge("ConfigMap", "rejoin", "slow", "Progressing");
      await rig.placeNew("rejoin", {
        "a.yaml": inWave(0, configMap("rejoin", "slow")),
        "b.yaml": inWave(1, configMap("rejoin", "last")),
      });
      await rig.until("rejoin", (app) => /waiting for/.test(app.status?.operationState?.message ?? ""));
      const before = rig.clusters.splice(0);
      rig.clusters.push(
        await connectCluster({
          name: "in-cluster",
          server: SERVER,
          kubeconfig: { file: proxy.kubeconfig },
          log: recordingLog(),
        }),
      );
      rig.engine.settingsChanged();
      await eventually("the new connection watches", async () =>
        proxy.watching().some((path) => path.includes("/configmaps")),
      );
      // It hears of nothing more: what the old one writes from now on is known by a list only.
      proxy.muteWatches();
      rig.judge("ConfigMap", "rejoin", "slow", "Healthy");
      const ended = await rig.until("rejoin", isQuiet);
      expect(ended.status?.operationState).toMatchObject({ phase: "Succeeded" });
      expect(await world.hasConfigMap("rejoin", "last")).toBe(true);
      expect(ended.status?.sync.status).toBe("Synced");
      await rig.untilIdle();
      expect(rig.app("rejoin").status?.sync.status).toBe("Synced");
      expect(rig.store.runs({ limit: 10 })).toHaveLength(1);
      await Promise.all(before.map((cluster) => cluster.stop()));
    } finally {
      await rig.stop();
      await proxy.stop();
    }
  });

  test("the poll's new rhythm holds at once", async () => {
    const rig = await start();
    const { repository } = await settled(rig, "rhythm", { files: { "a.yaml": configMap("rhythm", "a") } });
    const sha = await repository.commit({ "a.yaml": configMap("rhythm", "a", { key: "second" }) });
    rig.settings = { ...rig.settings, poll: { everyMs: 20 } };
    rig.engine.settingsChanged();
    await rig.until("rhythm", (app) => app.status?.sync.revision === sha && isSettled(app));
  });
});

describe("an application made through the API", () => {
  test("lives in the store, over a restart, and goes with its objects when a person says so", async () => {
    const rig = await start();
    await world.makeNamespace("made");
    const app = appOf({
      name: "made",
      repository: await world.repository("made", { "a.yaml": configMap("made", "a") }),
    });
    expect(await rig.control.create(app, { upsert: false, actor: "user:test" })).toMatchObject({
      is: "written",
    });
    await rig.untilSettled("made");
    expect(
      await rig.control.create(
        { ...app, spec: { ...app.spec, project: "other" } },
        { upsert: false, actor: "user:test" },
      ),
    ).toMatchObject({ is: "conflict" });
    await rig.stop();
    const again = await start({ store: rig.store });
    await again.untilSettled("made");
    expect(
      await again.control.remove(key("made"), { cascade: "foreground", actor: "user:test" }),
    ).toMatchObject({ is: "written" });
    await again.untilGone("made");
    expect(await world.hasConfigMap("made", "a")).toBe(false);
    expect(again.store.applications()).toEqual([]);
  });

  test("a file's is changed in its file only, and one of both is an error that names them", async () => {
    const rig = await start();
    const { app } = await settled(rig, "filed", { files: { "a.yaml": configMap("filed", "a") } });
    expect(await rig.control.update(app, "user:test")).toEqual({
      is: "managed-by-file",
      file: "apps/filed.yaml",
    });
    expect(await rig.control.remove(key("filed"), { cascade: "none", actor: "user:test" })).toEqual({
      is: "managed-by-file",
      file: "apps/filed.yaml",
      asked: "delete",
    });
    await rig.control.create(
      { ...app, metadata: { name: "both", namespace: "argocd" }, spec: { ...app.spec, syncPolicy: {} } },
      { upsert: false, actor: "user:test" },
    );
    rig.place({ ...app, metadata: { name: "both", namespace: "argocd" } });
    expect(rig.control.problems()).toEqual([
      expect.objectContaining({
        file: "apps/both.yaml",
        text: expect.stringContaining("was made through the API before"),
      }),
    ]);
    expect(rig.app("both").spec.syncPolicy).toEqual({});
    await rig.control.remove(key("both"), { cascade: "none", actor: "user:test" });
    await rig.until("both", (now) => now.spec.syncPolicy?.automated !== undefined);
    expect(rig.control.problems()).toEqual([]);
  });
});

describe("a stop", () => {
  test("is over at once though something waits for health, and leaves nothing that goes on", async () => {
    const rig = await start();
    rig.judge("ConfigMap", "stopped", "slow", "Progressing");
    await world.makeNamespace("stopped");
    rig.place(
      appOf({
        name: "stopped",
        repository: await world.repository("stopped", {
          "a.yaml": inWave(0, configMap("stopped", "slow")),
          "b.yaml": inWave(1, configMap("stopped", "last")),
        }),
      }),
    );
    await rig.until("stopped", (app) => /waiting for/.test(app.status?.operationState?.message ?? ""));
    const done = rig.engine.released();
    await rig.engine.stop();
    await done;
    expect(rig.app("stopped").status?.operationState?.phase).toBe("Running");
  });

  test("does not wait for a Git server that is silent", async () => {
    const silence = Promise.withResolvers<void>();
    const rig = await start({
      git: (git) => ({
        ...git,
        resolve: async (...args) => silence.promise.then(() => git.resolve(...args)),
      }),
    });
    rig.place(
      appOf({
        name: "silence",
        repository: await world.repository("silence", { "a.yaml": configMap("silence", "a") }),
      }),
    );
    await eventually("it is being looked at", () => rig.engine.depth === 1);
    await rig.engine.stop();
    silence.resolve();
    expect(isQuiet(rig.app("silence"))).toBe(true);
  }, 120_000);
});
