/**
 * The real engine with its real neighbours in this process: a sandbox cluster, repositories on this disk, the raw
 * renderer, a store in memory. Nothing is compiled and no program runs, so a test takes milliseconds.
 */

import { afterAll, afterEach, beforeAll } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtInDecryptors } from "../../plugins/index.ts";
import { ArtifactPlaces } from "../../src/artifacts/artifacts.ts";
import { JqExpressions } from "../../src/checks/jq-expressions.ts";
import { type ClusterRequest, connectCluster } from "../../src/cluster/cluster.ts";
import type { Timings } from "../../src/cluster/timings.ts";
import {
  type AppKey,
  type Application,
  type ApplicationSpec,
  appKey,
} from "../../src/core/model/application.ts";
import type { FolderReading } from "../../src/core/model/folder-reading.ts";
import type { HealthStatus } from "../../src/core/model/health.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { refKey } from "../../src/core/model/object-ref.ts";
import type { OperationState, SyncRequest } from "../../src/core/model/operation.ts";
import type { Project } from "../../src/core/model/project.ts";
import type { Clock } from "../../src/core/ports/clock.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import type { CustomResources } from "../../src/core/ports/custom-resources.ts";
import type { Git, GitRequest } from "../../src/core/ports/git.ts";
import type { Store } from "../../src/core/ports/store.ts";
import type { UserActions } from "../../src/core/ports/user-actions.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { OutsidePorts } from "../../src/engine/engine-ports.ts";
import type { Settings } from "../../src/engine/settings.ts";
import { commitFiles } from "../../src/git/commit-files.ts";
import { Repositories } from "../../src/git/repositories.ts";
import type { CustomResourceHome } from "../../src/homes/cluster/custom-resource-home.ts";
import { ServedHome } from "../../src/homes/served/served-home.ts";
import { defined } from "../../src/lib/defined.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import type { LoadedRenderer } from "../../src/plugin/load.ts";
import { keysIn } from "../../src/render/decryption.ts";
import { createRenderers } from "../../src/render/renderers.ts";
import { NO_SANDBOX } from "../../src/render/sandbox-level.ts";
import { ToolFinder } from "../../src/render/tools.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/sandbox.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { jqHost } from "./jq-host.ts";
import { configMap, configMapPath, deployment, service } from "./manifests.ts";
import { type RawApi, rawApi } from "./raw-api.ts";
import { type LogLine, recordingLog } from "./recording-log.ts";
import { builtIns, silent } from "./render-host.ts";

export const HOME = "argocd",
  SERVER = "https://kubernetes.default.svc";
export const AUTOMATED = { automated: { prune: true, selfHeal: true } } as const;

/** Path of a file -> its text, or the objects in it; `null` removes it. */
export type Files = Record<string, string | KubeObject | KubeObject[] | null>;

export interface Repository {
  url: string;
  /** @returns the commit's SHA */
  commit(files: Files, message?: string): Promise<string>;
}

/** What outlives an engine: the cluster and the repositories. */
export interface World {
  sandbox: Sandbox;
  /** Path. */
  kubeconfig: string;
  api: RawApi;
  jq: JqExpressions;
  dir: string;
  repository(name: string, files: Files): Promise<Repository>;
  makeNamespace(name: string): Promise<void>;
  /** As an administrator; throws what the server says where it refuses. */
  must(method: string, path: string, body?: unknown, contentType?: string): Promise<any>;
  /** undefined where there is none. */
  find(path: string): Promise<any>;
  hasConfigMap(namespace: string, name: string): Promise<boolean>;
  stop(): Promise<void>;
}

