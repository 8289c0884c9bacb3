/** Whose names applications have, when they leave because their files did, and what a person can do about it. */
import { describe, expect, test } from "bun:test";
import { type AppKey, type Application, RESOURCES_FINALIZER } from "../../src/core/model/application.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { appOf, conditions, type Rig, type RigOptions, sharedWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";

let world: World;
const startInWorld = sharedWorld((it) => {
  world = it;
});

/** Long enough for a test to look in between, short enough to wait for. */
const MISSING_FOR_MS = 150;
const removal = { missingForMs: MISSING_FOR_MS, percent: 20, count: 5 };

const start = (options: RigOptions = {}): Promise<Rig> => startInWorld({ settings: { removal }, ...options });

const key = (name: string): AppKey => `argocd/${name}` as AppKey;
const uidOf = async (namespace: string, name: string): Promise<string | undefined> =>
  (await world.find(configMapPath(namespace, name)))?.metadata.uid;
const withFinalizer = { metadata: { finalizers: [RESOURCES_FINALIZER] } };
const deletions = (rig: Rig): string[] =>
  rig.store
    .audits({ limit: 100 })
    .filter(({ action }) => action === "delete")
    .map(({ app }) => app as string);

/** An application with an object `name`, which must survive. */
async function given(rig: Rig, name: string): Promise<{ app: Application; uid: string | undefined }> {
  await world.makeNamespace(name);
  const repository = await world.repository(name, {
    "a/a.yaml": configMap(name, "a"),
    "b/b.yaml": configMap(name, "b"),
  });
  const app = appOf({ name, repository, path: "a", ...withFinalizer });
  rig.place(app);
  await rig.untilSettled(name);
  await rig.untilIdle();
  return { app, uid: await uidOf(name, "a") };
}

/** Another application of the same name: its path holds other objects. */
function intruder(app: Application): Application {
  return structuredClone({
    ...app,
    spec: { ...app.spec, source: { ...app.spec.source, repoURL: app.spec.source?.repoURL ?? "", path: "b" } },
  });
}

describe("an application that is missing from the folders", () => {
  test("stays for as long as the setting says, looks again by itself, and is deleted then", async () => {
    const rig = await start();
    const { uid } = await given(rig, "lasts");
    const since = performance.now();
    rig.unplace("lasts");
    expect(
      conditions(
        await rig.until("lasts", (app) => conditions(app, "ApplicationMissingWarning").length > 0),
        "ApplicationMissingWarning",
      ),
    ).toEqual([
      "it is not in apps/lasts.yaml any more; it leaves when that is still so after 0.15 s, and its objects are deleted then",
    ]);
    expect(await uidOf("lasts", "a")).toBe(uid);
    await rig.untilGone("lasts");
    expect(performance.now() - since).toBeGreaterThanOrEqual(MISSING_FOR_MS);
    expect(await uidOf("lasts", "a")).toBeUndefined();
  });

  test("is not deleted by a step of the clock, nor by anything else that has the names looked at again", async () => {
    const rig = await start({ settings: { removal: { ...removal, missingForMs: 3_600_000 } } });
    const { app, uid } = await given(rig, "stepped");
    rig.unplace("stepped");
    rig.clock.advance(30 * 86_400_000);
    rig.read();
    rig.engine.settingsChanged();
    await rig.untilIdle();
    expect([await uidOf("stepped", "a"), deletions(rig)]).toEqual([uid, []]);
    rig.place(app);
    await rig.until("stepped", (now) => conditions(now, "ApplicationMissingWarning").length === 0);
  });

  test("starts anew with a restart", async () => {
    const rig = await start({ settings: { removal: { ...removal, missingForMs: 3_600_000 } } });
    const { uid } = await given(rig, "restarts");
    rig.unplace("restarts");
    await rig.stop();
    const again = await start({
      store: rig.store,
      folder: rig.folder,
      settings: { removal: { ...removal, missingForMs: 3_600_000 } },
    });
    await again.untilSettled("restarts");
    await again.untilIdle();
    expect([await uidOf("restarts", "a"), deletions(again)]).toEqual([uid, []]);
  });

  test("is deleted at once when a person says so", async () => {
    const rig = await start({ settings: { removal: { ...removal, missingForMs: 3_600_000 } } });
    await given(rig, "at-once");
    expect(await rig.control.remove(key("at-once"), { cascade: "foreground", actor: "user:test" })).toEqual({
      is: "managed-by-file",
      file: "apps/at-once.yaml",
      asked: "delete",
    });
    rig.unplace("at-once");
    await rig.control.remove(key("at-once"), { cascade: "foreground", actor: "user:test" });
    await rig.untilGone("at-once");
    expect(await uidOf("at-once", "a")).toBeUndefined();
  });

  test("with many others waits for a person, before and after a restart, and goes when one approves", async () => {
    const rig = await start();
    const names = Array.from({ length: 7 }, (_, at) => `many-${at}`);
    for (const name of names) await given(rig, name);
    rig.folder.applications = rig.folder.applications.slice(0, 1);
    rig.folder.folders = [{ path: "/apps", state: "read", files: 1 }];
    rig.read();
    const waiting = names.slice(1).map(key);
    await eventually("they wait", () => rig.control.waitingRemovals().length === 6);
    await Bun.sleep(3 * MISSING_FOR_MS);
    rig.read();
    await rig.untilIdle();
    expect(deletions(rig)).toEqual([]);
    expect(conditions(rig.app("many-1"), "ApplicationMissingWarning")[0]).toContain(
      "wait for a person's approval",
    );
    expect(
      rig.control
        .problems()
        .map(({ text }) => text)
        .join(),
    ).toContain("6 applications are missing");
    await rig.stop();

    const again = await start({ store: rig.store, folder: rig.folder });
    await eventually("they wait again", () => again.control.waitingRemovals().length === 6);
    await Bun.sleep(3 * MISSING_FOR_MS);
    expect(deletions(again)).toEqual([]);
    expect(await again.control.approveRemoval([...waiting, key("many-0")], "user:test")).toEqual({
      is: "conflict",
      why: "nothing was approved, because argocd/many-0 does not wait for it any more",
    });
    expect(await again.control.approveRemoval(waiting, "user:test")).toEqual({ is: "approved" });
    for (const name of names.slice(1)) await again.untilGone(name);
    expect(again.control.application(key("many-0"))).toBeDefined();
    expect(
      again.store.audits({ limit: 100 }).find(({ action }) => action === "approve-removal"),
    ).toMatchObject({
      actor: "user:test",
      details: { applications: waiting },
    });
  });
});

