/** Applications whose objects are applications, where Holdfast itself serves these kinds. */
import { describe, expect, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import {
  ANNOTATION,
  type Application,
  appKey,
  RESOURCES_FINALIZER,
} from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import {
  AUTOMATED,
  appOf,
  conditions,
  type Files,
  HOME,
  isQuiet,
  isSynced,
  type Repository,
  type Rig,
  type RigOptions,
  results,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { recordingLog } from "../lib/recording-log.ts";

let world: World;
const startAny = sharedWorld((it) => {
  world = it;
});
const start = (more: RigOptions = {}): Promise<Rig> => startAny({ parents: "served", ...more });

interface Asked {
  /** Where its objects go; default `estate`. */
  namespace?: string;
  finalizers?: string[];
  wave?: number;
  spec?: object;
}

/** The manifest of an application over a folder of the same repository. */
function childOf(repository: Pick<Repository, "url">, name: string, path: string, asked: Asked): KubeObject {
  const { namespace = "default", finalizers = [RESOURCES_FINALIZER], wave, spec } = asked;
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: {
      name,
      namespace: HOME,
      ...(finalizers.length === 0 ? {} : { finalizers }),
      ...(wave === undefined ? {} : { annotations: { [ANNOTATION.syncWave]: String(wave) } }),
    },
    spec: {
      project: "default",
      source: { repoURL: repository.url, path, targetRevision: "main" },
      destination: { server: "https://kubernetes.default.svc", namespace },
      syncPolicy: AUTOMATED,
      ...spec,
    },
  };
}

/** A repository whose folder `apps` holds children, and the parent over it, named after the estate. */
async function estate(
  rig: Rig,
  name: string,
  files: (repository: Pick<Repository, "url">) => Files,
  spec: Partial<Application["spec"]> = {},
): Promise<Repository> {
  await world.makeNamespace(name);
  const repository = await world.repository(name, { "README.md": "An estate." });
  await repository.commit(files(repository));
  rig.place(parentOf(name, repository, spec));
  return repository;
}

function parentOf(
  name: string,
  repository: Repository,
  spec: Partial<Application["spec"]> = {},
): Application {
  return appOf({ name, repository, path: "apps", namespace: HOME, spec });
}

const has = (namespace: string, name: string): Promise<boolean> => world.hasConfigMap(namespace, name);
const known = (rig: Rig): string[] => rig.control.applications().map(({ metadata }) => metadata.name);
const gone = (namespace: string, name: string): Promise<unknown> =>
  eventually(`${namespace}/${name} is gone`, async () => !(await has(namespace, name)));

describe("a parent", () => {
  test("makes a child of each file, changes it as the file changes, and takes it and its objects along with the file", async () => {
    const rig = await start();
    const name = "basic";
    const repository = await estate(rig, name, (of) => ({
      "apps/a.yaml": childOf(of, "basic-a", "a", { namespace: name }),
      "apps/b.yaml": childOf(of, "basic-b", "b", { namespace: name }),
      "a/a.yaml": configMap(name, "a"),
      "b/b.yaml": configMap(name, "b"),
      "c/c.yaml": configMap(name, "c"),
    }));
    for (const one of ["basic-a", "basic-b", name]) await rig.untilSettled(one);
    expect([await has(name, "a"), await has(name, "b")]).toEqual([true, true]);
    expect(rig.control.origin(appKey(HOME, "basic-a"))).toEqual({
      from: "parent",
      parent: appKey(HOME, name),
    });
    const tree = rig.control.resourceTree(appKey(HOME, name));
    expect(tree.is === "found" && tree.value.map(({ ref, health }) => [ref.name, health?.status])).toEqual([
      ["basic-a", "Healthy"],
      ["basic-b", "Healthy"],
    ]);

    await repository.commit({ "apps/b.yaml": childOf(repository, "basic-b", "c", { namespace: name }) });
    await rig.refresh(name);
    await rig.until("basic-b", ({ spec }) => spec.source?.path === "c");
    await eventually("the child follows", () => has(name, "c"));
    await gone(name, "b");

    await repository.commit({ "apps/b.yaml": null });
    await rig.refresh(name);
    await rig.untilGone("basic-b");
    expect(await has(name, "c")).toBe(false);
    await rig.untilSettled(name);
    expect(known(rig)).toEqual([name, "basic-a"].sort());
    expect(rig.control.problems()).toEqual([]);
    expect(rig.store.servedObjects().map(({ metadata }) => metadata.name)).toEqual(["basic-a"]);
  });

  test("needs no cluster of its own: its children deploy to others, and what is not an application is told so", async () => {
    const prod = await connectCluster({
      name: "prod",
      server: "https://prod.example.com",
      kubeconfig: { file: world.kubeconfig },
      log: recordingLog(),
    });
    const rig = await start({ clusters: [prod] });
    const name = "homeless";
    const repository = await estate(
      rig,
      name,
      (of) => ({
        "apps/a.yaml": childOf(of, "homeless-a", "a", {
          spec: { destination: { name: "prod", namespace: name } },
        }),
        "a/a.yaml": configMap(name, "a"),
      }),
      {
        destination: { name: "in-cluster", namespace: HOME },
        syncPolicy: { ...AUTOMATED, syncOptions: ["CreateNamespace=true"] },
      },
    );
    await rig.untilSettled("homeless-a");
    await rig.untilSettled(name);
    expect(await has(name, "a")).toBe(true);
    expect(rig.control.clusters().map(({ name: cluster }) => cluster)).toEqual(["prod"]);
    await repository.commit({ "apps/map.yaml": configMap(name, "b") });
    await rig.refresh(name);
    const app = await rig.until(name, (seen) => conditions(seen, "ComparisonError").length > 0);
    expect(conditions(app, "ComparisonError")[0]).toContain(
      "there is no cluster with the server https://kubernetes.default.svc",
    );
    expect(known(rig)).toEqual([name, "homeless-a"]);
  });

  test("leaves the objects of a child that has no finalizer", async () => {
    const rig = await start();
    const repository = await estate(rig, "loose", (of) => ({
      "apps/a.yaml": childOf(of, "loose-a", "a", { namespace: "loose", finalizers: [] }),
      "apps/b.yaml": childOf(of, "loose-b", "b", { namespace: "loose" }),
      "a/a.yaml": configMap("loose", "a"),
      "b/b.yaml": configMap("loose", "b"),
    }));
    await rig.untilSettled("loose-a");
    await rig.untilSettled("loose");
    await repository.commit({ "apps/a.yaml": null });
    await rig.refresh("loose");
    await rig.untilGone("loose-a");
    expect(await has("loose", "a")).toBe(true);
  });

  test("has children that are parents, three levels down and up again", async () => {
    const rig = await start();
    const name = "deep";
    const repository = await estate(rig, name, (of) => ({
      "apps/keep.yaml": childOf(of, "deep-keep", "leaf", { namespace: name }),
      "apps/middle.yaml": childOf(of, "deep-middle", "middle", { namespace: HOME }),
      "middle/lower.yaml": childOf(of, "deep-lower", "lower", { namespace: HOME }),
      "lower/leaf.yaml": childOf(of, "deep-leaf", "deepest", { namespace: name }),
      "leaf/a.yaml": configMap(name, "keep"),
      "deepest/a.yaml": configMap(name, "deepest"),
    }));
    await rig.untilSettled("deep-leaf");
    for (const one of ["deep-lower", "deep-middle", name]) await rig.untilSettled(one);
    expect(await has(name, "deepest")).toBe(true);
    expect(rig.control.origin(appKey(HOME, "deep-leaf"))).toEqual({
      from: "parent",
      parent: appKey(HOME, "deep-lower"),
    });
    await repository.commit({ "apps/middle.yaml": null });
    await rig.refresh(name);
    for (const one of ["deep-middle", "deep-lower", "deep-leaf"]) await rig.untilGone(one);
    expect([await has(name, "deepest"), await has(name, "keep")]).toEqual([false, true]);
    expect(known(rig)).toEqual([name, "deep-keep"].sort());
  });

  test("that loses its branch deletes nothing, and goes on when it is back", async () => {
    const rig = await start();
    const name = "branch";
    const repository = await estate(rig, name, (of) => ({
      "apps/a.yaml": childOf(of, "branch-a", "a", { namespace: name }),
      "a/a.yaml": configMap(name, "a"),
    }));
    await rig.untilSettled("branch-a");
    await rig.untilSettled(name);
    const parent = parentOf(name, repository);
    rig.place({
      ...parent,
      spec: { ...parent.spec, source: { repoURL: repository.url, path: "apps", targetRevision: "lost" } },
    });
    await rig.until(name, (app) => conditions(app, "ComparisonError").length > 0);
    await rig.refresh(name, "hard");
    await rig.untilIdle();
    expect([known(rig).sort(), await has(name, "a")]).toEqual([[name, "branch-a"].sort(), true]);
    rig.place(parent);
    await rig.untilSettled(name);
    expect(rig.app("branch-a").metadata.deletionTimestamp).toBeUndefined();
  });

  test("whose file holds no application any more, its folder empty, deletes nothing either", async () => {
    const rig = await start();
    const name = "empty";
    const repository = await estate(rig, name, (of) => ({
      "apps/a.yaml": childOf(of, "empty-a", "a", { namespace: name }),
      "a/a.yaml": configMap(name, "a"),
    }));
    await rig.untilSettled("empty-a");
    await rig.untilSettled(name);
    await repository.commit({ "apps/a.yaml": null, "apps/README.md": "nothing" });
    await rig.refresh(name);
    await rig.untilIdle();
    expect([known(rig).sort(), await has(name, "a")]).toEqual([[name, "empty-a"].sort(), true]);
  });

  test("is told what is wrong with a child as of a file, before anything of the commit is written", async () => {
    const rig = await start();
    const name = "wrong";
    const repository = await estate(rig, name, (of) => ({
      "apps/a.yaml": childOf(of, "wrong-a", "a", { namespace: name }),
      "a/a.yaml": configMap(name, "a"),
    }));
    await rig.untilSettled("wrong-a");
    await rig.untilSettled(name);
    await repository.commit({
      "apps/a.yaml": childOf(repository, "wrong-a", "a", {
        namespace: name,
        spec: { syncPolicy: { retry: { backoff: { duration: "soon" } } } },
      }),
      "apps/b.yaml": childOf(repository, "wrong-b", "a", { namespace: name }),
    });
    await rig.refresh(name);
    const { status } = await rig.until(name, ({ status }) =>
      status?.operationState?.message.includes("duration"),
    );
    expect(status?.operationState?.message).toMatch(
      /Application argocd\/wrong-a \(apps\/a\.yaml:1\): spec\.syncPolicy\.retry\.backoff\.duration: is no duration\. Write it like 5s/,
    );
    expect(known(rig)).not.toContain("wrong-b");
    expect(rig.app("wrong-a").spec.syncPolicy).toEqual(AUTOMATED);
  });

  test("of a project that has a namespace of its own makes nobody's applications there, nor a project", async () => {
    const rig = await start();
    const name = "tenant";
    rig.folder.projects = [
      {
        project: {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "AppProject",
          metadata: { name: "tenants", namespace: HOME },
          spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: name }] },
        },
        file: "apps/tenants.yaml",
        line: 1,
      },
    ];
    await estate(
      rig,
      name,
      (of) => {
        const mine = childOf(of, "tenant-a", "a", { namespace: "kube-system" });
        const metadata = { name: "tenants", namespace: name };
        return {
          "apps/a.yaml": { ...mine, metadata: { ...mine.metadata, namespace: name } },
          "apps/project.yaml": {
            ...mine,
            kind: "AppProject",
            metadata,
            spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }] },
          },
          "a/a.yaml": configMap("kube-system", "tenant-a"),
        };
      },
      { project: "tenants", destination: { server: "https://kubernetes.default.svc", namespace: name } },
    );
    const { status } = await rig.until(name, ({ status: now }) =>
      now?.operationState?.message.includes("lives in"),
    );
    expect(status?.operationState?.message).toContain(
      "lives in the namespace argocd, and this one is of tenant",
    );
    expect(known(rig)).toEqual([name]);
    expect(rig.store.servedObjects()).toEqual([]);
    // Nor in the home namespace, which its project does not name.
    rig.place(
      parentOf(name, { url: rig.app(name).spec.source?.repoURL ?? "" } as Repository, { project: "tenants" }),
    );
    await rig.until(name, ({ status: now }) =>
      JSON.stringify(now?.conditions ?? []).includes("do not match any of the allowed destinations"),
    );
    expect(rig.store.servedObjects()).toEqual([]);
  });

  test("has a child that was pruned made again by an undo, with all that it had", async () => {
    const rig = await start();
    const name = "undone";
    const repository = await estate(
      rig,
      name,
      (of) => ({
        "apps/a.yaml": childOf(of, "undone-a", "a", { namespace: name }),
        "apps/b.yaml": childOf(of, "undone-b", "b", { namespace: name }),
        "a/a.yaml": configMap(name, "a"),
        "b/b.yaml": configMap(name, "b"),
      }),
      { syncPolicy: {} },
    );
    await rig.until(name, ({ status }) => status !== undefined);
    await rig.sync(name);
    for (const one of ["undone-a", "undone-b"]) await rig.untilSettled(one);
    await repository.commit({ "apps/b.yaml": null });
    await rig.refresh(name);
    await rig.sync(name, { prune: true });
    await rig.untilGone("undone-b");
    await gone(name, "b");
    expect(await rig.control.undo(appKey(HOME, name), { mode: "write", actor: "user:test" })).toMatchObject({
      is: "written",
    });
    await rig.untilSettled("undone-b");
    expect(await has(name, "b")).toBe(true);
    expect(rig.control.origin(appKey(HOME, "undone-b"))).toEqual({
      from: "parent",
      parent: appKey(HOME, name),
    });
  });

  test("puts back a child that a person deleted, and refuses an edit with its own name", async () => {
    const rig = await start();
    const name = "healed";
    await estate(rig, name, (of) => ({
      "apps/a.yaml": childOf(of, "healed-a", "a", { namespace: name }),
      "a/a.yaml": configMap(name, "a"),
    }));
    await rig.untilSettled("healed-a");
    await rig.untilSettled(name);
    const key = appKey(HOME, "healed-a");
    expect(await rig.control.update(rig.app("healed-a"), "user:test")).toEqual({
      is: "managed-by-parent",
      parent: appKey(HOME, name),
    });
    const before = rig.store.servedObjects()[0]?.metadata.uid;
    expect(await rig.control.remove(key, { cascade: "foreground", actor: "user:test" })).toMatchObject({
      is: "written",
    });
    await eventually("another one is made", () => {
      const uid = rig.store.servedObjects()[0]?.metadata.uid;
      return uid !== undefined && uid !== before;
    });
    await rig.untilSettled("healed-a");
    await rig.untilSettled(name);
    expect(await has(name, "a")).toBe(true);
  });
});

