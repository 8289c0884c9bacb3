/** What commits that are not merged would do: asked of the real engine, which must be left as it was. */
import { describe, expect, test } from "bun:test";
import type { Application } from "../../src/core/model/application.ts";
import type { ApplicationEffect, BlastAsk, BlastRange } from "../../src/core/model/blast-report.ts";
import type { Failure } from "../../src/core/model/failure.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import {
  AUTOMATED,
  appOf,
  type Files,
  HOME,
  type Repository,
  type Rig,
  sharedRig,
  type World,
} from "../lib/engine-rig.ts";
import { runGit } from "../lib/git-server.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";

let world: World, rig: Rig;
sharedRig((...both) => {
  [world, rig] = both;
});

interface Told {
  range: BlastRange;
  applications: ApplicationEffect[];
}

async function blast(ask: BlastAsk, of: Rig = rig): Promise<Told> {
  const applications: ApplicationEffect[] = [];
  let range: BlastRange | undefined;
  let ends = 0;
  for await (const event of of.control.blast(ask, new AbortController().signal)) {
    if (event.is === "range") range = event.range;
    else if (event.is === "application") applications.push(event.effect);
    else ends++;
  }
  if (range === undefined || ends !== 1) throw new Error("the answer has no beginning or no end");
  return { range, applications };
}

const failureOf = (ask: BlastAsk): Promise<Failure> =>
  blast(ask).then(
    () => Promise.reject(new Error("it answered")),
    (cause: Failure) => cause,
  );

const inRepository = (repository: Repository, ...argv: string[]): Promise<string> =>
  runGit(["-C", repository.url, ...argv]);

/** Commits onto a branch of its own, and leaves main where it was. */
async function propose(
  repository: Repository,
  files: Files,
  { branch = "proposed", from = "main" }: { branch?: string; from?: string } = {},
): Promise<string> {
  const main = await inRepository(repository, "rev-parse", "main");
  await inRepository(repository, "reset", "-q", "--hard", from);
  const commit = await repository.commit(files);
  await inRepository(repository, "update-ref", `refs/heads/${branch}`, commit);
  await inRepository(repository, "reset", "-q", "--hard", main);
  return commit;
}

/** `create ConfigMap shop/a`, with `(before)` where the range does not cause it. */
const effectsOf = (told: ApplicationEffect | undefined): string[] =>
  told?.is === "compared"
    ? told.objects.map(
        ({ effect, kind, namespace, name, cause }) =>
          `${effect} ${kind} ${namespace}/${name}${cause === "before" ? " (before)" : ""}`,
      )
    : [`failed: ${told?.why}`];

const key = (name: string): string => `${HOME}/${name}`;

async function placed(name: string, files: Files, spec: object = { syncPolicy: AUTOMATED }) {
  const repository = await rig.placeNew(name, files, { spec });
  await rig.untilSettled(name);
  await rig.untilIdle();
  return repository;
}

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

