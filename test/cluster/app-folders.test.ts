/** The folders that applications live in: what leaving them means, and how little a bad folder can do. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, crd } from "../lib/manifests.ts";
import {
  conditions,
  isQuiet,
  isSynced,
  type Placed,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(60_000);

const FINALIZER = "resources-finalizer.argocd.argoproj.io",
  SYNC_OPTIONS = "argocd.argoproj.io/sync-options",
  APPROVED = "argocd.argoproj.io/deletion-approved";
let stage: Stage;
/** Stays, so that no folder is empty by chance. */
let keeper: Placed;
beforeAll(async () => {
  stage = await startStage();
  keeper = await stage.place({
    name: "keeper",
    metadata: { finalizers: [FINALIZER] },
    files: { "settings.yaml": yaml(configMap("keeper", "settings")) },
  });
  await keeper.untilSettled();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const claim = (namespace: string, name: string) => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name, namespace },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
});
const isGone = async (path: string): Promise<boolean> => (await stage.find(path)) === undefined;

describe("a file that left its folder", () => {
  test("deletes the objects of an application with the finalizer, and the application", async () => {
    const app = await stage.place({
      name: "leaves",
      metadata: { finalizers: [FINALIZER] },
      files: { "all.yaml": yaml(configMap("leaves", "one"), configMap("leaves", "two")) },
    });
    await app.untilSettled();
    await app.remove();
    await app.untilGone();
    for (const name of ["one", "two"]) expect(await isGone(configMapPath("leaves", name))).toBe(true);
    expect(await isGone(configMapPath("keeper", "settings"))).toBe(false);
  });

  test("leaves the objects of an application without the finalizer", async () => {
    const app = await stage.place({ name: "stays", files: { "all.yaml": yaml(configMap("stays", "one")) } });
    await app.untilSettled();
    const { uid } = (await stage.must("GET", configMapPath("stays", "one"))).metadata;
    await app.remove();
    await app.untilGone();
    const { metadata } = await stage.must("GET", configMapPath("stays", "one"));
    expect(metadata.uid).toBe(uid);
    expect(metadata.deletionTimestamp).toBeUndefined();
  });

  test("goes through the guards: kinds that hold others wait for approval, marked objects and definitions stay", async () => {
    const marked = (name: string, option: string) => ({
      ...configMap("guarded", name),
      metadata: { name, namespace: "guarded", annotations: { [SYNC_OPTIONS]: option } },
    });
    const app = await stage.place({
      name: "guarded",
      metadata: { finalizers: [FINALIZER] },
      files: {
        "all.yaml": yaml(
          configMap("guarded", "plain"),
          marked("kept", "Delete=false"),
          {
            ...configMap("guarded", "helm-kept"),
            metadata: {
              name: "helm-kept",
              namespace: "guarded",
              annotations: { "helm.sh/resource-policy": "keep" },
            },
          },
          marked("asked", "Delete=confirm"),
          claim("guarded", "data"),
          crd({ group: "folders.example.com", kind: "Shelf", plural: "shelves" }),
        ),
      },
    });
    await app.until((now) => now.status?.sync?.status === "Synced");
    await app.remove();
    await eventually("the plain object is gone", () => isGone(configMapPath("guarded", "plain")));
    const waiting = await app.until((now) => conditions(now, "DeletionError").length >= 2);
    expect(conditions(waiting, "DeletionError").sort()).toEqual([
      expect.stringContaining("ConfigMap guarded/asked waits for a person's approval"),
      expect.stringContaining(
        "PersistentVolumeClaim guarded/data waits for a person's approval (losing a file is no order to delete it)",
      ),
    ]);
    for (const name of ["kept", "helm-kept", "asked"])
      expect(await isGone(configMapPath("guarded", name))).toBe(false);

    const approved = await stage.daemon.api<Shown>("/api/v1/applications/guarded", {
      method: "PATCH",
      body: JSON.stringify({
        patchType: "merge",
        patch: JSON.stringify({ metadata: { annotations: { [APPROVED]: new Date().toISOString() } } }),
      }),
    });
    expect(approved.status).toBe(200);
    await app.untilGone();
    for (const path of [
      configMapPath("guarded", "asked"),
      "/api/v1/namespaces/guarded/persistentvolumeclaims/data",
    ])
      await eventually(`${path} is gone`, () => isGone(path));
    for (const name of ["kept", "helm-kept"])
      expect(await isGone(configMapPath("guarded", name))).toBe(false);
    expect(
      await isGone("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/shelves.folders.example.com"),
    ).toBe(false);
  });

  test("that comes back takes the deletion back", async () => {
    const app = await stage.place({
      name: "comes-back",
      metadata: { finalizers: [FINALIZER] },
      files: { "all.yaml": yaml(configMap("comes-back", "plain"), claim("comes-back", "data")) },
    });
    await app.until((now) => isSynced(now) && isQuiet(now));
    await app.remove();
    await app.until((now) => conditions(now, "DeletionError").length > 0);
    await app.edit(({ spec }) => void (spec.info = [{ name: "is", value: "back" }]));
    const seen = await app.until(
      (now) => isSynced(now) && isQuiet(now) && conditions(now, "DeletionError").length === 0,
    );
    expect(seen.metadata.deletionTimestamp).toBeUndefined();
    expect(await isGone(configMapPath("comes-back", "plain"))).toBe(false);
    expect(await isGone("/api/v1/namespaces/comes-back/persistentvolumeclaims/data")).toBe(false);
  });

  test("waits for a person, who may also simply delete the application", async () => {
    const app = await stage.place({
      name: "by-person",
      metadata: { finalizers: [FINALIZER] },
      files: { "all.yaml": yaml(claim("by-person", "data")) },
    });
    await app.until((now) => isSynced(now) && isQuiet(now));
    const refused = await stage.daemon.api<Shown>("/api/v1/applications/by-person", {
      method: "DELETE",
      body: "{}",
    });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.body.message).toContain("by-person.yaml");
    await app.remove();
    await app.until((now) => conditions(now, "DeletionError").length > 0);
    expect(
      (await stage.daemon.api("/api/v1/applications/by-person", { method: "DELETE", body: "{}" })).status,
    ).toBe(200);
    await app.untilGone();
    await eventually("the claim is gone", () =>
      isGone("/api/v1/namespaces/by-person/persistentvolumeclaims/data"),
    );
  });

  test("is noticed after a restart too", async () => {
    const app = await stage.place({
      name: "meanwhile",
      metadata: { finalizers: [FINALIZER] },
      files: { "all.yaml": yaml(configMap("meanwhile", "one")) },
    });
    await app.untilSettled();
    await stage.daemon.kill("SIGKILL");
    await app.remove();
    await stage.daemon.restart();
    await app.untilGone();
    expect(await isGone(configMapPath("meanwhile", "one"))).toBe(true);
  });
});