describe("a name that is taken twice", () => {
  test.each(["apps/0.yaml", "apps/zz.yaml"])(
    "stays with who had it, before and after a restart; the newcomer in %s is the error and deletes nothing",
    async (file) => {
      const name = file.replace(/\W/g, "");
      const rig = await start();
      const { app, uid } = await given(rig, name);
      const folder = {
        ...rig.folder,
        applications: [{ app: intruder(app), file, line: 3 }, ...rig.folder.applications].sort((a, b) =>
          a.file < b.file ? -1 : 1,
        ),
      };
      Object.assign(rig.folder, folder);
      rig.read();
      await rig.untilIdle();
      const said = rig.control.problems().filter(({ severity }) => severity === "error");
      expect(said).toEqual([
        {
          severity: "error",
          file,
          line: 3,
          object: `Application argocd/${name}`,
          text: `this name is taken in apps/${name}.yaml:1, which was first`,
          fix: "Rename one of them, or remove it",
        },
      ]);
      await rig.refresh(name);
      expect([rig.app(name).spec, await uidOf(name, "a")]).toEqual([app.spec, uid]);
      await rig.stop();
      const again = await start({ store: rig.store, folder: rig.folder });
      await again.untilSettled(name);
      await again.untilIdle();
      expect([again.app(name).spec, await uidOf(name, "a"), deletions(again)]).toEqual([app.spec, uid, []]);
      await again.stop();
    },
  );

  test("goes to the newcomer when the incumbent is gone, as an edit: what both want is not touched", async () => {
    const rig = await start();
    const { app, uid } = await given(rig, "heir");
    const { uid: appUid } = rig.app("heir").metadata;
    const heir = structuredClone(app);
    heir.spec.info = [{ name: "is", value: "the heir" }];
    rig.folder.applications.unshift({ app: heir, file: "apps/0.yaml", line: 1 });
    rig.read();
    await rig.untilIdle();
    rig.folder.applications = rig.folder.applications.filter(({ file }) => file === "apps/0.yaml");
    rig.read();
    expect(rig.app("heir").spec.info).toBeUndefined();
    const seen = await rig.until("heir", (now) => now.spec.info !== undefined);
    await rig.untilSettled("heir");
    expect([await uidOf("heir", "a"), seen.metadata.uid, deletions(rig)]).toEqual([uid, appUid, []]);
    expect(rig.control.origin(key("heir"))).toMatchObject({ from: "file", file: "apps/0.yaml" });
    expect(rig.control.problems()).toEqual([]);
  });

  test("in two namespaces is two names, and a file that is renamed takes its name along at once", async () => {
    const rig = await start();
    const { app, uid } = await given(rig, "renamed");
    const other = structuredClone(app);
    other.metadata.namespace = "team";
    rig.folder.applications = [
      { app, file: "apps/elsewhere.yaml", line: 1 },
      { app: other, file: "apps/team.yaml", line: 1 },
    ];
    rig.read();
    expect(rig.control.problems().filter(({ text }) => /taken|belongs/.test(text))).toEqual([]);
    expect(rig.control.origin(key("renamed"))).toMatchObject({ file: "apps/elsewhere.yaml" });
    expect(rig.control.applications().length).toBe(2);
    expect(await uidOf("renamed", "a")).toBe(uid);
  });
});

