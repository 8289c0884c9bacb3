/** Composition: config to adapters to engine to server, the order of start and stop, and reload. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createApi } from "./api/create-api.ts";
import { listen, type Listener } from "./api/listen.ts";
import { createHealthChecks, type UserChecks } from "./checks/health-checks.ts";
import { connectCluster } from "./cluster/cluster.ts";
import { readApplications } from "./config/application-folders.ts";
import type { ClusterConfig, Config } from "./config/config.ts";
import { watchFiles } from "./config/watch-files.ts";
import { Failure } from "./core/model/failure.ts";
import { Secret } from "./core/model/secret.ts";
import { showProblem, type Parsed } from "./core/model/problem.ts";
import type { Cluster, Log } from "./core/ports.ts";
import { Engine } from "./engine/engine.ts";
import type { Settings } from "./engine/settings.ts";
import { createGit } from "./git/git.ts";
import { systemClock } from "./lib/system-clock.ts";
import { createMetrics } from "./metrics/create-metrics.ts";
import { loadPlugins } from "./plugin/load.ts";
import { createRenderers } from "./render/renderers.ts";
import { sandboxLevel } from "./render/sandbox-level.ts";
import { createTools } from "./render/tools.ts";
import { openStore } from "./store/open-store.ts";
import { statusPage } from "./ui/status-page.ts";
import { builtInRenderers } from "../plugins/index.ts";

export interface DaemonOptions {
  config: Config;
  /** The file that `config` came from, read again at a reload; undefined: there is nothing to reload. */
  file: string | undefined;
  /** Reads the file again. */
  reread(file: string): Parsed<Config>;
  build: { version: string; commit: string; buildDate: string };
  /** Programs by name that came with us. */
  embeddedTools: Readonly<Record<string, string>>;
  searchPath: string;
  /** Files are named relative to it in problems. */
  cwd: string;
  /** Starts the process for users' scripts. */
  checkHost: readonly string[];
  /** Where the API server of the cluster around us is, if we run in a Pod. */
  pod: { host: string; port: string };
  log: Log;
}

export interface Daemon {
  url: string;
  engine: Engine;
  /** Reads the config again and holds it from now on. A wrong one is logged, and the old one stays. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/** @throws {Failure} where it cannot start; everything that was opened is closed again */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { log, build } = options;
  let config = options.config;
  mkdirSync(config.data, { recursive: true, mode: 0o700 });
  const store = openStore(config.data);
  const clusters = new Map<string, { cluster: Cluster; config: ClusterConfig; limit: number }>();
  const watching = new AbortController();
  const checks = createHealthChecks({ command: options.checkHost });
  try {
    const metrics = createMetrics({ version: build.version, commit: build.commit }, {
      applications: () => engine.control.applications(),
      clusters: () => engine.control.clusters().map(({ name, server, connection, kubeVersion }) => ({
        name, server, kubeVersion: kubeVersion ?? "", connection: connection.is, objects: 0, kinds: 0, requests: clusters.get(name)?.cluster.requests() ?? {},
      })),
      queues: () => ({ app_reconciliation_queue: engine.depth }),
    });
    const git = createGit({
      dataDir: config.data, clock: systemClock, log, systemGit: Bun.which("git", { PATH: options.searchPath }) ?? undefined,
      timeoutMs: config.git.timeoutMs, fetchTimeoutMs: config.git.fetchTimeoutMs, maxPackBytes: config.git.maxPackBytes, localRepositories: config.git.localRepositories,
      env: { PATH: options.searchPath },
    });
    git.onRequest((request) => metrics.gitRequest(request));
    const level = await sandboxLevel();
    const scratchDir = join(config.data, "scratch");
    const tools = createTools({
      searchPath: options.searchPath, embedded: options.embeddedTools, scratchDir, isolation: level.isolation,
      configured: { ...(config.render.helm === "" ? {} : { helm: config.render.helm }), ...(config.render.kustomize === "" ? {} : { kustomize: config.render.kustomize }) },
    });
    const plugins = await loadPlugins({ builtIns: builtInRenderers, version: `${build.version} ${build.commit}`, places: config.plugins });
    const [pluginProblem] = plugins.problems;
    if (pluginProblem !== undefined) throw new Failure("config", "plugins", "after-edit", { cannot: "load them", why: plugins.problems.map(showProblem).join("; ") });
    const renderers = await createRenderers({
      renderers: plugins.renderers, tools, level, scratchDir, log,
      sandbox: config.render.requireSandbox ? "required" : "best-effort",
      homeNamespace: config.namespace,
      cacheDir: join(config.data, "renders"),
      cacheBytes: config.render.cacheBytes,
      timeoutMs: config.render.timeoutMs,
      concurrency: config.render.concurrency === 0 ? navigator.hardwareConcurrency : config.render.concurrency,
      onRender: ({ renderer }) => metrics.rendered({ renderer, from: "renderer" }),
    });
    const userChecks = ({ health }: Config): UserChecks => ({ plugins: plugins.healthChecks, cel: health.checks, lua: health.scripts.health });
    checks.configure(userChecks(config));
    checks.onChange((keys) => engine.healthChanged(keys));
    await connectAll(config, clusters, options, (cluster) => cluster.stop());

    const engine: Engine = new Engine({
      store, git, renderers, log, clock: systemClock,
      clusters: () => [...clusters.values()].map(({ cluster }) => cluster),
      settings: () => settings,
      // What is not held whole (descendants, for the tree) is judged by what every kind shares: a script may read anything.
      userHealth: (live) => (live.detail === undefined || live.detail === "full" ? checks.said(live.object) : undefined),
      observe: {
        reconciled: (app, tookMs) => metrics.reconciled(app, tookMs),
        synced: (app, state) => metrics.syncEnded(app, {
          phase: state.phase, mode: state.operation.sync?.dryRun === true ? "dry-run" : "write",
          tookMs: Date.parse(state.finishedAt ?? state.startedAt) - Date.parse(state.startedAt),
        }),
      },
    });
    let settings = settingsOf(config);
    let folders = watchFolders(config, engine, options.cwd, watching.signal);
    engine.start();
    const serve = (): Listener => listen(createApi({
      control: engine.control, version: { ...build, helm: "", kustomize: "" }, homeNamespace: config.namespace,
      ...(config.server.token === undefined ? {} : { token: config.server.token }),
      metrics: () => metrics.text(), assets: statusPage, log,
      onPush: (urls) => engine.pushed(urls),
    }), config.server.listen);
    let listener = serve();
    log.info("holdfast is up", { url: listener.url, version: build.version, clusters: [...clusters.keys()] });

    /** One reload at a time: a second one that comes meanwhile runs after it. */
    let reloading: Promise<void> = Promise.resolve();
    const reload = (): Promise<void> => (reloading = reloading.then(async () => {
      if (options.file === undefined) return;
      const parsed = options.reread(options.file);
      if (!parsed.ok) {
        log.error("the config was not reloaded", { problems: parsed.problems.map(showProblem) });
        return;
      }
      const before = config;
      if (isSame(before, parsed.value)) return;
      const fixed = (["data", "render", "git", "plugins"] as const).filter((key) => !isSame(before[key], parsed.value[key]));
      if (fixed.length > 0) log.warn("these settings hold after a restart only", { settings: fixed });
      config = { ...parsed.value, data: before.data };
      settings = settingsOf(config);
      await connectAll(config, clusters, options, (cluster) => engine.released().then(() => cluster.stop()));
      folders.stop();
      folders = watchFolders(config, engine, options.cwd, watching.signal);
      if (!isSame(before.health, config.health)) checks.configure(userChecks(config));
      engine.settingsChanged();
      watchConfig();
      if (!isSame(before.server, config.server)) {
        await listener.stop();
        listener = serve();
      }
      log.info("the config was reloaded", { url: listener.url });
    }).catch((cause) => log.error("the config was not reloaded", { why: String(cause) })));
    /** The config's file, and the files that it names. */
    let watched = new AbortController();
    const watchConfig = (): void => {
      watched.abort();
      watched = new AbortController();
      if (options.file !== undefined) watchFiles([options.file, ...config.health.customizations], () => void reload(), AbortSignal.any([watching.signal, watched.signal]));
    };
    watchConfig();

    return {
      get url() {
        return listener.url;
      },
      engine,
      reload,
      async stop() {
        watching.abort();
        folders.stop();
        await listener.stop();
        await engine.stop();
        await checks.stop();
        await Promise.all([...clusters.values()].map(({ cluster }) => cluster.stop()));
        await git.stop();
        metrics.stop();
        store.close();
      },
    };
  } catch (cause) {
    watching.abort();
    await checks.stop();
    await Promise.all([...clusters.values()].map(({ cluster }) => cluster.stop()));
    store.close();
    throw cause;
  }
}

