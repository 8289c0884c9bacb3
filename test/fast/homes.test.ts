/** The contract of homes, over each source of applications. */
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import { RESOURCES_FINALIZER } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { CustomResourceHome } from "../../src/homes/cluster/custom-resource-home.ts";
import { type HomeUnderTest, homeConformance } from "../conformance/home.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { startApiProxy } from "../lib/api-proxy.ts";
import {
  appOf,
  type Files,
  HOME,
  type Rig,
  type RigOptions,
  startRig,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { recordingLog } from "../lib/recording-log.ts";

const APPLICATIONS = `/apis/argoproj.io/v1alpha1/namespaces/${HOME}/applications`;
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const MERGE = "application/merge-patch+json";

/** A rig that can be started again in its world. */
async function restartable(
  world: World,
  options: RigOptions = {},
): Promise<{ now(): Rig; again(more?: RigOptions): Promise<void>; store: Store }> {
  const store = memoryStore();
  let rig = await startRig(world, { store, ...options });
  return {
    store,
    now: () => rig,
    async again(more = {}) {
      await rig.stop();
      rig = await startRig(world, { store, ...options, ...more });
    },
  };
}

homeConformance({
  name: "folders of the config",
  from: "file",
  async start(world) {
    const rigs = await restartable(world);
    const { folder } = rigs.now();
    let away: typeof folder.applications | undefined;
    const home: HomeUnderTest = {
      get rig() {
        return rigs.now();
      },
      async put(app) {
        rigs.now().place(app);
      },
      async remove(name) {
        rigs.now().unplace(name);
      },
      holds: async (name) => folder.applications.some(({ app }) => app.metadata.name === name),
      async blind() {
        away = folder.applications;
        folder.applications = [];
        folder.folders = [{ path: "/apps", state: "unreadable", files: 0 }];
        rigs.now().read();
        return async () => {
          folder.applications = away ?? [];
          folder.folders = [{ path: "/apps", state: "read", files: 1 }];
          rigs.now().read();
        };
      },
      restart: () => rigs.again({ folder }),
      stop: () => rigs.now().stop(),
    };
    return home;
  },
});

homeConformance({
  name: "the API",
  from: "api",
  async start(world) {
    const rigs = await restartable(world);
    const keyOf = (name: string) => `${HOME}/${name}` as const;
    return {
      get rig() {
        return rigs.now();
      },
      async put(app) {
        const written = await rigs.now().control.create(app, { upsert: true, actor: "user:test" });
        if (written.is !== "written") throw new Error(JSON.stringify(written));
      },
      async remove(name) {
        const { control } = rigs.now();
        const app = control.application(keyOf(name) as never);
        const cascade =
          app?.metadata.finalizers?.includes(RESOURCES_FINALIZER) === true ? "foreground" : "none";
        await control.remove(keyOf(name) as never, { cascade, actor: "user:test" });
      },
      holds: async (name) => rigs.store.applications().some(({ metadata }) => metadata.name === name),
      restart: () => rigs.again(),
      stop: () => rigs.now().stop(),
    };
  },
});

homeConformance({
  name: "what a parent renders",
  from: "parent",
  async start(world) {
    const rigs = await restartable(world, { parents: "served" });
    const repository = await world.repository("parent", {
      "project.yaml": {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { name: "keeps-it-from-being-empty", namespace: HOME },
        spec: {},
      },
    });
    const { folder } = rigs.now();
    rigs.now().place(appOf({ name: "parent", repository, namespace: HOME }));
    const child = (name: string) =>
      rigs.store
        .servedObjects()
        .find(({ kind, metadata }) => kind === "Application" && metadata.name === name);
    const say = async (files: Files): Promise<void> => {
      await repository.commit(files);
      await rigs.now().refresh("parent");
    };
    return {
      get rig() {
        return rigs.now();
      },
      async put(app) {
        const { name } = app.metadata;
        const object = JSON.parse(JSON.stringify(app)) as KubeObject;
        const { path } = app.spec.source ?? {};
        await say({ [`${name}.yaml`]: object });
        await rigs.now().until(name, ({ spec }) => spec.source?.path === path);
      },
      async remove(name) {
        const uid = child(name)?.metadata.uid;
        await say({ [`${name}.yaml`]: null });
        await eventually(`the parent deletes ${name}`, () => {
          const now = child(name);
          return now?.metadata.uid !== uid || now?.metadata.deletionTimestamp !== undefined;
        });
      },
      holds: async (name) => child(name) !== undefined,
      restart: () => rigs.again({ folder }),
      stop: () => rigs.now().stop(),
    };
  },
});

homeConformance({
  name: "custom resources of a cluster",
  from: "cluster",
  async start(world) {
    for (const definition of customResourceDefinitions()) await world.must("POST", DEFINITIONS, definition);
    const proxy = await startApiProxy(world.kubeconfig);
    let resources: CustomResourceHome | undefined;
    const rigs = await restartable(world, {
      kubeconfig: proxy.kubeconfig,
      records(cluster) {
        resources = new CustomResourceHome({
          cluster: "in-cluster",
          namespace: HOME,
          namespaces: [],
          uid: "",
          store: memoryStore(),
          log: recordingLog(),
          pauses: { togetherMs: 20, detailsMs: 200, again: { firstMs: 20, mostMs: 200 } },
        });
        resources.follow(cluster);
        return resources;
      },
    });
    const pathOf = (name: string): string => `${APPLICATIONS}/${name}`;
    const holds = async (name: string): Promise<boolean> => (await world.find(pathOf(name))) !== undefined;
    return {
      get rig() {
        return rigs.now();
      },
      async put(app) {
        const { name } = app.metadata;
        if (!(await holds(name))) await world.must("POST", APPLICATIONS, app);
        else await world.must("PATCH", pathOf(name), app, MERGE);
        await rigs.now().until(name, ({ spec }) => spec.source?.path === app.spec.source?.path);
      },
      async remove(name) {
        await world.must("DELETE", pathOf(name));
      },
      holds,
      async blind() {
        const end = proxy.inject(({ path }) => path.includes("/applications"), { do: "answer", status: 500 });
        proxy.cutWatches();
        return async () => end();
      },
      async restart() {
        await resources?.stop();
        await rigs.again();
      },
      async stop() {
        await rigs.now().stop();
        await resources?.stop();
        await proxy.stop();
      },
    };
  },
});
