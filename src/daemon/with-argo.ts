/** The config together with what Argo CD's Secrets and ConfigMaps of the home cluster say. What the config says stands. */
import type { Config } from "../config/config.ts";
import type { ArgoHeld } from "../core/argocd/held.ts";
import { serverKey } from "../core/model/cluster-entry.ts";
import type { Problem } from "../core/model/problem.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import { isSame } from "./held-config.ts";

/**
 * @param defaults the config of somebody who wrote nothing: what differs from it was written
 * @param unknown why nothing may be written, see `ArgoNamespace.unknown`
 */
export function withArgo(
  config: Config,
  defaults: Config,
  held: ArgoHeld | undefined,
  unknown: string | undefined,
): { config: Config; problems: Problem[] } {
  const pauses =
    unknown === undefined
      ? config.pauses
      : [...config.pauses, { of: "writes", from: "settings", why: unknown } as const];
  if (held === undefined) return { config: { ...config, pauses }, problems: [] };
  const { settings } = held;
  const { customizations: scripts } = settings;
  const orElse = <K extends keyof Config>(key: K, said: Config[K] | undefined): Config[K] =>
    said !== undefined && isSame(config[key], defaults[key]) ? said : config[key];
  const { entries, problems } = repositoriesBeside(config, held.repositories);
  return {
    problems,
    config: {
      ...config,
      pauses,
      repositories: [...config.repositories, ...entries],
      globalProjects: [...config.globalProjects, ...settings.globalProjects],
      installationID: orElse("installationID", settings.installationID),
      poll: orElse(
        "poll",
        settings.pollEveryMs === undefined ? undefined : { everyMs: settings.pollEveryMs },
      ),
      pollSpreadMs: orElse("pollSpreadMs", settings.pollSpreadMs),
      sync: {
        ...config.sync,
        impersonation: config.sync.impersonation || settings.impersonation === "on",
        timeoutMs:
          config.sync.timeoutMs === defaults.sync.timeoutMs
            ? (settings.syncTimeoutMs ?? config.sync.timeoutMs)
            : config.sync.timeoutMs,
      },
      ignoreDifferences: [...config.ignoreDifferences, ...scripts.ignoreDifferences],
      resources: {
        exclusions: [...config.resources.exclusions, ...scripts.resources.exclusions],
        inclusions: [...config.resources.inclusions, ...scripts.resources.inclusions],
      },
      health: {
        ...config.health,
        scripts: {
          ...config.health.scripts,
          health: beside(config.health.scripts.health, scripts.health, config.health.checks),
          actions: beside(config.health.scripts.actions, scripts.actions),
        },
      },
    },
  };
}

/** Those of kinds that the config says nothing of. */
function beside<T extends { kinds: string }>(
  own: readonly T[],
  others: readonly T[],
  more: readonly { kinds: string }[] = [],
): T[] {
  const said = new Set([...own, ...more].map(({ kinds }) => kinds));
  return [...own, ...others.filter(({ kinds }) => !said.has(kinds))];
}

function repositoriesBeside(
  { repositories, git }: Config,
  found: readonly RepositoryAccess[],
): { entries: RepositoryAccess[]; problems: Problem[] } {
  const own = new Set(repositories.map(idOf));
  return {
    entries: found
      .filter((entry) => !own.has(idOf(entry)))
      .map((entry) => ({ ...entry, implementation: git.implementation })),
    problems: found
      .filter((entry) => own.has(idOf(entry)))
      .map(({ url }) => ({
        severity: "warning",
        object: `repository ${withoutUserinfo(url)}`,
        text: "stands in repositories of the config and in a Secret of the home cluster; that of the config counts",
        fix: "Remove one of them",
      })),
  };
}

function idOf({ url, type = "git", project = "" }: RepositoryAccess): string {
  return `${type} ${serverKey(url)} ${project}`;
}
