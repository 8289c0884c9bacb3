/**
 * The config together with what Argo CD's ConfigMaps of the home cluster say, and the Secrets that they refer to. What the
 * config says stands. Repositories and clusters have books of their own.
 */
import type { Config } from "../config/config.ts";
import { withBuildOptions } from "../config/with-build-options.ts";
import type { ArgoHeld } from "../core/argocd/held.ts";
import type { ArgoSettings } from "../core/argocd/read-settings.ts";
import { PARAMS_MAP, SETTINGS_MAP } from "../core/argocd/setting-keys.ts";
import { type DeepLinks, LINK_PLACES, NO_LINKS } from "../core/model/deep-link.ts";
import type { TerminalSetting } from "../core/model/pod-exec.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Customizations } from "../core/model/user-checks.ts";
import { defined } from "../lib/defined.ts";
import { withArgoAccess } from "./argo-access.ts";
import { withArgoImages } from "./argo-images.ts";
import { withArgoSignOn } from "./argo-sign-on.ts";
import { withArgoWebhooks } from "./argo-webhooks.ts";
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
  const { problems: ofAccess, ...access } = withArgoAccess(config, defaults, held);
  if (held === undefined) return { config: { ...config, ...access, pauses }, problems: [] };
  const { settings } = held;
  const { customizations: scripts } = settings;
  const orElse = <K extends keyof Config>(key: K, said: Config[K] | undefined): Config[K] =>
    said !== undefined && isSame(config[key], defaults[key]) ? said : config[key];
  const { webhooks, problems: ofWebhooks } = withArgoWebhooks(config.webhooks, defaults.webhooks, held.texts);
  const { url, signOn, problems: ofSignOn } = withArgoSignOn(config, held.texts, access.rbac.scopes);
  const { images, problems: ofImages } = withArgoImages(
    config.images,
    defaults.images,
    held.texts.imageUpdater,
  );
  return {
    problems: [
      ...ofImages,
      ...ofSignOn,
      ...ofWebhooks,
      ...ofAccess,
      ...unregistered(config, scripts.buildOptions),
      ...unread(config, settings.applicationNamespaces ?? []),
    ],
    config: {
      ...config,
      ...access,
      pauses,
      server: { ...config.server, ...defined({ url }) },
      signOn,
      webhooks,
      images,
      page: {
        ...config.page,
        ...defined({
          banner: config.page.banner ?? settings.banner,
          chat: config.page.chat ?? settings.chat,
        }),
      },
      links: withArgoLinks(config.links, settings.links),
      exec: withArgoExec(config.exec, defaults.exec, settings.exec),
      globalProjects: [...config.globalProjects, ...settings.globalProjects],
      installationID: orElse("installationID", settings.installationID),
      render: withBuildOptions(config.render, scripts.buildOptions),
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

/** Either one turns them on. */
function withArgoExec(
  own: TerminalSetting,
  usual: TerminalSetting,
  said: ArgoSettings["exec"],
): TerminalSetting {
  const shells = said?.shells !== undefined && isSame(own.shells, usual.shells) ? said.shells : own.shells;
  return { is: said?.is === "on" ? "on" : own.is, shells };
}

/** Where Applications are meant to be, and nobody looks: which namespaces are followed is the config's, from its start on. */
function unread({ namespace, homeCluster }: Config, meant: readonly string[]): Problem[] {
  const missing = meant.filter((one) => one !== namespace && !homeCluster.namespaces.includes(one));
  if (missing.length === 0) return [];
  return [
    {
      severity: "warning",
      object: `ConfigMap ${PARAMS_MAP}`,
      path: "application.namespaces",
      text: `Applications in ${missing.join(", ")} are not read`,
      fix: "Name these namespaces in homeCluster.namespaces of the config too, as globs",
    },
  ];
}

/** Options of a version of kustomize that no source can choose. */
function unregistered({ render }: Config, found: Customizations["buildOptions"]): Problem[] {
  const names = render.versions.flatMap(({ tool, version }) => (tool === "kustomize" ? [version] : []));
  return found
    .filter(({ version }) => version !== "" && !names.includes(version))
    .map(({ version }) => ({
      severity: "warning",
      object: `ConfigMap ${SETTINGS_MAP}`,
      path: `kustomize.buildOptions.${version}`,
      text: "changes nothing: there is no such version",
      fix: `Register it in the config: render.versions: [{ tool: kustomize, version: ${version}, program: … }]`,
    }));
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

/** Those of the config stand first. */
function withArgoLinks(own: DeepLinks, argo: DeepLinks = NO_LINKS): DeepLinks {
  return Object.assign(
    { ...own },
    ...LINK_PLACES.map((place) => ({ [place]: [...own[place], ...argo[place]] })),
  );
}
