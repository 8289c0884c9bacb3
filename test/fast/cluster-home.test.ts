/** Applications that live in a cluster: the engine with the sandbox as its home, as users of kubectl see them. */
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import type { AppKey, Application } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { RecordReading } from "../../src/core/ports/custom-resources.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { copyStore } from "../lib/copy-store.ts";
import {
  AUTOMATED,
  appOf,
  HOME,
  type Repository,
  type Rig,
  type RigOptions,
  SERVER,
  startRig,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import {
  APPLICATIONS,
  DEFINITIONS,
  FINALIZER,
  MERGE,
  manifest,
  PAUSES,
  PROJECTS,
  pathOf,
  REFRESH,
  RecordsStage,
  type Shown,
  settled,
} from "../lib/records-stage.ts";

setDefaultTimeout(30_000);

let stage: RecordsStage;
let world: World;

beforeAll(async () => {
  stage = await RecordsStage.open();
  world = stage.world;
});
afterEach(() => stage.clear());
afterAll(() => world?.stop());

const start: RecordsStage["start"] = (...asked) => stage.start(...asked);
const stopAll = (): Promise<void> => stage.stopAll();
const read: RecordsStage["read"] = (...asked) => stage.read(...asked);
const patch: RecordsStage["patch"] = (...asked) => stage.patch(...asked);
const until: RecordsStage["until"] = (...asked) => stage.until(...asked);
const apply: RecordsStage["apply"] = (...asked) => stage.apply(...asked);
const automated = { syncPolicy: AUTOMATED };
const byHand = { syncPolicy: {} };

describe("an Application of a cluster", () => {
  test("appears, syncs, and has its status written, each thing once and the last look never alone", async () => {
    const rig = await start();
    await apply("appears", { "a.yaml": configMap("appears", "a", { value: "one" }) }, { spec: automated });
    const app = await until("appears", "is Synced", settled);
    expect(app["status"].history).toHaveLength(1);
    expect(app["status"].resources).toHaveLength(1);
    expect(app["spec"].destination).toEqual({ server: SERVER, namespace: "appears" });
    const before = app["metadata"].resourceVersion;
    await rig.refresh("appears");
    await rig.refresh("appears");
    await rig.untilIdle();
    await Bun.sleep(3 * PAUSES.detailsMs);
    expect((await read("appears"))?.["metadata"].resourceVersion).toBe(before);
  });

  test("that somebody makes while another one of its name is asked for is not written over", async () => {
    const rig = await start();
    const repository = await world.repository("raced-elsewhere", { "a.yaml": configMap("raced", "a") });
    const app = appOf({ name: "raced", repository, path: "elsewhere" });
    const answers: ReturnType<typeof rig.control.create>[] = [];
    // The home knows of it already, and the engine is told with the next turn.
    rig.home.standing.onEach((key) => {
      if (key === `${HOME}/raced` && answers.length === 0)
        answers.push(rig.control.create(app, { upsert: false, actor: "somebody" }));
    });
    await apply("raced", { "a.yaml": configMap("raced", "a") }, { spec: byHand });
    await eventually("it is asked for", () => answers.length > 0);
    expect(await answers[0]).toMatchObject({ is: "conflict" });
    expect((await read("raced"))?.["spec"].source.path).not.toBe("elsewhere");
  });

  test("keeps fields that nobody knows, and what is edited is followed", async () => {
    await start();
    await apply(
      "edited",
      {
        "a.yaml": configMap("edited", "a", { value: "one" }),
        "other/b.yaml": configMap("edited", "b", { value: "two" }),
      },
      { spec: { ...automated, ofTomorrow: { a: 1 } } as never, metadata: { labels: { team: "shop" } } },
    );
    await until("edited", "is Synced", settled);
    await patch("edited", { spec: { source: { path: "other" } } });
    await until("edited", "has its other path", (app) => settled(app) && app["status"].history?.length === 2);
    expect([await world.hasConfigMap("edited", "a"), await world.hasConfigMap("edited", "b")]).toEqual([
      false,
      true,
    ]);
    const app = await read("edited");
    expect([app?.["spec"].ofTomorrow, app?.["metadata"].labels]).toEqual([{ a: 1 }, { team: "shop" }]);
  });

  test("has its operation taken once, and its refresh done", async () => {
    const rig = await start();
    const repository = await apply(
      "asked",
      { "a.yaml": configMap("asked", "a", { value: "one" }) },
      { spec: byHand },
    );
    await until("asked", "is OutOfSync", (app) => app["status"]?.sync?.status === "OutOfSync");
    await patch("asked", { operation: { initiatedBy: { username: "dana" }, sync: { revision: "HEAD" } } });
    const app = await until("asked", "is synced", settled);
    expect(app["status"].operationState.operation.initiatedBy).toEqual({ username: "dana" });
    expect(rig.control.runs({ limit: 10 })).toHaveLength(1);
    await repository.commit({ "a.yaml": configMap("asked", "a", { value: "two" }) });
    await patch("asked", { metadata: { annotations: { [REFRESH]: "normal" } } });
    await until("asked", "is refreshed", (now) => now["metadata"].annotations?.[REFRESH] === undefined);
    expect((await read("asked"))?.["status"].sync.status).toBe("OutOfSync");
  });

  test("whose operation cannot be one says so, and is not asked for ever", async () => {
    const rig = await start();
    await apply(
      "wrong-operation",
      { "a.yaml": configMap("wrong-operation", "a", { value: "one" }) },
      { spec: byHand },
    );
    await until("wrong-operation", "is seen", (app) => app["status"]?.sync?.status === "OutOfSync");
    await patch("wrong-operation", { operation: { info: [{ name: "why", value: "because" }] } });
    const app = await until("wrong-operation", "failed", (now) => now["operation"] === undefined);
    expect(app["status"].operationState).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("names no sync"),
    });
    expect(rig.control.runs({ limit: 10 })).toHaveLength(0);
  });

  test("that is deleted with its finalizer takes its objects along, and without it leaves them", async () => {
    const rig = await start();
    await apply(
      "cascades",
      { "a.yaml": configMap("cascades", "a", { value: "one" }) },
      { spec: automated, metadata: { finalizers: [FINALIZER] } },
    );
    await apply("leaves", { "a.yaml": configMap("leaves", "a", { value: "one" }) }, { spec: automated });
    await until("cascades", "is Synced", settled);
    await until("leaves", "is Synced", settled);
    await world.must("DELETE", pathOf("cascades"));
    await world.must("DELETE", pathOf("leaves"));
    await eventually(
      "both are gone",
      async () => (await read("cascades")) === undefined && (await read("leaves")) === undefined,
    );
    await eventually("the engine forgot both", () => rig.control.applications().length === 0);
    expect([await world.hasConfigMap("cascades", "a"), await world.hasConfigMap("leaves", "a")]).toEqual([
      false,
      true,
    ]);
    expect(rig.store.records("argocd/leaves" as never)).toEqual([]);
  });

  test("that is deleted and made anew at once is another one", async () => {
    const rig = await start();
    const repository = await apply(
      "anew",
      { "a.yaml": configMap("anew", "a", { value: "one" }) },
      { spec: automated },
    );
    const first = await until("anew", "is Synced", settled);
    await world.must("DELETE", pathOf("anew"));
    await world.must("POST", APPLICATIONS, manifest("anew", repository, { spec: automated }));
    const second = await until("anew", "is Synced again", settled);
    expect(second["metadata"].uid).not.toBe(first["metadata"].uid);
    await eventually(
      "the engine has the new one",
      () => rig.control.applications()[0]?.metadata.uid === second["metadata"].uid,
    );
    expect(await world.hasConfigMap("anew", "a")).toBe(true);
    await world.must("DELETE", pathOf("anew"));
    await eventually("it is gone", () => rig.control.applications().length === 0);
  });

  test("that cannot be read says what is wrong with it, goes on as it was, and is not forgotten", async () => {
    const rig = await start();
    await apply("broken", { "a.yaml": configMap("broken", "a", { value: "one" }) }, { spec: automated });
    await until("broken", "is Synced", settled);
    await patch("broken", { spec: { destination: { name: "in-cluster" } } });
    const says = (app: Shown) =>
      JSON.stringify(app["status"]?.conditions ?? []).includes("both name and server");
    await patch("broken", { metadata: { annotations: { [REFRESH]: "normal" } } });
    await until("broken", "says so", says);
    expect(rig.app("broken").status?.sync.status).toBe("Synced");
    expect(await world.hasConfigMap("broken", "a")).toBe(true);
    // One that could never be read is told so too.
    const repository = await world.repository("never", {});
    await world.must(
      "POST",
      APPLICATIONS,
      manifest("never", repository, { spec: { destination: { server: SERVER, name: "x" } } }),
    );
    await until("never", "says so", says);
    for (const name of ["broken", "never"]) await world.must("DELETE", pathOf(name));
    await eventually("both left", () => rig.control.applications().length === 0);
  });
});

