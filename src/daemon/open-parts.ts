/** What a daemon is made of, opened one after the other; what was opened is closed in the other direction. */

import { join } from "node:path";
import type { Asking } from "../api/asking.ts";
import type { CertificateFacts } from "../api/context.ts";
import { ArtifactPlaces } from "../artifacts/artifacts.ts";
import type { UserChecks } from "../checks/check.ts";
import { UserHealthChecks } from "../checks/health-checks.ts";
import type { HostFor } from "../checks/job.ts";
import { JqExpressions } from "../checks/jq-expressions.ts";
import { LuaActions } from "../checks/user-actions.ts";
import { AccountKeeper } from "../cluster/account-keeper.ts";
import { CurrentEntry } from "../cluster/entry-endpoint.ts";
import { ClusterFolder } from "../config/cluster-folder.ts";
import type { Config } from "../config/config.ts";
import { homeClusterIn } from "../config/home-cluster.ts";
import { RepositoryFolder } from "../config/repository-folder.ts";
import { TrustFolder } from "../config/trust-folder.ts";
import type { AppKey } from "../core/model/application.ts";
import type { ClusterEntry } from "../core/model/cluster-entry.ts";
import { strictest } from "../core/model/daemon-pause.ts";
import type { Parsed, Problem } from "../core/model/problem.ts";
import type { Artifacts } from "../core/ports/artifacts.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { Git } from "../core/ports/git.ts";
import type { GitWriter } from "../core/ports/git-writer.ts";
import type { ImageRegistry } from "../core/ports/image-registry.ts";
import type { Log } from "../core/ports/log.ts";
import type { Store } from "../core/ports/store.ts";
import type { Engine } from "../engine/engine.ts";
import { Repositories } from "../git/repositories.ts";
import { RepositorySecrets } from "../homes/cluster/repository-secrets.ts";
import { TrustMaps } from "../homes/cluster/trust-maps.ts";
import { ServedHome } from "../homes/served/served-home.ts";
import { Ambient } from "../lib/ambient.ts";
import { systemClock } from "../lib/system-clock.ts";
import { type ClusterFigures, Metrics } from "../metrics/metrics.ts";
import type { SetFigures } from "../metrics/set-metrics.ts";
import { type SandboxLevel, sandboxLevel } from "../render/sandbox-level.ts";
import type { EmbeddedProgram, ToolFinder } from "../render/tools.ts";
import type { SetsControl, ShownSet } from "../sets/control.ts";
import { type OpenStore, openStore } from "../store/open-store.ts";
import type { Circumstances } from "../store/sqlite-activity.ts";
import { Traces } from "../traces/traces.ts";
import { ArgoNamespace } from "./argo-namespace.ts";
import { ClusterBook } from "./cluster-book.ts";
import { configuredEntries } from "./configured-entries.ts";
import { ConnectedClusters, type OfUnusable } from "./connected-clusters.ts";
import { RepositoryContents } from "./contents/repository-contents.ts";
import { guardWrites, type WritesMay } from "./guard-writes.ts";
import { aroundOf } from "./note-activity.ts";
import type { OpenThings } from "./open-things.ts";
import { type Plugins, pluginsOf, renderersOf, toolsOf } from "./rendering.ts";
import type { Leading } from "./replica/leading.ts";
import { RepositoryBook } from "./repository-book.ts";
import { RepositoryLooks } from "./repository-looks.ts";
import { RepositoryShelf } from "./repository-shelf.ts";
import { CertificateBook } from "./trust/certificate-book.ts";
import { TrustInFiles } from "./trust/trust-in-files.ts";
import { TrustInMaps } from "./trust/trust-in-maps.ts";

export interface DaemonOptions {
  config: Config;
  /** Why the file as it is written does not hold, where `config` is the last one that did; empty where it is the file's. */
  wrong: readonly Problem[];
  /** The file that `config` came from, read again at a reload; undefined: there is nothing to reload. */
  file: string | undefined;
  /** Reads the file again. */
  reread(file: string): Parsed<Config>;
  /** What the file says is held from now on: the next start may need it. @throws where that cannot be written down */
  held(config: Config): void;
  build: { version: string; commit: string; buildDate: string };
  /** Programs by name that came with us. */
  embeddedTools: Readonly<Record<string, EmbeddedProgram>>;
  searchPath: string;
  /** Ours, for the credential plugins of kubeconfigs. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Files are named relative to it in problems. */
  cwd: string;
  /** What becomes of a cluster that cannot be connected at the start; default `refuse`, as at a reload. */
  unusableClusters?: OfUnusable;
  /** Starts the process for what users wrote. */
  checkHost(runs: HostFor): readonly string[];
  /** Where the API server of the cluster around us is, if we run in a Pod. */
  pod: { host: string; port: string };
  /** To whoever started it, and to nobody else: what no log may hold. */
  print(text: string): void;
  log: Log;
  /** What leading among several replicas brings; absent: there is one daemon. */
  leading?: Leading | undefined;
}

