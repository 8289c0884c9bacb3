/** Composition: config to adapters to engine to server, the order of start and stop, and reload. */

import { join } from "node:path";
import { arrivalsBehind } from "../api/arrival.ts";
import { type Api, createApi } from "../api/create-api.ts";
import { Deliveries } from "../api/webhooks/deliveries.ts";
import type { ReadApplications } from "../config/application-folders.ts";
import type { Config } from "../config/config.ts";
import { homeClusterIn } from "../config/home-cluster.ts";
import { defaultConfig } from "../config/load-config.ts";
import { watchFiles } from "../config/watch-files.ts";
import type { Application } from "../core/model/application.ts";
import { strictest } from "../core/model/daemon-pause.ts";
import { Failure } from "../core/model/failure.ts";
import { type RefKey, refKey } from "../core/model/object-ref.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import type { Engine } from "../engine/engine.ts";
import type { Settings } from "../engine/settings.ts";
import { InitialSecretInCluster } from "../homes/cluster/initial-secret.ts";
import { defined } from "../lib/defined.ts";
import { endedWithin } from "../lib/ended-within.ts";
import { systemClock } from "../lib/system-clock.ts";
import { timestamp } from "../lib/timestamp.ts";
import { GoTemplateEngine } from "../render/go-templates/template-engine.ts";
import { uiAssets } from "../ui/assets.ts";
import { asClosedAsBoth, asksWho } from "./asks-who.ts";
import { configuredEntries } from "./configured-entries.ts";
import { configuredTools } from "./configured-tools.ts";
import { ConnectedClusters, type OfUnusable } from "./connected-clusters.ts";
import { FolderReader } from "./folder-reader.ts";
import { FollowedPlaces } from "./followed-places.ts";
import { asItCanHold, heardOf, isSame, needRestart, settingsOf } from "./held-config.ts";
import { type Homes, homesOf } from "./homes.ts";
import { keptFavourites } from "./kept-favourites.ts";
import { type Answering, Listeners } from "./listeners.ts";
import { madeLinks } from "./made-links.ts";
import { makeEngine } from "./make-engine.ts";
import { refusalsInto } from "./note-activity.ts";
import {
  CERTIFICATES,
  CLUSTERS,
  type DaemonOptions,
  openParts,
  type Parts,
  REPOSITORIES,
  userChecks,
} from "./open-parts.ts";
import { OpenThings } from "./open-things.ts";
import { RunningAccess } from "./running-access.ts";
import { RunningImages } from "./running-images.ts";
import { RunningNotifications } from "./running-notifications.ts";
import { RunningSets, templateHost } from "./running-sets.ts";
import { HeadsInLog } from "./say-head.ts";
import { shownSettings } from "./shown-settings.ts";
import { StoreWatch } from "./store-watch.ts";
import { PushedImages, tellHeard } from "./tell-heard.ts";
import { toolVersion } from "./tool-version.ts";
import { problemOf, troublesOf } from "./troubles.ts";
import { withArgo } from "./with-argo.ts";

export interface Daemon {
  readonly url: string;
  readonly engine: Engine;
  /** See `Listeners.shown`. */
  readonly shown: string | undefined;
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

/** How long a stop waits for a reload: one that hangs would keep the store open. */
const RELOADED_WITHIN_MS = 5_000;

class RunningDaemon implements Daemon {
  readonly engine: Engine;
  /** As the file says it. */
  #written: Config;
  /** With what Argo CD's settings say beside it. */
  #config: Config;
  #settings: Settings;
  readonly #listeners: Listeners;
  readonly #folders: FolderReader;
  readonly #homes: Homes;
  readonly #sets: RunningSets | undefined;
  readonly #notifications: RunningNotifications;
  readonly #access: RunningAccess;
  readonly #storeWatch: StoreWatch;
  readonly #running = new AbortController();
  /** Follows the files that the config names, until the next config does. */
  #following = new AbortController();
  /** Why the config as it is written now does not hold. */
  #reloadProblems: readonly Problem[] = [];
  /** Why it does not answer where and whom the config says. */
  #notHeard: readonly Problem[] = [];
  /** What the config and Argo CD's settings both say. */
  #argoProblems: readonly Problem[] = [];
  readonly #defaults: Config;
  /** Sections of the config as it is written now that hold after a restart only. */
  #restart: readonly string[] = [];
  /** One reload at a time: a second one that comes meanwhile runs after it. */
  #reloading: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;
  readonly #deliveries = new Deliveries();
  readonly #pushes = new PushedImages();
  readonly #images: RunningImages;