describe("nothing is deleted because of a folder", () => {
  let folder = "",
    away = "";
  beforeAll(() => {
    folder = join(stage.daemon.dir, "apps");
    away = join(stage.daemon.dir, "apps.away");
  });
  const problem = (what: RegExp) =>
    eventually(`a problem like ${what}`, async () => {
      const { body } = await stage.daemon.api<{ items: Shown[] }>("/api/holdfast/v1/problems");
      return body.items.some((item) => what.test(`${item.file ?? ""} ${item.text}`));
    });
  const noProblem = () =>
    eventually(
      "no problem is left",
      async () =>
        (await stage.daemon.api<{ items: Shown[] }>("/api/holdfast/v1/problems")).body.items.length === 0,
    );

  const faults: { name: string; make: () => Promise<unknown>; mend: () => Promise<unknown>; says: RegExp }[] =
    [
      {
        name: "that is missing",
        make: () => rename(folder, away),
        mend: () => rename(away, folder),
        says: /apps.*cannot be read/,
      },
      {
        name: "that is suddenly empty",
        says: /suddenly empty/,
        async make() {
          await mkdir(away);
          for (const name of await readdir(folder)) await rename(join(folder, name), join(away, name));
        },
        async mend() {
          for (const name of await readdir(away)) await rename(join(away, name), join(folder, name));
          await rm(away, { recursive: true });
        },
      },
      {
        name: "with a file that cannot be read",
        says: /dangling\.yaml.*cannot be read/,
        async make() {
          await symlink("nowhere", join(folder, "dangling.yaml"));
          await rename(join(folder, "keeper.yaml"), join(stage.daemon.dir, "keeper.yaml"));
        },
        async mend() {
          await rename(join(stage.daemon.dir, "keeper.yaml"), join(folder, "keeper.yaml"));
          await rm(join(folder, "dangling.yaml"));
        },
      },
      {
        name: "with a file that does not parse",
        says: /broken\.yaml/,
        async make() {
          await writeFile(join(folder, "broken.yaml"), "kind: Application\n  spec: {\n");
          await rename(join(folder, "keeper.yaml"), join(stage.daemon.dir, "keeper.yaml"));
        },
        async mend() {
          await rename(join(stage.daemon.dir, "keeper.yaml"), join(folder, "keeper.yaml"));
          await rm(join(folder, "broken.yaml"));
        },
      },
      {
        name: "with an Application that has a wrong field",
        says: /keeper\.yaml/,
        async make() {
          const path = join(folder, "keeper.yaml");
          await rename(path, join(stage.daemon.dir, "keeper.yaml"));
          await writeFile(
            path,
            JSON.stringify({
              apiVersion: "argoproj.io/v1alpha1",
              kind: "Application",
              metadata: { name: "keeper" },
              spec: { project: "default", destination: "nowhere" },
            }),
          );
        },
        mend: () => rename(join(stage.daemon.dir, "keeper.yaml"), join(folder, "keeper.yaml")),
      },
    ];

  test.each(faults)(
    "$name, nor after a restart, and the applications work on",
    async ({ make, mend, says }) => {
      const { uid } = (await stage.must("GET", configMapPath("keeper", "settings"))).metadata;
      await make();
      try {
        await problem(says);
        await stage.must("DELETE", configMapPath("keeper", "settings"));
        const healed = await eventually("the last good state is held", () =>
          stage.find(configMapPath("keeper", "settings")),
        );
        expect(healed.metadata.uid).not.toBe(uid);
        await stage.daemon.restart();
        await problem(says);
        const seen = await keeper.untilSettled();
        expect(seen.metadata.deletionTimestamp).toBeUndefined();
        expect((await stage.must("GET", configMapPath("keeper", "settings"))).metadata.uid).toBe(
          healed.metadata.uid,
        );
      } finally {
        await mend();
      }
      await noProblem();
      await keeper.untilSettled();
    },
  );
});