/** What the daemon is made of and can be opened without the others. */
export interface Parts {
  store: OpenStore;
  /** Whose request is worked on. */
  asking: Ambient<Asking>;
  clusters: ConnectedClusters;
  /** Where the applications are that other applications render; a cluster that is the home has them itself. */
  parents: ServedHome | undefined;
  /** Which of them there are. */
  book: ClusterBook;
  /** Which repositories there are. */
  repositories: RepositoryBook;
  /** What they hold. */
  contents: RepositoryContents;
  /** By what their servers prove themselves, beside what entries say. */
  certificates: CertificateBook;
  /** Where that is written. */
  trust: { in: "files"; place: TrustInFiles } | { in: "maps"; place: TrustInMaps };
  /** Where a cluster is the home. */
  argo: ArgoNamespace | undefined;
  git: Git & GitWriter;
  artifacts: Artifacts;
  images: ImageRegistry;
  plugins: Plugins;
  renderers: Awaited<ReturnType<typeof renderersOf>>;
  tools: ToolFinder;
  checks: UserHealthChecks;
  userActions: LuaActions;
  jq: JqExpressions;
  metrics: Metrics;
  traces: Traces;
  /** How well the tools are shut in. */
  level: SandboxLevel;
  /** What the metrics ask of the daemon that is made of these parts. */
  sources: {
    engine?: Engine;
    /** As it holds now. */
    config?: () => Config;
    sets?: SetsControl | undefined;
    troubles?: () => string[];
    programs?: () => readonly string[];
    images?: { problemsOf(key: AppKey): readonly string[] };
    certificate?: () => CertificateFacts | undefined;
  };
}

/** Below the data folder: clusters that were added while a daemon ran. */
export const CLUSTERS = "clusters";
/** Repositories and credentials that were. */
export const REPOSITORIES = "repositories";
/** Certificates and host keys that were. */
export const CERTIFICATES = "certificates";

/** A home that does not answer holds up the start for so long; writes wait until it was seen. */
const FIRST_LOOK_MS = 10_000;

