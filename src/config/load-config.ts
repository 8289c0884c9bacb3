import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { readBuildOptions } from "../core/argocd/build-options.ts";
import { toGlobalProjects } from "../core/argocd/global-projects.ts";
import type { IgnoreDifferences } from "../core/model/application.ts";
import type { PausedWork } from "../core/model/daemon-pause.ts";
import type { IgnoreRule } from "../core/model/ignore-rule.ts";
import type { Parsed, Problem } from "../core/model/problem.ts";
import type { GitImplementation } from "../core/model/repository-access.ts";
import type { ResourceFilter } from "../core/model/resource-filter.ts";
import type { CelCheck } from "../core/model/user-checks.ts";
import { noCustomizations } from "../core/model/user-checks.ts";
import { defined, filled } from "../lib/defined.ts";
import { type FieldPath, parsePath, showPath } from "../lib/field-path.ts";
import { ANYWHERE, BY_SEGMENT, compileGlob } from "../lib/glob.ts";
import { isPointer } from "../lib/json-pointer.ts";
import { lineOf, parseYaml, type YamlDocument } from "../lib/yaml.ts";
import { readAccess } from "./access-settings.ts";
import { readAccountSettings } from "./account-settings.ts";
import { readApplicationSetSettings } from "./application-set-settings.ts";
import { checkRepositories } from "./check-repositories.ts";
import type { ClusterConfig, Config, ToolVersion } from "./config.ts";
import { checkHome, withHomeCluster } from "./home-cluster.ts";
import { readImageSettings } from "./image-settings.ts";
import { readManagementPlugins } from "./management-plugins.ts";
import { readNotifications } from "./notification-settings.ts";
import { readLinks, readPage } from "./read-page.ts";
import { readMetrics, readServer, readTracing, refuseUnguarded, weakSpots } from "./read-server.ts";
import { type ReadContext, readSection, reasonOf, type Values } from "./read-settings.ts";
import { readSignOn } from "./read-sign-on.ts";
import { readReplicas } from "./replica-settings.ts";
import { readSecretStores } from "./secret-stores.ts";
import { SETTINGS } from "./settings.ts";
import { toRepository } from "./to-repository.ts";
import { readUserChecks } from "./user-checks.ts";
import { readWebhooks } from "./webhook-settings.ts";
import { withBuildOptions } from "./with-build-options.ts";

export interface LoadOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Why a croner pattern is wrong, undefined where it is right. */
  validateCron: (pattern: string) => string | undefined;
  /** Why an expression in CEL is wrong, undefined where it is right. Default: expressions are not looked at. */
  validateCel?: (expression: string) => string | undefined;
  /** Default: from the disk. @throws with a `code` where the file cannot be read */
  readFile?: (path: string) => string;
}

const MIB = 1024 * 1024;
const readFromDisk = (path: string) => readFileSync(path, "utf8");

/** Reads a config file: defaults for what is not written, and every problem at once, with its line. Problems print no secret. */
export function loadConfig(file: string, options: LoadOptions): Parsed<Config> {
  const readFile = options.readFile ?? readFromDisk;
  let text: string;
  try {
    text = readFile(file);
  } catch (cause) {
    return {
      ok: false,
      problems: [
        {
          severity: "error",
          file,
          text: `the config cannot be read: ${reasonOf(cause)}`,
          fix: "Name one with --config, or copy config/holdfast.yaml",
        },
      ],
    };
  }
  return parseConfig(text, file, { ...options, readFile });
}