describe("an Application that is deleted and was never one that could be read", () => {
  const broken = { destination: { server: SERVER, name: "x" } };
  const make = async (name: string): Promise<void> => {
    const repository = await world.repository(name, {});
    await world.must(
      "POST",
      APPLICATIONS,
      manifest(name, repository, { spec: broken, metadata: { finalizers: ["a.example/b", FINALIZER] } }),
    );
  };

  test("goes, and it is told that nothing of it was known", async () => {
    const rig = await start();
    const name = "never-known";
    await make(name);
    await until(name, "says what is wrong", (app) => (app["status"]?.conditions ?? []).length > 0);
    await world.must("DELETE", pathOf(name));
    await until(name, "is let go", (app) => app["metadata"].finalizers.length === 1);
    expect((await read(name))?.["metadata"].finalizers).toEqual(["a.example/b"]);
    const told = rig.store.audits({ limit: 10 }).filter(({ app }) => app === `${HOME}/${name}`);
    expect(told).toMatchObject([
      { action: "deleted", actor: "the cluster", details: { kept: [expect.stringContaining("never read")] } },
    ]);
  });

  test("stays, and says why, where its status tells of objects", async () => {
    const rig = await start();
    const name = "known-elsewhere";
    await make(name);
    await patch(name, {
      status: { resources: [{ version: "v1", kind: "ConfigMap", namespace: name, name: "a" }] },
    });
    await world.must("DELETE", pathOf(name));
    await eventually("it is told", () =>
      JSON.stringify(rig.control.problems()).includes("take its finalizers away"),
    );
    await rig.untilIdle();
    expect((await read(name))?.["metadata"].finalizers).toEqual(["a.example/b", FINALIZER]);
  });

  test("and that replaced one which is known lets that one leave, with its objects left", async () => {
    const rig = await start();
    const name = "replaced";
    await apply(name, { "a.yaml": configMap(name, "a") }, { spec: automated });
    await until(name, "is Synced", settled);
    const repository = await world.repository(`${name}-anew`, {});
    await world.must("DELETE", pathOf(name));
    await world.must("POST", APPLICATIONS, manifest(name, repository, { spec: broken }));
    await eventually("it left", () => rig.control.applications().length === 0);
    await until(name, "says what is wrong", (app) =>
      JSON.stringify(app["status"]?.conditions ?? []).includes("both name and server"),
    );
    expect(await world.hasConfigMap(name, "a")).toBe(true);
  });
});

