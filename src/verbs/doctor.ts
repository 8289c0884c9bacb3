/** What stands in the way of a daemon here: config, tools, sandbox, Git and clusters, each with what to do. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArtifactPlaces } from "../artifacts/artifacts.ts";
import type { Check } from "../cli/offline-verbs.ts";
import { readApplications } from "../config/application-folders.ts";
import type { Config } from "../config/config.ts";
import { RepositoryFolder } from "../config/repository-folder.ts";
import { NO_TRUST } from "../core/argocd/host-trust.ts";
import { type Application, sourcesOf } from "../core/model/application.ts";
import { asFailure } from "../core/model/failure.ts";
import type { RepositoryType } from "../core/model/repository-access.ts";
import { type Source, sourceKind } from "../core/model/source.ts";
import { revisionName } from "../core/model/source-revision.ts";
import { configuredTools } from "../daemon/configured-tools.ts";
import { REPOSITORIES } from "../daemon/open-parts.ts";
import { openStore } from "../daemon/secret-stores.ts";
import { settleRepositories } from "../daemon/settle-repositories.ts";
import { accessOfBase, baseFetcher, refusalOfBase } from "../engine/target/base-fetcher.ts";
import { accessOfChart, chartFetcher, refusalOfChart } from "../engine/target/chart-fetcher.ts";
import { askOf, type ResolvingPlaces, resolveSource } from "../engine/target/locate.ts";
import { entriesOfAll, repositoryAccess } from "../engine/target/repository-access.ts";
import { followedName } from "../engine/target/tips.ts";
import { Repositories } from "../git/repositories.ts";
import { defined } from "../lib/defined.ts";
import { jsonLog } from "../lib/json-log.ts";
import { decideRuntime } from "../lib/runtime-settings.ts";
import { systemClock } from "../lib/system-clock.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import { sandboxLevel } from "../render/sandbox-level.ts";
import { ToolFinder } from "../render/tools.ts";
import { addressChecks, addressesOfApplications } from "./address-checks.ts";
import { asCheck, checkFiles } from "./check-files.ts";
import { clusterChecks } from "./cluster-checks.ts";
import { configFile, readConfig } from "./config-file.ts";
import { keyChecks } from "./key-checks.ts";
import { sandboxCheck } from "./sandbox-check.ts";
import { setChecks } from "./set-checks.ts";
import { kustomizedSources } from "./source-kustomizations.ts";
import type { Surroundings } from "./surroundings.ts";
import { cameWithUs } from "./tool-places.ts";

export async function doctor(
  around: Surroundings,
  { config: named, signal }: { config?: string; signal: AbortSignal },
): Promise<Check[]> {
  const file = configFile(named, around);
  const parsed = readConfig(file, around);
  const scratch = mkdtempSync(join(tmpdir(), "holdfast-doctor-"));
  try {
    const config = parsed.ok ? parsed.value : undefined;
    const configChecks: Check[] = parsed.ok
      ? [
          { name: "config", state: "ok", text: file },
          ...parsed.warnings.map((problem) => asCheck("config", problem)),
        ]
      : parsed.problems.map((problem) => asCheck("config", problem));
    const checks = await Promise.all([
      ...(config === undefined ? [] : [configuredChecks(config, around, scratch, signal)]),
      toolChecks(config, around, scratch),
      sandboxLevel().then((level) => [
        sandboxCheck(level, config?.render.requireSandbox === true ? "required" : "best-effort"),
      ]),
      limitCheck(around),
    ]);
    return [...configChecks, ...checks.flat(), ...(config === undefined ? [] : keyChecks(config.decryption))];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What the config names: folders first, then what is reached over the network. */
