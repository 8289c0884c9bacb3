/** What the parts of the daemon make of a config, and how two configs differ. */
import { AFTER_RESTART } from "../config/after-restart.ts";
import type { Config } from "../config/config.ts";
import { revealed } from "../core/model/revealed.ts";
import type { Settings } from "../engine/settings.ts";
import { asksWho } from "./asks-who.ts";

/** What the engine obeys. */
export function settingsOf(config: Config): Settings {
  return {
    namespace: config.namespace,
    globalProjects: config.globalProjects,
    impersonation: config.sync.impersonation ? "on" : "off",
    installationId: config.installationID === "" ? undefined : config.installationID,
    faults: config.validate === "strict" ? "refuse" : "repair",
    unsupported: config.unsupported,
    ignore: config.ignoreDifferences,
    resources: config.resources,
    objectsPerApplication: config.limits.objectsPerApplication,
    pods: config.health.pods ? "judge" : "ignore",
    pauses: config.pauses,
    prune: config.prune,
    keepDeletedForMs: config.prune.keepForMs,
    removal: {
      missingForMs: config.removal.missingForMs,
      percent: config.removal.budgetPercent,
      count: config.removal.budgetApplications,
    },
    hookTimeoutMs: config.sync.hookTimeoutMs,
    syncTimeoutMs: config.sync.timeoutMs,
    fights: config.fights,
    poll: config.poll,
    pollSpreadMs: config.pollSpreadMs,
    repositories: config.repositories,
    remoteBases: config.remoteBases,
    retry: config.retry,
  };
}

/** Sections that hold after a restart only, where they differ from what runs. */
export function needRestart(running: Config, next: Config): string[] {
  return AFTER_RESTART.filter((key) => !isSame(fixedIn(running, key), fixedIn(next, key)));
}

/** The next config as far as it can hold now. */
export function asItCanHold(running: Config, next: Config): Config {
  const fixed = Object.fromEntries(AFTER_RESTART.map((key) => [key, running[key]]));
  return { ...next, ...fixed, render: withOptionsOf(running.render, next.render) };
}

/** Options of tools hold from the next render on. */
function fixedIn(config: Config, key: (typeof AFTER_RESTART)[number]): unknown {
  if (key !== "render") return config[key];
  const versions = config.render.versions.map(({ buildOptions: _, ...rest }) => rest);
  return { ...config.render, buildOptions: [], versions };
}

function withOptionsOf(running: Config["render"], next: Config["render"]): Config["render"] {
  return {
    ...running,
    buildOptions: next.buildOptions,
    versions: running.versions.map((each) => ({
      ...each,
      buildOptions:
        next.versions.find(({ tool, version }) => tool === each.tool && version === each.version)
          ?.buildOptions ?? each.buildOptions,
    })),
  };
}

/** Whether two configs, or parts of them, say the same; secrets are compared too. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(revealed(a)) === JSON.stringify(revealed(b));
}

/** What listeners are made of: what else changes cuts no stream. */
export function heardOf(config: Config): unknown {
  const { server, metrics, signOn } = config;
  const { url, ...answering } = server;
  const { listen, token } = metrics;
  const isNamed = server.tls.certificate.by === "self-signed";
  // Whether anybody is asked who they are, and whether providers are.
  const doors = [asksWho(config), signOn.length > 0];
  return [answering, { listen, token }, isNamed ? url : undefined, doors];
}