  constructor(
    private readonly options: DaemonOptions,
    private readonly open: OpenThings,
    private readonly parts: Parts,
  ) {
    const { config, log, build } = options;
    this.#defaults = defaultConfig(options.cwd);
    this.#written = config;
    this.#config = this.#together(config);
    if (!isSame(config.health, this.#config.health)) this.#configureChecks();
    parts.tools.configure(configuredTools(this.#config.render));
    this.#settings = settingsOf(this.#config);
    const needs = {
      ...{ config, parts, log },
      settings: () => this.#settings,
      readFolders: () => this.#folders.read(),
    };
    this.#homes = homesOf(needs);
    this.engine = makeEngine({ ...needs, home: this.#homes.resources });
    parts.sources.engine = this.engine;
    this.#sets = this.#makeSets();
    parts.sources.sets = this.#sets?.control;
    this.#images = new RunningImages({
      ...{ engine: this.engine, parts, options, pushes: this.#pushes },
      templates: new GoTemplateEngine(
        templateHost(parts, options, this.#config),
        "templates of image updates",
        this.#running.signal,
      ),
      updaters: () => this.#homes.updaters(),
      looking: (those) => this.#homes.looking(those),
      lookedBy: (looks) => this.#homes.lookedBy(looks),
      config: () => this.#config,
      settings: () => this.#settings,
    });
    parts.sources.images = this.#images;
    this.#notifications = new RunningNotifications({
      ...{ engine: this.engine, parts, options, signal: this.#running.signal },
      config: () => this.#config,
    });
    parts.sources.troubles = () => this.#troubles().map(({ what }) => what);
    parts.sources.programs = () => this.#config.clusterPrograms;
    parts.clusters.onUsable(() => void this.reload());
    parts.book.onChange(() => this.#inTurn(() => this.#holdClusters()));
    parts.repositories.onChange(() => this.#inTurn(() => this.#holdRepositories()));
    if (parts.trust.in === "files") parts.trust.place.onChange(() => this.#trustChanged());
    parts.argo?.onChange(() => void this.#inTurn(() => this.#argoChanged()));
    parts.checks.onChange((keys) => this.engine.healthChanged(keys));
    // Whoever waits for the health of a child hears of it here: its status is written to the cluster later, or not at all.
    if (this.#homes.resources !== undefined)
      this.engine.control.onEvent(({ app }) => this.engine.healthChanged([keyOfRecord(app)]));
    this.#storeWatch = new StoreWatch(parts.store, log, () => {
      this.#folders.read();
      this.engine.lookAgain();
      this.#sets?.lookAgain();
    });
    open.add(() => this.#storeWatch.stop());
    open.add(() => this.#running.abort());
    this.#access = new RunningAccess({
      config: () => this.#config,
      ...{ store: parts.store, clock: systemClock, log },
      projects: () => this.engine.control.projects(),
      print: (text) => options.print(text),
      asking: () => parts.asking.now()?.actor,
      ...(parts.argo === undefined ? {} : { initialSecret: this.#initialSecret() }),
    });
    open.add(() => this.#access.stop());
    const heads = new HeadsInLog(parts.store, log);
    open.add(() => heads.stop());
    this.#folders = new FolderReader({ homeNamespace: config.namespace, from: options.cwd }, (reading) =>
      this.#foldersRead(reading),
    );
    this.#followConfig();
    this.#followFiles();
    this.#followAdded();
    open.add(() => this.#folders.stop());
    open.add(() => this.#following.abort());
    open.add(() => this.#homes.stop());
    open.add(() => this.engine.stop());
    open.add(() => this.#sets?.stop());
    open.add(() => this.#images.stop());
    open.add(() => this.#notifications.stop());
    // In the same turn, so that nobody else has its address meanwhile.
    options.leading?.giveUpAddress();
    this.#listeners = new Listeners(
      {
        api: (answering) => this.#api(answering),
        metrics: (format) => parts.metrics.text(format),
        dataFolder: config.data,
        log,
        now: () => systemClock.now(),
      },
      this.#config,
    );
    parts.sources.config = () => this.#config;
    parts.sources.certificate = () => this.#listeners.certificate;
    open.add(() => this.#listeners.stop());
    this.#reloadProblems = options.wrong;
    if (options.wrong.length === 0) this.#held(config);
    else
      log.error("the config does not hold as it is written: the last one that did is used", {
        problems: options.wrong.map(showProblem),
      });
    this.#followHome();
    // In the same turn: nobody is answered before, and nothing is begun by a daemon that cannot answer.
    this.#notifications.start();
    this.engine.start();
    this.#sets?.start();
    this.#images.start();
    log.info("holdfast is up", {
      url: this.url,
      ...this.#told(),
      version: build.version,
      clusters: parts.clusters.all.map(({ name }) => name),
    });
  }

  get url(): string {
    return this.#listeners.url;
  }

  get shown(): string | undefined {
    return this.#listeners.shown;
  }

  reload(): Promise<void> {
    return this.#inTurn(() =>
      this.#reload().catch((cause) => this.#notReloaded([problemOf(cause, this.options.file)])),
    );
  }

  /** What changes the clusters, one after the other. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#reloading.then(work);
    this.#reloading = done.catch(() => undefined);
    return done;
  }

  /** A reload under way opens things: they are closed when it has ended, unless it does not. */
  stop(): Promise<void> {
    this.#stopped ??= endedWithin(this.#reloading, RELOADED_WITHIN_MS).then(() => this.open.closeAll());
    return this.#stopped;
  }

  #initialSecret(): InitialSecretInCluster {
    const { namespace, homeCluster } = this.#config;
    return new InitialSecretInCluster(
      () => homeClusterIn(this.parts.clusters.all, homeCluster.name),
      namespace,
    );
  }

  #makeSets(): RunningSets | undefined {
    const home = this.#homes.sets;
    if (home === undefined) return undefined;
    return new RunningSets({
      home,
      engine: this.engine,
      parts: this.parts,
      options: this.options,
      config: () => this.#config,
      settings: () => this.#settings,
    });
  }

  #troubles(): ReturnType<typeof troublesOf> {
    const ofDaemon = troublesOf(
      this.#storeWatch.condition(),
      {
        wrong: [...this.#reloadProblems, ...this.#notHeard],
        restart: this.#restart,
        clusters: this.parts.book.problems(),
        argo: [
          ...(this.parts.argo?.problems() ?? []),
          ...this.parts.repositories.problems(),
          ...this.parts.certificates.problems(),
          ...this.#argoProblems,
        ],
      },
      this.parts.clusters.all,
      this.engine.pauses,
    );
    return [...ofDaemon, ...this.#listeners.troubles()];
  }

  /** Where and by which certificate it answers, for its log. */
  #told(): Record<string, unknown> {
    const { metricsUrl, certificate } = this.#listeners;
    return defined({ externalUrl: this.#config.server.url, metricsUrl, certificate });
  }

  #api({ server, metrics }: Answering): Api {
    const { build, log } = this.options;
    const followed = new FollowedPlaces(() => this.engine.control.applications());
    const count = (url: string): void => this.parts.metrics.webhooks.requested(followed.named(url));
    const { name: level, why } = this.parts.level;
    const peers = this.options.leading?.peers;
    const arrivalOf = arrivalsBehind(server.trustedProxies);
    const api = createApi({
      control: this.engine.control,
      version: {
        ...build,
        helm: toolVersion(this.parts.tools, "helm"),
        kustomize: toolVersion(this.parts.tools, "kustomize"),
        sandbox: { level, why },
      },
      homeNamespace: this.#config.namespace,
      ...defined({
        token: server.token,
        metricsToken: metrics.token,
        sets: this.#sets?.control,
        images: this.#images.control,
      }),
      ...this.#access.doors(),
      basePath: server.basePath,
      arrivalOf: peers?.arrivalOf(arrivalOf) ?? arrivalOf,
      certificate: () => this.#listeners.certificate,
      settings: () => shownSettings(this.#config),
      metrics: (format) => this.parts.metrics.text(format),
      onAnswered: (request) => this.parts.metrics.http.answered(request),
      troubles: () => this.#troubles(),
      clusters: this.parts.book,
      repositories: this.parts.repositories,
      contents: this.parts.contents,
      links: madeLinks({
        ...{ engine: this.engine, book: this.parts.book },
        links: () => this.#config.links,
        templates: new GoTemplateEngine(
          templateHost(this.parts, this.options, this.#config),
          "links of the page",
          this.#running.signal,
        ),
      }),
      notifications: this.#notifications.desk,
      certificates: this.parts.certificates,
      favourites: keptFavourites(this.parts.store),
      assets: uiAssets,
      ...defined({ kept: this.options.leading && (() => this.options.leading?.kept() ?? Promise.resolve()) }),
      log,
      asking: this.parts.asking,
      onRefused: refusalsInto(this.parts.store, systemClock, log),
      onDeed: (deed) => void this.parts.store.audit({ at: timestamp(systemClock.now()), ...deed }),
      webhooks: () => this.#config.webhooks,
      deliveries: this.#deliveries,
      handlingWebhook: () => this.parts.metrics.webhooks.handling(),
      onHeard: (heard, by) => {
        if (heard.is === "pushes")
          for (const { urls } of heard.pushes) this.parts.traces.journeys.pushed(urls);
        tellHeard({ engine: this.engine, sets: this.#sets, images: this.#pushes, count }, heard, by);
      },
    });
    return peers === undefined ? api : { ...api, ...peers.guard(api) };
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
      [
        ...this.#config.health.customizations,
        ...this.#config.rbac.files,
        ...ConnectedClusters.files(this.#config),
      ],
      () => void this.reload(),
      this.#following.signal,
    );
  }

  /** Clusters and repositories that are added, changed or removed by files: by whoever writes them. */
  #followAdded(): void {
    const running = new AbortController();
    this.open.add(() => running.abort());
    const { book, repositories, trust } = this.parts;
    const ofClusters = (): Promise<void> =>
      this.#inTurn(async () => {
        if (book.read() === "changed") await this.#holdClusters();
      });
    const ofRepositories = (): Promise<void> =>
      this.#inTurn(async () => {
        repositories.read();
        await this.#holdRepositories();
      });
    const { data } = this.#config;
    watchFiles([join(data, CLUSTERS)], () => void ofClusters(), running.signal);
    watchFiles([join(data, REPOSITORIES)], () => void ofRepositories(), running.signal);
    if (trust.in === "files")
      watchFiles(
        [join(data, CERTIFICATES)],
        () => {
          trust.place.read();
          void this.#trustChanged();
        },
        running.signal,
      );
  }

  /** The home's cluster may be connected anew. */
  #followHome(): void {
    this.#homes.follow(this.parts.clusters.all);
    this.parts.argo?.follow(homeClusterIn(this.parts.clusters.all, this.#config.homeCluster.name));
  }

  /** The config, and beside it the repositories that were added and what Argo CD's Secrets and ConfigMaps say. */
  #together(written: Config): Config {
    const { argo, repositories } = this.parts;
    repositories.configure(written);
    const all = [...repositories.entries()];
    if (argo === undefined) return { ...written, repositories: all };
    const { config, problems } = withArgo(written, this.#defaults, argo.held(), argo.unknown());
    this.#argoProblems = problems;
    return { ...config, repositories: all };
  }

  async #argoChanged(): Promise<void> {
    const { argo, book, repositories, trust } = this.parts;
    const held = argo?.held();
    if (this.#stopped !== undefined) return;
    if (held !== undefined && trust.in === "maps") trust.place.said(held.trust);
    const clusters = held === undefined ? "same" : book.inSecrets(held.clusters);
    if (held !== undefined) repositories.inSecrets(held.repositorySecrets, held.trust);
    const next = asItCanHold(this.#config, this.#together(this.#written));
    if (clusters === "changed" || !isSame(next, this.#config))
      await this.#hold(this.#written, "hold").catch((cause) =>
        this.#notReloaded([problemOf(cause, this.options.file)]),
      );
    this.#notifications.settingsChanged();
    repositories.inUse();
    if (trust.in === "maps") trust.place.inUse();
  }

  /** Certificates and host keys that files hold. */
  #trustChanged(): Promise<void> {
    return this.#inTurn(async () => {
      this.parts.repositories.trusts(this.parts.certificates.kept());
      await this.#holdRepositories();
    });
  }

  async #holdRepositories(): Promise<void> {
    if (this.#stopped !== undefined) return;
    const { repositories } = this.#together(this.#written);
    if (isSame(repositories, this.#config.repositories)) return;
    this.#config = { ...this.#config, repositories };
    this.#settings = settingsOf(this.#config);
    this.engine.settingsChanged();
    this.#sets?.settingsChanged();
  }

  #configureChecks(): void {
    const { checks, userActions, plugins } = this.parts;
    checks.configure(userChecks(this.#config, plugins));
    userActions.configure(this.#config.health.scripts.actions);
  }

  async #holdClusters(): Promise<void> {
    if (this.#stopped !== undefined) return;
    const { book, clusters } = this.parts;
    await clusters.hold(book.all(), this.#config, () => this.engine.released());
    this.#followHome();
    this.engine.clustersChanged();
    this.#sets?.clustersChanged();
  }

  /** What cannot be written down is not taken up: the folders are read again when the store is well. */
  #foldersRead(reading: ReadApplications): void {
    if (this.#storeWatch.condition().is !== "sound") return;
    try {
      this.engine.foldersRead(reading);
      this.#homes.read(reading);
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
    this.#held(parsed.value);
    log.info("the config was reloaded", { url: this.url, ...this.#told() });
  }

  /** Into the data folder that is in use, whatever the config says of it. */
  #held(config: Config): void {
    try {
      this.options.held({ ...config, data: this.#config.data });
    } catch (cause) {
      this.options.log.warn("the config could not be noted for the next start", { why: String(cause) });
    }
  }

  #notReloaded(problems: readonly Problem[]): void {
    this.#reloadProblems = problems;
    this.options.log.error("the config was not reloaded", { problems: problems.map(showProblem) });
  }

  async #hold(written: Config, unusable: OfUnusable = "refuse"): Promise<void> {
    const { book, clusters } = this.parts;
    const next = this.#together(written);
    const before = this.#config;
    // First, and whatever becomes of the rest: what is to be left undone must not wait for a cluster to be connected.
    const isTighter = this.#settings.pauses.length === 0 || strictest(next.pauses)?.of === "writes";
    if (next.pauses.length > 0 && isTighter) this.#settings = { ...this.#settings, pauses: next.pauses };
    book.configure(configuredEntries(next));
    try {
      await clusters.hold(book.all(), next, () => this.engine.released(), unusable);
    } catch (cause) {
      book.configure(configuredEntries(before));
      throw cause;
    }
    this.#followHome();
    this.#restart = needRestart(before, next);
    if (this.#restart.length > 0)
      this.options.log.warn("these settings hold after a restart only", { settings: this.#restart });
    this.#written = written;
    this.#config = asItCanHold(before, next);
    this.#settings = settingsOf(this.#config);
    if (!isSame(before.health, this.#config.health)) this.#configureChecks();
    this.parts.tools.configure(configuredTools(this.#config.render));
    // Who is there is known before anybody is asked who they are; who goes, goes when nobody is asked any more.
    if (asksWho(this.#config)) this.#access.hold();
    this.#followFiles();
    this.engine.settingsChanged();
    this.#sets?.settingsChanged();
    this.#images.settingsChanged();
    this.#notifications.settingsChanged();
    this.#notHeard = [];
    if (!isSame(heardOf(before), heardOf(this.#config))) await this.#answerAnew(before);
    this.#access.hold();
  }

  /** Answers where the config says now. Where that cannot be had, it answers where it did, and nobody more than either config has it. */
  async #answerAnew(before: Answering): Promise<void> {
    try {
      await this.#listeners.follow(this.#config);
    } catch (cause) {
      this.#notHeard = [problemOf(cause, this.options.file)];
      this.#config = { ...this.#config, ...asClosedAsBoth(before, this.#config) };
      this.#access.hold();
      try {
        this.#listeners.answerBy(this.#config);
      } catch (lost) {
        this.#notHeard = [...this.#notHeard, problemOf(lost, this.options.file)];
      }
      this.options.log.error("the API stays where it was", { url: this.url, why: String(cause) });
    }
  }
}

/** Of the custom resource that it lives in. */
function keyOfRecord({ metadata: { name, namespace = "" } }: Application): RefKey {
  return refKey({ group: "argoproj.io", kind: "Application", namespace, name });
}