test("the API takes no name that a file has; a file with a name of the API's is an error that names both, and the API's goes on", async () => {
  const app = await stage.place({
    name: "twice",
    files: { "all.yaml": yaml(configMap("twice", "settings")) },
  });
  const { spec } = await app.untilSettled();
  const create = () =>
    stage.daemon.api<Shown>("/api/v1/applications", {
      method: "POST",
      body: JSON.stringify({
        metadata: { name: "twice" },
        spec: { ...spec, info: [{ name: "from", value: "api" }] },
      }),
    });
  expect((await create()).body.message).toContain("twice.yaml");
  await app.remove();
  await app.untilGone();
  expect((await create()).status).toBe(200);
  await Bun.write(
    join(stage.daemon.dir, "apps", "twice.yaml"),
    JSON.stringify({
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name: "twice" },
      spec,
    }),
  );
  await eventually("the problem is told", async () => {
    const { body } = await stage.daemon.api<{ items: Shown[] }>("/api/holdfast/v1/problems");
    return body.items.some(
      (item) =>
        item.severity === "error" &&
        item.file.includes("twice.yaml") &&
        item.text.includes("made through the API"),
    );
  });
  expect((await app.get()).spec.info).toEqual([{ name: "from", value: "api" }]);
  await stage.daemon.api("/api/v1/applications/twice?cascade=false", { method: "DELETE", body: "{}" });
  const seen = await app.until((now) => isSynced(now) && now.spec.info === undefined);
  expect(seen.metadata.deletionTimestamp).toBeUndefined();
  expect(await isGone(configMapPath("twice", "settings"))).toBe(false);
});
