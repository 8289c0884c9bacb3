/** Applications of several sources: whose revision is meant, by API and command line, and what becomes of a sync. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import type { AppKey, Application, SyncPolicy } from "../../src/core/model/application.ts";
import { revisionsBySource } from "../../src/core/model/source-positions.ts";
import { defined } from "../../src/lib/defined.ts";
import { COMMIT, type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { cli } from "../lib/cli.ts";
import {
  AUTOMATED,
  appOf,
  conditions,
  HOME,
  isQuiet,
  type Repository,
  type Rig,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { AT, CLUSTER, renderHost } from "../lib/render-host.ts";
import { sourceFolder } from "../lib/source-folder.ts";

const sourcesOf = (...names: string[]) =>
  names.map((name) => ({
    repoURL: `https://git.example.com/${name}.git`,
    path: ".",
    targetRevision: "main",
    name,
  }));

function several(name: string, sources: NonNullable<Application["spec"]["sources"]>): Application {
  const app = fakeApp("argocd", name);
  const { source: _, syncPolicy: __, ...spec } = app.spec;
  return { ...app, spec: { ...spec, sources } };
}

describe("revisionsBySource()", () => {
  const three = several("x", sourcesOf("a", "b", "c")).spec;
  test.each([
    [{}, []],
    [{ revisions: ["1", "2", "3"] }, ["1", "2", "3"]],
    [{ revisions: ["1"] }, ["1"]],
    [{ revisions: ["3", "1"], positions: [3, 1] }, ["1", "", "3"]],
    [{ revisions: [], positions: [] }, ["", "", ""]],
  ])("%j is %j of three sources", (asked, revisions) => {
    expect(revisionsBySource(three, asked)).toEqual({ ok: true, revisions });
  });

  test.each([
    [{ revision: "1" }, "revision", "has 3 sources"],
    [{ revision: "1", revisions: ["1"] }, "revision", "not both"],
    [{ revisions: ["1", "2", "3", "4"] }, "revisions", "are 4, and the application has 3 sources"],
    [{ revisions: ["1"], positions: [1, 2] }, "sourcePositions", "are 2, and revisions are 1"],
    [{ positions: [1] }, "sourcePositions", "are 1, and revisions are 0"],
    [{ revisions: ["1"], positions: [0] }, "sourcePositions", "0 is none"],
    [{ revisions: ["1"], positions: [4] }, "sourcePositions", "4 is none: the application has 3 sources"],
    [{ revisions: ["1"], positions: [1.5] }, "sourcePositions", "1.5 is none"],
    [{ revisions: ["1", "2"], positions: [2, 2] }, "sourcePositions", "2 is there twice"],
  ])("%j is refused", (asked, field, why) => {
    expect(revisionsBySource(three, asked)).toEqual({ ok: false, field, why: expect.stringContaining(why) });
  });

  test("one source has one revision, whichever way it is named", () => {
    const { spec } = fakeApp("argocd", "x");
    for (const asked of [{ revision: "1" }, { revisions: ["1"] }, { revisions: ["1"], positions: [1] }])
      expect(revisionsBySource(spec, asked)).toEqual({ ok: true, revisions: ["1"] });
    expect(revisionsBySource(spec, { revisions: ["1", "2"] })).toMatchObject({ ok: false });
  });
});

describe("the command line and the API", () => {
  let control: FakeControl, api: FakeApi;
  beforeAll(() => {
    control = fakeControl();
    control.put(several("web", sourcesOf("one", "two")));
    control.put(fakeApp("argocd", "single"));
    api = startFakeApi(control);
  });
  afterAll(() => api.stop());
  const run = (argv: string) => cli(argv.trim().split(" "), { server: api.url });
  const asked = async (flags: string, name = "web"): Promise<unknown> => {
    control.put(name === "web" ? several("web", sourcesOf("one", "two")) : fakeApp("argocd", name));
    const { code, stderr } = await run(`app sync ${name} --async ${flags}`);
    if (code !== 0) return stderr;
    const { revision, revisions } = control.application(`argocd/${name}` as AppKey)?.operation?.sync ?? {};
    return revision ?? revisions;
  };

  test.each([
    ["--revisions v2 --source-positions 2", ["", "v2"]],
    ["--revisions v2 --source-names two", ["", "v2"]],
    ["--revisions v2 --revisions v1 --source-positions 2,1", ["v1", "v2"]],
    ["--revisions v1 --revisions v2", ["v1", "v2"]],
    ["", undefined],
  ])("app sync %s asks for %j", async (flags, revisions) => {
    expect(await asked(flags)).toEqual(revisions as never);
  });

  test.each([
    ["--revision v1", "the application has 2 sources: name the revision of one by its position"],
    ["--source-positions 1", "--source-positions needs --revisions."],
    ["--revision v1 --source-names one", "--source-names goes with --revisions, not with --revision."],
    [
      "--revisions v1 --source-positions 1 --source-names one",
      "--source-positions and --source-names say the same.",
    ],
    [
      "--revisions v1 --source-positions 1 --source-positions 2",
      "There are 1 --revisions and 2 --source-positions.",
    ],
    ["--revisions v1 --source-positions 3", "3 is none: the application has 2 sources, from 1"],
    ["--revisions v1 --source-positions 0", "Write a whole number from 1."],
    [
      "--revisions v1 --source-names three",
      "argocd/web has no source called three.\n  They are called one, two.",
    ],
  ])("app sync %s is refused with a sentence", async (flags, says) => {
    expect(await asked(flags)).toContain(says);
  });

  test("of a single source, both ways say the same", async () => {
    expect(await asked("--revision v1", "single")).toBe("v1");
    expect(await asked("--revisions v1 --source-positions 1", "single")).toEqual(["v1"]);
  });

  test("positions may be texts, as protobuf's JSON has whole numbers of 64 bits; other things are refused", async () => {
    const post = async (body: unknown) => {
      control.put(several("web", sourcesOf("one", "two")));
      const answer = await fetch(`${api.url}/api/v1/applications/web/sync`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return { status: answer.status, body: (await answer.json()) as { message?: string } };
    };
    expect((await post({ revisions: ["x"], sourcePositions: ["2"] })).status).toBe(200);
    expect(control.application("argocd/web" as AppKey)?.operation?.sync?.revisions).toEqual(["", "x"]);
    for (const sourcePositions of [["two"], [null], 2, [1.5], ["-1"]])
      expect(await post({ revisions: ["x"], sourcePositions })).toMatchObject({
        status: 400,
        body: { message: expect.stringContaining("sourcePositions") },
      });
  });

  test("app manifests takes the same", async () => {
    const seen: unknown[] = [];
    const { manifests } = control;
    control.manifests = (key, revisions) => (seen.push(revisions), manifests(key, []));
    await run("app manifests web --revisions v2 --source-names two");
    await run("app manifests web");
    await run("app manifests single --revision v1");
    control.manifests = manifests;
    expect(seen).toEqual([["", "v2"], [], ["v1"]]);
  });

  test("app get numbers the sources, and tells one alone with what it says", async () => {
    const [one, two] = sourcesOf("one", "two");
    control.put({
      ...several("get", [one!, { ...two!, ref: "values", helm: { releaseName: "r" } }]),
      status: {
        sync: {
          status: "Synced",
          comparedTo: { destination: { server: "https://kubernetes.default.svc" } },
          revisions: [COMMIT, "f".repeat(40)],
        },
        health: { status: "Healthy" },
      },
    });
    const all = (await run("app get get")).stdout;
    expect(all).toContain("1 one: https://git.example.com/one.git");
    expect(all).toContain("2 two: https://git.example.com/two.git");
    for (const flags of ["--source-position 2", "--source-name two"]) {
      const { stdout } = await run(`app get get ${flags}`);
      expect(stdout).toContain("2 two: https://git.example.com/two.git · . · $values");
      expect(stdout).toContain("main@fffffff");
      expect(stdout).toMatch(/ {2}helm +\{"releaseName":"r"\}/);
      expect(stdout).not.toContain("one.git");
    }
    expect((await run("app get get --source-position 3")).stderr).toContain("argocd/get has no source 3.");
  });
});

describe("what a source's folder says of it", () => {
  test("holds for that source alone, and moves no source; the file for this application comes last", async () => {
    const host = await renderHost({ name: "none", programs: {} });
    const map = (name: string): string => JSON.stringify(configMap("", name));
    const one = sourceFolder({
      "app/a.yaml": map("a1"),
      "app/b.yaml": map("b1"),
      "app/.argocd-source.yaml": "directory: {exclude: a.yaml}\nref: other\nchart: x\ntargetRevision: y\n",
    });
    const two = sourceFolder({
      "app/a.yaml": map("a2"),
      "app/b.yaml": map("b2"),
      "app/.argocd-source.yaml": "directory: {exclude: '*'}\n",
      "app/.argocd-source-web.yaml": "directory: {exclude: b.yaml}\n",
      "app/.argocd-source-other.yaml": "directory: {exclude: '*'}\n",
    });
    const app = several("web", sourcesOf("one", "two", "three"));
    const trees = await Promise.all(
      [one, two, sourceFolder({ "app/c.yaml": map("c3") })].map((each) => each.tree()),
    );
    const { documents } = await host.renderers.render({
      app,
      sources: trees.map((tree, at) => ({
        source: { ...app.spec.sources![at]!, path: "app" },
        tree,
        revision: AT,
      })),
      cluster: CLUSTER,
      cache: "use",
    });
    expect(documents.map(({ source, documents: own }) => [source, own.map(({ file }) => file)])).toEqual([
      [0, ["app/b.yaml"]],
      [1, ["app/a.yaml"]],
      [2, ["app/c.yaml"]],
    ]);
    host.remove();
  });
});

describe("a sync", () => {
  let world: World;
  const startRig = sharedWorld((shared) => {
    world = shared;
  });
  const valueIn = async (namespace: string, name: string): Promise<string | undefined> =>
    (await world.find(configMapPath(namespace, name)))?.data?.value;

  async function placed(rig: Rig, name: string, syncPolicy?: SyncPolicy): Promise<[Repository, Repository]> {
    await world.makeNamespace(name);
    const repositories: [Repository, Repository] = [
      await world.repository(`${name}-1`, { "a.yaml": configMap(name, "a", { value: "1" }) }),
      await world.repository(`${name}-2`, { "b.yaml": configMap(name, "b", { value: "1" }) }),
    ];
    const { source: _, syncPolicy: __, ...spec } = appOf({ name, repository: repositories[0] }).spec;
    const sources = repositories.map(({ url }) => ({ repoURL: url, path: ".", targetRevision: "main" }));
    rig.place({
      ...appOf({ name, repository: repositories[0] }),
      spec: { ...spec, sources, ...defined({ syncPolicy }) },
    });
    await rig.until(name, (app) => app.status?.sync.status === (syncPolicy ? "Synced" : "OutOfSync"));
    return repositories;
  }

  test("of one source's revision takes the others as they are followed, the newest", async () => {
    const rig = await startRig();
    const [one, two] = await placed(rig, "partial");
    const first = rig.app("partial").status?.sync.revisions;
    await two.commit({ "b.yaml": configMap("partial", "b", { value: "2" }) });
    // Nobody has looked at Git since: the sync does, for the source that it names nothing of.
    const newest = await one.commit({ "a.yaml": configMap("partial", "a", { value: "2" }) });
    const state = await rig.sync("partial", { revisions: ["", first?.[1] ?? ""] });
    expect(state.phase).toBe("Succeeded");
    expect(state.syncResult?.revisions).toEqual([newest, first?.[1] as string]);
    expect(await valueIn("partial", "a")).toBe("2");
    expect(await valueIn("partial", "b")).toBe("1");
    expect(rig.app("partial").status?.history?.at(-1)?.revisions).toEqual([newest, first?.[1] as string]);
  });

  test("of one source's revision leaves another where it is pinned", async () => {
    const rig = await startRig();
    const [one, two] = await placed(rig, "pinned");
    const [, pinned = ""] = rig.app("pinned").status?.sync.revisions ?? [];
    await two.commit({ "b.yaml": configMap("pinned", "b", { value: "2" }) });
    const app = rig.app("pinned");
    const sources = (app.spec.sources ?? []).map((source, at) =>
      at === 0 ? source : { ...source, targetRevision: pinned },
    );
    rig.place({ ...app, spec: { ...app.spec, sources } });
    const wanted = await one.commit({ "a.yaml": configMap("pinned", "a", { value: "2" }) });
    await one.commit({ "a.yaml": configMap("pinned", "a", { value: "3" }) });
    const state = await rig.sync("pinned", { revisions: [wanted, ""] });
    expect(state.syncResult?.revisions).toEqual([wanted, pinned]);
    expect(await valueIn("pinned", "b")).toBe("1");
  });

  test("with one source that cannot be reached applies nothing of the other, and names it", async () => {
    const rig = await startRig();
    const [one, two] = await placed(rig, "unreachable");
    await one.commit({ "a.yaml": configMap("unreachable", "a", { value: "2" }) });
    rmSync(two.url, { recursive: true });
    const state = await rig.sync("unreachable").catch((cause: unknown) => cause);
    expect(JSON.stringify(state)).toContain(two.url);
    expect(await valueIn("unreachable", "a")).toBeUndefined();
    await rig.refresh("unreachable");
    const app = await rig.until("unreachable", (now) => conditions(now, "ComparisonError").length > 0);
    expect(conditions(app, "ComparisonError").join()).toContain(two.url);
  });

  test("of an object in two sources: the last one counts, and both are named", async () => {
    const rig = await startRig();
    const [, two] = await placed(rig, "twice");
    await two.commit({ "b.yaml": configMap("twice", "a", { value: "second" }) });
    await rig.refresh("twice");
    const app = await rig.until("twice", (now) => conditions(now, "RepeatedResourceWarning").length > 0);
    expect(conditions(app, "RepeatedResourceWarning")[0]).toContain(
      "b.yaml:1: ConfigMap twice/a: the object is also in a.yaml:1 of source 1: this one of source 2, the last, counts",
    );
    expect((await rig.sync("twice")).phase).toBe("Succeeded");
    expect(await valueIn("twice", "a")).toBe("second");
  });

  test("of a held application names the revisions of all its sources", async () => {
    const rig = await startRig();
    const [one] = await placed(rig, "held", AUTOMATED);
    const first = rig.app("held").status?.sync.revisions ?? [];
    await one.commit({ "a.yaml": configMap("held", "a", { value: "2" }) });
    await rig.refresh("held");
    await rig.until("held", (app) => isQuiet(app) && app.status?.history?.length === 2);
    await rig.control.rollback(`${HOME}/held` as AppKey, {
      deployment: 0,
      until: "lifted",
      actor: "user:ann",
    });
    await rig.until("held", isQuiet);
    const refused = await rig.control.sync(`${HOME}/held` as AppKey, {
      operation: { sync: {} },
      actor: "user:ann",
    });
    expect(refused).toMatchObject({
      is: "held",
      fix: expect.stringContaining(first.map((commit) => `--revisions ${commit}`).join(" ")),
    });
  });
});
