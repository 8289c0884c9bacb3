/** What commits that are not merged would do: asked of the real engine, which must be left as it was. */
import { describe, expect, test } from "bun:test";
import type { Application } from "../../src/core/model/application.ts";
import type { BlastAsk } from "../../src/core/model/blast-report.ts";
import { blastOf, effectsOf, inRepository, propose, settled } from "../lib/blast-of.ts";
import { AUTOMATED, appOf, type Files, HOME, type Rig, sharedRig, type World } from "../lib/engine-rig.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";

let world: World, rig: Rig;
sharedRig((...both) => {
  [world, rig] = both;
});
const blast = (ask: BlastAsk) => blastOf(rig, ask);
const key = (name: string): string => `${HOME}/${name}`;

const placed = (name: string, files: Files, spec?: object) => settled(rig, name, files, spec);

describe("of one application", () => {
  test("says what would be created, changed and deleted, with the fields against the live objects", async () => {
    const ns = "blast-all";
    const repository = await placed(ns, {
      "a.yaml": configMap(ns, "a"),
      "b.yaml": configMap(ns, "b"),
      "c.yaml": configMap(ns, "c"),
    });
    const head = await propose(repository, {
      "a.yaml": configMap(ns, "a", { key: "other" }),
      "b.yaml": null,
      "d.yaml": configMap(ns, "d"),
    });
    const { range, applications } = await blast({
      repository: repository.url,
      base: "main",
      head: "proposed",
    });
    expect(range).toMatchObject({
      head: { asked: "proposed", commit: head },
      into: "main",
      changedPaths: 3,
      concerned: 1,
      untouched: 0,
      elsewhere: [],
      notes: [],
    });
    const [told] = applications;
    expect(told).toMatchObject({ application: key(ns), cluster: "in-cluster", syncs: "by-itself", same: 1 });
    expect(effectsOf(told).sort()).toEqual([
      `change ConfigMap ${ns}/a`,
      `create ConfigMap ${ns}/d`,
      `delete ConfigMap ${ns}/b`,
    ]);
    if (told?.is !== "compared") throw new Error("not compared");
    const of = (name: string) => told.objects.find((object) => object.name === name);
    expect(of("a")?.fields).toMatchObject([{ path: "data.key", live: "value", desired: "other" }]);
    expect(of("b")?.live).toMatchObject({ metadata: { name: "b" } });
    expect(of("b")?.predicted).toBeUndefined();
    expect(of("d")?.predicted).toMatchObject({ metadata: { name: "d" }, data: { key: "value" } });
  });

  test("leaves the daemon, its records, its watches and the cluster as they were", async () => {
    const ns = "blast-still";
    const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
    await propose(repository, {
      "a.yaml": configMap(ns, "a", { key: "x" }),
      "b.yaml": configMap(ns, "b"),
      "web.yaml": deployment({ namespace: ns, name: "web" }),
    });
    const state = () =>
      JSON.stringify([
        rig.app(ns),
        rig.store.records(`${HOME}/${ns}` as never),
        rig.store.runs({ limit: 1_000 }).length,
        rig.cluster.size().kinds,
      ]);
    const before = state();
    const writes = rig.requests.length;
    const gitBefore = await inRepository(repository, "for-each-ref");
    const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(effectsOf(applications[0]).sort()).toEqual([
      `change ConfigMap ${ns}/a`,
      `create ConfigMap ${ns}/b`,
      `create Deployment ${ns}/web`,
    ]);
    await rig.untilIdle();
    expect(state()).toBe(before);
    const verbs = new Set(rig.requests.slice(writes).map(({ verb }) => verb));
    expect([...verbs].filter((verb) => !/dry-run$|^(get|list|watch|discover)$/.test(verb))).toEqual([]);
    expect(await world.hasConfigMap(ns, "b")).toBe(false);
    expect(await inRepository(repository, "for-each-ref")).toBe(gitBefore);
    rig.rendered.length = 0;
    const { status } = await rig.refresh(ns);
    expect(status?.sync.status).toBe("Synced");
    expect(rig.rendered).toEqual([]);
  });

  test("keeps what differs already apart from what the commits do", async () => {
    const ns = "blast-drift";
    const files = { "a.yaml": configMap(ns, "a"), "b.yaml": configMap(ns, "b") };
    const repository = await rig.placeNew(ns, files, { spec: { syncPolicy: {} } });
    await rig.sync(ns);
    await rig.untilSettled(ns);
    await world.must(
      "PATCH",
      configMapPath(ns, "b"),
      { data: { key: "by hand" } },
      "application/merge-patch+json",
    );
    await rig.until(ns, (app) => app.status?.sync.status === "OutOfSync");
    await propose(repository, { "a.yaml": configMap(ns, "a", { key: "other" }) });
    const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(applications[0]?.syncs).toBe("when-asked");
    expect(effectsOf(applications[0]).sort()).toEqual([
      `change ConfigMap ${ns}/a`,
      `change ConfigMap ${ns}/b (before)`,
    ]);
  });
});

