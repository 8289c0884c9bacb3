/** Every field of an Application and of an AppProject comes back as it was written, those that nobody knows too. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import { type Application, appKey } from "../../src/core/model/application.ts";
import { APPLICATION, PROJECT } from "../../src/core/model/application-shape.ts";
import type { Project } from "../../src/core/model/project.ts";
import type { Shape } from "../../src/core/model/shape.ts";
import type { Control } from "../../src/engine/control.ts";
import { CustomResourceHome } from "../../src/homes/cluster/custom-resource-home.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { addedClusters, bodyOf } from "../lib/added-clusters.ts";
import { HOME, type Rig, startRig, startWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { EVERY_PROJECT, EVERY_SPEC, missingFields } from "../lib/every-field.ts";
import { recordingLog } from "../lib/recording-log.ts";

const { start } = addedClusters();

const actor = "user:test";
const APP = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: {
    name: "every",
    namespace: HOME,
    labels: { team: "shop" },
    annotations: { note: "mine" },
    finalizers: ["resources-finalizer.argocd.argoproj.io"],
  },
  spec: EVERY_SPEC,
} as unknown as Application;
const ALL = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name: "all", namespace: HOME, labels: { of: "us" }, annotations: { note: "ours" } },
  spec: EVERY_PROJECT,
} as unknown as Project;

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.makeNamespace(HOME);
});
afterAll(() => world?.stop());

describe("what is written in these tests", () => {
  const specOf = (shape: Shape): Shape => (shape.is === "fields" ? (shape.fields["spec"] as Shape) : shape);
  test("has every field of an Application that there is", () => {
    // One source or several; a destination by server or by name; what is not built is refused with its name.
    expect(missingFields(specOf(APPLICATION), [EVERY_SPEC])).toEqual([
      "source",
      "destination.name",
      "sourceHydrator",
    ]);
  });
  test("has every field of a project that there is", () => {
    expect(missingFields(specOf(PROJECT), [EVERY_PROJECT])).toEqual(["signatureKeys", "sourceIntegrity"]);
  });
});

test("through the API", async () => {
  const given = await start();
  const prod = { ...bodyOf(world, "prod"), name: "home" };
  expect((await given.ask("POST", "/api/v1/clusters", prod)).status).toBe(200);
  const app = {
    ...APP,
    spec: { ...EVERY_SPEC, destination: { ...EVERY_SPEC.destination, server: world.sandbox.url } },
  };
  const made = await given.ask("POST", "/api/v1/applications?validate=false", app);
  expect([made.status, made.body.spec]).toEqual([200, app.spec]);
  const shown = async (path: string) => (await given.ask("GET", path)).body;
  const seen = await shown("/api/v1/applications/every");
  expect(seen.spec).toEqual(app.spec);
  expect(seen.metadata).toMatchObject(APP.metadata);
  // Sent back as it came, it is the same.
  expect((await given.ask("PUT", "/api/v1/applications/every", seen)).status).toBe(200);
  expect((await shown("/api/v1/applications/every")).spec).toEqual(app.spec);

  expect((await given.ask("POST", "/api/v1/projects", { project: ALL })).status).toBe(200);
  const project = await shown("/api/v1/projects/all");
  expect([project.spec, project.metadata]).toEqual([EVERY_PROJECT, expect.objectContaining(ALL.metadata)]);
  expect((await given.ask("PUT", "/api/v1/projects/all", { project })).status).toBe(200);
  expect((await shown("/api/v1/projects/all")).spec).toEqual(EVERY_PROJECT);
});

describe("through a custom resource", () => {
  const API = `/apis/argoproj.io/v1alpha1/namespaces/${HOME}`;
  let rig: Rig, home: CustomResourceHome, control: Control;
  beforeAll(async () => {
    for (const definition of customResourceDefinitions())
      await world.must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
    home = new CustomResourceHome({
      cluster: "in-cluster",
      namespace: HOME,
      namespaces: [],
      uid: "",
      store: memoryStore(),
      log: recordingLog(),
    });
    rig = await startRig(world, {
      records: (cluster) => {
        home.follow(cluster);
        return home;
      },
    });
    ({ control } = rig);
    await eventually("all is seen", () => control.problems().length === 0);
  });
  afterAll(async () => {
    await rig?.stop();
    await home?.stop();
  });
  const key = appKey(HOME, "every");

  test("that kubectl wrote, and that the API writes over", async () => {
    await world.must("POST", `${API}/applications`, APP);
    await eventually("it is known", () => control.application(key) !== undefined);
    const seen = control.application(key) as Application;
    expect(seen.spec as unknown).toEqual(EVERY_SPEC);
    const written = await control.update(
      { ...seen, metadata: { ...seen.metadata, labels: { team: "other" } } },
      actor,
    );
    expect(written).toMatchObject({ is: "written" });
    const now = await world.find(`${API}/applications/every`);
    expect([now.spec, now.metadata.labels, now.metadata.finalizers]).toEqual([
      EVERY_SPEC,
      { team: "other" },
      APP.metadata.finalizers,
    ]);
  });

  test("that the API makes, projects too", async () => {
    await world.must("DELETE", `${API}/applications/every`);
    await rig.untilGone("every");
    await eventually("it can be made anew", async () => {
      const made = await control.create(APP, { upsert: false, actor });
      return made.is === "written";
    });
    expect((await world.find(`${API}/applications/every`)).spec).toEqual(EVERY_SPEC);
    expect(await control.putProject(ALL, { how: "create", actor })).toMatchObject({ is: "written" });
    const there = await world.find(`${API}/appprojects/all`);
    expect([there.spec, there.metadata.labels]).toEqual([EVERY_PROJECT, { of: "us" }]);
    await eventually("it is known", () => control.projectInForce("all").is === "found");
    expect(control.projects().find(({ metadata }) => metadata.name === "all")?.spec as unknown).toEqual(
      EVERY_PROJECT,
    );
  });
});