async function configuredChecks(
  config: Config,
  around: Surroundings,
  scratch: string,
  signal: AbortSignal,
): Promise<Check[]> {
  const read = readApplications(config.applications, { homeNamespace: config.namespace, from: around.cwd });
  const checks = await Promise.all([
    checkFiles(config, read, around.build.version),
    sourceChecks(
      read.applications.map(({ app }) => app),
      config,
      around,
      scratch,
    ),
    setChecks(read.applicationSets, config, around, signal),
    storeChecks(config, signal),
    clusterChecks(config, around, signal),
  ]);
  return checks.flat();
}

async function toolChecks(
  config: Config | undefined,
  around: Surroundings,
  scratch: string,
): Promise<Check[]> {
  const searchPath = around.env.PATH ?? "";
  const level = await sandboxLevel();
  const cameAlong = {
    level,
    embedded: await cameWithUs(around, join(scratch, "tools")),
    scratchDir: join(scratch, "scratch"),
  };
  const tools = new ToolFinder({ ...cameAlong, searchPath, ...configuredTools(config?.render) });
  const found = await Promise.all(
    [
      ...new Set([
        "helm",
        "kustomize",
        "jsonnet",
        "templates",
        ...(config?.render.versions ?? []).map(({ tool, version }) => `${tool}@${version}`),
        ...(config?.configManagementPlugins ?? []).flatMap(({ grants }) => grants.tools),
      ]),
    ].map(async (asked): Promise<Check> => {
      const [name = "", chosen] = asked.split("@");
      try {
        const { version, program } = await tools.find(asked);
        const isOurs = program.startsWith(scratch);
        const passedOver =
          isOurs || chosen !== undefined
            ? ""
            : await sayPassedOver(new ToolFinder({ ...cameAlong, searchPath: "" }), name, version);
        return {
          name,
          state: "ok",
          text: `${chosen === undefined ? "" : `${chosen}: `}${version} (${isOurs ? "part of this program" : program})${passedOver}`,
        };
      } catch (cause) {
        const { why, fix } = asFailure(cause, name, "find it");
        return {
          name,
          state: "warning",
          text: `${chosen === undefined ? "" : `${chosen}: `}${why}: applications that need it cannot be rendered`,
          ...defined({ fix }),
        };
      }
    }),
  );
  const git = Bun.which("git", { PATH: searchPath });
  return [
    ...found,
    git === null
      ? {
          name: "git",
          state: "warning",
          text: "no git program: repositories over HTTP are read by a slower library, those over ssh not at all",
          fix: "Install git",
        }
      : { name: "git", state: "ok", text: `${git} (fetches and reads repositories)` },
  ];
}

/** One that came with us and does not count: another machine, with nothing on PATH, renders with it. */
async function sayPassedOver(inside: ToolFinder, name: string, version: string): Promise<string> {
  try {
    const ours = await inside.find(name);
    return ours.version === version
      ? ""
      : `; the one that came with this program, ${ours.version}, counts where neither PATH nor the config has one`;
  } catch {
    return "";
  }
}

async function limitCheck({ self }: Surroundings): Promise<Check[]> {
  const decision = decideRuntime(self);
  return [
    {
      name: "connections",
      state: "ok",
      text:
        decision.do === "go-on"
          ? "the limits of requests at once and of memory are set in the environment"
          : "serve lifts the limit of 256 requests at once, and keeps its memory small, by itself",
    },
  ];
}

/**
 * Every repository and address that an application or its kustomizations name, once, as they are reached by the config and
 * by what was added to the data folder: of Git whether it answers, of a chart whether it is there.
 */