describe("whom it concerns", () => {
  test("applications that read what changes on the branch that they follow, and nobody else", async () => {
    const ns = "blast-whom";
    await world.makeNamespace(ns);
    const repository = await world.repository(ns, {
      "one/a.yaml": configMap(ns, "one"),
      "two/a.yaml": configMap(ns, "two"),
      "tagged/a.yaml": configMap(ns, "tagged"),
    });
    await inRepository(repository, "tag", "v1.0.0");
    await inRepository(repository, "branch", "release");
    const first = await inRepository(repository, "rev-parse", "main");
    const of = (path: string, targetRevision?: string) => {
      const app = appOf({ name: `${ns}-${path}${targetRevision ?? ""}`, repository, path, namespace: ns });
      return { ...app, spec: { ...app.spec, source: { ...app.spec.source, targetRevision } } } as Application;
    };
    const apps = [
      of("one"),
      of("one", "refs/heads/main"),
      of("two", "main"),
      of("one", "release"),
      of("one", "v1.0.0"),
      of("one", first),
    ];
    rig.place(...apps.map((app, at) => ({ ...app, metadata: { ...app.metadata, name: `${ns}-${at}` } })));
    for (const at of apps.keys())
      await rig.until(
        `${ns}-${at}`,
        ({ status }) => status?.sync.status !== "Unknown" && status !== undefined,
      );
    await rig.untilIdle();
    rig.rendered.length = 0;
    await propose(repository, { "one/b.yaml": configMap(ns, "b") });
    const { range, applications } = await blast({
      repository: repository.url,
      base: "main",
      head: "proposed",
    });
    expect(applications.map(({ application }) => application)).toEqual([
      key(`${ns}-0`),
      key(`${ns}-1`),
    ] as never);
    expect(range).toMatchObject({ concerned: 2, untouched: 1 });
    expect(range.elsewhere).toEqual([
      { application: key(`${ns}-3`), why: "it follows the branch release" },
      { application: key(`${ns}-4`), why: "it is at the tag v1.0.0" },
      { application: key(`${ns}-5`), why: `it stays at commit ${first}` },
    ] as never);
    // The third one read nothing of it, and is not rendered for the question.
    expect(new Set(rig.rendered)).toEqual(new Set([`${ns}-0`, `${ns}-1`]));
    const into = await blast({
      repository: repository.url,
      base: "main",
      head: "proposed",
      into: "release",
    });
    expect(into.applications.map(({ application }) => application)).toEqual([key(`${ns}-3`)] as never);
    rig.folder.applications = [];
    rig.read();
  });

  test("what changed before the histories parted is not HEAD's", async () => {
    const ns = "blast-parted";
    const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
    const first = await inRepository(repository, "rev-parse", "main");
    const other = await propose(repository, { "README.md": "words" }, { branch: "words" });
    await repository.commit({ "a.yaml": configMap(ns, "a", { key: "newer" }) });
    await rig.refresh(ns);
    await rig.untilIdle();
    const ask = { repository: repository.url, base: "main", head: "words" };
    const { range, applications } = await blast(ask);
    expect(range).toMatchObject({ parted: { is: "at", commit: first }, head: { commit: other } });
    // A file beside the manifests belongs to the folder: the application is looked at, and nothing is found.
    expect(applications.flatMap(effectsOf)).toEqual([]);
    expect(range.notes).toEqual([]);
    await propose(
      repository,
      { "a.yaml": configMap(ns, "a", { key: "theirs" }), "b.yaml": configMap(ns, "b") },
      { branch: "both", from: first },
    );
    const both = await blast({ ...ask, head: "both" });
    expect(both.applications.flatMap(effectsOf).sort()).toEqual([
      `change ConfigMap ${ns}/a`,
      `create ConfigMap ${ns}/b`,
    ]);
    expect(both.range.notes).toEqual([
      "Both both and main changed a.yaml: both's version is looked at, and a merge may leave another one.",
    ]);
  });

  test("a commit that is merged already, and BASE itself, change nothing", async () => {
    const ns = "blast-merged";
    const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
    const first = await inRepository(repository, "rev-parse", "main");
    await repository.commit({ "a.yaml": configMap(ns, "a", { key: "x" }) });
    await rig.refresh(ns);
    for (const head of [first, "main", first.slice(0, 12)]) {
      const { range, applications } = await blast({ repository: repository.url, base: "main", head });
      expect({ head, changed: range.changedPaths, applications }).toEqual({
        head,
        changed: 0,
        applications: [],
      });
    }
  });
});

