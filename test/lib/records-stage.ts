/** The engine with the sandbox as the home of its applications, and what a user of kubectl does there. */
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import type { Application } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { refKey } from "../../src/core/model/object-ref.ts";
import { CustomResourceHome } from "../../src/homes/cluster/custom-resource-home.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import {
  appOf,
  HOME,
  type Repository,
  type Rig,
  type RigOptions,
  SERVER,
  startRig,
  startWorld,
  type World,
} from "./engine-rig.ts";
import { eventually } from "./eventually.ts";
import { recordingLog } from "./recording-log.ts";

export const MERGE = "application/merge-patch+json";
export const APPLICATIONS = `/apis/argoproj.io/v1alpha1/namespaces/${HOME}/applications`;
export const PROJECTS = `/apis/argoproj.io/v1alpha1/namespaces/${HOME}/appprojects`;
export const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
export const FINALIZER = "resources-finalizer.argocd.argoproj.io";
export const REFRESH = "argocd.argoproj.io/refresh";
export const PAUSES = { togetherMs: 20, detailsMs: 200, again: { firstMs: 20, mostMs: 200 } };

export type Shown = Record<string, any>;
export type RecordsRig = Rig & { home: CustomResourceHome };
interface More {
  spec?: Partial<Application["spec"]>;
  metadata?: object;
  namespace?: string;
}

export const pathOf = (name: string, namespace = HOME): string =>
  `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications/${name}`;

/** It says what it is to say, and nothing is asked of it. */
export const settled = ({ status, operation }: Shown): boolean =>
  operation === undefined &&
  status?.sync?.status === "Synced" &&
  status?.health?.status === "Healthy" &&
  (status.operationState === undefined || status.operationState.phase === "Succeeded");

export class RecordsStage {
  readonly #running: RecordsRig[] = [];

  private constructor(readonly world: World) {}

  /** With the definitions and the home namespace in it. */
  static async open(): Promise<RecordsStage> {
    const world = await startWorld();
    await world.makeNamespace(HOME);
    for (const definition of customResourceDefinitions()) await world.must("POST", DEFINITIONS, definition);
    return new RecordsStage(world);
  }

  async start(options: RigOptions = {}, namespaces: readonly string[] = [], uid = ""): Promise<RecordsRig> {
    const { store = memoryStore() } = options;
    const home = new CustomResourceHome({
      cluster: "in-cluster",
      namespace: HOME,
      namespaces,
      uid,
      store,
      log: recordingLog(),
      pauses: PAUSES,
    });
    const rig = await startRig(this.world, {
      ...options,
      store,
      records: (cluster) => {
        home.follow(cluster);
        return home;
      },
      childHealth: (...asked) => home.healthOf(...asked),
    });
    rig.control.onEvent(({ app }) => {
      const { name, namespace = "" } = app.metadata;
      rig.engine.healthChanged([refKey({ group: "argoproj.io", kind: "Application", namespace, name })]);
    });
    const running = Object.assign(rig, { home });
    this.#running.push(running);
    return running;
  }

  /** Ends what was started here. */
  async stopAll(): Promise<void> {
    for (const rig of this.#running.splice(0)) {
      await rig.stop();
      await rig.home.stop();
    }
  }

  /** Each test begins with a home of its own. */
  async clear(): Promise<void> {
    await this.stopAll();
    const { items = [] } = (await this.world.find(APPLICATIONS)) ?? {};
    for (const { metadata } of items) {
      await this.patch(metadata.name, { metadata: { finalizers: null } });
      if ((await this.read(metadata.name)) !== undefined)
        await this.world.must("DELETE", pathOf(metadata.name));
    }
  }

  read(name: string, namespace = HOME): Promise<Shown | undefined> {
    return this.world.find(pathOf(name, namespace)) as Promise<Shown | undefined>;
  }

  patch(name: string, change: unknown, namespace = HOME): Promise<Shown> {
    return this.world.must("PATCH", pathOf(name, namespace), change, MERGE) as Promise<Shown>;
  }

  async until(name: string, what: string, is: (app: Shown) => unknown): Promise<Shown> {
    let last: Shown | undefined;
    await eventually(`${name} ${what}`, async () => {
      last = await this.read(name);
      return last !== undefined && Boolean(is(last));
    }).catch((cause) => {
      throw new Error(`${String(cause)}\n${JSON.stringify(last, null, 1)}`);
    });
    return last as Shown;
  }

  /** An Application as its user applies it, with a repository and a namespace of its own. */
  async apply(name: string, files: Record<string, KubeObject>, more: More = {}): Promise<Repository> {
    await this.world.makeNamespace(name);
    const repository = await this.world.repository(name, files);
    const path = pathOf(name, more.namespace).replace(`/${name}`, "");
    await this.world.must("POST", path, manifest(name, repository, more));
    return repository;
  }
}

export function manifest(
  name: string,
  repository: Repository,
  { spec = {}, metadata = {}, namespace = HOME }: More = {},
): KubeObject {
  const app = appOf({ name, repository });
  return {
    ...app,
    metadata: { name, namespace, ...metadata },
    spec: { ...app.spec, destination: { server: SERVER, namespace: name }, ...spec },
  } as unknown as KubeObject;
}