describe("a parent that goes", () => {
  const given = async (rig: Rig, name: string): Promise<void> => {
    await world.makeNamespace(name);
    const repository = await world.repository(name, { "README.md": "An estate." });
    await repository.commit({
      "apps/project.yaml": {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { name: `${name}-team`, namespace: HOME },
        spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }] },
      },
      "apps/a.yaml": childOf(repository, `${name}-a`, "a", {
        namespace: name,
        spec: { project: `${name}-team` },
      }),
      "apps/middle.yaml": childOf(repository, `${name}-middle`, "middle", { namespace: HOME }),
      "middle/b.yaml": childOf(repository, `${name}-b`, "b", { namespace: name }),
      "a/a.yaml": configMap(name, "a"),
      "b/b.yaml": configMap(name, "b"),
    });
    const parent = parentOf(name, repository);
    rig.place({ ...parent, metadata: { ...parent.metadata, finalizers: [RESOURCES_FINALIZER] } });
    for (const one of [`${name}-a`, `${name}-b`, `${name}-middle`, name]) await rig.untilSettled(one);
  };

  test("takes its children, theirs, and all their objects along", async () => {
    const rig = await start();
    const name = "whole";
    await given(rig, name);
    rig.unplace(name);
    await rig.untilGone(name);
    expect(known(rig)).toEqual([]);
    expect([await has(name, "a"), await has(name, "b")]).toEqual([false, false]);
    expect(rig.store.servedObjects()).toEqual([]);
    expect(rig.control.projects().map(({ metadata }) => metadata.name)).toEqual(["default"]);
  });

  test("counts in the budget with all that would go along, through a restart, and goes when a person approves", async () => {
    const store = memoryStore();
    const first = await start({ store });
    const name = "counted";
    await world.makeNamespace(name);
    const repository = await world.repository(name, { "README.md": "An estate." });
    const children = (folder: string, from: number, to: number, finalizers?: string[]): Files =>
      Object.fromEntries(
        Array.from({ length: to - from }, (_, at) => from + at).map((at) => [
          `${folder}/${at}.yaml`,
          childOf(repository, `${name}-${at}`, "empty", {
            namespace: name,
            ...(finalizers ? { finalizers } : {}),
          }),
        ]),
      );
    await repository.commit({
      ...children("apps", 0, 4),
      "apps/middle.yaml": childOf(repository, `${name}-middle`, "middle", { namespace: HOME }),
      ...children("middle", 4, 5),
      // Whoever leaves its objects takes none of its own children along.
      "apps/loose.yaml": childOf(repository, `${name}-loose`, "loose", { namespace: HOME, finalizers: [] }),
      ...children("loose", 5, 9),
      "empty/none.yaml": [],
    });
    const parent = parentOf(name, repository);
    first.place({ ...parent, metadata: { ...parent.metadata, finalizers: [RESOURCES_FINALIZER] } });
    await eventually("all are there", () => known(first).length === 12);
    await first.untilSettled(name);
    first.unplace(name);
    const waiting = ["", "-0", "-1", "-2", "-3", "-4", "-loose", "-middle"].map((one) =>
      appKey(HOME, `${name}${one}`),
    );
    await eventually("they wait", () => first.control.waitingRemovals().length > 0);
    expect(first.control.waitingRemovals()).toEqual(waiting);
    await first.stop();
    const rig = await start({
      store,
      folder: { ...first.folder, folders: [{ path: "/apps", state: "read", files: 1 }] },
    });
    await eventually("they still wait", () => rig.control.waitingRemovals().length === waiting.length);
    await rig.untilIdle();
    expect(known(rig).length).toBe(12);
    expect(await rig.control.approveRemoval(waiting, "user:test")).toEqual({ is: "approved" });
    await rig.untilGone(name);
    expect(known(rig).sort()).toEqual([5, 6, 7, 8].map((at) => `${name}-${at}`));
    expect(rig.control.waitingRemovals()).toEqual([]);
  });

  test("and is pruned by its own parent counts there with all that would go along", async () => {
    const rig = await start();
    const name = "pruned";
    const repository = await estate(rig, name, (of) => ({
      "apps/keep.yaml": childOf(of, `${name}-keep`, "keep", { namespace: name }),
      "apps/middle.yaml": childOf(of, `${name}-middle`, "middle", { namespace: HOME }),
      ...Object.fromEntries(
        Array.from({ length: 6 }, (_, at) => [
          `middle/${at}.yaml`,
          childOf(of, `${name}-${at}`, "empty", { namespace: name }),
        ]),
      ),
      "empty/none.yaml": [],
      "keep/a.yaml": configMap(name, "keep"),
    }));
    await eventually("all are there", () => known(rig).length === 9);
    for (const one of [`${name}-middle`, name]) await rig.untilSettled(one);
    await repository.commit({ "apps/middle.yaml": null });
    void rig.refresh(name);
    const app = await rig.until(name, (one) => conditions(one, "PruneBlocked").length > 0);
    expect(conditions(app, "PruneBlocked")[0]).toContain("7 of the 8 applications that this one renders");
    expect(known(rig).length).toBe(9);
    await rig.sync(name, { prune: true, confirmPrune: 1 });
    await rig.untilGone(`${name}-middle`);
    expect(known(rig).sort()).toEqual([name, `${name}-keep`]);
  });

  test("without its finalizer leaves its children as they are, and they go on", async () => {
    const rig = await start();
    const name = "orphans";
    await given(rig, name);
    const parent = rig.app(name);
    rig.place({ ...parentOf(name, { url: parent.spec.source?.repoURL ?? "" } as Repository) });
    await rig.until(name, ({ metadata }) => metadata.finalizers === undefined);
    rig.unplace(name);
    await rig.untilGone(name);
    await rig.untilIdle();
    expect(known(rig).sort()).toEqual(["orphans-a", "orphans-b", "orphans-middle"]);
    expect([await has(name, "a"), await has(name, "b")]).toEqual([true, true]);
    expect((await rig.refresh("orphans-a")).status?.sync.status).toBe("Synced");
  });
});

