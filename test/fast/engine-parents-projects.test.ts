/** Projects that parents render, where Holdfast serves these kinds: who holds one that is to go, and until when. */
import { describe, expect, test } from "bun:test";
import { type Application, appKey, RESOURCES_FINALIZER } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import {
  appOf,
  conditions,
  HOME,
  isSettled,
  type Repository,
  type Rig,
  type RigOptions,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";

let world: World;
const startAny = sharedWorld((it) => {
  world = it;
});
const start = (more: RigOptions = {}): Promise<Rig> => startAny({ parents: "served", ...more });
const finalizers = [RESOURCES_FINALIZER];
const projectOf = (name: string, metadata: object = {}): KubeObject => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name, namespace: HOME, ...metadata },
  spec: {
    sourceRepos: ["*"],
    destinations: [{ server: "*", namespace: "*" }],
    clusterResourceWhitelist: [{ group: "*", kind: "*" }],
  },
});
const app = (of: Repository, name: string, path: string, namespace: string, project: string): Application =>
  appOf({ name, repository: of, path, namespace, metadata: { finalizers }, spec: { project } });
const manifest = (...asked: Parameters<typeof app>): KubeObject => app(...asked) as unknown as KubeObject;
const has = (namespace: string, name: string): Promise<boolean> => world.hasConfigMap(namespace, name);
const isProject = (rig: Rig, name: string): boolean =>
  rig.control.projects().some(({ metadata }) => metadata.name === name);
const known = (rig: Rig): string[] => rig.control.applications().map(({ metadata }) => metadata.name);

describe("a project that its parent prunes", () => {
  /** A parent over a project, and an application of that project over the folder `user`. */
  async function given(rig: Rig, name: string, project = projectOf(name)): Promise<Repository> {
    await world.makeNamespace(name);
    const repository = await world.repository(name, { "README.md": "x" });
    await repository.commit({
      "apps/keep.yaml": projectOf(`${name}-keep`),
      "apps/project.yaml": project,
      "user/a.yaml": configMap(name, "a"),
    });
    rig.place(appOf({ name, repository, path: "apps", namespace: HOME }));
    await rig.untilSettled(name);
    await eventually("the project is known", () => isProject(rig, name));
    return repository;
  }

  test.each(["file", "api"])(
    "stays until the last application of it is gone, one of the %s",
    async (from) => {
      const store = memoryStore();
      const first = await start({ store });
      const name = `used-${from}`;
      const repository = await given(first, name);
      const user = app(repository, `${name}-user`, "user", name, name);
      if (from === "file") first.place(user);
      else await first.control.create(user, { upsert: false, actor: "user:test" });
      await first.untilSettled(`${name}-user`);
      await repository.commit({ "apps/project.yaml": null });
      void first.refresh(name);
      const says = `goes when no application is of it any more: argocd/${name}-user is`;
      await first.until(name, (one) => conditions(one, "DeletionHeldWarning").join().includes(says));
      await first.untilIdle();
      expect(isProject(first, name)).toBe(true);
      await first.stop();

      const rig = await start({ store, folder: first.folder });
      await rig.untilSettled(`${name}-user`);
      await rig.untilIdle();
      expect([isProject(rig, name), rig.app(`${name}-user`).status?.conditions]).toEqual([true, undefined]);
      if (from === "file") rig.unplace(`${name}-user`);
      await rig.control.remove(appKey(HOME, `${name}-user`), { cascade: "foreground", actor: "user:test" });
      await rig.untilGone(`${name}-user`);
      await eventually("the project is gone", () => !isProject(rig, name));
      await rig.untilSettled(name);
      expect(await has(name, "a")).toBe(false);
    },
  );

  test("goes at once where nobody is of it, whatever finalizer it has", async () => {
    const rig = await start();
    const name = "unused";
    const repository = await given(rig, name, projectOf(name, { finalizers: [RESOURCES_FINALIZER] }));
    await repository.commit({ "apps/project.yaml": null });
    void rig.refresh(name);
    await eventually("the project is gone", () => !isProject(rig, name));
    await rig.untilSettled(name);
  });

  test("goes when its last application is of another one", async () => {
    const rig = await start();
    const name = "moved";
    const repository = await given(rig, name);
    rig.place(app(repository, `${name}-user`, "user", name, name));
    await rig.untilSettled(`${name}-user`);
    await repository.commit({ "apps/project.yaml": null });
    void rig.refresh(name);
    await rig.until(name, (one) => conditions(one, "DeletionHeldWarning").length > 0);
    rig.place(app(repository, `${name}-user`, "user", name, "default"));
    await eventually("the project is gone", () => !isProject(rig, name));
    expect(await has(name, "a")).toBe(true);
  });
});

describe("a parent of a project that it renders itself", () => {
  test.each([
    ["in a file", "own-file"],
    ["in its own manifest", "own-self"],
    ["below another of that project", "own-below"],
  ])(
    "goes with all that it has, and waits for the project as little as that for it: %s",
    async (where, name) => {
      const rig = await start();
      await world.makeNamespace(name);
      const repository = await world.repository(name, { "README.md": "x" });
      const root = manifest(repository, name, "apps", HOME, name);
      const all = {
        "project.yaml": projectOf(name),
        "a.yaml": manifest(repository, `${name}-a`, "a", name, name),
        "map.yaml": configMap(name, "beside"),
      };
      const middle = manifest(repository, `${name}-middle`, "below", HOME, "default");
      const folder = where === "below another of that project" ? "below" : "apps";
      await repository.commit({
        ...Object.fromEntries(Object.entries(all).map(([path, one]) => [`${folder}/${path}`, one])),
        ...(where === "in its own manifest" ? { "apps/own.yaml": root } : {}),
        ...(folder === "below" ? { "apps/middle.yaml": middle } : {}),
        "a/a.yaml": configMap(name, "a"),
      });
      // Somebody made the project first.
      rig.folder.projects = [{ project: projectOf(name) as never, file: "apps/project.yaml", line: 1 }];
      rig.place(root as unknown as Application);
      for (const one of [`${name}-a`, name]) await rig.untilSettled(one);
      rig.folder.projects = [];
      rig.read();
      await eventually(
        "it is the parent's",
        () =>
          rig.control.projectInForce(name).is === "found" &&
          JSON.stringify(rig.control.projectInForce(name)).includes("parent"),
      );
      rig.unplace(name);
      if (where === "in its own manifest") {
        await rig.until(
          name,
          (one) => rig.control.origin(appKey(HOME, name))?.from === "parent" && isSettled(one),
        );
        await rig.control.remove(appKey(HOME, name), { cascade: "foreground", actor: "user:test" });
      }
      await rig.untilGone(name);
      await eventually("the project is gone", () => !isProject(rig, name));
      expect(known(rig)).toEqual([]);
      expect([await has(name, "a"), await has(name, "beside"), rig.store.servedObjects()]).toEqual([
        false,
        false,
        [],
      ]);
    },
  );
});