describe("what stands in the way", () => {
  test("deletions that a guard would hold back are held, and say what lets them through", async () => {
    const ns = "blast-held";
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const repository = await placed(
      ns,
      Object.fromEntries(names.map((name) => [`${name}.yaml`, configMap(ns, name)])),
    );
    await propose(repository, Object.fromEntries(names.slice(1).map((name) => [`${name}.yaml`, null])));
    const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(effectsOf(applications[0]).sort()).toEqual(
      names.slice(1).map((name) => `hold ConfigMap ${ns}/${name}`),
    );
    const [told] = applications;
    expect(told?.is === "compared" && told.objects[0]?.why).toContain("--prune --confirm 7");
  });

  test("what is not pruned by itself stays, and what says Prune=false", async () => {
    const ns = "blast-stays";
    const repository = await placed(
      ns,
      {
        "a.yaml": configMap(ns, "a"),
        "b.yaml": configMap(ns, "b"),
        "c.yaml": configMap(ns, "c", { key: "v" }, { "argocd.argoproj.io/sync-options": "Prune=false" }),
      },
      { syncPolicy: { automated: {} } },
    );
    await propose(repository, { "b.yaml": null, "c.yaml": null });
    const ask = { repository: repository.url, base: "main", head: "proposed" };
    expect(effectsOf((await blast(ask)).applications[0])).toEqual([
      `stay ConfigMap ${ns}/b`,
      `stay ConfigMap ${ns}/c`,
    ]);
  });

  test("a commit that cannot be rendered is that application's failure, and the others are told", async () => {
    const ns = "blast-broken";
    await world.makeNamespace(ns);
    const repository = await world.repository(ns, {
      "one/a.yaml": configMap(ns, "one"),
      "two/a.yaml": configMap(ns, "two"),
    });
    for (const path of ["one", "two"])
      rig.place(
        appOf({ name: `${ns}-${path}`, repository, path, namespace: ns, spec: { syncPolicy: AUTOMATED } }),
      );
    for (const path of ["one", "two"]) await rig.untilSettled(`${ns}-${path}`);
    await propose(repository, {
      "one/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: [",
      "two/b.yaml": configMap(ns, "b"),
    });
    const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(applications).toMatchObject([
      {
        application: key(`${ns}-one`),
        is: "failed",
        code: "manifest",
        why: expect.stringContaining("one/a.yaml"),
      },
      { application: key(`${ns}-two`), is: "compared" },
    ]);
    expect(effectsOf(applications[1])).toEqual([`create ConfigMap ${ns}/b`]);
    // The pass that goes on beside it is not touched.
    expect((await rig.refresh(`${ns}-one`)).status?.sync.status).toBe("Synced");
  });

  test("a commit that mends a broken application is told as well", async () => {
    const ns = "blast-mends";
    const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
    await repository.commit({ "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: [" });
    await rig.refresh(ns);
    expect(rig.app(ns).status?.sync.status).toBe("Unknown");
    await propose(repository, { "a.yaml": configMap(ns, "a", { key: "mended" }) });
    const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(effectsOf(applications[0])).toEqual([`change ConfigMap ${ns}/a`]);
  });

  test("an object that the API server refuses is refused, with its words", async () => {
    const ns = "blast-refused";
    const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
    await propose(repository, {
      "a.yaml": configMap(ns, "a", { key: "other" }),
      "elsewhere.yaml": configMap("blast-nowhere", "b"),
    });
    const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(effectsOf(applications[0]).sort()).toEqual([
      `change ConfigMap ${ns}/a`,
      "refuse ConfigMap blast-nowhere/b",
    ]);
    const refused =
      applications[0]?.is === "compared" && applications[0].objects.find(({ name }) => name === "b");
    expect(refused).toMatchObject({ why: expect.stringContaining("blast-nowhere") });
  });

  test("a namespace and what goes into it, made by one commit, are no refusal", async () => {
    const ns = "blast-made";
    const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
    await propose(repository, {
      "ns.yaml": { apiVersion: "v1", kind: "Namespace", metadata: { name: "blast-new" } },
      "b.yaml": configMap("blast-new", "b"),
    });
    const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(effectsOf(applications[0]).sort()).toEqual([
      "create ConfigMap blast-new/b",
      "create Namespace /blast-new",
    ]);
    expect(await world.find("/api/v1/namespaces/blast-new")).toBeUndefined();
  });
});

describe("what a commit must not show", () => {
  const LIVE = "only-administrators-know";

  test("an object that the project does not permit is refused, and neither read nor asked about", async () => {
    const ns = "blast-denied";
    await world.makeNamespace(ns);
    await world.makeNamespace("blast-private");
    await world.must(
      "POST",
      "/api/v1/namespaces/blast-private/configmaps",
      configMap("blast-private", "s", { s: LIVE }),
    );
    const repository = await world.repository(ns, { "a.yaml": configMap(ns, "a") });
    rig.folder.projects.push({
      project: {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { name: "narrow", namespace: HOME },
        spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: ns }] },
      } as never,
      file: "projects/narrow.yaml",
      line: 1,
    });
    rig.place(appOf({ name: ns, repository, spec: { project: "narrow", syncPolicy: AUTOMATED } }));
    await rig.untilSettled(ns);
    await propose(repository, { "s.yaml": configMap("blast-private", "s", { s: "guess" }) });
    const before = rig.requests.length;
    const told = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(effectsOf(told.applications[0])).toEqual(["refuse ConfigMap blast-private/s"]);
    expect(JSON.stringify(told)).not.toContain(LIVE);
    expect(rig.requests.slice(before).filter(({ kind }) => kind.endsWith("ConfigMap"))).toEqual([]);
  });

  test("another application's object is left to that one", async () => {
    const [ns, other] = ["blast-taker", "blast-owner"];
    await placed(other, { "s.yaml": configMap(other, "s", { s: LIVE }) });
    const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
    await propose(repository, { "s.yaml": configMap(other, "s", { s: "mine" }) });
    const told = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(effectsOf(told.applications[0])).toEqual([]);
    expect(told.applications[0]).toMatchObject({
      warnings: [expect.stringContaining(`ConfigMap ${other}/s belongs to `)],
    });
    expect(JSON.stringify(told)).not.toContain(LIVE);
  });

  test("values of Secrets, of what is there, what is wanted and what is new", async () => {
    const ns = "blast-secrets";
    const secret = (name: string, value: string) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace: ns },
      data: { password: Buffer.from(value).toString("base64") },
    });
    const repository = await placed(ns, { "s.yaml": secret("s", LIVE), "gone.yaml": secret("gone", LIVE) });
    await propose(repository, {
      "s.yaml": secret("s", "the-next-one"),
      "gone.yaml": null,
      "new.yaml": secret("new", "a-third-one"),
    });
    const told = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(effectsOf(told.applications[0]).sort()).toEqual([
      `change Secret ${ns}/s`,
      `create Secret ${ns}/new`,
      `delete Secret ${ns}/gone`,
    ]);
    for (const value of [LIVE, "the-next-one", "a-third-one"]) {
      expect(JSON.stringify(told)).not.toContain(value);
      expect(JSON.stringify(told)).not.toContain(Buffer.from(value).toString("base64"));
    }
  });
});

