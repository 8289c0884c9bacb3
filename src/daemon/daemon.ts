/** Composition: config to adapters to engine to server, the order of start and stop, and reload. */

import { createApi } from "../api/create-api.ts";
import { type Listener, listen } from "../api/listen.ts";
import type { UserChecks } from "../checks/check.ts";
import { UserHealthChecks } from "../checks/health-checks.ts";
import type { ReadApplications } from "../config/application-folders.ts";
import type { Config } from "../config/config.ts";
import { watchFiles } from "../config/watch-files.ts";
import { asFailure, Failure } from "../core/model/failure.ts";
import { parseRefKey } from "../core/model/object-ref.ts";
import { type Parsed, type Problem, showProblem } from "../core/model/problem.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { Git } from "../core/ports/git.ts";
import type { Log } from "../core/ports/log.ts";
import type { Store } from "../core/ports/store.ts";
import { Engine } from "../engine/engine.ts";
import type { Settings } from "../engine/settings.ts";
import { Repositories } from "../git/repositories.ts";
import { defined } from "../lib/defined.ts";
import { systemClock } from "../lib/system-clock.ts";
import { createMetrics, type Metrics } from "../metrics/create-metrics.ts";
import { type SandboxLevel, sandboxLevel } from "../render/sandbox-level.ts";
import { openStore } from "../store/open-store.ts";
import { statusPage } from "../ui/status-page.ts";
import { ConnectedClusters } from "./connected-clusters.ts";
import { FolderReader } from "./folder-reader.ts";
import { asItCanHold, isSame, needRestart, settingsOf } from "./held-config.ts";
import { OpenThings } from "./open-things.ts";
import { type Plugins, pluginsOf, renderersOf } from "./rendering.ts";
import { StoreWatch } from "./store-watch.ts";
import { troublesOf } from "./troubles.ts";

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
  /** Ours, for the credential plugins of kubeconfigs. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Files are named relative to it in problems. */
  cwd: string;
  /** Starts the process for users' scripts. */
  checkHost: readonly string[];
  /** Where the API server of the cluster around us is, if we run in a Pod. */
  pod: { host: string; port: string };
  log: Log;
}

export interface Daemon {
  readonly url: string;
  readonly engine: Engine;
  /** Reads the config again and holds it from now on. A wrong one is logged, and the old one stays. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/** @throws {Failure} where it cannot start; everything that was opened is closed again */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const open = new OpenThings(options.log);
  try {
    return new RunningDaemon(options, open, await openParts(options, open));
  } catch (cause) {
    await open.closeAll();
    throw cause;
  }
}

/** What the daemon is made of and can be opened without the others. */
interface Parts {
  store: Store;
  clusters: ConnectedClusters;
  git: Git;
  plugins: Plugins;
  renderers: Awaited<ReturnType<typeof renderersOf>>;
  checks: UserHealthChecks;
  metrics: Metrics;
  /** How well the tools are shut in. */
  level: SandboxLevel;
  /** What the metrics ask of the daemon that is made of these parts. */
  sources: { engine?: Engine; troubles?: () => string[] };
}

async function openParts(options: DaemonOptions, open: OpenThings): Promise<Parts> {
  const { config, log, build, searchPath } = options;
  const store = openStore(config.data);
  open.add(() => store.close());
  const clusters = new ConnectedClusters(log, options.pod, options.environment, () => store.condition());
  const sources: Parts["sources"] = {};
  const metrics: Metrics = createMetrics(
    { version: build.version, commit: build.commit },
    {
      applications: () => sources.engine?.control.applications() ?? [],
      clusters: () => (sources.engine === undefined ? [] : figuresOf(clusters.all, sources.engine)),
      serverOf: (name) => clusters.named(name)?.server,
      queues: () => ({ app_reconciliation_queue: sources.engine?.depth ?? 0 }),
      troubles: () => sources.troubles?.() ?? [],
    },
  );
  open.add(() => metrics.stop());
  const git = gitOf(config, options);
  git.onRequest((request) => metrics.gitRequest(request));
  open.add(() => git.stop());
  const plugins = await pluginsOf(config, `${build.version} ${build.commit}`);
  const level = await sandboxLevel();
  const renderers = await renderersOf(config, {
    plugins,
    level,
    searchPath,
    log,
    embeddedTools: options.embeddedTools,
    onRender: ({ renderer }) => metrics.rendered({ renderer, from: "renderer" }),
  });
  const checks = new UserHealthChecks({ command: options.checkHost });
  checks.configure(userChecks(config, plugins));
  open.add(() => checks.stop());
  open.add(() => clusters.stop());
  await clusters.hold(config, async () => undefined);
  return { store, clusters, git, plugins, renderers, checks, metrics, level, sources };
}