export async function startWorld(options: Partial<SandboxOptions> = {}): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-engine-"));
  const sandbox = await startSandbox({ listen: "127.0.0.1:0", podMs: 10, stepMs: 1, ...options });
  const kubeconfig = join(dir, "kubeconfig");
  writeFileSync(kubeconfig, sandbox.kubeconfig);
  const api = await rawApi(kubeconfig);
  const git = commitFiles();
  const jq = new JqExpressions({ command: jqHost });
  const { must, find, makeNamespace } = api;
  return {
    sandbox,
    kubeconfig,
    api,
    jq,
    dir,
    must,
    async repository(name, files) {
      const folder = join(dir, "git", name);
      mkdirSync(folder, { recursive: true });
      const repository: Repository = {
        url: folder,
        commit(changes, message = "a change") {
          for (const [path, content] of Object.entries(changes))
            if (content === null) rmSync(join(folder, path));
          return git.commitAll(
            folder,
            Object.fromEntries(
              Object.entries(changes).flatMap(([path, content]) =>
                content === null ? [] : [[path, textOf(content)]],
              ),
            ),
            message,
          );
        },
      };
      await repository.commit(files, "first");
      return repository;
    },
    makeNamespace,
    find,
    async hasConfigMap(namespace, name) {
      return (await find(configMapPath(namespace, name))) !== undefined;
    },
    async stop() {
      await Promise.all([sandbox.stop(), jq.stop()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function textOf(content: string | KubeObject | KubeObject[]): string {
  return typeof content === "string"
    ? content
    : [content]
        .flat()
        .map((object) => JSON.stringify(object, null, 1))
        .join("\n---\n");
}

/** The machine's time, moved forward by a test. Pauses last as long as they do. */
export interface TestClock extends Clock {
  advance(ms: number): void;
  /** Somebody sets it: what counts pauses goes on as it did. */
  set(byMs: number): void;
  /** From here on it shows what it shows; what counts pauses goes on. */
  stop(): void;
}

export function testClock(): TestClock {
  let ahead = 0,
    off = 0,
    stopped: number | undefined;
  return {
    now: () => stopped ?? systemClock.now() + ahead + off,
    monotonic: () => systemClock.monotonic() + ahead,
    sleep: systemClock.sleep,
    advance(ms) {
      ahead += ms;
    },
    set(byMs) {
      off += byMs;
    },
    stop() {
      stopped = this.now();
    },
  };
}

export const SETTINGS: Settings = {
  namespace: HOME,
  globalProjects: [],
  impersonation: "off",
  installationId: undefined,
  faults: "repair",
  unsupported: "refuse",
  ignore: [],
  resources: { exclusions: [], inclusions: [] },
  objectsPerApplication: 5_000,
  pods: "judge",
  pauses: [],
  prune: {
    budgetPercent: 50,
    budgetObjects: 5,
    confirmKinds: ["apiextensions.k8s.io/CustomResourceDefinition", "Namespace", "PersistentVolumeClaim"],
    perSecond: 10,
  },
  keepDeletedForMs: 7 * 24 * 3_600_000,
  removal: { missingForMs: 0, percent: 20, count: 5 },
  hookTimeoutMs: 0,
  syncTimeoutMs: 0,
  fights: { flips: 5, withinMs: 600_000, againMs: 3_600_000 },
  poll: { everyMs: 3_600_000 },
  pollSpreadMs: 0,
  repositories: [],
  remoteBases: ["https://**"],
  retry: { firstMs: 20, mostMs: 200 },
};

export interface RigOptions {
  store?: Store;
  settings?: Partial<Settings>;
  /** Path; default the world's own. */
  kubeconfig?: string;
  clusterTimings?: Partial<Timings>;
  /** `served`: what they render becomes applications, as in a daemon; default `unserved`. */
  parents?: "served" | "unserved";
  /** In place of the clusters that would be connected. */
  clusters?: Cluster[];
  /** What the folder holds at the start. */
  folder?: Rig["folder"];
  /** Programs to render with, by name; default none. */
  programs?: Record<string, string>;
  /** Files of age keys, absolute; default none. */
  ageKeys?: readonly string[];
  /** Renderers beside the built-in ones; default none. */
  renderers?: readonly LoadedRenderer[];
  /** Where renders are kept on disk; default nowhere. */
  cacheDir?: string;
  /** Actions that an operator wrote; default none. */
  userActions?: UserActions;
  /** Folder of the account of the Pod that the daemon runs in; default: it runs in none. */
  account?: string;
  /** Wraps what is used. */
  git?: (git: Git) => Git;
  /** A cluster is the home: what it has, in place of the folder. */
  records?: (cluster: Cluster) => CustomResources;
  /** What is said of Applications of that home, as the daemon asks it. */
  childHealth?: CustomResourceHome["healthOf"];
}

export interface Rig {
  engine: Engine;
  control: Engine["control"];
  store: Store;
  clock: TestClock;
  settings: Settings;
  /** Holds from the next `engine.settingsChanged()` on. */
  clusters: Cluster[];
  cluster: Cluster;
  /** Of the first cluster, in order. */
  requests: ClusterRequest[];
  gitRequests: GitRequest[];
  /** Applications whose manifests a renderer made, in order; what came from the cache is left out. */
  rendered: string[];
  log: { lines: LogLine[] };
  /** Puts an application (or several) into the folder and has it read. */
  place(...apps: Application[]): void;
  /** Puts an application in with a repository and a namespace of its own, all of this name. */
  placeNew(name: string, files: Files, more?: Partial<Placed>): Promise<Repository>;
  /** Takes its file out. */
  unplace(name: string): void;
  /** What the folder holds, to be changed before `read`. */
  folder: FolderReading & { applications: { app: Application; file: string; line: number }[] };
  read(): void;
  app(name: string): Application;
  until(name: string, is: (app: Application) => unknown, withinMs?: number): Promise<Application>;
  /** Synced, Healthy, and no operation runs. */
  untilSettled(name: string): Promise<Application>;
  untilGone(name: string): Promise<void>;
  refresh(name: string, how?: "normal" | "hard"): Promise<Application>;
  /** Asks for a sync and waits for its end. */
  sync(
    name: string,
    sync?: SyncRequest,
    retry?: OperationState["operation"]["retry"],
  ): Promise<OperationState>;
  /** Has a check of the user's say this of all objects of a name. */
  judge(kind: string, namespace: string, name: string, status: HealthStatus): void;
  /** No application waits or is being looked at, and no operation runs. */
  untilIdle(): Promise<void>;
  stop(): Promise<void>;
}

const key = (name: string): AppKey => appKey(HOME, name);
/** No test is about speed: on a machine with more to do, what takes a moment takes some seconds. */
const NEVER_AFTER_MS = 60_000;

export async function startRig(world: World, options: RigOptions = {}): Promise<Rig> {
  const { store = memoryStore() } = options;
  const clock = testClock();
  const log = recordingLog();
  const requests: ClusterRequest[] = [],
    gitRequests: GitRequest[] = [],
    rendered: string[] = [];
  const clusters = options.clusters ?? [
    await connectCluster({
      name: "in-cluster",
      server: SERVER,
      kubeconfig: { file: options.kubeconfig ?? world.kubeconfig },
      log,
      onRequest: (request) => requests.push(request),
      account: options.account ?? "/nowhere",
      ...defined({ timings: options.clusterTimings }),
    }),
  ];
  const ownGit = new Repositories({
    dataDir: join(world.dir, "data"),
    systemGit: Bun.which("git") ?? undefined,
    clock,
    log,
  });
  ownGit.onRequest((request) => gitRequests.push(request));
  // A plain object, so that a test can take its parts and put another in place of one.
  const itsGit: Git = {
    resolve: (...ask) => ownGit.resolve(...ask),
    tree: (...ask) => ownGit.tree(...ask),
    info: (...ask) => ownGit.info(...ask),
    infoHere: (...ask) => ownGit.infoHere(...ask),
    refs: (...ask) => ownGit.refs(...ask),
    mergeBase: (...ask) => ownGit.mergeBase(...ask),
    history: (...ask) => ownGit.history(...ask),
    noteHeard: (...ask) => ownGit.noteHeard(...ask),
    lastHeard: (...ask) => ownGit.lastHeard(...ask),
    onRequest: (listener) => ownGit.onRequest(listener),
    stop: () => ownGit.stop(),
  };
  // Otherwise the very one that the program has: what only a plain object can do fails here too.
  const git = options.git?.(itsGit) ?? ownGit;
  const artifacts = new ArtifactPlaces({ dataDir: join(world.dir, "data"), clock, log });
  const scratchDir = join(world.dir, "scratch");
  const renderers = await createRenderers({
    renderers: [...builtIns, ...(options.renderers ?? [])],
    decryption: { decryptors: builtInDecryptors, keys: keysIn({ age: options.ageKeys ?? [], pgp: [] }) },
    tools: new ToolFinder({
      searchPath: "",
      scratchDir,
      level: NO_SANDBOX,
      ...defined({ configured: options.programs }),
    }),
    level: NO_SANDBOX,
    sandbox: "best-effort",
    homeNamespace: HOME,
    scratchDir,
    timeoutMs: 10_000,
    concurrency: 4,
    log: silent,
    ...defined({ cacheDir: options.cacheDir }),
  });
  const rig = { settings: { ...SETTINGS, ...options.settings } };
  const home =
    options.parents === "served"
      ? new ServedHome({ objects: store, now: () => clock.now(), homeNamespace: rig.settings.namespace })
      : undefined;
  const ports: OutsidePorts = {
    store,
    git,
    artifacts,
    gitWriter: ownGit,
    clock,
    log,
    jq: world.jq,
    renderers: {
      values: (ask, signal) => renderers.values(ask, signal),
      async render(ask, signal) {
        const answer = await renderers.render(ask, signal);
        if (answer.from === "renderer") rendered.push(ask.app.metadata.name);
        return answer;
      },
    },
    clusters: () => home?.over(full.clusters) ?? full.clusters,
    settings: () => full.settings,
    readFolders: () => read(),
    userHealth(live) {
      const status = judged.get(live.ref.name);
      return status === undefined
        ? (home?.healthOf(live) ?? options.childHealth?.(live, (of) => control.application(of)))
        : { health: { status, message: `the test says ${status}` }, check: "a test" };
    },
    ...defined({
      userActions: options.userActions,
      parents: home,
      records: options.records?.(clusters[0] as Cluster),
    }),
    observe: { reconciled() {}, synced() {}, fought() {}, changed() {}, left() {} },
  };
  let stopped: Promise<void> | undefined;
  const judged = new Map<string, HealthStatus>();
  const folder: Rig["folder"] = options.folder ?? {
    applications: [],
    projects: [] as { project: Project; file: string; line: number }[],
    problems: [],
    folders: [{ path: "/apps", state: "read", files: 1 }],
  };
  const engine = new Engine(ports);
  const { control } = engine;
  const read = (): void => engine.foldersRead(structuredClone(folder));
  // A copy: bun's toMatchObject writes its matchers into what it is given.
  const find = (name: string): Application => {
    const app = control.application(key(name));
    if (app === undefined) throw new Error(`there is no application ${name}`);
    return structuredClone(app);
  };
  const until: Rig["until"] = async (name, is, withinMs = NEVER_AFTER_MS) => {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const app = control.application(key(name));
      if (app !== undefined && is(app)) return structuredClone(app);
      if (performance.now() > deadline)
        throw new Error(
          `${name} did not get there. Last seen:\n${JSON.stringify(app?.status, null, 1)}\n${JSON.stringify(log.lines.slice(-10), null, 1)}`,
        );
      await Bun.sleep(3);
    }
  };
  const full: Rig = {
    ...rig,
    engine,
    control,
    store,
    clock,
    clusters,
    requests,
    gitRequests,
    rendered,
    log,
    folder,
    read,
    until,
    cluster: clusters[0] as Cluster,
    place(...apps) {
      for (const app of apps) {
        folder.applications = folder.applications.filter(
          (one) => one.app.metadata.name !== app.metadata.name,
        );
        folder.applications.push({ app, file: `apps/${app.metadata.name}.yaml`, line: 1 });
      }
      read();
    },
    async placeNew(name, files, more = {}) {
      await world.makeNamespace(name);
      const repository = await world.repository(name, files);
      full.place(appOf({ name, repository, ...more }));
      return repository;
    },
    unplace(name) {
      folder.applications = folder.applications.filter((one) => one.app.metadata.name !== name);
      read();
    },
    app: find,
    untilSettled: (name) => until(name, isSettled),
    async untilGone(name) {
      const deadline = performance.now() + NEVER_AFTER_MS;
      while (control.application(key(name)) !== undefined) {
        if (performance.now() > deadline)
          throw new Error(`${name} is still there: ${JSON.stringify(find(name).status?.conditions)}`);
        await Bun.sleep(3);
      }
    },
    async refresh(name, how = "normal") {
      const answer = await control.refresh(key(name), how);
      if (answer.is === "absent") throw new Error(`there is no application ${name}`);
      return structuredClone(answer.value);
    },
    async sync(name, sync = {}, retry) {
      const answer = await control.sync(key(name), {
        operation: { sync, ...defined({ retry }) },
        actor: "user:test",
      });
      if (answer.is !== "written") throw new Error(JSON.stringify(answer));
      const { status } = await until(name, isQuiet);
      return status?.operationState as OperationState;
    },
    judge(kind, namespace, name, status) {
      judged.set(name, status);
      engine.healthChanged([refKey({ group: "", kind, namespace, name })]);
    },
    async untilIdle() {
      for (let quiet = 0; quiet < 4; ) {
        quiet = engine.depth === 0 && control.applications().every(isQuietOrGoing) ? quiet + 1 : 0;
        await Bun.sleep(3);
      }
    },
    stop: () =>
      (stopped ??= (async () => {
        await engine.stop();
        home?.stop();
        await renderers.settled();
        await git.stop();
        await Promise.all(full.clusters.map((cluster) => cluster.stop()));
      })()),
  };
  read();
  engine.start();
  return full;
}

/** A world and an engine that all tests of a file share: started before the first, stopped after the last. */
export function sharedRig(use: (world: World, rig: Rig) => void, options: RigOptions = {}): void {
  let world: World | undefined, rig: Rig | undefined;
  beforeAll(async () => {
    world = await startWorld();
    rig = await startRig(world, options);
    use(world, rig);
  });
  afterAll(async () => {
    await rig?.stop();
    await world?.stop();
  });
}

/** A world that all tests of a file share, and a way to start engines in it that stop after the test that started them. */
export function sharedWorld(use: (world: World) => void): (options?: RigOptions) => Promise<Rig> {
  let world: World;
  const rigs: Rig[] = [];
  beforeAll(async () => {
    world = await startWorld();
    use(world);
  });
  afterEach(async () => {
    for (const rig of rigs.splice(0)) await rig.stop();
  });
  afterAll(() => world?.stop());
  return async (options) => {
    const rig = await startRig(world, options);
    rigs.push(rig);
    return rig;
  };
}

export const isQuiet = (app: Application): boolean => {
  const phase = app.status?.operationState?.phase;
  return app.operation === undefined && phase !== "Running" && phase !== "Terminating";
};
/** A deletion is an operation that may be held for as long as others like. */
const isQuietOrGoing = (app: Application): boolean =>
  app.metadata.deletionTimestamp !== undefined || isQuiet(app);
export const isSynced = (app: Application): boolean => app.status?.sync.status === "Synced";
export const isSettled = (app: Application): boolean =>
  isSynced(app) && app.status?.health.status === "Healthy" && isQuiet(app);

/** Messages of the conditions of one type. */
export function conditions(app: Application, type: string): string[] {
  return (app.status?.conditions ?? [])
    .filter((condition) => condition.type === type)
    .map(({ message }) => message);
}

/** Results of the last operation by `Kind/name`. */
export function results(app: Application): Record<string, string> {
  return Object.fromEntries(
    (app.status?.operationState?.syncResult?.resources ?? []).map(({ kind, name, status }) => [
      `${kind}/${name}`,
      status ?? "",
    ]),
  );
}

export interface Placed {
  name: string;
  repository: Repository;
  /** Folder in the repository; default its root. */
  path?: string;
  /** Where its objects go; default the application's name. */
  namespace?: string;
  spec?: Partial<ApplicationSpec>;
  metadata?: Partial<Application["metadata"]>;
}

export function appOf({
  name,
  repository,
  path = ".",
  namespace = name,
  spec,
  metadata,
}: Placed): Application {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: HOME, ...metadata },
    spec: {
      project: "default",
      source: { repoURL: repository.url, path, targetRevision: "main" },
      destination: { server: SERVER, namespace },
      syncPolicy: AUTOMATED,
      ...spec,
    },
  };
}

export function fourObjects(namespace: string): KubeObject[] {
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "web", namespace } },
    configMap(namespace, "settings"),
    service(namespace, "web"),
    deployment({ namespace, name: "web" }),
  ];
}

/** How many requests of each verb were made, watches and lists left out. */
export function counted(requests: readonly ClusterRequest[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { verb } of requests)
    if (!["watch", "list", "discover", "probe"].includes(verb)) counts[verb] = (counts[verb] ?? 0) + 1;
  return counts;
}