/** @param file as problems name it; what the text names is relative to its folder */
export function parseConfig(
  text: string,
  file: string,
  { env, readFile = readFromDisk, validateCron, validateCel = () => undefined }: LoadOptions,
): Parsed<Config> {
  const read = parseYaml(text, { file });
  const problems: Problem[] = read.problems.map(({ document: _, ...problem }) => problem);
  const [document, second] = read.documents;
  if (second !== undefined)
    problems.push({
      severity: "error",
      file,
      line: second.line,
      text: "a config is one document",
      fix: "Remove the ---",
    });
  const say = (severity: Problem["severity"]) => (path: FieldPath, text: string, fix?: string) => {
    const shown = showPath(path);
    problems.push({
      severity,
      file,
      ...(document === undefined ? {} : { line: lineOf(document, shown) }),
      ...filled({ path: shown }),
      text,
      ...defined({ fix }),
    });
  };
  const report = say("error"),
    warn = say("warning");
  const context: ReadContext = { env, readFile, validateCron, folder: resolve(dirname(file)), report };
  const values = readSection(document?.value, SETTINGS, [], context);
  const config = toConfig(values, report);
  const said = env["HOLDFAST_PAUSE"] ?? "";
  if (isPausedWork(said)) config.pauses.push({ of: said, from: "environment" });
  else if (said !== "" && said !== "none")
    report([], "the environment variable HOLDFAST_PAUSE must be none, deletions or writes");
  checkDuplicates(config, document, report);
  checkHome(config, report);
  checkRepositories(config.repositories, report);
  for (const [index, { tlsCheck }] of config.repositories.entries())
    if (tlsCheck === "nothing")
      warn(
        ["repositories", index, "insecure"],
        "whoever answers at its address is taken for the right one",
        "Give the authority's PEM as ca, and remove insecure",
      );
  for (const [index, pattern] of config.remoteBases.entries()) {
    // One that matches nothing would forbid nothing.
    const glob = compileGlob(pattern.replace(/^!/, ""), BY_SEGMENT);
    if (!glob.ok) report(["remoteBases", index], `${JSON.stringify(pattern)} is no pattern: ${glob.problem}`);
  }
  const { scripts } = readUserChecks(config.health, {
    readFile,
    validateCel,
    report,
    say: (problem) => problems.push(problem),
  });
  config.health = { ...config.health, scripts };
  for (const [index, { jsonPointers = [] }] of config.ignoreDifferences.entries())
    for (const [at, pointer] of jsonPointers.entries())
      if (!isPointer(pointer))
        report(
          ["ignoreDifferences", index, "jsonPointers", at],
          `${JSON.stringify(pointer)} is no JSON pointer to a field`,
          "Write it as /spec/replicas",
        );
  config.ignoreDifferences = [...config.ignoreDifferences, ...scripts.ignoreDifferences];
  for (const [name, filters] of [
    ["resourceExclusions", config.resources.exclusions],
    ["resourceInclusions", config.resources.inclusions],
  ] as const)
    for (const [index, { apiGroups, kinds, clusters }] of filters.entries()) {
      if (name === "resourceExclusions" && apiGroups.length + kinds.length + clusters.length === 0)
        report([name, index], "names nothing, which would leave everything out", "Name groups or kinds");
      for (const pattern of [...apiGroups, ...clusters]) {
        const glob = compileGlob(pattern, ANYWHERE);
        if (!glob.ok) report([name, index], `${JSON.stringify(pattern)} is no pattern: ${glob.problem}`);
      }
    }
  config.resources = {
    exclusions: [...config.resources.exclusions, ...scripts.resources.exclusions],
    inclusions: [...config.resources.inclusions, ...scripts.resources.inclusions],
  };
  config.signOn = readSignOn(values["signOn"] as Values, config.server, { report, warn });
  if (config.signOn.length > 0 && config.server.basePath !== "")
    report(
      ["server", "basePath"],
      "providers of signOn send browsers back to the root of server.url",
      "Remove one of basePath and signOn, or give Holdfast a host name of its own",
    );
  config.accounts = readAccountSettings(values["accounts"] as Values[], report);
  refuseUnguarded(config, report);
  weakSpots(config, warn);
  config.rbac = readAccess(values["rbac"] as Values, {
    ...{ readFile, report },
    say: (problem) => problems.push(problem),
  });
  // Whoever writes a policy believes that it guards something.
  if (
    (config.rbac.lines.length > 0 || config.rbac.defaultRole !== undefined) &&
    config.accounts.length + config.signOn.length === 0 &&
    config.home === "files"
  )
    warn(
      ["rbac"],
      "guards nothing: without accounts and signOn nobody is asked who they are",
      "Write accounts or signOn",
    );
  config.secretStores = readSecretStores(values["secretStores"] as Values[], report);
  config.configManagementPlugins = readManagementPlugins(values["configManagementPlugins"] as Values[], {
    env,
    readFile,
    report,
    folder: context.folder,
    data: config.data,
    stores: config.secretStores.map(({ name }) => name),
    say: (problem) => problems.push(problem),
  });
  config.render = withBuildOptions(config.render, scripts.buildOptions);
  // The config's own first, then those of the files that it names.
  problems.sort(
    (a, b) =>
      Number(a.file !== file) - Number(b.file !== file) ||
      (a.file ?? "").localeCompare(b.file ?? "") ||
      (a.line ?? 0) - (b.line ?? 0),
  );
  const [first, ...others] = problems.filter(({ severity }) => severity === "error");
  const warnings = problems.filter(({ severity }) => severity === "warning");
  return first === undefined
    ? { ok: true, value: config, warnings }
    : { ok: false, problems: [first, ...others, ...warnings] };
}