test("a project whose file is half written at a start is the one that was there", async () => {
  const project = {
    apiVersion: "argoproj.io/v1alpha1" as const,
    kind: "AppProject" as const,
    metadata: { name: "default", namespace: "argocd" },
    spec: { sourceRepos: ["https://git.example.com/*"] },
  };
  const rig = await start();
  rig.folder.projects = [{ project, file: "apps/default.yaml", line: 1 }];
  rig.read();
  await rig.stop();
  const again = await start({
    store: rig.store,
    folder: {
      ...rig.folder,
      projects: [],
      problems: [{ severity: "error", file: "apps/default.yaml", text: "is no YAML" }],
    },
  });
  expect(again.control.projects().map(({ spec }) => spec.sourceRepos)).toEqual([
    ["https://git.example.com/*"],
  ]);
});

test("applications of the API come and go one by one, however many there are: nobody looks through all of them", async () => {
  const store = memoryStore();
  const calls = { applications: 0 };
  const rig = await start({
    store: {
      ...store,
      applications: () => {
        calls.applications++;
        return store.applications();
      },
    },
  });
  await world.makeNamespace("one-by-one");
  const repository = await world.repository("one-by-one", { "a.yaml": configMap("one-by-one", "a") });
  const names = Array.from({ length: 20 }, (_, at) => `made-${at}`);
  for (const name of names) {
    const app = appOf({ name, repository, namespace: "one-by-one", spec: { syncPolicy: {} } });
    expect(await rig.control.create(app, { upsert: false, actor: "user:test" })).toMatchObject({
      is: "written",
    });
  }
  const { spec } = rig.app("made-0");
  await rig.control.update({ ...rig.app("made-0"), spec: { ...spec, revisionHistoryLimit: 3 } }, "user:test");
  expect(rig.app("made-0").spec.revisionHistoryLimit).toBe(3);
  for (const name of names) await rig.control.remove(key(name), { cascade: "none", actor: "user:test" });
  for (const name of names) await rig.untilGone(name);
  expect(calls.applications).toBe(1);
  expect([store.applications(), store.states()]).toEqual([[], []]);
});

