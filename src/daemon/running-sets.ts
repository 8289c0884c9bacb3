/** ApplicationSets of a daemon: what looks after them, made of the daemon's parts. */

import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { homeClusterIn } from "../config/home-cluster.ts";
import { type AppKey, keyOfApp } from "../core/model/application.ts";
import { strictest } from "../core/model/daemon-pause.ts";
import type { Operation } from "../core/model/operation.ts";
import { refuseSource } from "../core/policy/refuse-source.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { SetsHome } from "../core/ports/sets-home.ts";
import type { Engine } from "../engine/engine.ts";
import type { Settings } from "../engine/settings.ts";
import { entriesFor, repositoryAccess } from "../engine/target/repository-access.ts";
import { startSchedule } from "../engine/wake/schedule.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { equalJson } from "../lib/equal-json.ts";
import { ProcessGroups } from "../lib/process-groups.ts";
import { systemClock } from "../lib/system-clock.ts";
import { GoTemplateEngine } from "../render/go-templates/template-engine.ts";
import { ToolFinder } from "../render/tools.ts";
import { Providers } from "../scm/providers.ts";
import { ApplicationSets } from "../sets/application-sets.ts";
import { ClusterDecisions } from "../sets/cluster-decisions.ts";
import type { SetsControl } from "../sets/control.ts";
import { LiveFacts } from "../sets/live-facts.ts";
import { makeSetsControl } from "../sets/make-control.ts";
import type { SetsPorts } from "../sets/sets-ports.ts";
import { configuredTools } from "./configured-tools.ts";
import type { DaemonOptions, Parts } from "./open-parts.ts";
import { SetLookups } from "./set-lookups.ts";

export interface RunningSetsParts {
  home: SetsHome;
  engine: Engine;
  parts: Pick<Parts, "store" | "git" | "jq" | "book" | "level" | "clusters">;
  options: Pick<DaemonOptions, "embeddedTools" | "searchPath" | "log" | "environment">;
  config(): Config;
  settings(): Settings;
}

/** Sets that are looked after for as long as the daemon runs. */
export class RunningSets {
  readonly control: SetsControl;
  readonly #parts: RunningSetsParts;
  readonly #sets: ApplicationSets;
  readonly #decisions: ClusterDecisions;
  #polling: { by: Settings["poll"]; stop: () => void } | undefined;