function isPausedWork(text: string): text is PausedWork {
  return text === "deletions" || text === "writes";
}

/** Every key at its default; paths relative to `folder`. */
export function defaultConfig(folder: string): Config {
  const report = (path: FieldPath, text: string): never => {
    throw new Error(`the default of ${showPath(path)} ${text}`);
  };
  const context: ReadContext = { env: {}, readFile: () => "", validateCron: () => undefined, folder, report };
  return toConfig(readSection({}, SETTINGS, [], context), report);
}

/** From values by key to the typed config. The casts are what `SETTINGS` says of each key. */
function toConfig(values: Values, report: (path: FieldPath, text: string, fix?: string) => void): Config {
  const section = (name: string) => values[name] as Values;
  const home = {
    home: values["home"] as Config["home"],
    homeCluster: section("homeCluster") as unknown as Config["homeCluster"],
  };
  const prune = section("prune"),
    removal = section("removal"),
    sync = section("sync"),
    fights = section("fights"),
    retry = section("retry"),
    render = section("render"),
    decryption = section("decryption"),
    git = section("git");
  const buildOptions = (text: unknown, at: FieldPath): string[] => {
    const read = readBuildOptions(text as string);
    if (read.ok) return read.words;
    report(at, read.text, read.fix);
    return [];
  };
  const names = (render["versions"] as Values[]).map(
    ({ tool, version }) => `${String(tool)} ${String(version)}`,
  );
  for (const [index, name] of names.entries())
    if (names.indexOf(name) < index)
      report(["render", "versions", index, "version"], `${name} stands here twice`, "Remove one of them");
  return {
    server: readServer(section("server"), report),
    metrics: readMetrics(section("metrics"), report),
    tracing: readTracing(section("tracing"), report),
    page: readPage(section("page")),
    links: readLinks(section("page")["links"] as Values),
    exec: {
      is: section("exec")["enabled"] === true ? "on" : "off",
      shells: section("exec")["shells"] as string[],
    },
    images: readImageSettings(section("images")),
    webhooks: readWebhooks(section("webhooks")),
    notifications: readNotifications(section("notifications"), report),
    // Read later: what is wrong with an entry may be a warning.
    signOn: [],
    accounts: [],
    homeAccess: { is: "silent" },
    rbac: { lines: [], matchMode: "glob", defaultRole: undefined, scopes: ["groups"], files: [] },
    data: values["data"] as string,
    poll: values["poll"] as Config["poll"],
    pollSpreadMs: values["pollSpread"] as number,
    clusters: withHomeCluster((values["clusters"] as Values[]).map(toCluster), home),
    clusterPrograms: values["clusterPrograms"] as string[],
    repositories: (values["repositories"] as Values[]).map((entry, index) =>
      toRepository(entry, git["implementation"] as GitImplementation, (key, text, fix) =>
        report(["repositories", index, key], text, fix),
      ),
    ),
    remoteBases: values["remoteBases"] as string[],
    namespace: values["namespace"] as string,
    globalProjects: toGlobalProjects(values["globalProjects"] as Values[], report),
    ...home,
    replicas: readReplicas(
      section("replicas"),
      { ...home, namespace: values["namespace"] as string },
      report,
    ),
    applications: values["applications"] as string[],
    plugins: values["plugins"] as string[],
    // Read later, with the files that they name.
    configManagementPlugins: [],
    secretStores: [],
    applicationSets: readApplicationSetSettings(section("applicationSets")),
    installationID: values["installationID"] as string,
    validate: values["validate"] as Config["validate"],
    unsupported: values["unsupported"] as Config["unsupported"],
    ignoreDifferences: (values["ignoreDifferences"] as Values[]).map(toIgnoreRule),
    resources: {
      exclusions: values["resourceExclusions"] as unknown as ResourceFilter[],
      inclusions: values["resourceInclusions"] as unknown as ResourceFilter[],
    },
    health: toHealth(section("health")),
    pauses: values["pause"] === "none" ? [] : [{ of: values["pause"] as PausedWork, from: "config" }],
    prune: {
      budgetPercent: prune["budgetPercent"] as number,
      budgetObjects: prune["budgetObjects"] as number,
      confirmKinds: prune["confirmKinds"] as string[],
      perSecond: prune["perSecond"] as number,
      keepForMs: prune["keepFor"] as number,
    },
    removal: {
      missingForMs: removal["missingFor"] as number,
      budgetPercent: removal["budgetPercent"] as number,
      budgetApplications: removal["budgetApplications"] as number,
    },
    sync: {
      hookTimeoutMs: sync["hookTimeout"] as number,
      timeoutMs: sync["timeout"] as number,
      impersonation: sync["impersonation"] as boolean,
    },
    fights: {
      flips: fights["flips"] as number,
      withinMs: fights["within"] as number,
      againMs: fights["again"] as number,
    },
    retry: { firstMs: retry["first"] as number, mostMs: retry["most"] as number },
    render: {
      helm: render["helm"] as string,
      kustomize: render["kustomize"] as string,
      buildOptions: buildOptions(render["kustomizeBuildOptions"], ["render", "kustomizeBuildOptions"]),
      versions: (render["versions"] as Values[]).map((entry, index) => ({
        tool: entry["tool"] as ToolVersion["tool"],
        version: entry["version"] as string,
        program: entry["program"] as string,
        buildOptions: buildOptions(entry["buildOptions"], ["render", "versions", index, "buildOptions"]),
      })),
      timeoutMs: render["timeout"] as number,
      concurrency: render["concurrency"] as number,
      requireSandbox: render["requireSandbox"] as boolean,
      cacheBytes: {
        memory: (render["cacheMemoryMiB"] as number) * MIB,
        disk: (render["cacheDiskMiB"] as number) * MIB,
      },
    },
    decryption: { age: decryption["ageKeys"] as string[], pgp: decryption["pgpKeys"] as string[] },
    git: {
      implementation: git["implementation"] as GitImplementation,
      timeoutMs: git["timeout"] as number,
      fetchTimeoutMs: git["fetchTimeout"] as number,
      maxPackBytes: (git["maxPackMiB"] as number) * MIB,
      localRepositories: git["localRepositories"] as Config["git"]["localRepositories"],
    },
    limits: section("limits") as Config["limits"],
    log: section("log") as Config["log"],
  };
}