describe("a deletion that is going on", () => {
  const held = (name: string) => ({
    ...configMap(name, "held"),
    metadata: { name: "held", namespace: name, finalizers: ["example.com/held"] },
  });
  /** Being deleted, and held by a finalizer of somebody else's. */
  async function going(rig: Rig, name: string): Promise<Application> {
    await world.makeNamespace(name);
    const repository = await world.repository(name, { "a.yaml": held(name), "b.yaml": configMap(name, "b") });
    const { metadata, spec } = appOf({ name, repository });
    const app: Application = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata, spec };
    await rig.control.create(app, { upsert: false, actor: "user:test" });
    await rig.untilSettled(name);
    await rig.untilIdle();
    await rig.control.remove(key(name), { cascade: "foreground", actor: "user:test" });
    await rig.until(name, (now) => conditions(now, "DeletionHeldWarning").length > 0);
    return app;
  }

  test("says which object is held by whose finalizer", async () => {
    const rig = await start();
    await going(rig, "held-one");
    expect(conditions(rig.app("held-one"), "DeletionHeldWarning")).toEqual([
      expect.stringMatching(
        /^ConfigMap held-one\/held was asked to go at .* and is held by the finalizer example\.com\/held: whoever set it must take it away$/,
      ),
    ]);
    expect(rig.app("held-one").metadata.finalizers).toEqual([RESOURCES_FINALIZER]);
  });

  test.each<{ what: string; name: string; release: (rig: Rig, app: Application) => Promise<unknown> }>([
    {
      what: "a second deletion with cascade=false",
      name: "release-again",
      release: (rig) => rig.control.remove(key("release-again"), { cascade: "none", actor: "user:test" }),
    },
    {
      what: "taking the finalizer away",
      name: "release-finalizer",
      release: (rig, app) => rig.control.update(app, "user:test"),
    },
  ])("is released at once by $what, and the objects stay as they are", async ({ name, release }) => {
    const rig = await start();
    const app = await going(rig, name);
    expect(await release(rig, app)).toMatchObject({ is: "written" });
    await rig.untilGone(name);
    expect(await uidOf(name, "held")).toBeDefined();
  });

  test("is annotated and goes on, after the folders were read anew and after a restart too", async () => {
    const rig = await start();
    await going(rig, "annotated");
    const annotate = async (on: Rig, note: string) => {
      on.read();
      const shown = on.app("annotated");
      expect(shown.metadata.finalizers).toEqual([RESOURCES_FINALIZER]);
      const next = { ...shown, metadata: { ...shown.metadata, annotations: { note } } };
      expect(await on.control.update(next, "user:test")).toMatchObject({ is: "written" });
      await on.untilIdle();
      expect(on.app("annotated").metadata).toMatchObject({
        annotations: { note },
        deletionTimestamp: expect.any(String),
      });
    };
    await annotate(rig, "first");
    await rig.stop();
    const again = await start({ store: rig.store, folder: rig.folder });
    await again.until("annotated", (app) => conditions(app, "DeletionHeldWarning").length > 0);
    await annotate(again, "second");
    await again.control.remove(key("annotated"), { cascade: "none", actor: "user:test" });
    await again.untilGone("annotated");
  });

  test.each<{ what: string; name: string; says?: RegExp; lose: (rig: Rig) => void }>([
    {
      what: "left the config",
      name: "no-cluster",
      says: /Application argocd\/no-cluster/,
      lose: (rig) => void rig.clusters.splice(0),
    },
    {
      what: "does not answer a list",
      name: "silent-cluster",
      lose: (rig) => void (rig.cluster.follow = () => new Promise(() => undefined)),
    },
    {
      what: "is unreachable",
      name: "dead-cluster",
      says: /the test says so/,
      lose: (rig) => {
        rig.cluster.connection = () => ({ is: "unreachable", since: 0, why: "the test says so" });
      },
    },
  ])("is released from a cluster that $what", async ({ name, says, lose }) => {
    const rig = await start();
    await given(rig, name);
    lose(rig);
    rig.unplace(name);
    await rig.until(name, (app) => app.metadata.deletionTimestamp !== undefined);
    await Bun.sleep(50);
    if (says !== undefined) {
      const seen = await rig.until(name, (app) => conditions(app, "DeletionError").length > 0);
      expect(conditions(seen, "DeletionError")[0]).toMatch(says);
      expect(conditions(seen, "DeletionError")[0]).toContain("delete it with cascade=false");
    }
    expect(await rig.control.remove(key(name), { cascade: "none", actor: "user:test" })).toMatchObject({
      is: "written",
    });
    await rig.untilGone(name);
    expect(await uidOf(name, "a")).toBeDefined();
  });

  test("keeps nothing without bound either, nor does one that is made or edited", async () => {
    const rig = await start();
    const app = await going(rig, "no-bound");
    const huge = (of: Application): Application => ({
      ...of,
      metadata: { ...of.metadata, annotations: { note: "x".repeat(300_000) } },
    });
    const refused = { is: "invalid", problems: [{ text: expect.stringContaining("larger than 256 KiB") }] };
    expect(await rig.control.update(huge(rig.app("no-bound")), "user:test")).toMatchObject(refused);
    const other = { ...app, metadata: { ...app.metadata, name: "no-bound-made" } };
    expect(await rig.control.create(huge(other), { upsert: true, actor: "user:test" })).toMatchObject(
      refused,
    );
    expect(JSON.stringify(rig.store.states())).not.toContain("xxxx");
    await rig.control.remove(key("no-bound"), { cascade: "none", actor: "user:test" });
    await rig.untilGone("no-bound");
  });

  test("takes no new spec and no new application of the name, and says what to do", async () => {
    const rig = await start();
    const app = await going(rig, "not-anew");
    const answer = await rig.control.create(app, { upsert: true, actor: "user:test" });
    expect(answer).toEqual({
      is: "conflict",
      why: expect.stringContaining("is being deleted. Wait until it is gone"),
    });
    const other = structuredClone(app);
    other.spec.project = "other";
    expect(await rig.control.update(other, "user:test")).toMatchObject({
      is: "conflict",
      why: expect.stringContaining("only its annotations and finalizers can be changed"),
    });
    await rig.control.remove(key("not-anew"), { cascade: "none", actor: "user:test" });
    // Whoever lets go and then asks for the end again does not get it.
    await rig.control.remove(key("not-anew"), { cascade: "foreground", actor: "user:test" });
    await rig.untilGone("not-anew");
  });
});