describe("what is asked", () => {
  test("a repository that nobody follows is not asked, and says which there are", async () => {
    const before = rig.gitRequests.length;
    const failure = await failureOf({
      repository: "https://internal.example.com/secrets.git",
      base: "main",
      head: "x",
    });
    expect(failure).toMatchObject({
      code: "config",
      why: expect.stringContaining("no application here reads"),
    });
    expect(failure.fix).toContain("Name one of these: /");
    expect(rig.gitRequests.length).toBe(before);
    expect(await failureOf({ base: "main", head: "x" })).toMatchObject({
      code: "config",
      fix: expect.stringContaining("--repo"),
    });
  });

  test("commits that are not there, names of none, and histories that share nothing", async () => {
    const ns = "blast-asked";
    const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
    const ask = { repository: repository.url, base: "main" };
    for (const head of [
      "no-such-branch",
      "refs/pull/7/head",
      "f".repeat(40),
      "abcdef1",
      "a..b",
      "--upload-pack=x",
    ]) {
      const failure = await failureOf({ ...ask, head });
      expect({ head, code: failure.code, fix: failure.fix }).toEqual({
        head,
        code: "git-revision",
        fix: expect.stringContaining("Push it first"),
      } as never);
    }
    expect((await failureOf({ ...ask, base: "gone", head: "main" })).code).toBe("git-revision");
    expect((await failureOf({ ...ask, head: "main", into: "gone" })).code).toBe("git-revision");
    const tree = await inRepository(repository, "rev-parse", "main^{tree}");
    const alone = await inRepository(repository, "commit-tree", "-m", "alone", tree);
    await inRepository(repository, "update-ref", "refs/heads/alone", alone);
    expect(await failureOf({ ...ask, head: "alone" })).toMatchObject({
      code: "git-revision",
      why: "it has no commit in common with main",
    });
  });

  test("by branch, by ref of a pull request, by tag, by a whole SHA and by its beginning", async () => {
    const ns = "blast-names";
    const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
    const base = await inRepository(repository, "rev-parse", "main");
    const head = await propose(repository, { "b.yaml": configMap(ns, "b") });
    await inRepository(repository, "update-ref", "refs/pull/3/head", head);
    await inRepository(repository, "update-ref", "refs/merge-requests/4/head", head);
    await inRepository(repository, "tag", "-a", "-m", "annotated", "v9", head);
    for (const [from, to] of [
      ["main", "proposed"],
      ["", "refs/pull/3/head"],
      [base, "refs/merge-requests/4/head"],
      [base.slice(0, 10), "v9"],
      ["refs/heads/main", head],
      ["main", head.slice(0, 10)],
    ] as const) {
      const { range, applications } = await blast({ repository: repository.url, base: from, head: to });
      expect({ to, into: range.into, commit: range.head.commit as string }).toEqual({
        to,
        into: "main",
        commit: head,
      });
      expect(effectsOf(applications[0])).toEqual([`create ConfigMap ${ns}/b`]);
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

test("a kind that nobody watches is read once, and not watched for the question", async () => {
  const ns = "blast-unwatched";
  const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
  await world.must("POST", `/api/v1/namespaces/${ns}/serviceaccounts`, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "there", labels: { by: "hand" } },
  });
  const account = (name: string) => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace: ns, labels: { by: "git" } },
  });
  await propose(repository, { "s.yaml": [account("there"), account("new")] });
  const before = rig.cluster.size().kinds;
  const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
  expect(effectsOf(applications[0]).sort()).toEqual([
    `change ServiceAccount ${ns}/there`,
    `create ServiceAccount ${ns}/new`,
  ]);
  expect(rig.cluster.size().kinds).toBe(before);
});