async function sourceChecks(
  apps: readonly Application[],
  config: Config,
  around: Surroundings,
  scratch: string,
): Promise<Check[]> {
  const log = jsonLog(() => "error", around.stderr);
  const dataDir = join(scratch, "data");
  const git = new Repositories({
    dataDir,
    clock: systemClock,
    log,
    systemGit: Bun.which("git", { PATH: around.env.PATH ?? "" }) ?? undefined,
    env: { PATH: around.env.PATH ?? "" },
    environment: around.env,
    timeoutMs: 10_000,
  });
  const artifacts = new ArtifactPlaces({
    ...{ dataDir, clock: systemClock, log, timeoutMs: 10_000 },
    environment: around.env,
  });
  const added = new RepositoryFolder(join(config.data, REPOSITORIES), REPOSITORIES).read();
  const { entries } = settleRepositories(
    config,
    added.found.map(({ file, entry: kept }) => ({ kept, place: { in: "file", file } })),
    NO_TRUST,
  );
  const repositories = entriesOfAll([...config.repositories, ...entries]);
  const rules = { ...config, repositories };
  const where = {
    look: "latest",
    since: systemClock.now(),
    access: (url: string, type: RepositoryType) => repositoryAccess(url, repositories, type),
  } as const;
  // A host that one of them names counts for all here, so that each address is asked once.
  const all = apps.flatMap(({ spec }) => sourcesOf(spec));
  const refuse = (url: string) => refusalOfBase(url, rules, undefined);
  const elsewhere = (url: string) => accessOfBase(url, rules, all);
  const bases = baseFetcher({
    ...{ git, artifacts, ...where, refuse, before: [] },
    access: elsewhere,
    now: () => systemClock.now(),
  });
  const charts = chartFetcher({
    ...{ artifacts, entries: repositories },
    access: (url, type) => accessOfChart(url, type, repositories, all),
    refuse: (url) => refusalOfChart(url, repositories, all, undefined),
    ask: askOf(where.look, where.since),
  });
  const asked = new Map<string, Source>();
  for (const source of all)
    asked.set(sourceKind(source) === "git" ? source.repoURL : followedName(source), source);
  try {
    const sources = await Promise.all(
      [...asked.values()].map((source) => sourceCheck(source, { git, artifacts }, where)),
    );
    const silent = new Set([...asked.keys()].filter((_, at) => sources[at]?.state !== "ok"));
    const kustomized = await kustomizedSources(
      apps,
      { git, artifacts },
      { ...where, elsewhere, refuse },
      silent,
    );
    const addresses = [...addressesOfApplications(apps), ...kustomized.asked];
    return [
      ...added.problems.map((problem) => asCheck("repository", problem)),
      ...sources,
      ...kustomized.checks,
      ...(await addressChecks(addresses, { bases, charts })),
    ];
  } finally {
    await Promise.all([git.stop(), artifacts.stop()]);
  }
}

async function sourceCheck(
  source: Source,
  places: ResolvingPlaces,
  where: Parameters<typeof resolveSource>[3],
): Promise<Check> {
  const isGit = sourceKind(source) === "git";
  const url = withoutUserinfo(source.repoURL);
  try {
    const found = await resolveSource(source, isGit ? "" : source.targetRevision, places, where);
    const name = revisionName(found.revision);
    const text = isGit
      ? `${url} answers (HEAD is ${name.slice(0, 7)})`
      : `${url} answers (${source.chart === undefined ? "" : `${source.chart} `}${source.targetRevision} is ${name})`;
    return { name: "repository", state: "ok", text };
  } catch (cause) {
    const { object, cannot, why, fix } = asFailure(cause, url, "ask it");
    return {
      name: "repository",
      state: "failed",
      text: `${object}: cannot ${cannot}: ${why}`,
      ...defined({ fix }),
    };
  }
}

/** Whether each secret store lets us in. */
async function storeChecks({ secretStores }: Config, signal: AbortSignal): Promise<Check[]> {
  return Promise.all(
    secretStores.map(async (settings): Promise<Check> => {
      const { name, address } = settings;
      try {
        await openStore(settings).check(signal);
        return { name: "secret store", state: "ok", text: `${name} answers (${address})` };
      } catch (cause) {
        const { cannot, why, fix } = asFailure(cause, name, "reach it");
        return {
          name: "secret store",
          state: "failed",
          text: `${name}: cannot ${cannot}: ${why}`,
          ...defined({ fix }),
        };
      }
    }),
  );
}