  constructor(parts: RunningSetsParts) {
    this.#parts = parts;
    const { config } = parts;
    const cluster = (): Cluster | undefined =>
      homeClusterIn(parts.parts.clusters.all, config().homeCluster.name);
    const lookups = new SetLookups({
      settings: () => config().applicationSets,
      homeNamespace: config().namespace,
      cluster,
    });
    this.#decisions = new ClusterDecisions({
      cluster,
      homeNamespace: config().namespace,
      configMap: (name) => lookups.of(config().namespace).configMap(name),
      changed: () => this.#sets.decisionsChanged(),
    });
    const ports = portsOf(parts, lookups, this.#decisions);
    this.#sets = new ApplicationSets(ports);
    this.control = makeSetsControl(this.#sets, ports);
  }

  /** @throws {Failure} store */
  start(): void {
    this.#sets.start();
    this.settingsChanged();
  }

  settingsChanged(): void {
    const { poll } = this.#parts.settings();
    this.clustersChanged();
    if (equalJson(this.#polling?.by, poll)) return;
    this.#polling?.stop();
    this.#polling = { by: poll, stop: startSchedule(poll, () => this.#sets.poll()) };
  }

  clustersChanged(): void {
    this.#sets.clustersChanged();
  }

  pushed(...announced: Parameters<ApplicationSets["pushed"]>): void {
    this.#sets.pushed(...announced);
  }

  providerChanged(...changed: Parameters<ApplicationSets["providerChanged"]>): void {
    this.#sets.providerChanged(...changed);
  }

  lookAgain(): void {
    this.#sets.lookAgain();
  }

  async stop(): Promise<void> {
    this.#polling?.stop();
    this.#decisions.stop();
    await this.#sets.stop();
  }
}

function portsOf(
  { home, engine, parts, options, config, settings }: RunningSetsParts,
  lookups: SetLookups,
  decisions: ClusterDecisions,
): SetsPorts {
  const providersOf = sameProviders(options.environment);
  const { store, git, jq, book } = parts;
  const { log } = options;
  const host = templateHost(parts, options, config());
  return {
    home,
    jq,
    log,
    store,
    settings,
    clock: systemClock,
    facts: new LiveFacts({
      git,
      access: (url, project) => repositoryAccess(url, entriesFor(settings().repositories, project), "git"),
      refused: (url, name) => {
        const found = engine.control.projectInForce(name);
        if (found.is === "absent") return `there is no project ${name}`;
        const { inForce, withheld = "its rules are not known" } = found.value;
        return inForce === undefined ? withheld : refuseSource(inForce, url);
      },
      clusters: () =>
        book.all().map(({ entry: { name, server, project, labels, annotations } }) => ({
          ...{ name, server, labels, annotations },
          ...defined({ project }),
        })),
      others: (set, signal) => {
        const { name, namespace } = set.metadata;
        const home = lookups.of(config().namespace);
        return {
          ...providersOf(config()).factsFor({ set: name, own: lookups.of(namespace), home, signal }),
          decisions: (ask) => decisions.ask(ask),
        };
      },
    }),
    templates: (set, signal) => new GoTemplateEngine(host, `ApplicationSet ${set}`, signal),
    paused: () => {
      const pause = strictest(engine.pauses);
      return pause?.of === "writes" ? pause : undefined;
    },
    sync: (key, operation, actor) => syncNow(engine, key, operation, actor),
    application: (key) => engine.control.application(key),
    comesTo: (key) => engine.control.comesTo(key),
    looking: (key) => engine.control.looking(key),
    onApplication: (listener) => engine.control.onEvent(({ app }) => listener(keyOfApp(app))),
  };
}

/** What providers said is kept as long as the config says the same of them. */
function sameProviders(environment: DaemonOptions["environment"]): (config: Config) => Providers {
  let known: { of: Config["applicationSets"]; providers: Providers } | undefined;
  return ({ applicationSets }) => {
    if (known?.of === applicationSets) return known.providers;
    const { allowedApis } = applicationSets;
    const providers = new Providers({
      now: () => systemClock.now(),
      environment,
      // Whoever lists the addresses that may be named has said where they may lead to.
      ...(allowedApis === undefined ? {} : { allowedApis, reach: "anywhere" as const }),
    });
    known = { of: applicationSets, providers };
    return providers;
  };
}

async function syncNow(
  { control }: Engine,
  key: AppKey,
  { sync = {}, ...operation }: Operation,
  actor: string,
): Promise<string | undefined> {
  const written = await control.sync(key, { operation: { ...operation, sync }, actor }).catch((cause) => {
    return { is: "conflict", why: messageOf(cause) } as const;
  });
  switch (written.is) {
    case "written":
      return undefined;
    case "conflict":
    case "overtaken":
    case "would-be-undone":
    case "held":
      return written.why;
    default:
      return `it is ${written.is}`;
  }
}

/** Where Go templates are run. */
export function templateHost(
  { level }: Pick<Parts, "level">,
  { embeddedTools, searchPath }: RunningSetsParts["options"],
  { data, render }: Config,
): ConstructorParameters<typeof GoTemplateEngine>[0] {
  const scratchDir = join(data, "scratch");
  const tools = new ToolFinder({
    searchPath,
    embedded: embeddedTools,
    scratchDir,
    level,
    ...configuredTools(render),
  });
  return {
    tools,
    level,
    sandbox: render.requireSandbox ? "required" : "best-effort",
    timeoutMs: render.timeoutMs,
    groups: new ProcessGroups(),
    scratchDir,
  };
}