test("of several sources, only the ones that follow the branch of this repository move", async () => {
  const ns = "blast-sources";
  await world.makeNamespace(ns);
  const [one, two] = [
    await world.repository(`${ns}-1`, { "x/a.yaml": configMap(ns, "a") }),
    await world.repository(`${ns}-2`, { "y/b.yaml": configMap(ns, "b"), "z/c.yaml": configMap(ns, "c") }),
  ];
  await inRepository(two, "branch", "stable");
  const app = appOf({ name: ns, repository: one, namespace: ns, spec: { syncPolicy: AUTOMATED } });
  const { source: _, ...spec } = app.spec;
  rig.place({
    ...app,
    spec: {
      ...spec,
      sources: [
        { repoURL: one.url, path: "x" },
        { repoURL: two.url, path: "y" },
        { repoURL: two.url, path: "z", targetRevision: "stable" },
      ],
    },
  });
  await rig.untilSettled(ns);
  // What the first repository has got meanwhile, and the daemon has not seen, is not this commit's.
  await one.commit({ "x/a.yaml": configMap(ns, "a", { key: "newer" }) });
  await blast({ repository: one.url, base: "main", head: "main" });
  await propose(two, {
    "y/b.yaml": configMap(ns, "b", { key: "x" }),
    "z/c.yaml": configMap(ns, "c", { key: "x" }),
  });
  const { applications } = await blast({ repository: two.url, base: "main", head: "proposed" });
  expect(applications.flatMap(effectsOf)).toEqual([`change ConfigMap ${ns}/b`]);
});

describe("an object that moves from one application to another in the same commits", () => {
  test("is handed over, and not deleted", async () => {
    const ns = "blast-moves";
    await world.makeNamespace(ns);
    const repository = await world.repository(ns, {
      "from/shared.yaml": configMap(ns, "shared"),
      "from/a.yaml": configMap(ns, "a"),
      "to/b.yaml": configMap(ns, "b"),
    });
    for (const path of ["from", "to"])
      rig.place(
        appOf({ name: `${ns}-${path}`, repository, path, namespace: ns, spec: { syncPolicy: AUTOMATED } }),
      );
    for (const path of ["from", "to"]) await rig.untilSettled(`${ns}-${path}`);
    await propose(repository, { "from/shared.yaml": null, "to/shared.yaml": configMap(ns, "shared") });
    const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(applications.map(effectsOf)).toEqual([
      [`stay ConfigMap ${ns}/shared`],
      [`change ConfigMap ${ns}/shared`],
    ]);
    expect(applications[0]).toMatchObject({
      objects: [{ why: expect.stringContaining(`application ${key(`${ns}-to`)} wants it now`) }],
    });
  });

  test("is deleted where the one that wants it now wants it no more", async () => {
    const ns = "blast-both-gone";
    await world.makeNamespace(ns);
    const repository = await world.repository(ns, {
      "one/shared.yaml": configMap(ns, "shared"),
      "one/a.yaml": configMap(ns, "a"),
      "two/shared.yaml": configMap(ns, "shared"),
      "two/b.yaml": configMap(ns, "b"),
    });
    rig.place(
      appOf({ name: `${ns}-one`, repository, path: "one", namespace: ns, spec: { syncPolicy: AUTOMATED } }),
    );
    await rig.untilSettled(`${ns}-one`);
    rig.place(
      appOf({ name: `${ns}-two`, repository, path: "two", namespace: ns, spec: { syncPolicy: AUTOMATED } }),
    );
    await rig.until(
      `${ns}-two`,
      ({ status }) => status?.sync.status !== undefined && status.resources?.length === 2,
    );
    await rig.untilIdle();
    await propose(repository, { "one/shared.yaml": null });
    const ask = { repository: repository.url, base: "main", head: "proposed" };
    expect(effectsOf((await blast(ask)).applications[0])).toEqual([`stay ConfigMap ${ns}/shared`]);
    await propose(repository, { "one/shared.yaml": null, "two/shared.yaml": null }, { branch: "proposed" });
    expect((await blast(ask)).applications.map(effectsOf)).toEqual([[`delete ConfigMap ${ns}/shared`], []]);
  });
});

test("what a person holds at an older deployment is told as it would be when it goes on", async () => {
  const ns = "blast-held-back";
  const repository = await placed(ns, { "a.yaml": configMap(ns, "a", { key: "1" }) });
  await repository.commit({ "a.yaml": configMap(ns, "a", { key: "2" }) });
  await rig.refresh(ns);
  await rig.untilSettled(ns);
  const asked = { deployment: 0, until: "lifted", actor: "user:ann" } as const;
  expect(await rig.control.rollback(key(ns) as never, asked)).toMatchObject({ is: "written" });
  await rig.until(
    ns,
    ({ status }) => status?.operationState?.phase === "Succeeded" && status.sync.status === "Synced",
  );
  await rig.untilIdle();
  expect((await world.find(configMapPath(ns, "a"))).data).toEqual({ key: "1" });
  await propose(repository, { "b.yaml": configMap(ns, "b") });
  const before = JSON.stringify(rig.app(ns));
  const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
  expect(applications[0]?.syncs).toBe("when-asked");
  expect(effectsOf(applications[0]).sort()).toEqual([
    `change ConfigMap ${ns}/a (before)`,
    `create ConfigMap ${ns}/b`,
  ]);
  expect(JSON.stringify(rig.app(ns))).toBe(before);
});