describe("a home that is blind", () => {
  test("lets nothing go where the definition is gone, and says which", async () => {
    const rig = await start();
    await apply("blind", { "a.yaml": configMap("blind", "a", { value: "one" }) }, { spec: automated });
    await until("blind", "is Synced", settled);
    const [, applications] = customResourceDefinitions();
    await world.must("DELETE", `${DEFINITIONS}/applications.argoproj.io`);
    await eventually("it is said", () =>
      JSON.stringify(rig.control.problems()).includes("serves no applications.argoproj.io"),
    );
    expect(rig.control.applications().map(({ metadata }) => metadata.name)).toEqual(["blind"]);
    expect(await world.hasConfigMap("blind", "a")).toBe(true);
    await world.must("POST", DEFINITIONS, applications);
    await eventually("it is seen again", () => rig.control.problems().length === 0);
    // What is seen whole again, and does not have it, let go of it: its objects stay.
    await eventually("it left", () => rig.control.applications().length === 0);
    expect(await world.hasConfigMap("blind", "a")).toBe(true);
  });
});

describe("a home whose projects alone are not seen", () => {
  test("ends a deletion whose finalizer somebody took away, and lets go of what is gone", async () => {
    const rig = await start();
    const name = "called-off";
    const held = configMap(name, "first");
    await apply(
      name,
      {
        "a.yaml": {
          ...held,
          metadata: { ...held.metadata, annotations: { "argocd.argoproj.io/sync-wave": "1" } },
        },
        "b.yaml": configMap(name, "second"),
      },
      { spec: automated, metadata: { finalizers: [FINALIZER] } },
    );
    await until(name, "is Synced", settled);
    const path = `/api/v1/namespaces/${name}/configmaps/first`;
    await world.must("PATCH", path, { metadata: { finalizers: ["a.example/held"] } }, MERGE);
    await world.must("DELETE", `${DEFINITIONS}/appprojects.argoproj.io`);
    try {
      await eventually("it is told", () =>
        rig.control.problems().some(({ text }) => text.includes("serves no appprojects.argoproj.io")),
      );
      await world.must("DELETE", pathOf(name));
      await eventually(
        "the first of its objects goes",
        async () => (await world.find(path))?.metadata.deletionTimestamp !== undefined,
      );
      await patch(name, { metadata: { finalizers: null } });
      await eventually("the engine forgot it", () => rig.control.applications().length === 0);
      await world.must("PATCH", path, { metadata: { finalizers: null } }, MERGE);
      await rig.untilIdle();
      expect([await world.hasConfigMap(name, "first"), await world.hasConfigMap(name, "second")]).toEqual([
        false,
        true,
      ]);
    } finally {
      const [projects] = customResourceDefinitions().filter(
        ({ metadata }) => metadata.name === "appprojects.argoproj.io",
      );
      await world.must("POST", DEFINITIONS, projects);
    }
    await eventually("all is seen", () => rig.control.problems().length === 0);
  });

  test("enters no application at a start: without its project it would be permitted nothing, or too much", async () => {
    const [projects] = customResourceDefinitions().filter(
      ({ metadata }) => metadata.name === "appprojects.argoproj.io",
    );
    await world.must("DELETE", `${DEFINITIONS}/appprojects.argoproj.io`);
    const rig = await start();
    await apply("waits", { "a.yaml": configMap("waits", "a") }, { spec: automated });
    await eventually("it is told", () =>
      rig.control.problems().some(({ text }) => text.includes("serves no appprojects.argoproj.io")),
    );
    await rig.untilIdle();
    expect(rig.control.applications()).toEqual([]);
    await world.must("POST", DEFINITIONS, projects);
    await until("waits", "is settled", settled);
  });
});

