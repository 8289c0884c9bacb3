/** What the parts of the daemon make of a config, and how two configs differ. */
import type { Config } from "../config/config.ts";
import { Secret } from "../core/model/secret.ts";
import type { Settings } from "../engine/settings.ts";

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

/** What is open, or stands in tracking ids, for as long as the daemon runs. */
const FIXED = [
  "data",
  "namespace",
  "home",
  "homeCluster",
  "render",
  "decryption",
  "git",
  "plugins",
  "configManagementPlugins",
  "secretStores",
] as const;

/** Sections that hold after a restart only, where they differ from what runs. */
export function needRestart(running: Config, next: Config): string[] {
  return FIXED.filter((key) => !isSame(running[key], next[key]));
}

/** The next config as far as it can hold now. */
export function asItCanHold(running: Config, next: Config): Config {
  return { ...next, ...Object.fromEntries(FIXED.map((key) => [key, running[key]])) };
}

/** Whether two configs, or parts of them, say the same; secrets are compared too. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(reveal(a)) === JSON.stringify(reveal(b));
}

/** Secrets print as `***`; to see that one changed they must be compared. Never logged. */
function reveal(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(reveal);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, reveal(field)]));
}
