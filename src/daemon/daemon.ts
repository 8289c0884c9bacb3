/** Composition: config to adapters to engine to server, the order of start and stop, and reload. */
import { mkdirSync } from "node:fs";
import { createApi } from "../api/create-api.ts";
import { type Listener, listen } from "../api/listen.ts";
import { createHealthChecks, type UserChecks } from "../checks/health-checks.ts";
import { readApplications } from "../config/application-folders.ts";
import type { Config } from "../config/config.ts";
import { watchFiles } from "../config/watch-files.ts";
import { parseRefKey } from "../core/model/object-ref.ts";
import { type Parsed, showProblem } from "../core/model/problem.ts";
import type { Cluster, Git, Log } from "../core/ports.ts";
import { Engine } from "../engine/engine.ts";
import { createGit } from "../git/git.ts";
import { systemClock } from "../lib/system-clock.ts";
import { createMetrics, type Metrics } from "../metrics/create-metrics.ts";
import { sandboxLevel } from "../render/sandbox-level.ts";
import { openStore } from "../store/open-store.ts";
import { statusPage } from "../ui/status-page.ts";
import { ConnectedClusters } from "./connected-clusters.ts";
import { asItCanHold, isSame, needRestart, settingsOf } from "./held-config.ts";
import { pluginsOf, renderersOf } from "./rendering.ts";

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
  const { log, build, searchPath } = options;
  let config = options.config;
  /** What is open, in the order in which it was opened. */
  const open: (() => Promise<void> | void)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of open.splice(0).reverse()) {
      try {
        await close();
      } catch (cause) {
        // Whatever could not be ended well (a full disk), the rest ends all the same.
        log.error("something did not end well", { why: String(cause) });
      }
    }
  };
  try {
    mkdirSync(config.data, { recursive: true, mode: 0o700 });
    const store = openStore(config.data);
    open.push(() => store.close());
    const clusters = new ConnectedClusters(log, options.pod);
    const metrics: Metrics = createMetrics(
      { version: build.version, commit: build.commit },
      {
        applications: () => engine.control.applications(),
        clusters: () => figuresOf(clusters.all, engine),
        serverOf: (name) => clusters.named(name)?.server,
        queues: () => ({ app_reconciliation_queue: engine.depth }),
      },
    );
    open.push(() => metrics.stop());
    const git = gitOf(config, options);
    git.onRequest((request) => metrics.gitRequest(request));
    open.push(() => git.stop());
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
    const checks = createHealthChecks({ command: options.checkHost });
    const userChecks = ({ health }: Config): UserChecks => ({
      plugins: plugins.healthChecks,
      cel: health.checks,
      lua: health.scripts.health,
    });
    checks.configure(userChecks(config));
    open.push(() => checks.stop());
    open.push(() => clusters.stop());
    await clusters.hold(config, async () => undefined);

    let settings = settingsOf(config);
    const engine: Engine = new Engine({
      store,
      git,
      renderers,
      log,
      clock: systemClock,
      clusters: () => clusters.all,
      settings: () => settings,
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
    checks.onChange((keys) => engine.healthChanged(keys));

    /** The config's own file is followed as long as we run: a change that comes while it is being held is seen too. */
    const running = new AbortController();
    open.push(() => running.abort());
    if (options.file !== undefined) watchFiles([options.file], () => void reload(), running.signal);
    /** Follows the application folders and the files that the config names, until it is called again. */
    let following = new AbortController();
    const followFiles = (): void => {
      following.abort();
      following = new AbortController();
      const read = () =>
        engine.foldersRead(
          readApplications(config.applications, { homeNamespace: config.namespace, from: options.cwd }),
        );
      // Watched first, read then: what changes in between is read again.
      watchFiles(config.applications, read, following.signal);
      if (options.file !== undefined)
        watchFiles(
          [...config.health.customizations, ...ConnectedClusters.files(config)],
          () => void reload(),
          following.signal,
        );
      read();
    };
    followFiles();
    open.push(() => following.abort());
    open.push(() => engine.stop());

    const serve = (): Listener =>
      listen(
        createApi({
          control: engine.control,
          version: { ...build, helm: "", kustomize: "", sandbox: { level: level.name, why: level.why } },
          homeNamespace: config.namespace,
          ...(config.server.token === undefined ? {} : { token: config.server.token }),
          metrics: () => metrics.text(),
          assets: statusPage,
          log,
          onPush: (urls) => engine.pushed(urls),
        }),
        config.server.listen,
      );
    let listener = serve();
    open.push(() => listener.stop());
    // In the same turn: nobody is answered before, and nothing is begun by a daemon that cannot answer.
    engine.start();
    log.info("holdfast is up", {
      url: listener.url,
      version: build.version,
      clusters: clusters.all.map(({ name }) => name),
    });

    const hold = async (next: Config): Promise<void> => {
      const before = config;
      await clusters.hold(next, () => engine.released());
      const fixed = needRestart(before, next);
      if (fixed.length > 0) log.warn("these settings hold after a restart only", { settings: fixed });
      config = asItCanHold(before, next);
      settings = settingsOf(config);
      if (!isSame(before.health, config.health)) checks.configure(userChecks(config));
      followFiles();
      engine.settingsChanged();
      if (!isSame(before.server, config.server)) await listenAnew(before.server);
    };
    /** Answers where the config says now. Where that cannot be had, it answers where it did, to those it did. */
    const listenAnew = async (before: Config["server"]): Promise<void> => {
      const old = listener;
      // A port is free only when its listener has let go of it; any other one is tried first.
      const isSamePort = before.listen.port === config.server.listen.port;
      if (isSamePort) await old.stop();
      try {
        listener = serve();
      } catch (cause) {
        config = { ...config, server: before };
        if (isSamePort) listener = serve();
        log.error("the API stays where it was", { url: listener.url, why: String(cause) });
        return;
      }
      if (!isSamePort) await old.stop();
    };
    /** One reload at a time: a second one that comes meanwhile runs after it. */
    let reloading: Promise<void> = Promise.resolve();
    let stopped: Promise<void> | undefined;
    const reload = (): Promise<void> =>
      (reloading = reloading
        .then(async () => {
          if (options.file === undefined || stopped !== undefined) return;
          const parsed = options.reread(options.file);
          if (!parsed.ok)
            return log.error("the config was not reloaded", { problems: parsed.problems.map(showProblem) });
          await hold(parsed.value);
          log.info("the config was reloaded", { url: listener.url });
        })
        .catch((cause) => log.error("the config was not reloaded", { why: String(cause) })));

    return {
      get url() {
        return listener.url;
      },
      engine,
      reload,
      // A reload under way opens things: they are closed when it has ended.
      stop: () => (stopped ??= reloading.then(closeAll)),
    };
  } catch (cause) {
    await closeAll();
    throw cause;
  }
}

function gitOf({ data, git }: Config, { searchPath, log }: DaemonOptions): Git {
  return createGit({
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
