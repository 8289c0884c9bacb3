/** What an application asks for and nobody does yet refuses its syncs, is said for as long as it stands, and can be gone on without. */
import { describe, expect, test } from "bun:test";
import {
  ANNOTATION,
  type Application,
  appKey,
  RESOURCES_FINALIZER,
} from "../../src/core/model/application.ts";
import {
  appOf,
  conditions,
  type Files,
  HOME,
  isSettled,
  type Placed,
  type Repository,
  type Rig,
  sharedRig,
  startRig,
  type World,
} from "../lib/engine-rig.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";

let world: World, rig: Rig;
sharedRig((...both) => {
  [world, rig] = both;
});

async function placed(
  name: string,
  files: Files,
  more: Pick<Placed, "spec" | "metadata"> = {},
): Promise<Repository> {
  const repository = await rig.placeNew(name, files, more);
  await rig.until(
    name,
    ({ status }) => status?.sync.status !== undefined && status.sync.status !== "Unknown",
  );
  await rig.untilIdle();
  return repository;
}

const said = (app: Application) => [...conditions(app, "SyncError"), ...conditions(app, "ManifestWarning")];

/** Nobody can obey it. */
const BROKEN_POINTER = {
  spec: { ignoreDifferences: [{ kind: "ConfigMap", jsonPointers: ["/data/~2"] }] },
};
const NOTHING_IGNORED = "nothing is ignored by it";

describe("what changes a sync", () => {
  test("refuses the syncs of both sorts, starts nothing, and is said after a restart too", async () => {
    const name = "refused";
    await placed(name, { "a.yaml": configMap(name, "a") }, BROKEN_POINTER);
    const refused = NOTHING_IGNORED;
    const check = () => {
      const app = rig.app(name);
      expect(app.status?.sync.status).toBe("OutOfSync");
      expect(conditions(app, "SyncError").join()).toMatch(
        /nothing is ignored by it.*Nothing is applied; to go on all the same/,
      );
      expect(conditions(app, "ManifestWarning")).toEqual([expect.stringContaining(refused)]);
    };
    check();
    expect(rig.app(name).status?.operationState).toBeUndefined();
    const { phase, message } = await rig.sync(name);
    expect([phase, message]).toEqual(["Failed", expect.stringContaining(refused)]);
    expect(await world.hasConfigMap(name, "a")).toBe(false);
    await rig.engine.stop();
    rig = await startRig(world, { store: rig.store, folder: rig.folder });
    await rig.until(name, ({ status }) => status?.sync.status === "OutOfSync");
    await rig.untilIdle();
    check();
  });

  test("is gone on without where the application says so", async () => {
    const name = "warned";
    await placed(
      name,
      { "a.yaml": configMap(name, "a") },
      { ...BROKEN_POINTER, metadata: { annotations: { [ANNOTATION.unsupported]: "warn" } } },
    );
    await rig.until(name, isSettled);
    expect(await world.hasConfigMap(name, "a")).toBe(true);
    expect(said(rig.app(name))).toEqual([expect.stringContaining(NOTHING_IGNORED)]);
  });

  test("refuses a selective sync, too", async () => {
    const name = "refused-in-part";
    await placed(
      name,
      { "web.yaml": deployment({ namespace: name, name: "web", replicas: 1 }) },
      BROKEN_POINTER,
    );
    const path = `/apis/apps/v1/namespaces/${name}/deployments/web`;
    const { phase, message } = await rig.sync(name, {
      resources: [{ group: "apps", kind: "Deployment", name: "web" }],
    });
    expect([phase, message]).toEqual(["Failed", expect.stringContaining(NOTHING_IGNORED)]);
    expect(await world.find(path)).toBeUndefined();
  });

  test("a jq path is obeyed: what others set there is left alone, at the first sync and at later ones", async () => {
    const name = "jq-path";
    const web = (image: string) =>
      deployment({
        namespace: name,
        name: "web",
        replicas: 1,
        image,
        container: { env: [{ name: "A", value: "git" }] },
      });
    const repository = await placed(
      name,
      { "web.yaml": web("registry.example.com/web:1") },
      {
        spec: {
          ignoreDifferences: [
            {
              group: "apps",
              kind: "Deployment",
              jqPathExpressions: [
                ".spec.replicas",
                '.spec.template.spec.containers[] | select(.name == "web") | .env[].value',
              ],
            },
          ],
        },
      },
    );
    await rig.until(name, isSettled);
    expect(said(rig.app(name))).toEqual([]);
    const path = `/apis/apps/v1/namespaces/${name}/deployments/web`;
    await world.must(
      "PATCH",
      path,
      {
        spec: {
          replicas: 3,
          template: { spec: { containers: [{ name: "web", env: [{ name: "A", value: "theirs" }] }] } },
        },
      },
      "application/strategic-merge-patch+json",
    );
    await rig.untilIdle();
    const commit = await repository.commit({ "web.yaml": web("registry.example.com/web:2") });
    await rig.refresh(name);
    await rig.until(name, (now) => now.status?.sync.revision === commit && isSettled(now));
    const { spec } = await world.must("GET", path);
    expect(spec.replicas).toBe(3);
    expect(spec.template.spec.containers[0]).toMatchObject({
      image: "registry.example.com/web:2",
      env: [{ name: "A", value: "theirs" }],
    });
  });

  test("is gone on without where the config says so", async () => {
    await rig.engine.stop();
    rig = await startRig(world, { settings: { unsupported: "warn" } });
    const name = "config-warns";
    await placed(name, { "a.yaml": configMap(name, "a") }, BROKEN_POINTER);
    await rig.until(name, isSettled);
    expect(said(rig.app(name))).toEqual([expect.stringContaining(NOTHING_IGNORED)]);
  });
});