describe("a parent that manages itself", () => {
  const self = (of: Pick<Repository, "url">, name: string, asked: Asked = {}): KubeObject =>
    childOf(of, name, "apps", { namespace: HOME, finalizers: [], ...asked });

  test("is written once, waits for itself at no gate, follows its own manifest and outlives the file that it began with", async () => {
    const store = memoryStore();
    const rig = await start({ store });
    const name = "own";
    await world.makeNamespace(name);
    const repository = await world.repository(name, { "README.md": "An estate." });
    await repository.commit({
      "apps/own.yaml": self(repository, name, { wave: -1 }),
      "apps/a.yaml": childOf(repository, "own-a", "a", { namespace: name }),
      "a/a.yaml": configMap(name, "a"),
    });
    rig.place(self(repository, name, { wave: -1 }) as unknown as Application);
    await rig.untilSettled("own-a");
    await rig.untilSettled(name);
    expect(results(rig.app(name))).toMatchObject({
      "Application/own": "Synced",
      "Application/own-a": "Synced",
    });
    expect(rig.control.problems()).toEqual([]);

    // While it is in a file that is what counts, and whoever edits it there can mend a manifest that has locked itself out.
    const seed = self(repository, name) as unknown as Application;
    rig.place({ ...seed, spec: { ...seed.spec, revisionHistoryLimit: 7 } });
    await rig.until(name, ({ spec }) => spec.revisionHistoryLimit === 7);
    expect(rig.control.problems()).toEqual([
      expect.objectContaining({
        severity: "warning",
        text: expect.stringMatching(/manages itself.*apps\/own\.yaml:1/),
      }),
    ]);
    rig.unplace(name);
    await rig.until(name, () => rig.control.origin(appKey(HOME, name))?.from === "parent");
    await rig.untilSettled(name);
    await repository.commit({
      "apps/own.yaml": self(repository, name, { wave: -1, spec: { revisionHistoryLimit: 3 } }),
    });
    await rig.refresh(name);
    await rig.until(name, ({ spec }) => spec.revisionHistoryLimit === 3);
    await rig.untilSettled(name);
    expect([known(rig).sort(), await has(name, "a")]).toEqual([[name, "own-a"].sort(), true]);
    await rig.stop();

    const again = await start({ store });
    await again.untilSettled(name);
    await again.untilSettled("own-a");
    expect(known(again).sort()).toEqual([name, "own-a"].sort());
  });
});