function settingsOf(config: Config): Settings {
  return {
    namespace: config.namespace,
    installationId: config.installationID === "" ? undefined : config.installationID,
    faults: config.validate === "strict" ? "refuse" : "repair",
    pods: config.health.pods ? "judge" : "ignore",
    prune: config.prune,
    poll: config.poll,
    pollSpreadMs: config.pollSpreadMs,
    repositories: config.repositories,
    retry: config.retry,
  };
}

/**
 * Connects what is new or changed, and lets go of what is not there any more.
 * @param retire ends a connection when nothing needs it any more
 */
async function connectAll(config: Config, clusters: Map<string, { cluster: Cluster; config: ClusterConfig; limit: number }>, { log, pod }: DaemonOptions, retire: (cluster: Cluster) => Promise<void>): Promise<void> {
  const limit = config.limits.requestsInFlight;
  for (const [name, known] of clusters) {
    const wanted = config.clusters.find((cluster) => cluster.name === name);
    if (wanted !== undefined && JSON.stringify(wanted) === JSON.stringify(known.config) && known.limit === limit) continue;
    clusters.delete(name);
    void retire(known.cluster);
  }
  for (const wanted of config.clusters) {
    if (clusters.has(wanted.name)) continue;
    const { name, server, kubeconfig, context, namespaces } = wanted;
    const cluster = await connectCluster({
      name, server, namespaces, log, requestsInFlight: limit,
      kubeconfig: kubeconfig === undefined ? { serviceAccount: pod } : { file: kubeconfig },
      ...(context === undefined ? {} : { context }),
    });
    clusters.set(name, { cluster, config: wanted, limit });
  }
}

function watchFolders(config: Config, engine: Engine, from: string, signal: AbortSignal): { stop: () => void } {
  const read = () => engine.foldersRead(readApplications(config.applications, { homeNamespace: config.namespace, from }));
  read();
  const stopping = new AbortController();
  watchFiles(config.applications, read, AbortSignal.any([signal, stopping.signal]));
  return { stop: () => stopping.abort() };
}

/** Secrets print as `***`; to see that one changed they must be compared. Never logged. */
function reveal(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(reveal);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, reveal(field)]));
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(reveal(a)) === JSON.stringify(reveal(b));
}
