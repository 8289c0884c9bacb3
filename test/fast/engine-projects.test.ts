/** What a project permits by the rules of others, and by whose clusters and repositories are. */
import { beforeEach, describe, expect, test } from "bun:test";
import type { ApplicationSpec } from "../../src/core/model/application.ts";
import type { Project, ProjectSpec } from "../../src/core/model/project.ts";
import { AUTOMATED, appOf, type Rig, sharedRig, type World } from "../lib/engine-rig.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";

let world: World, rig: Rig;
/** Whose entry each question to Git went by, in order. */
const asked: { url: string; scope: string | undefined }[] = [];
sharedRig(
  (...both) => {
    [world, rig] = both;
  },
  {
    git: (git) => ({
      ...git,
      async resolve(access, ...rest) {
        asked.push({ url: access.url, scope: access.scope });
        return git.resolve(access, ...rest);
      },
      async tree(access, ...rest) {
        asked.push({ url: access.url, scope: access.scope });
        return git.tree(access, ...rest);
      },
    }),
  },
);
beforeEach(async () => {
  rig.settings.globalProjects = [];
  rig.settings.repositories = [];
  rig.engine.settingsChanged();
  await rig.untilIdle();
});

function put(name: string, spec: ProjectSpec, labels: Record<string, string> = {}): void {
  const project: Project = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name, namespace: "argocd", labels },
    spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }], ...spec },
  };
  rig.folder.projects = [...others(name), { project, file: `${name}.yaml`, line: 1 }];
  rig.read();
}
const others = (name: string) => rig.folder.projects.filter(({ project }) => project.metadata.name !== name);
const conditions = (name: string): string =>
  (rig.app(name).status?.conditions ?? []).map(({ message }) => message).join("\n");
const spec = (project: string): Partial<ApplicationSpec> => ({
  project,
  syncPolicy: { ...AUTOMATED, retry: { limit: 0 } },
});

describe("global projects", () => {
  test("deny in every project that their selector takes, from the moment that they do", async () => {
    await world.makeNamespace("global");
    put("g-team", {}, { tier: "tenant" });
    put("g-everywhere", {});
    const repository = await world.repository("global", { "a.yaml": configMap("global", "a") });
    rig.place(appOf({ name: "global", repository, spec: spec("g-team") }));
    await rig.untilSettled("global");
    expect(await world.hasConfigMap("global", "a")).toBe(true);
    rig.settings.globalProjects = [
      { projectName: "g-everywhere", labelSelector: { matchLabels: { tier: "tenant" } } },
    ];
    rig.engine.settingsChanged();
    put("g-everywhere", { namespaceResourceBlacklist: [{ group: "", kind: "ConfigMap" }] });
    await repository.commit({ "b.yaml": configMap("global", "b") });
    await rig.refresh("global");
    await rig.untilIdle();
    expect(await world.hasConfigMap("global", "b")).toBe(false);
    const told = rig.control.projectInForce("g-team");
    expect(told).toMatchObject({
      is: "found",
      value: {
        written: { spec: expect.not.objectContaining({ namespaceResourceBlacklist: expect.anything() }) },
        inForce: { spec: { namespaceResourceBlacklist: [{ group: "", kind: "ConfigMap" }] } },
        globals: [{ metadata: { name: "g-everywhere" } }],
      },
    });
  });

  test("that are missing leave nothing permitted in a default that nobody wrote either", async () => {
    await world.makeNamespace("unwritten");
    rig.settings.globalProjects = [{ projectName: "d-missing", labelSelector: {} }];
    rig.engine.settingsChanged();
    const repository = await world.repository("unwritten", { "a.yaml": configMap("unwritten", "a") });
    rig.place(appOf({ name: "unwritten", repository, spec: spec("default") }));
    await rig.until("unwritten", () => conditions("unwritten").includes("d-missing, which does not exist"));
    await rig.untilIdle();
    expect(await world.hasConfigMap("unwritten", "a")).toBe(false);
  });

  test("that vanish leave nothing permitted where they ruled, and everybody is told", async () => {
    await world.makeNamespace("vanished");
    put("v-team", {}, { tier: "tenant" });
    put("v-everywhere", { namespaceResourceBlacklist: [{ group: "", kind: "Secret" }] });
    rig.settings.globalProjects = [
      { projectName: "v-everywhere", labelSelector: { matchLabels: { tier: "tenant" } } },
    ];
    rig.engine.settingsChanged();
    const repository = await world.repository("vanished", { "a.yaml": configMap("vanished", "a") });
    rig.place(appOf({ name: "vanished", repository, spec: spec("v-team") }));
    await rig.untilSettled("vanished");
    rig.folder.projects = others("v-everywhere");
    rig.read();
    rig.read();
    await repository.commit({ "a.yaml": configMap("vanished", "a", { key: "second" }) });
    await rig.refresh("vanished");
    await rig.until("vanished", () => conditions("vanished").includes("v-everywhere, which does not exist"));
    await rig.untilIdle();
    expect((await world.must("GET", configMapPath("vanished", "a"))).data).not.toEqual({ key: "second" });
  });
});

describe("permitOnlyProjectScopedClusters", () => {
  test("keeps applications off clusters that are everybody's, with a sentence that says what to write", async () => {
    await world.makeNamespace("scoped");
    put("s-team", { permitOnlyProjectScopedClusters: true });
    const repository = await world.repository("scoped", { "a.yaml": configMap("scoped", "a") });
    rig.place(appOf({ name: "scoped", repository, spec: spec("s-team") }));
    await rig.until("scoped", () => conditions("scoped").includes("needs project: s-team in its entry"));
    expect(await world.hasConfigMap("scoped", "a")).toBe(false);
  });
});

describe("an entry of repositories that is one project's", () => {
  test("is used by its applications alone: at looks, polls and for what they know of each other's commits", async () => {
    const repository = await world.repository("own-repo", { "a.yaml": configMap("own-a", "a") });
    rig.settings.repositories = [
      { url: repository.url, project: "o-a" },
      { url: "https://canary@git.example.com/", project: "o-a" },
    ];
    rig.engine.settingsChanged();
    for (const [name, project] of [
      ["own-a", "o-a"],
      ["own-b", "o-b"],
    ] as const) {
      await world.makeNamespace(name);
      put(project, {});
      rig.place(appOf({ name, repository, namespace: "own-a", spec: { project, syncPolicy: {} } }));
      await rig.until(name, (app) => app.status?.sync.revision !== undefined);
      await rig.untilIdle();
    }
    const ways = () =>
      new Set(asked.filter(({ url }) => url === repository.url).map(({ scope }) => scope ?? "everybody"));
    expect([...ways()].sort()).toEqual(["everybody", "o-a"]);
    asked.splice(0);
    await rig.refresh("own-a", "hard");
    await rig.untilIdle();
    expect([...ways()]).toEqual(["o-a"]);
    asked.splice(0);
    await rig.refresh("own-b", "hard");
    await rig.untilIdle();
    expect([...ways()]).toEqual(["everybody"]);
    expect(rig.control.projectInForce("o-a")).toMatchObject({
      value: {
        repositories: [
          { url: repository.url, type: "git" },
          { url: "https://git.example.com/", type: "git" },
        ],
      },
    });
  });
});