describe("waves among children", () => {
  const two = (name: string) => (of: Pick<Repository, "url">) => ({
    "apps/first.yaml": childOf(of, `${name}-first`, "first", { namespace: name, wave: 0 }),
    "apps/second.yaml": childOf(of, `${name}-second`, "second", { namespace: name, wave: 1 }),
    "first/a.yaml": configMap(name, `${name}-first`),
    "second/a.yaml": configMap(name, `${name}-second`),
  });

  test("the next waits until the one before is Healthy", async () => {
    const rig = await start();
    const name = "waits";
    rig.judge("ConfigMap", name, `${name}-first`, "Progressing");
    await estate(rig, name, two(name));
    await rig.until(name, ({ status }) =>
      status?.operationState?.message.includes(
        "waiting for healthy state of argoproj.io/Application argocd/waits-first",
      ),
    );
    await rig.until(`${name}-first`, isSynced);
    expect(known(rig)).not.toContain(`${name}-second`);
    rig.judge("ConfigMap", name, `${name}-first`, "Healthy");
    await rig.untilSettled(`${name}-second`);
    await rig.untilSettled(name);
  });

  test("an edit of the next waits until the edit of the one before is Healthy", async () => {
    const rig = await start();
    const name = "edited-waves";
    const two = (path: string) => (of: Pick<Repository, "url">) => ({
      "apps/first.yaml": childOf(of, `${name}-first`, `${path}first`, { namespace: name, wave: 0 }),
      "apps/second.yaml": childOf(of, `${name}-second`, `${path}second`, { namespace: name, wave: 1 }),
      [`${path}first/a.yaml`]: configMap(name, `${name}-${path}first`),
      [`${path}second/a.yaml`]: configMap(name, `${name}-${path}second`),
    });
    const repository = await estate(rig, name, two(""));
    for (const one of [`${name}-first`, `${name}-second`, name]) await rig.untilSettled(one);
    rig.judge("ConfigMap", name, `${name}-newfirst`, "Progressing");
    await repository.commit(two("new")(repository));
    void rig.refresh(name);
    await rig.until(
      `${name}-first`,
      (app) =>
        app.spec.source?.path === "newfirst" &&
        isSynced(app) &&
        isQuiet(app) &&
        app.status?.health.status === "Progressing",
    );
    expect(rig.app(name).status?.operationState?.phase).toBe("Running");
    expect(rig.app(`${name}-second`).spec.source?.path).toBe("second");
    rig.judge("ConfigMap", name, `${name}-newfirst`, "Healthy");
    await rig.until(`${name}-second`, (app) => app.spec.source?.path === "newsecond" && isSynced(app));
    await rig.untilSettled(name);
  });

  test("one that is Degraded keeps the next shut, with its name and why", async () => {
    const rig = await start({ settings: { retry: { firstMs: 60_000, mostMs: 60_000 } } });
    const name = "shuts";
    rig.judge("ConfigMap", name, `${name}-first`, "Degraded");
    await estate(rig, name, two(name), { syncPolicy: { ...AUTOMATED, retry: { limit: 0 } } });
    const { status } = await rig.until(name, ({ status }) => status?.operationState?.phase === "Failed");
    expect(status?.operationState?.message).toMatch(
      /argoproj\.io\/Application argocd\/shuts-first is Degraded: the test says Degraded/,
    );
    expect(known(rig)).not.toContain(`${name}-second`);
  });
});