/** What stands in the files is read later, see readUserChecks. */
function toHealth(values: Values): Config["health"] {
  const written = (values["checks"] as Record<string, string>[]).map(
    ({ group = "", kind = "", ...expressions }): CelCheck => ({
      kinds: group === "" ? kind : `${group}/${kind}`,
      ...Object.fromEntries(Object.entries(expressions).filter(([, text]) => text !== "")),
    }),
  );
  return {
    pods: values["pods"] as boolean,
    customizations: values["customizations"] as string[],
    scripts: noCustomizations(),
    checks: written,
  };
}

function toIgnoreRule(values: Values, index: number): IgnoreRule {
  const { group, kind, name, namespace, ...fields } = values as Required<IgnoreDifferences>;
  return {
    at: `config ignoreDifferences[${index}]`,
    group,
    kind,
    ...filled({ name, namespace }),
    ...Object.fromEntries(Object.entries(fields).filter(([, list]) => list.length > 0)),
  };
}

function toCluster(values: Values): ClusterConfig {
  return {
    name: values["name"] as string,
    server: (values["server"] as string).replace(/\/$/, ""),
    kubeconfig: (values["kubeconfig"] as string) || undefined,
    context: (values["context"] as string) || undefined,
    namespaces: values["namespaces"] as string[],
    clusterResources: values["clusterResources"] as boolean,
    project: values["project"] as string,
    labels: Object.fromEntries(
      (values["labels"] as string[]).map((label): [string, string] => {
        const [name = "", ...value] = label.split("=");
        return [name, value.join("=")];
      }),
    ),
  };
}

function checkDuplicates(
  config: Config,
  document: YamlDocument | undefined,
  report: (path: FieldPath, text: string, fix?: string) => void,
): void {
  const lists: [values: string[], path: (index: number) => string][] = [
    [config.clusters.map(({ name }) => name), (index) => `clusters[${index}].name`],
    [config.clusters.map(({ server }) => server.toLowerCase()), (index) => `clusters[${index}].server`],
    [
      config.repositories.map(
        ({ url, type = "git", project = "" }) => `${type} ${url.replace(/\/$/, "")} ${project}`,
      ),
      (index) => `repositories[${index}].url`,
    ],
    [config.repositories.map(({ name = "" }) => name), (index) => `repositories[${index}].name`],
  ];
  for (const [values, path] of lists) {
    values.forEach((value, index) => {
      const first = values.indexOf(value);
      if (value === "" || first === index || document === undefined) return;
      report(
        parsePath(path(index)) ?? [],
        `is the same as ${path(first)} on line ${lineOf(document, path(first))}`,
        "Remove one of them",
      );
    });
  }
}