describe("children of a parent in a cluster", () => {
  const child = (name: string, repository: Repository, wave: number, path = "."): KubeObject => ({
    ...manifest(name, repository, {
      spec: { ...automated, source: { repoURL: repository.url, path, targetRevision: "main" } },
      metadata: { annotations: { "argocd.argoproj.io/sync-wave": String(wave) } },
    }),
  });

  test("come wave by wave, each when those before it are Healthy, and an edit of one is waited for", async () => {
    const rig = await start();
    const objects: Record<string, Repository> = {};
    for (const name of ["early", "late"]) {
      await world.makeNamespace(name);
      objects[name] = await world.repository(`${name}-objects`, {
        "a.yaml": configMap(name, `${name}-a`, { value: "one" }),
        "two/a.yaml": configMap(name, `${name}-a`, { value: "two" }),
      });
    }
    rig.judge("ConfigMap", "early", "early-a", "Progressing");
    const parent = await apply(
      "waves",
      {
        "early.yaml": child("early", objects["early"] as Repository, 0),
        "late.yaml": child("late", objects["late"] as Repository, 1),
      },
      { spec: { ...automated, destination: { server: SERVER, namespace: HOME } } },
    );
    await until("early", "is Synced", (app) => app["status"]?.sync?.status === "Synced");
    await until("waves", "waits for it", ({ status }) =>
      /waiting for .*early/i.test(status?.operationState?.message ?? ""),
    );
    expect(await read("late")).toBeUndefined();
    rig.judge("ConfigMap", "early", "early-a", "Healthy");
    await until("late", "is there and settled", settled);
    await until("waves", "is settled", settled);
    // Nothing of what is compared is another one, so nothing of its status is written: who waits hears of it all the same.
    const early = child("early", objects["early"] as Repository, 0);
    const policy = { ...automated.syncPolicy, retry: { limit: 3 } };
    await parent.commit({
      "early.yaml": { ...early, spec: { ...(early["spec"] as object), syncPolicy: policy } } as KubeObject,
    });
    await rig.refresh("waves");
    await until("early", "has its policy", (app) => app["spec"].syncPolicy.retry?.limit === 3);
    await until("waves", "is settled", settled);
    await parent.commit({ "early.yaml": child("early", objects["early"] as Repository, 0, "two") });
    await rig.refresh("waves");
    await until(
      "waves",
      "is settled with the edit",
      (app) => settled(app) && app["status"].history?.length === 3,
    );
    expect((await world.find("/api/v1/namespaces/early/configmaps/early-a"))?.data).toEqual({ value: "two" });
  });

  test("an edit of the next waits until the edit of the one before is Healthy", async () => {
    const rig = await start();
    const repositories: Record<string, Repository> = {};
    for (const name of ["first", "second"]) {
      await world.makeNamespace(name);
      repositories[name] = await world.repository(`${name}-objects`, {
        "old/a.yaml": configMap(name, `${name}-old`),
        "new/a.yaml": configMap(name, `${name}-new`),
      });
    }
    const both = (path: string): Record<string, KubeObject> => ({
      "a.yaml": child("first", repositories["first"] as Repository, 0, path),
      "b.yaml": child("second", repositories["second"] as Repository, 1, path),
    });
    const parent = await apply("edits", both("old"), {
      spec: { ...automated, destination: { server: SERVER, namespace: HOME } },
    });
    for (const name of ["first", "second", "edits"]) await until(name, "is well", settled);
    rig.judge("ConfigMap", "first", "first-new", "Progressing");
    await parent.commit(both("new"));
    void rig.refresh("edits");
    await until(
      "first",
      "is there and not well",
      ({ spec, status, operation }) =>
        spec.source.path === "new" &&
        operation === undefined &&
        status.sync.status === "Synced" &&
        status.operationState?.phase === "Succeeded" &&
        status.health.status === "Progressing",
    );
    expect((await read("second"))?.["spec"].source.path).toBe("old");
    rig.judge("ConfigMap", "first", "first-new", "Healthy");
    await until("second", "follows", (app) => app["spec"].source.path === "new" && settled(app));
    await until("edits", "is well", settled);
  });

  test("one that is its own parent waits for itself at no gate", async () => {
    await start();
    const name = "itself";
    await world.makeNamespace(name);
    const repository = await world.repository(name, { "b.yaml": configMap(name, "b") });
    const own = manifest(name, repository, {
      spec: { ...automated, destination: { server: SERVER, namespace: HOME } },
    });
    const annotations = { "argocd.argoproj.io/sync-wave": "-1" };
    await repository.commit({ "a.yaml": { ...own, metadata: { ...own.metadata, annotations } } });
    await world.must("POST", APPLICATIONS, own);
    await until(name, "is settled", settled);
    expect(await world.hasConfigMap(name, "b")).toBe(true);
  });
});

test("two that render each other go both, where one is deleted", async () => {
  await start();
  await world.makeNamespace("ring");
  const repository = await world.repository("ring", { "README.md": "x" });
  const one = (name: string, path: string): KubeObject =>
    manifest(name, repository, {
      spec: {
        ...automated,
        source: { repoURL: repository.url, path, targetRevision: "main" },
        destination: { server: SERVER, namespace: HOME },
      },
      metadata: { finalizers: [FINALIZER] },
    });
  await repository.commit({
    "a/all.yaml": [one("ring-b", "b"), configMap("ring", "a")],
    "b/all.yaml": [one("ring-a", "a"), configMap("ring", "b")],
  });
  await world.must("POST", APPLICATIONS, one("ring-a", "a"));
  for (const name of ["ring-b", "ring-a"]) await until(name, "is settled", settled);
  await world.must("DELETE", pathOf("ring-a"));
  await eventually("both are gone", async () => !(await read("ring-a")) && !(await read("ring-b")));
  expect([await world.hasConfigMap("ring", "a"), await world.hasConfigMap("ring", "b")]).toEqual([
    false,
    false,
  ]);
});