describe("children", () => {
  test("are there after a restart, and nothing is written for it", async () => {
    const store = memoryStore();
    const first = await start({ store });
    const name = "again";
    const repository = await estate(first, name, (of) => ({
      "apps/a.yaml": childOf(of, "again-a", "a", { namespace: name }),
      "a/a.yaml": configMap(name, "a"),
    }));
    await first.untilSettled("again-a");
    await first.untilSettled(name);
    await first.untilIdle();
    await first.stop();
    const before = store.servedObjects();
    const rig = await start({ store, folder: { ...first.folder } });
    await rig.until("again-a", isSynced);
    await rig.untilSettled(name);
    await rig.untilIdle();
    expect(store.servedObjects()).toEqual(before);
    expect(
      rig.requests.filter(({ verb }) => /apply|delete|create|patch/.test(verb)).map(({ verb }) => verb),
    ).toEqual([]);
    // What is asked of it goes on as ever.
    await repository.commit({ "a/b.yaml": configMap(name, "b") });
    await rig.refresh("again-a");
    await eventually("the child follows", () => has(name, "b"));
  });

  test("that were to go while nobody ran go when somebody does", async () => {
    const store = memoryStore();
    const first = await start({ store });
    const name = "later";
    const repository = await estate(first, name, (of) => ({
      "apps/a.yaml": childOf(of, "later-a", "a", { namespace: name }),
      "apps/b.yaml": childOf(of, "later-b", "b", { namespace: name }),
      "a/a.yaml": configMap(name, "a"),
      "b/b.yaml": {
        ...configMap(name, "b"),
        metadata: { name: "b", namespace: name, finalizers: ["example.com/held"] },
      },
    }));
    for (const one of ["later-a", "later-b", name]) await first.untilSettled(one);
    await repository.commit({ "apps/b.yaml": null });
    await first.refresh(name);
    await first.until("later-b", ({ metadata }) => metadata.deletionTimestamp !== undefined);
    await first.stop();
    const rig = await start({ store, folder: { ...first.folder } });
    await rig.until("later-b", ({ metadata }) => metadata.deletionTimestamp !== undefined);
    await world.must(
      "PATCH",
      `/api/v1/namespaces/${name}/configmaps/b`,
      { metadata: { finalizers: null } },
      "application/merge-patch+json",
    );
    await rig.untilGone("later-b");
    await rig.untilSettled(name);
    expect(store.servedObjects().map(({ metadata }) => metadata.name)).toEqual(["later-a"]);
  });

  test("whose cluster is gone are pruned by their parent all the same, and wait to be let go of", async () => {
    const rig = await start();
    const name = "stranded";
    const other = await connectCluster({
      name: "other",
      server: "https://gone.example.com",
      kubeconfig: { file: world.kubeconfig },
      log: recordingLog(),
    });
    rig.clusters.push(other);
    rig.engine.clustersChanged();
    const elsewhere = { destination: { server: "https://gone.example.com", namespace: name } };
    const repository = await estate(rig, name, (of) => ({
      "apps/a.yaml": childOf(of, "stranded-a", "a", { namespace: name }),
      "apps/b.yaml": childOf(of, "stranded-b", "b", { spec: elsewhere }),
      "apps/c.yaml": childOf(of, "stranded-c", "c", { spec: elsewhere }),
      "a/a.yaml": configMap(name, "a"),
      "b/b.yaml": configMap(name, "b"),
      "c/c.yaml": [],
    }));
    for (const one of ["stranded-a", "stranded-b"]) await rig.untilSettled(one);
    await rig.until(name, (app) => isSynced(app) && isQuiet(app));
    rig.clusters.pop();
    rig.engine.clustersChanged();
    await rig.until("stranded-b", (app) => conditions(app, "InvalidSpecError").length > 0);
    await repository.commit({ "apps/b.yaml": null, "apps/c.yaml": null });
    await rig.refresh(name);
    // The one that never had anything has nothing to wait for.
    await rig.untilGone("stranded-c");
    await rig.until("stranded-b", (app) => conditions(app, "DeletionError").length > 0);
    await rig.until(name, isQuiet);
    const key = appKey(HOME, "stranded-b");
    expect(await rig.control.remove(key, { cascade: "none", actor: "user:test" })).toMatchObject({
      is: "written",
    });
    await rig.untilGone("stranded-b");
    await rig.until(name, isSynced);
    expect(rig.store.servedObjects().map(({ metadata }) => metadata.name)).toEqual(["stranded-a"]);
    expect(await has(name, "b")).toBe(true);
  });
});
