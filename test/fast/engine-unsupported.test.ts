/** What an application asks for and nobody does yet refuses its syncs, is said for as long as it stands, and can be gone on without. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION, type Application } from "../../src/core/model/application.ts";
import {
  conditions,
  type Files,
  isSettled,
  type Placed,
  type Repository,
  type Rig,
  sharedRig,
  startRig,
  type World,
} from "../lib/engine-rig.ts";
import { configMap, deployment } from "../lib/manifests.ts";

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

describe("what changes a sync", () => {
  test("refuses the syncs of both sorts, starts nothing, and is said after a restart too", async () => {
    const name = "refused";
    await placed(
      name,
      { "a.yaml": configMap(name, "a") },
      { metadata: { annotations: { [ANNOTATION.skipReconcile]: "true" } } },
    );
    const refused = "asks to leave the application alone";
    const check = () => {
      const app = rig.app(name);
      expect(app.status?.sync.status).toBe("OutOfSync");
      expect(conditions(app, "SyncError").join()).toMatch(/alone.*Nothing is applied; to go on all the same/);
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
      { metadata: { annotations: { [ANNOTATION.skipReconcile]: "true", [ANNOTATION.unsupported]: "warn" } } },
    );
    await rig.until(name, isSettled);
    expect(await world.hasConfigMap(name, "a")).toBe(true);
    expect(said(rig.app(name))).toEqual([expect.stringContaining("asks to leave the application alone")]);
  });

  test.each<{ name: string; more: Pick<Placed, "spec" | "metadata">; says: string }>([
    {
      name: "paused",
      more: { metadata: { annotations: { [ANNOTATION.skipReconcile]: "true" } } },
      says: "asks to leave the application alone",
    },
  ])("$name", async ({ name, more, says }) => {
    await placed(name, { "web.yaml": deployment({ namespace: name, name: "web", replicas: 1 }) }, more);
    expect(conditions(rig.app(name), "SyncError").join()).toContain(says);
    const path = `/apis/apps/v1/namespaces/${name}/deployments/web`;
    expect(await world.find(path)).toBeUndefined();
    const { phase, message } = await rig.sync(name, {
      resources: [{ group: "apps", kind: "Deployment", name: "web" }],
    });
    expect([phase, message]).toEqual(["Failed", expect.stringContaining(says)]);
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
    await placed(
      name,
      { "a.yaml": configMap(name, "a") },
      { metadata: { annotations: { [ANNOTATION.skipReconcile]: "true" } } },
    );
    await rig.until(name, isSettled);
    expect(said(rig.app(name))).toEqual([expect.stringContaining("asks to leave the application alone")]);
  });
});