describe("an application that is paused", () => {
  const PAUSED = { metadata: { annotations: { [ANNOTATION.skipReconcile]: "true" } } };
  const place = (name: string, repository: Repository, metadata: NonNullable<Placed["metadata"]>): void =>
    rig.place(appOf({ name, repository, metadata }));

  test("is looked at and left alone: nothing is synced, healed or pruned, and a person is told", async () => {
    const name = "paused";
    const repository = await placed(name, { "a.yaml": configMap(name, "a"), "b.yaml": configMap(name, "b") });
    await rig.until(name, isSettled);
    place(name, repository, PAUSED.metadata);
    await rig.untilIdle();
    await world.must(
      "PATCH",
      configMapPath(name, "a"),
      { data: { key: "theirs" } },
      "application/merge-patch+json",
    );
    await repository.commit({ "b.yaml": null, "c.yaml": configMap(name, "c") });
    await rig.refresh(name);
    const shown = await rig.until(name, ({ status }) => status?.sync.status === "OutOfSync");
    await rig.untilIdle();
    expect(said(shown)).toEqual([expect.stringContaining("the application is paused by its annotation")]);
    expect(await rig.control.sync(appKey(HOME, name), { operation: { sync: {} }, actor: "ann" })).toEqual({
      is: "conflict",
      why: expect.stringContaining("the application is paused"),
    });
    expect((await world.must("GET", configMapPath(name, "a"))).data).toEqual({ key: "theirs" });
    expect(await world.hasConfigMap(name, "b")).toBe(true);
    expect(await world.hasConfigMap(name, "c")).toBe(false);

    place(name, repository, { annotations: { [ANNOTATION.skipReconcile]: "false" } });
    await rig.until(name, isSettled);
    await rig.untilIdle();
    expect((await world.must("GET", configMapPath(name, "a"))).data).toEqual({ key: "value" });
    expect(await world.hasConfigMap(name, "b")).toBe(false);
    expect(await world.hasConfigMap(name, "c")).toBe(true);
  });

  test("goes with its objects all the same when its file goes", async () => {
    const name = "paused-deleted";
    const finalizers = [RESOURCES_FINALIZER];
    const repository = await rig.placeNew(
      name,
      { "a.yaml": configMap(name, "a") },
      { metadata: { finalizers } },
    );
    await rig.until(name, isSettled);
    place(name, repository, { ...PAUSED.metadata, finalizers });
    await rig.untilIdle();
    rig.unplace(name);
    rig.clock.advance(60_000);
    rig.read();
    await rig.untilGone(name);
    expect(await world.hasConfigMap(name, "a")).toBe(false);
  });
});