describe("a project of a cluster", () => {
  test("is made, changed and deleted through the daemon, with what others wrote kept", async () => {
    const { control } = await start();
    const actor = "user:test";
    const project = (spec: object) => ({
      apiVersion: "argoproj.io/v1alpha1" as const,
      kind: "AppProject" as const,
      metadata: { name: "made", namespace: HOME },
      spec,
    });
    await eventually("all is seen", () => control.ready() && control.problems().length === 0);
    expect(await control.putProject(project({ sourceRepos: ["*"] }), { how: "create", actor })).toMatchObject(
      {
        is: "written",
      },
    );
    await eventually("it is known", () => control.projectInForce("made").is === "found");
    expect(control.projectInForce("made")).toMatchObject({
      value: { origin: { from: "cluster", cluster: "in-cluster" } },
    });
    await world.must("PATCH", `${PROJECTS}/made`, { ofTomorrow: { a: 1 } }, MERGE);
    await eventually("that is seen too", async () => {
      const put = await control.putProject(project({ sourceRepos: ["x"] }), { how: "update", actor });
      return put.is === "written";
    });
    expect(await world.find(`${PROJECTS}/made`)).toMatchObject({
      spec: { sourceRepos: ["x"] },
      ofTomorrow: { a: 1 },
    });
    await eventually(
      "it is deleted",
      async () => (await control.deleteProject("made", actor)).is !== "conflict",
    );
    expect(await world.find(`${PROJECTS}/made`)).toBeUndefined();
    await eventually("it is known no more", () => control.projectInForce("made").is === "absent");
  });
});

describe("the engine", () => {
  test("lets nobody go by a reading that is not whole, whatever the home left out of it", async () => {
    const repository = await world.repository("halves", {});
    const app = appOf({ name: "halves", repository, metadata: { uid: "u1" } });
    const whole: RecordReading = {
      applications: [
        {
          key: "argocd/halves" as AppKey,
          uid: "u1",
          app,
          status: undefined,
          asked: { is: "none" },
          refresh: undefined,
          goingSince: undefined,
        },
      ],
      projects: [],
      unreadableProjects: new Map(),
      unreadable: new Map(),
      problems: [],
      incomplete: undefined,
      projectsIncomplete: undefined,
    };
    let now = whole;
    const rig = await startRig(world, {
      records: () => ({
        cluster: "in-cluster",
        reading: () => now,
        recall() {},
        onChange: () => () => undefined,
        put: async () => ({ is: "written" }),
        delete: async () => ({ is: "written" }),
        putProject: async () => ({ is: "written" }),
        deleteProject: async () => ({ is: "written" }),
        show() {},
        took() {},
        refreshed() {},
        release() {},
      }),
    });
    try {
      expect(rig.control.applications()).toHaveLength(1);
      now = { ...whole, applications: [], incomplete: "a list failed" };
      rig.engine.settingsChanged();
      await rig.untilIdle();
      expect(rig.control.applications()).toHaveLength(1);
      now = { ...whole, applications: [] };
      rig.engine.settingsChanged();
      await eventually("it left", () => rig.control.applications().length === 0);
    } finally {
      await rig.stop();
    }
  });
});

test("a deletion that began in a folder is not carried on where somebody writes the application into the cluster", async () => {
  const repository = await world.repository("moves", { "a.yaml": configMap("moves", "a") });
  await world.makeNamespace("moves");
  const store = memoryStore();
  const app = manifest("moves", repository, { spec: automated, metadata: { finalizers: [FINALIZER] } });
  const files = await startRig(world, { store });
  files.place(app as unknown as Application);
  await files.untilSettled("moves");
  files.control.pause({ of: "writes", why: "we move", actor: "user:test" });
  files.unplace("moves");
  await files.until("moves", ({ metadata }) => metadata.deletionTimestamp !== undefined);
  await files.stop();

  await world.must("POST", APPLICATIONS, app);
  const rig = await start({ store });
  rig.control.resume({ why: "moved", actor: "user:test" });
  await until("moves", "is well", settled);
  await rig.refresh("moves");
  await rig.untilIdle();
  expect((await read("moves"))?.["metadata"].finalizers).toEqual([FINALIZER]);
  expect(await world.hasConfigMap("moves", "a")).toBe(true);
});

test("a project default that cannot be read permits nothing, where without one everything would be permitted", async () => {
  const rig = await start();
  await world.must("POST", PROJECTS, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "default", namespace: HOME },
    spec: {
      sourceRepos: ["*"],
      destinations: [{ server: "*", namespace: "*" }],
      signatureKeys: [{ keyID: "A" }],
    },
  });
  try {
    await eventually("it is told", () => JSON.stringify(rig.control.problems()).includes("signatureKeys"));
    await apply("limited", { "a.yaml": configMap("limited", "a") }, { spec: automated });
    await until("limited", "is refused", (app) =>
      JSON.stringify(app["status"] ?? {}).includes("InvalidSpecError"),
    );
    expect(await world.hasConfigMap("limited", "a")).toBe(false);
  } finally {
    await world.must("DELETE", `${PROJECTS}/default`);
  }
  await until("limited", "is well", settled);
});

