/** Applications whose own manifest is changed by commits that are not merged: what would become of them. */
import { describe, expect, test } from "bun:test";
import type { BlastAsk } from "../../src/core/model/blast-report.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { blastOf, effectsOf, propose, settled } from "../lib/blast-of.ts";
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
import { configMap } from "../lib/manifests.ts";

let world: World, rig: Rig;
sharedRig((...both) => {
  [world, rig] = both;
});
const blast = (ask: BlastAsk) => blastOf(rig, ask);
const key = (name: string): string => `${HOME}/${name}`;

const placed = (name: string, files: Files, spec?: object) => settled(rig, name, files, spec);

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

test("one that goes says of which kinds it cannot be seen what would go with it", async () => {
  const name = "blast-unseen";
  await world.makeNamespace(name);
  const repository = await world.repository(name, { "app/a.yaml": configMap(name, "a") });
  const app = appOf({
    name,
    repository,
    namespace: name,
    path: "app",
    metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] },
  });
  await repository.commit({ "apps/it.yaml": app as never });
  rig.place(structuredClone(app));
  await rig.untilSettled(name);
  const { cluster } = rig;
  rig.clusters[0] = {
    ...cluster,
    follow: async (...asked) => {
      const { failed, ...rest } = await cluster.follow(...asked);
      return { ...rest, failed: new Map([...failed, ["ConfigMap", "listing it is forbidden"]]) };
    },
  };
  rig.engine.settingsChanged();
  await rig.refresh(name);
  await propose(repository, { "apps/it.yaml": null });
  const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
  rig.clusters[0] = cluster;
  rig.engine.settingsChanged();
  expect(applications).toMatchObject([
    { warnings: ["Whether it has objects of the kind ConfigMap cannot be seen: listing it is forbidden."] },
  ]);
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