test("whoever stops reading ends the work, and a crowd is told to come again", async () => {
  const ns = "blast-crowd";
  const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
  await propose(repository, { "b.yaml": configMap(ns, "b") });
  const ask = { repository: repository.url, base: "main", head: "proposed" };
  const begun = Array.from({ length: 8 }, () => rig.control.blast(ask, new AbortController().signal));
  for (const one of begun) expect((await one.next()).value).toMatchObject({ is: "range" });
  expect(await failureOf(ask)).toMatchObject({ code: "not-ready" });
  for (const one of begun) await one.return(undefined);
  expect((await blast(ask)).applications).toHaveLength(1);
  const gone = new AbortController();
  const cut = rig.control.blast(ask, gone.signal);
  await cut.next();
  gone.abort(new Error("gone"));
  await expect(cut.next()).rejects.toThrow("gone");
  expect((await blast(ask)).applications).toHaveLength(1);
});

describe("applications whose own manifest changes", () => {
  const manifestOf = (name: string, repository: Repository, more: object = {}): KubeObject =>
    appOf({ name, repository, namespace: "blast-manifests", path: name, ...more }) as never;
  const file = (name: string): string => `apps/${name}.yaml`;

  test("are looked at as they would be: a new one, one with another path, one that goes, with and without its objects", async () => {
    const ns = "blast-manifests";
    await world.makeNamespace(ns);
    const repository = await world.repository(ns, {});
    const spec = { syncPolicy: AUTOMATED };
    const finalizers = { metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] } };
    const apps = {
      moved: manifestOf("moved", repository, { spec }),
      going: manifestOf("going", repository, { spec, ...finalizers }),
      leaving: manifestOf("leaving", repository, { spec }),
    };
    const folders = Object.fromEntries(
      ["moved", "going", "leaving", "other", "fresh"].map((name) => [`${name}/a.yaml`, configMap(ns, name)]),
    );
    await repository.commit({
      ...folders,
      ...Object.fromEntries(Object.entries(apps).map(([name, app]) => [file(name), app])),
    });
    rig.place(...(structuredClone(Object.values(apps)) as never[]));
    for (const name of Object.keys(apps)) await rig.untilSettled(name);
    const other = manifestOf("moved", repository, { spec, path: "other" });
    await propose(repository, {
      [file("moved")]: other,
      [file("going")]: null,
      [file("leaving")]: null,
      [file("fresh")]: manifestOf("fresh", repository, { spec }),
      "projects/team.yaml": {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { name: "team", namespace: HOME },
        spec: {},
      } as never,
    });
    const before = rig.cluster.size().kinds;
    const { range, applications } = await blast({
      repository: repository.url,
      base: "main",
      head: "proposed",
    });
    expect(
      applications.map((told) => [told.application as string, told.manifest, effectsOf(told).sort()]),
    ).toEqual([
      [key("fresh"), { is: "new", file: file("fresh") }, [`create ConfigMap ${ns}/fresh`]],
      [key("going"), { is: "removed", file: file("going") }, [`delete ConfigMap ${ns}/going`]],
      [key("leaving"), { is: "removed", file: file("leaving") }, []],
      [
        key("moved"),
        { is: "changed", file: file("moved") },
        [`create ConfigMap ${ns}/other`, `delete ConfigMap ${ns}/moved`],
      ],
    ]);
    expect(applications[2]).toMatchObject({
      warnings: [expect.stringContaining("What it has in the cluster stays (1)")],
    });
    expect(range.notes).toEqual([
      "Taken as it is now, though these commits change it: AppProject team (projects/team.yaml).",
    ]);
    expect(rig.control.application(key("fresh") as never)).toBeUndefined();
    expect(rig.cluster.size().kinds).toBe(before);
    rig.folder.applications = [];
    rig.read();
  });

  test("say nothing of an application that exists otherwise, and must not lead the daemon to another repository", async () => {
    const ns = "blast-strangers";
    const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
    const strange = manifestOf("strange", { ...repository, url: "https://internal.example.com/x.git" });
    const written = manifestOf(ns, repository, { namespace: "kube-system" });
    const before = rig.gitRequests.length;
    await propose(repository, {
      [file("strange")]: strange,
      [file(ns)]: written,
      "apps/broken.yaml":
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: broken}\nspec: {source: 7}\n",
      "apps/template.yaml":
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: {{ .x }}}\n",
    });
    const { range, applications } = await blast({
      repository: repository.url,
      base: "main",
      head: "proposed",
    });
    const strangers = applications.filter(({ application }) => (application as string) === key("strange"));
    expect(strangers).toMatchObject([
      {
        is: "failed",
        code: "config",
        why: expect.stringContaining("no application here reads https://internal"),
      },
    ]);
    expect(range.notes).toEqual([
      expect.stringContaining("apps/broken.yaml"),
      `${file(ns)} changes the Application ${key(ns)}, which exists here otherwise than the branch says: it is looked at as it is.`,
    ]);
    expect(rig.gitRequests.slice(before).filter(({ url }) => url.includes("internal"))).toEqual([]);
  });
});