test("a project that is deleted with Argo CD's finalizer stays until no application is of it", async () => {
  const rig = await start();
  const { control } = rig;
  await world.must("POST", PROJECTS, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "leaving", namespace: HOME, finalizers: ["a.example/b", FINALIZER] },
    spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }] },
  });
  await eventually("it is known", () => control.projectInForce("leaving").is === "found");
  await apply(
    "of-leaving",
    { "a.yaml": configMap("of-leaving", "a") },
    { spec: { ...automated, project: "leaving" }, metadata: { finalizers: [FINALIZER] } },
  );
  await until("of-leaving", "is settled", settled);
  await world.must("DELETE", `${PROJECTS}/leaving`);
  const leaving = () => world.find(`${PROJECTS}/leaving`);
  await eventually(
    "its deletion is seen",
    async () => (await leaving())?.metadata.deletionTimestamp !== undefined,
  );
  await rig.refresh("of-leaving");
  await Bun.sleep(5 * PAUSES.togetherMs);
  expect((await leaving())?.metadata.finalizers).toEqual(["a.example/b", FINALIZER]);
  await world.must("DELETE", pathOf("of-leaving"));
  await eventually("the application is gone", async () => (await read("of-leaving")) === undefined);
  expect(await world.hasConfigMap("of-leaving", "a")).toBe(false);
  // Another's finalizer is another's.
  await eventually("ours is taken away", async () => {
    const { finalizers } = (await leaving())?.metadata ?? {};
    return JSON.stringify(finalizers) === '["a.example/b"]';
  });
  await world.must("PATCH", `${PROJECTS}/leaving`, { metadata: { finalizers: null } }, MERGE);
  await eventually("it is gone", async () => (await leaving()) === undefined);
});

describe("a restart", () => {
  const restart = async (store: Store): Promise<Rig> => {
    await stopAll();
    return start({ store });
  };

  test("forgets what was deleted meanwhile, ends what was to go, and keeps its deployments", async () => {
    const store = memoryStore();
    await start({ store });
    for (const name of ["stays", "goes", "left"])
      await apply(
        name,
        { "a.yaml": configMap(name, "a", { value: "one" }) },
        { spec: automated, ...(name === "goes" ? { metadata: { finalizers: [FINALIZER] } } : {}) },
      );
    for (const name of ["stays", "goes", "left"]) await until(name, "is Synced", settled);
    await stopAll();
    await world.must("DELETE", pathOf("goes"));
    await world.must("DELETE", pathOf("left"));
    const rig = await restart(store);
    await eventually("it is gone", async () => (await read("goes")) === undefined);
    await eventually("one is left", () => rig.control.applications().length === 1);
    expect(store.records("argocd/left" as never)).toEqual([]);
    expect([await world.hasConfigMap("goes", "a"), await world.hasConfigMap("left", "a")]).toEqual([
      false,
      true,
    ]);
    expect(rig.app("stays").status?.history).toHaveLength(1);
    expect(rig.control.runs({ limit: 10, app: "argocd/stays" as never })).toHaveLength(1);
    // A store that was lost: what stands in the cluster goes on.
    const fresh = await restart(memoryStore());
    await fresh.until("stays", (app) => app.status?.sync.status === "Synced");
    expect(fresh.app("stays").status?.history).toHaveLength(1);
    await world.must("DELETE", pathOf("stays"));
    await eventually("it left", () => fresh.control.applications().length === 0);
  });

  test("goes on with one that was edited into an invalid one meanwhile, and deletes its objects with it", async () => {
    const store = memoryStore();
    await start({ store });
    const name = "broken-meanwhile";
    await apply(
      name,
      { "a.yaml": configMap(name, "a", { value: "one" }) },
      { spec: automated, metadata: { finalizers: [FINALIZER] } },
    );
    await until(name, "is Synced", settled);
    await stopAll();
    await patch(name, { spec: { destination: { name: "in-cluster" } } });
    const rig = await restart(store);
    await until(name, "says what is wrong", (app) =>
      JSON.stringify(app["status"]?.conditions ?? []).includes("both name and server"),
    );
    expect((await read(name))?.["status"].sync.status).toBe("Synced");
    // It is looked after as it was.
    await world.must("DELETE", `/api/v1/namespaces/${name}/configmaps/a`);
    await eventually("it is healed", () => world.hasConfigMap(name, "a"));
    await stopAll();
    await world.must("DELETE", pathOf(name));
    const again = await restart(store);
    await eventually("it is gone", async () => (await read(name)) === undefined);
    await eventually("it left", () => again.control.applications().length === 0);
    expect(await world.hasConfigMap(name, "a")).toBe(false);
    expect(rig.store.states()).toEqual([]);
  });

  test("holds one that is deleted and cannot be read where only its objects are remembered", async () => {
    const store = memoryStore();
    await start({ store });
    const name = "remembered-half";
    await apply(
      name,
      { "a.yaml": configMap(name, "a") },
      { spec: automated, metadata: { finalizers: [FINALIZER] } },
    );
    await until(name, "is Synced", settled);
    await stopAll();
    // As a daemon left it that did not write down how it was written.
    store.putStates(store.states().map(({ recorded: _, ...state }) => state));
    await patch(name, { spec: { destination: { name: "in-cluster" } }, status: null });
    await world.must("DELETE", pathOf(name));
    const rig = await restart(store);
    await eventually("it is told", () =>
      JSON.stringify(rig.control.problems()).includes("objects of it are remembered"),
    );
    await rig.untilIdle();
    expect((await read(name))?.["metadata"].finalizers).toEqual([FINALIZER]);
    await patch(name, { spec: { destination: { name: null } } });
    await eventually("it is gone", async () => (await read(name)) === undefined);
    expect(await world.hasConfigMap(name, "a")).toBe(false);
  });

  test("takes nothing that it remembers of one for another that has its name", async () => {
    const store = memoryStore();
    await start({ store });
    const name = "broken-other";
    const repository = await apply(name, { "a.yaml": configMap(name, "a") }, { spec: automated });
    await until(name, "is Synced", settled);
    await stopAll();
    await world.must("DELETE", pathOf(name));
    const broken = { destination: { server: SERVER, name: "x" } };
    await world.must("POST", APPLICATIONS, manifest(name, repository, { spec: broken }));
    const rig = await restart(store);
    await until(name, "says what is wrong", (app) =>
      JSON.stringify(app["status"]?.conditions ?? []).includes("both name and server"),
    );
    expect(rig.control.applications()).toEqual([]);
    expect([store.states(), store.records(`${HOME}/${name}` as AppKey)]).toEqual([[], []]);
    expect(await world.hasConfigMap(name, "a")).toBe(true);
  });

  test("begins an operation that was taken and still stands there no second time, and one that was written anew", async () => {
    const store = memoryStore();
    const rig = await start({ store });
    await apply("twice", { "a.yaml": configMap("twice", "a", { value: "one" }) }, { spec: byHand });
    await until("twice", "is OutOfSync", (app) => app["status"]?.sync?.status === "OutOfSync");
    const before = (await read("twice")) as Shown;
    const operation = { initiatedBy: { username: "dana" }, sync: { revision: "HEAD" } };
    await patch("twice", { operation });
    await until("twice", "is synced", settled);
    const after = (await read("twice")) as Shown;
    expect(rig.control.runs({ limit: 10 })).toHaveLength(1);
    // Killed after it was noted and begun, and before the cluster heard of it.
    await stopAll();
    store.putValue("taken-operation argocd/twice", JSON.stringify(await takenAt(before, operation)));
    await patch("twice", { operation, status: { operationState: null } });
    const again = await restart(store);
    await until("twice", "has it removed", (app) => app["operation"] === undefined);
    await until(
      "twice",
      "shows it",
      (app) => app["status"].operationState?.startedAt === after["status"].operationState.startedAt,
    );
    expect(again.control.runs({ limit: 10 })).toHaveLength(1);
    // The same words written anew after the first were taken out are another request.
    await patch("twice", { operation });
    await eventually("it ran again", () => again.control.runs({ limit: 10 }).length === 2);
    await until("twice", "is synced", settled);
    await world.must("DELETE", pathOf("twice"));
    await eventually("it left", () => again.control.applications().length === 0);
  });
});