export async function openParts(options: DaemonOptions, open: OpenThings): Promise<Parts> {
  const { config, log, build, searchPath } = options;
  const asking = new Ambient<Asking>();
  const { leading } = options;
  const around: Circumstances = (actor) => aroundOf(asking.now(), actor);
  const store = leading?.openStore({ around }) ?? openStore(config.data, { around });
  open.add(() => store.close());
  open.add(() => leading?.closing());
  const sources: Parts["sources"] = {};
  const may: WritesMay = {
    condition: () => store.condition(),
    paused: () => strictest(sources.engine?.pauses ?? config.pauses),
    carried: leading,
  };
  const clusters = new ConnectedClusters(log, options.pod, options.environment, may, leading?.fence);
  const parents =
    config.home === "files"
      ? new ServedHome({
          objects: store,
          now: () => systemClock.now(),
          homeNamespace: config.namespace,
          guard: (cluster) => guardWrites(cluster, may),
        })
      : undefined;
  open.add(() => parents?.stop());
  const metrics = new Metrics(
    { version: build.version, commit: build.commit },
    {
      applications: () => sources.engine?.control.applications() ?? [],
      clusters: () => (sources.engine === undefined ? [] : figuresOf(clusters.all, sources.engine)),
      serverOf: (name) => clusters.named(name)?.server,
      more: () => {
        const { applicationLabels: labels, applicationConditions: conditions } =
          sources.config?.().metrics ?? config.metrics;
        return { labels, conditions };
      },
      sets: () => (sources.sets?.sets() ?? []).map(figuresOfSet),
      waiting: () => sources.engine?.depth ?? 0,
      paused: () => strictest(sources.engine?.pauses ?? [])?.of,
      troubles: () => sources.troubles?.() ?? [],
      certificateEnds: () => sources.certificate?.()?.notAfter,
    },
  );
  open.add(() => metrics.stop());
  const traces = new Traces({
    target: () => {
      const { url, authorization } = (sources.config?.() ?? config).tracing;
      return url === undefined ? undefined : { url, authorization };
    },
    resource: { version: build.version, instance: crypto.randomUUID() },
    ...{ clock: systemClock, log },
    reached: (reached) => metrics.deliveries.reached(reached),
    count: (outcome, spans) => metrics.deliveries.spans(outcome, spans),
  });
  open.add(() => traces.stop());
  const git = gitOf(config, options);
  git.onRequest((request) => metrics.git.gitRequest(request));
  open.add(() => git.stop());
  const artifacts = new ArtifactPlaces({
    dataDir: config.data,
    clock: systemClock,
    log,
    timeoutMs: config.git.timeoutMs,
    fetchTimeoutMs: config.git.fetchTimeoutMs,
    environment: options.environment,
  });
  artifacts.onRequest((request) => metrics.artifacts.request(request));
  open.add(() => artifacts.stop());
  const plugins = await pluginsOf(config, `${build.version} ${build.commit}`);
  const level = await sandboxLevel();
  const tools = toolsOf(config, { embedded: options.embeddedTools, searchPath, level });
  const renderers = await renderersOf(config, {
    ...{ plugins, level, tools, log },
    onRender: ({ renderer }) => metrics.rendered({ renderer, from: "renderer" }),
  });
  open.add(() => renderers.stop());
  const checks = new UserHealthChecks({ command: options.checkHost("checks") });
  checks.configure(userChecks(config, plugins));
  open.add(() => checks.stop());
  const userActions = new LuaActions({ command: options.checkHost("checks") });
  userActions.configure(config.health.scripts.actions);
  open.add(() => userActions.stop());
  const jq = new JqExpressions({ command: options.checkHost("jq") });
  open.add(() => jq.stop());
  open.add(() => clusters.stop());
  const book = bookOf(options, store, () => sources.programs?.() ?? config.clusterPrograms);
  book.configure(configuredEntries(config));
  const connect = () => clusters.hold(book.all(), config, async () => undefined, options.unusableClusters);
  await connect();
  const argo = await argoOf(options, clusters, store, open);
  if (book.inSecrets(argo?.held()?.clusters ?? []) === "changed") await connect();
  const looks = new RepositoryLooks({
    ...{ git, artifacts, clock: systemClock },
    asker: () => asking.now()?.actor,
  });
  const repositories = repositoriesOf(options, { store, looks, clusters });
  repositories.configure(config);
  repositories.read();
  const held = argo?.held();
  if (held !== undefined) repositories.inSecrets(held.repositorySecrets, held.trust);
  const trust = trustOf(options, clusters);
  if (trust.in === "files") {
    trust.place.read();
    repositories.trusts(trust.place.trust());
  } else if (held !== undefined) trust.place.said(held.trust);
  const certificates = new CertificateBook({ place: trust.place, clock: systemClock, store });
  const contents = new RepositoryContents({
    ...{ git, artifacts, renderers, looks, book: repositories, clock: systemClock },
    homeNamespace: config.namespace,
  });
  return {
    store,
    asking,
    clusters,
    parents,
    book,
    repositories,
    contents,
    certificates,
    trust,
    argo,
    git,
    artifacts,
    images: artifacts.images,
    plugins,
    renderers,
    tools,
    checks,
    userActions,
    jq,
    metrics,
    traces,
    level,
    sources,
  };
}

export function userChecks({ health }: Config, plugins: Plugins): UserChecks {
  return { plugins: plugins.healthChecks, cel: health.checks, lua: health.scripts.health };
}

/** What it says is known before an application is looked at, where the home can be reached. */
async function argoOf(
  { config: { home, homeCluster, namespace }, log }: DaemonOptions,
  clusters: ConnectedClusters,
  store: Pick<Store, "value" | "putValue">,
  open: OpenThings,
): Promise<ArgoNamespace | undefined> {
  if (home === "files") return undefined;
  // Another home's policy is nobody's here.
  const name = `argocd-policy ${homeCluster.name} ${namespace}`;
  const argo = new ArgoNamespace({
    namespace,
    log,
    lastPolicy: { read: () => store.value(name), write: (text) => store.putValue(name, text) },
  });
  open.add(() => argo.stop());
  argo.follow(homeClusterIn(clusters.all, homeCluster.name));
  await argo.settled(FIRST_LOOK_MS);
  return argo;
}