describe("an application whose manifest cannot be told to be gone", () => {
  /** An application of this name whose manifest stands in its own repository, beside its objects. */
  async function placedFrom(name: string, files: (app: KubeObject) => Files) {
    await world.makeNamespace(name);
    const repository = await world.repository(name, { "app/a.yaml": configMap(name, "a") });
    const app = appOf({
      name,
      repository,
      namespace: name,
      path: "app",
      spec: { syncPolicy: AUTOMATED },
      metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] },
    });
    await repository.commit(files(app as never));
    rig.place(structuredClone(app));
    await rig.untilSettled(name);
    return { repository, app: app as never as KubeObject };
  }
  const ask = (repository: Repository) =>
    blast({ repository: repository.url, base: "main", head: "proposed" });

  test.each([
    ["no-yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: [\n"],
    [
      "mistaken",
      "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\nspec: {source: 7}\n",
    ],
    ["too-large", `# ${"x".repeat(1 << 20)}\n`],
  ])("stays where its file is %s, as the daemon keeps it", async (how, text) => {
    const name = `blast-${how}`;
    const { repository } = await placedFrom(name, (app) => ({ "apps/it.yaml": app }));
    await propose(repository, { "apps/it.yaml": text });
    const { range, applications } = await ask(repository);
    expect(applications).toEqual([]);
    expect(range.notes).toContain(
      `apps/it.yaml cannot be read as a whole then, so the Application ${key(name)} stays as it is.`,
    );
  });

  test("is neither new nor removed where the search of one side alone ended before its file", async () => {
    const name = "blast-many-files";
    const many = (folder: string, text: string): Files =>
      Object.fromEntries(Array.from({ length: 260 }, (_, at) => [`${folder}/${at}.yaml`, `# ${text}\n`]));
    const { repository, app } = await placedFrom(name, (one) => ({
      ...many("a", "was"),
      "0/it.yaml": [one],
    }));
    // A search ends at 500 files: behind those of both folders, and before this one, which comes last.
    const proposed = {
      ...many("a", "is"),
      ...many("b", "new"),
      "0/it.yaml": [app, configMap(name, "beside")],
    };
    await propose(repository, proposed);
    const { range, applications } = await ask(repository);
    expect(applications).toEqual([]);
    expect(range.notes).toEqual([
      "Not all changed files were searched for manifests of Applications: there are too many.",
    ]);
  });
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

test("a manifest that nobody has reviewed shows nothing of another project", async () => {
  const ns = "blast-project";
  const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
  rig.folder.projects.push({
    project: {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: { name: "other", namespace: HOME },
      spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }] },
    } as never,
    file: "projects/other.yaml",
    line: 1,
  });
  rig.read();
  const app = appOf({ name: "spy", repository, namespace: ns, spec: { project: "other" } });
  await propose(repository, { "apps/spy.yaml": app as never });
  const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
  expect(applications.find(({ application }) => (application as string) === key("spy"))).toMatchObject({
    is: "failed",
    why: expect.stringContaining("no application of this repository is in the project other"),
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