async function takenAt(app: Shown, operation: object): Promise<object> {
  const { hashValue } = await import("../../src/lib/hash.ts");
  return { uid: app["metadata"].uid, hash: hashValue(operation), before: "" };
}

test("an operation whose daemon was killed before it was shown is resumed, and not begun once more", async () => {
  const store = memoryStore();
  const rig = await start({ store });
  const name = "shown-late";
  await apply(name, { "a.yaml": configMap(name, "a", { value: "one" }) }, { spec: byHand });
  await until(name, "is OutOfSync", (app) => app["status"]?.sync?.status === "OutOfSync");
  // The disk as it is when the operation runs and nothing of it was shown yet.
  const killed = memoryStore();
  let isCopied = false;
  rig.control.onEvent(({ app }) => {
    if (isCopied || app.metadata.name !== name || app.status?.operationState?.phase !== "Running") return;
    isCopied = true;
    queueMicrotask(() => {
      copyStore(store, killed);
      const taken = `taken-operation ${HOME}/${name}`;
      killed.putValue(taken, store.value(taken));
      rig.home.follow(undefined);
    });
  });
  await patch(name, { operation: { initiatedBy: { username: "dana" }, sync: { revision: "HEAD" } } });
  await eventually("it runs", () => isCopied);
  await stopAll();
  expect((await read(name))?.["operation"]).toBeDefined();

  // Git takes longer than a status waits to be written.
  const slowly: RigOptions["git"] = (git) => ({
    ...git,
    resolve: async (...ask) => {
      await Bun.sleep(10 * PAUSES.togetherMs);
      return git.resolve(...ask);
    },
  });
  const again = await start({ store: killed, git: slowly });
  await until(name, "is done", (app) => settled(app) && app["status"].operationState !== undefined);
  await again.untilIdle();
  const runs = again.control.runs({ limit: 10 });
  expect(runs.length).toBeLessThanOrEqual(2);
  expect(runs.filter(({ state }) => state.phase === "Succeeded")).toHaveLength(1);
});