function bookOf(
  { config, log, environment, pod }: DaemonOptions,
  store: Store,
  programs: () => readonly string[],
): ClusterBook {
  return new ClusterBook({
    folder: new ClusterFolder(join(config.data, CLUSTERS), CLUSTERS),
    folderIs: config.replicas === undefined ? "staying" : "passing",
    clock: systemClock,
    log,
    store,
    programs,
    async lookAt(entry) {
      const { name, credential, scope } = entry;
      const keeper = new AccountKeeper({
        cluster: name,
        ...(credential.by === "kubeconfig"
          ? { source: { file: credential.file }, context: credential.context }
          : { source: { entry: new CurrentEntry(entry), pod } }),
        environment,
        log,
      });
      try {
        return await keeper.look(scope.is === "whole" ? [] : scope.namespaces);
      } finally {
        keeper.stop();
      }
    },
    renewToken: async (entry) => {
      const old = entry.credential.by === "token" ? entry.credential.token.reveal() : "";
      const keeperOf = (asked: ClusterEntry): AccountKeeper =>
        new AccountKeeper({
          cluster: entry.name,
          source: { entry: new CurrentEntry(asked), pod },
          environment,
          log,
        });
      const before = keeperOf(entry);
      let after: AccountKeeper | undefined;
      try {
        const suffix = crypto.randomUUID().slice(0, 8);
        const { token, revokeOld } = await before.renew(old, suffix);
        const renewed = keeperOf({ ...entry, credential: { by: "token", token } });
        after = renewed;
        await renewed.prove(entry.scope.is === "whole" ? [] : entry.scope.namespaces);
        return {
          token,
          // As who it is now: the old one must not be what revokes itself.
          revokeOld: () => revokeOld(renewed).finally(() => renewed.stop()),
        };
      } catch (cause) {
        after?.stop();
        throw cause;
      } finally {
        before.stop();
      }
    },
  });
}

function repositoriesOf(
  { config, log }: DaemonOptions,
  { store, looks, clusters }: Pick<Parts, "store" | "clusters"> & { looks: RepositoryLooks },
): RepositoryBook {
  return new RepositoryBook({
    shelf: new RepositoryShelf(
      new RepositoryFolder(join(config.data, REPOSITORIES), REPOSITORIES),
      config.home === "files"
        ? undefined
        : new RepositorySecrets(() => homeClusterIn(clusters.all, config.homeCluster.name), config.namespace),
    ),
    looks,
    clock: systemClock,
    log,
    store,
  });
}

function trustOf({ config }: DaemonOptions, clusters: ConnectedClusters): Parts["trust"] {
  if (config.home === "files")
    return {
      in: "files",
      place: new TrustInFiles(new TrustFolder(join(config.data, CERTIFICATES), CERTIFICATES)),
    };
  const home = () => homeClusterIn(clusters.all, config.homeCluster.name);
  return { in: "maps", place: new TrustInMaps(new TrustMaps(home, config.namespace)) };
}

function gitOf({ data, git }: Config, { searchPath, log, environment }: DaemonOptions): Git & GitWriter {
  return new Repositories({
    dataDir: data,
    clock: systemClock,
    log,
    systemGit: Bun.which("git", { PATH: searchPath }) ?? undefined,
    env: { PATH: searchPath },
    environment,
    timeoutMs: git.timeoutMs,
    fetchTimeoutMs: git.fetchTimeoutMs,
    maxPackBytes: git.maxPackBytes,
    localRepositories: git.localRepositories,
  });
}

function figuresOfSet({ set: { metadata }, status, applications, blocked }: ShownSet): SetFigures {
  const { namespace, name } = metadata;
  return { namespace, name, status, applications: applications.length, waiting: blocked.length };
}

function figuresOf(clusters: readonly Cluster[], { control }: Engine): ClusterFigures[] {
  const versions = new Map(control.clusters().map(({ name, kubeVersion }) => [name, kubeVersion ?? ""]));
  return clusters.map((cluster) => ({
    name: cluster.name,
    server: cluster.server,
    kubeVersion: versions.get(cluster.name) ?? "",
    connection: cluster.connection().is,
    ...cluster.size(),
    requests: cluster.requests(),
    places: cluster.places(),
  }));
}