class RunningDaemon implements Daemon {
  readonly engine: Engine;
  #config: Config;
  #settings: Settings;
  #listener: Listener;
  readonly #folders: FolderReader;
  readonly #storeWatch: StoreWatch;
  /** Follows the files that the config names, until the next config does. */
  #following = new AbortController();
  /** Why the config as it is written now does not hold. */
  #reloadProblems: readonly Problem[] = [];
  /** One reload at a time: a second one that comes meanwhile runs after it. */
  #reloading: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(
    private readonly options: DaemonOptions,
    private readonly open: OpenThings,
    private readonly parts: Parts,
  ) {
    const { config, log, build } = options;
    this.#config = config;
    this.#settings = settingsOf(config);
    this.engine = this.#makeEngine();
    parts.sources.engine = this.engine;
    parts.sources.troubles = () => this.#troubles().map(({ what }) => what);
    parts.checks.onChange((keys) => this.engine.healthChanged(keys));
    this.#storeWatch = new StoreWatch(parts.store, log, () => {
      this.#folders.read();
      this.engine.lookAgain();
    });
    open.add(() => this.#storeWatch.stop());
    this.#folders = new FolderReader({ homeNamespace: config.namespace, from: options.cwd }, (reading) =>
      this.#foldersRead(reading),
    );
    this.#followConfig();
    this.#followFiles();
    open.add(() => this.#folders.stop());
    open.add(() => this.#following.abort());
    open.add(() => this.engine.stop());
    this.#listener = this.#listen();
    open.add(() => this.#listener.stop());
    // In the same turn: nobody is answered before, and nothing is begun by a daemon that cannot answer.
    this.engine.start();
    log.info("holdfast is up", {
      url: this.url,
      version: build.version,
      clusters: parts.clusters.all.map(({ name }) => name),
    });
  }

  get url(): string {
    return this.#listener.url;
  }

  reload(): Promise<void> {
    this.#reloading = this.#reloading
      .then(() => this.#reload())
      .catch((cause) => this.#notReloaded([problemOf(cause, this.options.file)]));
    return this.#reloading;
  }

  /** A reload under way opens things: they are closed when it has ended. */
  stop(): Promise<void> {
    this.#stopped ??= this.#reloading.then(() => this.open.closeAll());
    return this.#stopped;
  }

  #makeEngine(): Engine {
    const { store, git, renderers, clusters, checks, metrics } = this.parts;
    return new Engine({
      store,
      git,
      renderers,
      log: this.options.log,
      clock: systemClock,
      clusters: () => clusters.all,
      settings: () => this.#settings,
      readFolders: () => this.#folders.read(),
      // What is not held whole (descendants, for the tree) is judged by what every kind shares: a script may read anything.
      userHealth: (live) =>
        live.detail === undefined || live.detail === "full" ? checks.said(live.object) : undefined,
      observe: {
        reconciled: (app, tookMs) => metrics.reconciled(app, tookMs),
        synced: (app, { phase, operation, startedAt, finishedAt = startedAt }) =>
          metrics.syncEnded(app, {
            phase,
            mode: operation.sync?.dryRun === true ? "dry-run" : "write",
            tookMs: Date.parse(finishedAt) - Date.parse(startedAt),
          }),
        changed: (cluster, key) => metrics.clusterEvent(cluster.server, parseRefKey(key)),
        left: (key) => metrics.forget(key),
      },
    });
  }

  #troubles(): ReturnType<typeof troublesOf> {
    return troublesOf(this.#storeWatch.condition(), this.#reloadProblems);
  }

  #listen(): Listener {
    const { namespace, server } = this.#config;
    const { build, log } = this.options;
    const { name: level, why } = this.parts.level;
    return listen(
      createApi({
        control: this.engine.control,
        version: { ...build, helm: "", kustomize: "", sandbox: { level, why } },
        homeNamespace: namespace,
        ...defined({ token: server.token }),
        metrics: () => this.parts.metrics.text(),
        troubles: () => this.#troubles(),
        assets: statusPage,
        log,
        onPush: (urls) => this.engine.pushed(urls),
      }),
      server.listen,
    );
  }

  // -------------------------------------------------------------- files

  /** The config's own file is followed as long as we run: a change that comes while it is being held is seen too. */
  #followConfig(): void {
    const { file } = this.options;
    if (file === undefined) return;
    const running = new AbortController();
    this.open.add(() => running.abort());
    watchFiles([file], () => void this.reload(), running.signal);
  }

  /** The application folders, and the files that the config names. */
  #followFiles(): void {
    this.#following.abort();
    this.#following = new AbortController();
    this.#folders.follow(this.#config.applications);
    if (this.options.file === undefined) return;
    watchFiles(
      [...this.#config.health.customizations, ...ConnectedClusters.files(this.#config)],
      () => void this.reload(),
      this.#following.signal,
    );
  }

  /** What cannot be written down is not taken up: the folders are read again when the store is well. */
  #foldersRead(reading: ReadApplications): void {
    if (this.#storeWatch.condition().is !== "sound") return;
    try {
      this.engine.foldersRead(reading);
    } catch (cause) {
      if (!(cause instanceof Failure) || cause.code !== "store") throw cause;
      this.options.log.error("what the application folders hold was not taken up", { why: cause.message });
      this.#storeWatch.look();
    }
  }

  // -------------------------------------------------------------- reload

  async #reload(): Promise<void> {
    const { file, reread, log } = this.options;
    if (file === undefined || this.#stopped !== undefined) return;
    const parsed = reread(file);
    if (!parsed.ok) return this.#notReloaded(parsed.problems.filter(({ severity }) => severity === "error"));
    await this.#hold(parsed.value);
    this.#reloadProblems = [];
    log.info("the config was reloaded", { url: this.url });
  }

  #notReloaded(problems: readonly Problem[]): void {
    this.#reloadProblems = problems;
    this.options.log.error("the config was not reloaded", { problems: problems.map(showProblem) });
  }

  async #hold(next: Config): Promise<void> {
    const { clusters, checks, plugins } = this.parts;
    const before = this.#config;
    await clusters.hold(next, () => this.engine.released());
    const fixed = needRestart(before, next);
    if (fixed.length > 0)
      this.options.log.warn("these settings hold after a restart only", { settings: fixed });
    this.#config = asItCanHold(before, next);
    this.#settings = settingsOf(this.#config);
    if (!isSame(before.health, this.#config.health)) checks.configure(userChecks(this.#config, plugins));
    this.#followFiles();
    this.engine.settingsChanged();
    if (!isSame(before.server, this.#config.server)) await this.#listenAnew(before.server);
  }

  /** Answers where the config says now. Where that cannot be had, it answers where it did, to those it did. */
  async #listenAnew(before: Config["server"]): Promise<void> {
    const old = this.#listener;
    // A port is free only when its listener has let go of it; any other one is tried first.
    const isSamePort = before.listen.port === this.#config.server.listen.port;
    if (isSamePort) await old.stop();
    try {
      this.#listener = this.#listen();
    } catch (cause) {
      this.#config = { ...this.#config, server: before };
      if (isSamePort) this.#listener = this.#listen();
      this.options.log.error("the API stays where it was", { url: this.url, why: String(cause) });
      return;
    }
    if (!isSamePort) await old.stop();
  }
}

function userChecks({ health }: Config, plugins: Plugins): UserChecks {
  return { plugins: plugins.healthChecks, cel: health.checks, lua: health.scripts.health };
}

function problemOf(cause: unknown, file: string | undefined): Problem {
  const { object, why, fix } = asFailure(cause, "config", "hold it");
  return {
    severity: "error",
    ...defined({ file }),
    object,
    text: why,
    ...defined({ fix }),
  };
}

function gitOf({ data, git }: Config, { searchPath, log }: DaemonOptions): Git {
  return new Repositories({
    dataDir: data,
    clock: systemClock,
    log,
    systemGit: Bun.which("git", { PATH: searchPath }) ?? undefined,
    env: { PATH: searchPath },
    timeoutMs: git.timeoutMs,
    fetchTimeoutMs: git.fetchTimeoutMs,
    maxPackBytes: git.maxPackBytes,
    localRepositories: git.localRepositories,
  });
}

function figuresOf(
  clusters: readonly Cluster[],
  { control }: Engine,
): ReturnType<Parameters<typeof createMetrics>[1]["clusters"]> {
  const versions = new Map(control.clusters().map(({ name, kubeVersion }) => [name, kubeVersion ?? ""]));
  return clusters.map((cluster) => ({
    name: cluster.name,
    server: cluster.server,
    kubeVersion: versions.get(cluster.name) ?? "",
    connection: cluster.connection().is,
    ...cluster.size(),
    requests: cluster.requests(),
  }));
}