test("an operation that a closed window held is begun when the window opens, though nobody says so", async () => {
  const name = "window-opens";
  await world.must("POST", PROJECTS, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name, namespace: HOME },
    spec: {
      sourceRepos: ["*"],
      destinations: [{ server: "*", namespace: "*" }],
      syncWindows: [{ kind: "deny", schedule: "0 * * * *", duration: "1m", applications: ["*"] }],
    },
  });
  const rig = await start();
  await apply(name, { "a.yaml": configMap(name, "a") }, { spec: { ...byHand, project: name } });
  await until(name, "is OutOfSync", (app) => app["status"]?.sync?.status === "OutOfSync");
  const HOUR_MS = 3_600_000;
  rig.clock.advance(HOUR_MS - (rig.clock.now() % HOUR_MS) + 30_000);
  await patch(name, { operation: { sync: { revision: "HEAD" } } });
  await rig.refresh(name);
  await rig.untilIdle();
  expect((await read(name))?.["operation"]).toBeDefined();
  rig.clock.advance(60_000);
  await until(name, "is synced", settled);
  expect(await world.hasConfigMap(name, "a")).toBe(true);
  await world.must("DELETE", `${PROJECTS}/${name}`);
});

test("a project default that nobody wrote is that of the home namespace alone: others would be permitted everything by it", async () => {
  await world.makeNamespace("team-z");
  const rig = await start({}, ["team-z"]);
  await apply("tenant", { "a.yaml": configMap("tenant", "a") }, { namespace: "team-z", spec: automated });
  await eventually("it is refused", async () =>
    JSON.stringify(await read("tenant", "team-z")).includes(
      "in namespace 'team-z' are not permitted to use project 'default'",
    ),
  );
  await rig.untilIdle();
  expect(await world.hasConfigMap("tenant", "a")).toBe(false);
  await apply("resident", { "a.yaml": configMap("resident", "a") }, { spec: automated });
  await until("resident", "is settled", settled);
  await world.must("DELETE", pathOf("tenant", "team-z"));
});

test("an application of a project that cannot be read is told what is wrong with that", async () => {
  await start();
  const name = "of-broken";
  await apply(name, { "a.yaml": configMap(name, "a") }, { spec: { ...automated, project: name } });
  const says = (text: string) => (app: Shown) =>
    JSON.stringify(app["status"]?.conditions ?? []).includes(text);
  await until(name, "misses its project", says("which does not exist"));
  const spec = { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }] };
  await world.must("POST", PROJECTS, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name, namespace: HOME },
    spec: {
      ...spec,
      syncWindows: [{ kind: "deny", schedule: "bogus", duration: "1h", applications: ["*"] }],
    },
  });
  await until(name, "is told", says("is no schedule"));
  expect(await world.hasConfigMap(name, "a")).toBe(false);
  await world.must("PATCH", `${PROJECTS}/${name}`, { spec: { syncWindows: null } }, MERGE);
  await until(name, "is settled", settled);
  await world.must("DELETE", `${PROJECTS}/${name}`);
});

test("an application whose namespace its project does not name deletes nothing by it, and holds it for nobody", async () => {
  const project = (name: string, sourceNamespaces: string[]) => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name, namespace: HOME, finalizers: [FINALIZER] },
    spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }], sourceNamespaces },
  });
  await world.must("POST", PROJECTS, project("tenants", ["team-x"]));
  await world.must("POST", PROJECTS, project("infra", []));
  await world.makeNamespace("team-x");
  const rig = await start({}, ["team-x"]);
  await apply(
    "guest",
    { "a.yaml": configMap("guest", "a") },
    {
      namespace: "team-x",
      spec: { ...automated, project: "tenants" },
      metadata: { finalizers: [FINALIZER] },
    },
  );
  const seen = async (): Promise<Shown | undefined> => read("guest", "team-x");
  await eventually("it is settled", async () => {
    const app = await seen();
    return app !== undefined && settled(app);
  });
  await patch("guest", { spec: { project: "infra" } }, "team-x");
  await eventually("it is refused", async () =>
    JSON.stringify(await seen()).includes("are not permitted to use"),
  );
  // It pins nobody's project.
  await world.must("DELETE", `${PROJECTS}/infra`);
  await eventually("the project goes", async () => (await world.find(`${PROJECTS}/infra`)) === undefined);
  await world.must("POST", PROJECTS, project("infra", []));
  await eventually("it is there again", () => rig.control.projectInForce("infra").is === "found");
  await world.must("DELETE", pathOf("guest", "team-x"));
  await eventually("its deletion says why", async () =>
    JSON.stringify((await seen()) ?? "gone").match(/not permitted to use|gone/),
  );
  await rig.untilIdle();
  expect(await world.hasConfigMap("guest", "a")).toBe(true);
  await patch("guest", { metadata: { finalizers: null } }, "team-x").catch(() => undefined);
  for (const name of ["infra", "tenants"]) {
    await patchProject(name);
    await world.must("DELETE", `${PROJECTS}/${name}`).catch(() => undefined);
  }
  async function patchProject(name: string): Promise<void> {
    await world.must("PATCH", `${PROJECTS}/${name}`, { metadata: { finalizers: null } }, MERGE);
  }
});
